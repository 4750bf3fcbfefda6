"""Results by number, new ones in a spool; those that a cache has stay where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from runbook_runner.lint.cache import Cache
from runbook_runner.lint.digest import SIZE
from runbook_runner.lint.spool import Spool

NEW, KNOWN, ONCE = b"+", b"=", b"-"
"""What a spooled result is: new, in the cache, or not to be kept."""
_BODY = 1 + SIZE


class Layer:
    """One kind of result for each of many files."""

    def __init__(self, paths: Sequence[str], cache: Cache, anew: Callable[[int], bytes]) -> None:
        """Take the paths, the cache, and what makes a result anew where the cache is damaged."""
        self.paths = paths
        self.cache = cache
        self.anew = anew
        self.spool = Spool(len(paths))

    def known(self, number: int, digest: bytes) -> bool:
        """Say whether the cache has a result that was made of the same."""
        return self.cache.has(self.paths[number], digest)

    def get(self, number: int) -> tuple[bytes, bytes]:
        """Return the digest of what a result was made of, and the result."""
        data = self.spool[number]
        digest = data[1:_BODY]
        if data[:1] != KNOWN:
            return digest, data[_BODY:]
        known = self.cache.record(self.paths[number], digest)
        return digest, self.anew(number) if known is None else known

    def made_of(self, number: int) -> bytes | None:
        """Return the digest of what a result was made of; None where it is not to be kept."""
        front = self.spool.front(number, _BODY) if number in self.spool else ONCE
        return front[1:] if front[:1] != ONCE else None

    def beside(self, number: int) -> bytes:
        """Return what was put behind the digest of a result that the cache has; empty for others."""
        data = self.spool[number]
        return data[_BODY:] if data[:1] == KNOWN else b""

    def close(self) -> None:
        """Let go of all files."""
        self.spool.close()
        self.cache.close()

    def save(self, among: tuple[str, ...] = ()) -> None:
        """Put what is new into the cache."""
        numbers = range(len(self.paths))
        if self.cache.used and any(number in self.spool and self.spool.front(number, 1) == NEW for number in numbers):
            self.cache.save(among, self._all(), frozenset(self.paths))

    def _all(self) -> Iterator[tuple[str, bytes, bytes]]:
        for number, path in enumerate(self.paths):
            if number in self.spool and self.spool.front(number, 1) != ONCE:
                yield path, *self.get(number)
