"""All documents that are linted together, and those beside them that they link to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import cast, overload

from runbook_runner.lint.facts import YES, Fact, Facts, listed, read, there
from runbook_runner.model.outline import Outline

Fetch = Callable[[int], Outline | None]
_FEW = 8
_NEAR = 512
"""So many outlines are kept in memory."""


class Documents:
    """The Collection port: outlines are fetched when a rule asks for them."""

    def __init__(
        self, paths: Sequence[str], fetch: Fetch, other: Callable[[str], tuple[Fact, Outline | None]],
        alerts: frozenset[str] | None = None,
    ) -> None:  # fmt: skip
        """Take the absolute paths of what is linted, how to fetch an outline, and how to read another file's."""
        self._alerts = alerts
        self._numbers = {path: number for number, path in enumerate(paths)}
        self._fetch = lru_cache(_NEAR)(fetch)
        self._other = lru_cache(_NEAR)(other)
        self._there = lru_cache(4 * _NEAR)(there)
        self._read = lru_cache(_FEW)(read)
        self._listed = lru_cache(_NEAR // 8)(listed)
        self.asked: Facts = {}
        """What was asked of the disk so far, also where the answer was known already."""
        self._grouped: dict[str, dict[str, _Some]] = {}

    def outline(self, path: str) -> Outline | None:
        """Return the outline of a document, read when it is not among those that are linted."""
        number = self._numbers.get(path)
        if number is not None:
            return self._fetch(number)
        (question, answer), outline = self._other(path)
        self.asked[question] = answer
        return outline

    def outlines(self) -> Sequence[Outline]:
        """Return those of all that are linted together, by path."""
        return self._all

    @cached_property
    def _all(self) -> Sequence[Outline]:
        numbers = (self._numbers[path] for path in sorted(self._numbers))
        return _Some(self._fetch, [number for number in numbers if self._fetch(number) is not None])

    def grouped(self, name: str, keys: Callable[[Outline], Iterable[str]]) -> Mapping[str, Sequence[Outline]]:
        """Return those that are linted together by what `keys` says of each; worked out once for each `name`."""
        if name not in self._grouped:
            groups: dict[str, list[int]] = {}
            for path in sorted(self._numbers):
                outline = self._fetch(self._numbers[path])
                for key in dict.fromkeys(keys(outline)) if outline is not None else ():
                    groups.setdefault(key, []).append(self._numbers[path])
            self._grouped[name] = {key: _Some(self._fetch, numbers) for key, numbers in groups.items()}
        return self._grouped[name]

    def exists(self, path: str) -> bool:
        """Say whether there is a file or a folder."""
        if path in self._numbers:
            return True
        try:
            question, answer = self._there(path)
        except ValueError:  # a NUL in a link
            return False
        self.asked[question] = answer
        return answer == YES

    def names(self, folder: str) -> Sequence[str]:
        """Return what is in a folder, in order."""
        try:
            (question, answer), names = self._listed(folder)
        except ValueError:  # a NUL in a link
            return ()
        self.asked[question] = answer
        return names

    def text(self, path: str) -> str:
        """Return what is in a file; empty where it cannot be read."""
        (question, answer), data = self._read(path)
        self.asked[question] = answer
        return (data or b"").decode(errors="replace")

    def alerts(self) -> frozenset[str] | None:
        """Return the names of all alerts; None when no alert rules were given."""
        return self._alerts


class _Some(Sequence[Outline]):
    """Outlines that are fetched one by one."""

    def __init__(self, fetch: Fetch, numbers: list[int]) -> None:
        self._fetch = fetch
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> Outline: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Outline]: ...
    def __getitem__(self, at: int | slice) -> Outline | Sequence[Outline]:
        if isinstance(at, slice):
            return _Some(self._fetch, self._numbers[at])
        return cast(Outline, self._fetch(self._numbers[at]))
