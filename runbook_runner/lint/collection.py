"""All documents that are linted together, and those beside them that they link to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from runbook_runner.lint.outline import outline_of
from runbook_runner.model.runbook import Runbook
from runbook_runner.ports.lint import Outline


class Documents:
    """The Collection port over what was read, and over the file system."""

    def __init__(self, read: Callable[[bytes, str], Runbook]) -> None:
        self._read = read
        self._linted: dict[str, Outline] = {}
        self._others: dict[str, Outline | None] = {}
        self._grouped: dict[str, dict[str, list[Outline]]] = {}

    def add(self, outline: Outline) -> None:
        """Take up one that is linted."""
        self._linted[outline.path] = outline

    def outline(self, path: str) -> Outline | None:
        """Return the outline of a document, read when it is not among those that are linted."""
        if path in self._linted:
            return self._linted[path]
        if path not in self._others:
            self._others[path] = self._other(path)
        return self._others[path]

    def outlines(self) -> Sequence[Outline]:
        """Return those of all that are linted together, by path."""
        return [self._linted[path] for path in sorted(self._linted)]

    def grouped(self, name: str, keys: Callable[[Outline], Iterable[str]]) -> Mapping[str, Sequence[Outline]]:
        """Return those that are linted together by what `keys` says of each; worked out once for each `name`."""
        if name not in self._grouped:
            groups: dict[str, list[Outline]] = {}
            for outline in self.outlines():
                for key in keys(outline):
                    groups.setdefault(key, []).append(outline)
            self._grouped[name] = groups
        return self._grouped[name]

    def exists(self, path: str) -> bool:
        """Say whether there is a file or a folder."""
        return Path(path).exists()

    def _other(self, path: str) -> Outline | None:
        try:
            return outline_of(self._read(Path(path).read_bytes(), path))
        except (OSError, ValueError):
            return None
