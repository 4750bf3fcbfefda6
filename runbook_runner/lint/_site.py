"""Files that are not read where they lie: a part of a page, a template, what was left of a repository in a package."""

from __future__ import annotations

from collections.abc import Callable
from posixpath import basename, dirname

_PARTS = frozenset(
    f"{mark}{name}" for mark in ("", "_") for name in ("includes", "partials", "snippets", "fragments", "shortcodes")
)
_COPIED = frozenset(["vendor", "third_party", "3rdparty", "node_modules"])


def is_part(path: str) -> bool:
    """Tell whether a file is put into other files: its links count from where these stand, its anchors from all."""
    return "s/" in path and not _PARTS.isdisjoint(path.split("/")[:-1])


def is_moved(path: str) -> bool:
    """Tell whether a file is read elsewhere: a part, a template to be copied, or what was copied from another project.

    Its links lead somewhere there. The README of a folder of templates speaks of the folder.
    """
    folders = path.split("/")[:-1]
    if "templates" in folders and not basename(path).lower().startswith("readme"):
        return True
    return is_part(path) or not _COPIED.isdisjoint(folders)


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
