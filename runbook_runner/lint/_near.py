"""What may have been meant by a name that is nobody's."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

_MOST = 20
"""So many names of one document are looked up: who has more dead links than that has moved a folder."""
_AMONG = 2000
"""Names that each is compared with."""


class Nearest:
    """Finds the nearest of some names, for the first few mistakes of a document."""

    def __init__(self, cutoff: float) -> None:
        self.cutoff = cutoff
        self.left = _MOST

    def to(self, written: str, names: Iterable[str]) -> str:
        """Return the nearest name; empty when none is near, or when too many were asked for."""
        self.left -= 1
        if self.left < 0:
            return ""
        from difflib import get_close_matches  # 6 ms: only where something is wrong

        return next(iter(get_close_matches(written, list(islice(names, _AMONG)), 1, self.cutoff)), "")
