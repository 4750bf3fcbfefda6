"""What a build of documentation finds where a forge finds nothing: Sphinx, Doxygen, pandoc over many files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from posixpath import basename, dirname, join, normpath, splitext
from typing import TYPE_CHECKING

from runbook_runner.lint._site import nearest_above, upward
from runbook_runner.regex import regex

if TYPE_CHECKING:
    from runbook_runner.ports.lint import Collection

_DOXYFILES = ("Doxyfile", "Doxyfile.in", "doc/Doxyfile", "doc/Doxyfile.in", "docs/Doxyfile", "docs/Doxyfile.in")
_INPUT = regex(r"^INPUT[ \t]*\+?=((?:[^\n\\]|\\\n)*)", re.M)
_IMAGE_PATH = regex(r"^IMAGE_PATH[ \t]*\+?=((?:[^\n\\]|\\\n)*)", re.M)
_BEGINNING = regex(r"^(?:@\w+@/?|\$[({]\w+[)}]/?|\.\.?/|\.$)+")
_OBJECT = regex(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$")
_MAKEFILES = ("Makefile", "GNUmakefile", "makefile")
_SCRIPTS = (*_MAKEFILES, "noxfile.py", "build.py")
_NEAR = 3
"""So many folders up from a page."""
_PAGES = (".md", ".markdown")
_PAGE = regex(r"[\w.-]+\.(?:md|markdown)\b")


def sphinx_has(path: str, target: str, among: Collection) -> bool:
    """Tell whether Sphinx leads a link somewhere: to a page without its ending, to what a program is documented from.

    MyST takes `queue.Client` for an object of the site; here it counts where a package `queue` lies in the project.
    """
    if nearest_above(dirname(path), ("conf.py",), among.exists) is None:
        return False
    place = normpath(join(dirname(path), target))
    if any(among.exists(place + ending) for ending in (".rst", ".md")):
        return True
    if _OBJECT.match(target) is None:
        return False
    package = target.partition(".")[0]
    return any(
        among.exists(f"{root}/{name}/__init__.py")
        for root in upward(dirname(path))
        for name in (package, f"src/{package}", f"lib/{package}")
    )


def shares_names(path: str, among: Collection) -> bool:
    """Tell whether the names of all pages of a site count for each: MyST looks for `#name` in the whole of it."""
    conf = nearest_above(dirname(path), ("conf.py",), among.exists)
    return conf is not None and "myst" in among.text(conf)


def doxygen_has(path: str, target: str, among: Collection) -> bool:
    """Tell whether Doxygen finds what one of its pages links to: another page, by its path within the project.

    It looks for pictures in folders of its settings.
    """
    settings = nearest_above(dirname(path), _DOXYFILES, among.exists)
    if settings is None:
        return False
    text, roots = among.text(settings), (dirname(settings), dirname(dirname(settings)))
    if splitext(target)[1] in _PAGES:
        is_page = any(f"/{word}" in path for word in _words(_INPUT, text))
        return is_page and any(among.exists(f"{root}/{target.lstrip('./')}") for root in roots)
    places = (f"{root}/{folder}/{basename(target)}" for folder in _words(_IMAGE_PATH, text) for root in roots)
    return any(among.exists(normpath(place)) for place in places)


def _words(setting: re.Pattern[str], text: str) -> Iterator[str]:
    """Yield the paths that a setting of Doxygen names, without what they begin with."""
    for value in setting.findall(text):
        for word in value.replace("\\", " ").split():
            if path := _BEGINNING.sub("", word.strip('"')):
                yield path


def is_written(path: str, name: str, among: Collection) -> bool:
    """Tell whether a script that builds the project, near a page, names a file: it may write or copy it."""
    for folder in islice(upward(dirname(path)), _NEAR):
        for script in _SCRIPTS:
            if among.exists(f"{folder}/{script}") and name in among.text(f"{folder}/{script}"):
                return True
    return False


def joined_with(path: str, among: Collection) -> Iterator[str]:
    """Yield the documents of which pandoc makes one page, where a Makefile names this one among them."""
    for folder in upward(dirname(path)):
        for name in _MAKEFILES:
            text = among.text(f"{folder}/{name}") if among.exists(f"{folder}/{name}") else ""
            if "pandoc" in text and basename(path) in (pages := set(_PAGE.findall(text))):
                yield from _below(folder, pages - {basename(path)}, among)
                return


def _below(folder: str, names: set[str], among: Collection) -> Iterator[str]:
    """Yield the files of some names in a folder and in those that lie in it."""
    for name in among.names(folder):
        if name in names:
            yield f"{folder}/{name}"
        elif "." not in name:
            yield from (f"{folder}/{name}/{each}" for each in among.names(f"{folder}/{name}") if each in names)
