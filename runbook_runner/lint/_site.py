"""Files that are not read where they lie: a part of a page, a template, what was left of a repository in a package."""

from __future__ import annotations

from collections.abc import Callable
from posixpath import basename, dirname

_PARTS = frozenset(
    f"{mark}{name}" for mark in ("", "_") for name in ("includes", "partials", "snippets", "fragments", "shortcodes")
)


def is_part(path: str) -> bool:
    """Tell whether a file is put into other files: its links count from where these stand, its anchors from all.

    Only the folder that it lies in counts: a checkout may lie below one of that name.
    """
    return basename(dirname(path)) in _PARTS


def is_moved(path: str) -> bool:
    """Tell whether a file is read elsewhere: a part, or a template to be copied.

    Its links lead somewhere there. The README of a folder of templates speaks of the folder.
    """
    folder = basename(dirname(path))
    if folder == "templates" and not basename(path).lower().startswith("readme"):
        return True
    return folder in _PARTS


def left_out(path: str, folder: str, exists: Callable[[str], bool]) -> bool:
    """Tell whether a package was made without a folder: a source package of Python has `PKG-INFO` beside its README.

    Whoever makes one leaves out the documentation and the pictures that the README links to, and what stands above.
    """
    above = dirname(path)
    while len(above) > 1:
        if exists(f"{above}/PKG-INFO"):
            return not folder.startswith(f"{above}/") or not exists(folder)
        above = dirname(above)
    return False
