"""Files that are not read where they lie: a part of a page, a template, a copy, what was left out of a package."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from posixpath import basename, dirname, join, normpath
from typing import TYPE_CHECKING

from runbook_runner.regex import regex

if TYPE_CHECKING:
    from runbook_runner.ports.lint import Collection

_PARTS = frozenset(
    f"{mark}{name}" for mark in ("", "_") for name in ("includes", "partials", "snippets", "fragments", "shortcodes")
)
_FORMS = frozenset(
    f"{of}_{name}"
    for of in ("issue", "pull_request", "merge_request")
    for name in ("template", "templates", "template.md")
)
"""What a forge fills a new text with, which counts its links from the repository."""
_COPIES = frozenset(
    ["vendored", "_vendor", "third_party", "third-party", "thirdparty", "3rdparty", "externals", "subprojects", "deps"]
)
_LICENCES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "license.txt", "COPYING")
_ROOT = (
    "LICENSE", "LICENSE.md", "LICENSE.txt", "License", "COPYING", "pyproject.toml", "setup.py", "package.json",
    "go.mod", "Cargo.toml", "pom.xml", "CMakeLists.txt", "configure.ac",
)  # fmt: skip
_MKDOCS = ("mkdocs.yml", "mkdocs.yaml", "properdocs.yml")
_WRITES = regex(r"gen-files|^hooks:", re.M)
_DATA = frozenset(["testdata", "test_data", "test-data", "fixtures", "__fixtures__"])
_TESTS = frozenset(["test", "tests"])
_FORGE = regex(r".*/\.(?:github|gitlab|circleci)(?=/|$)")


def upward(folder: str) -> Iterator[str]:
    """Yield a folder and those above it, but for the root of the disk."""
    while len(folder) > 1:
        yield folder
        folder = dirname(folder)


def nearest_above(folder: str, names: Sequence[str], exists: Callable[[str], bool]) -> str | None:
    """Return the first file of some names in a folder or in those above it."""
    return next((f"{above}/{name}" for above in upward(folder) for name in names if exists(f"{above}/{name}")), None)


def is_part(path: str) -> bool:
    """Tell whether a file is put into other files: its links count from where these stand, its anchors from all.

    Only the folder that it lies in counts: a checkout may lie below one of that name.
    """
    return basename(dirname(path)) in _PARTS


def is_moved(path: str) -> bool:
    """Tell whether a file is read elsewhere: a part, or a template to be copied.

    Its links lead somewhere there. The README of a folder of templates speaks of the folder.
    """
    folder, name = basename(dirname(path)), basename(path).lower()
    if folder in ("template", "templates") and not name.startswith("readme"):
        return True
    return folder in _PARTS or folder.lower() in _FORMS or name in _FORMS


def is_copy(path: str, exists: Callable[[str], bool]) -> bool:
    """Tell whether a file came with a part of another project (`vendor/other/README.md`), or is what a test reads.

    Only folders of this checkout count. The README of the copies themselves is an author's own.
    """
    below, folder = dirname(path), dirname(dirname(path))
    if basename(below) in _DATA:
        return True
    licensed = False
    while len(below) > 1 and not exists(f"{below}/.git"):
        above = basename(folder)
        licensed = licensed or any(exists(f"{below}/{name}") for name in _LICENCES)
        if above in _COPIES or above in _DATA or (basename(below) == "data" and above in _TESTS):
            return True
        if above == "vendor" and licensed:
            return True  # else it may be about what a vendor sells
        below, folder = folder, dirname(folder)
    return False


def left_out(path: str, folder: str, exists: Callable[[str], bool]) -> bool:
    """Tell whether a package was made without a folder: a source package of Python has `PKG-INFO` beside its README.

    Whoever makes one leaves out the documentation and the pictures that the README links to, and what stands above.
    Other packages leave out what a forge needs (`.github`), which every checkout has.
    """
    around = list(upward(dirname(path)))
    forge = _FORGE.match(folder)
    if forge and not exists(forge[0]) and not any(exists(f"{above}/.git") for above in around):
        return True
    package = next((above for above in around if exists(f"{above}/PKG-INFO")), None)
    return package is not None and not (folder.startswith(f"{package}/") and exists(folder))


def leads_out(path: str, target: str, exists: Callable[[str], bool]) -> bool:
    """Tell whether a link leads above the repository: there a forge has its own pages, and other branches.

    Where a package was made without `.git`, its root is the topmost folder that holds what only a root does.
    """
    if not target.startswith(("../", "/..")):
        return False
    root = ""
    for folder in upward(dirname(path)):
        if exists(f"{folder}/.git"):
            root = folder
            break
        if any(exists(f"{folder}/{name}") for name in _ROOT):
            root = folder
    return root != "" and (target[0] == "/" or not f"{normpath(join(dirname(path), target))}/".startswith(f"{root}/"))


def writes_pages(path: str, among: Collection) -> bool:
    """Tell whether the site that a file is a page of has a program write pages: MkDocs' `gen-files`, or hooks."""
    settings = nearest_above(dirname(path), _MKDOCS, among.exists)
    return settings is not None and _WRITES.search(among.text(settings)) is not None


def more_links(count: int) -> str:
    """Return how many links lead where one does that is told already: `2 more links lead`."""
    return f"{count} more link{'s lead' if count > 1 else ' leads'}"
