"""What a site generator makes of a file: some files are only parts of a page."""

from __future__ import annotations

_PARTS = frozenset(
    f"{mark}{name}" for mark in ("", "_") for name in ("includes", "partials", "snippets", "fragments", "shortcodes")
)


def is_part(path: str) -> bool:
    """Tell whether a file is put into other files: its links count from where these stand, its anchors from all."""
    return "s/" in path and not _PARTS.isdisjoint(path.split("/")[:-1])
