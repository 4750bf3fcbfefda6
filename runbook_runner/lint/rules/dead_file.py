"""A link leads to a file that does not exist.

## What it does
Looks for links and pictures with a relative path that ends in a file name, and looks whether there is such a file
beside the runbook. Addresses that a site generator makes up (`../restore/`, `restore.html`) count as what they are
made from; pages of another part of the site (`../other-book/a.html`, `/tree/main.c` where no folder above this file
has a `tree`) are not asked after, nor is what a part of a page or a template (`includes/a.md`, `templates/a.md`) links
to, nor a folder that a Python source package was made without. Pages in HTML are missed where this document links to
one that lies there; pictures that a site serves from a folder of its own, links that a site counts from its root, what
Sphinx and Doxygen find where their settings lie above, and what a copy of another project (`vendor/other/README.md`), a
test's data or a forge's form misses, are not.

## Why it matters
In an incident she follows the link and finds nothing: the runbook that should take over, or the picture that shows
what is meant, was moved, renamed or never written.

## Example
    If the disk is full, go to [the other runbook](disk-ful.md).

## How to fix
Write the path relative to this file: `disk-full.md`. Write the address of another site whole, with `https://`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from posixpath import basename, dirname, join, normpath, splitext
from typing import TYPE_CHECKING

from runbook_runner.lint._builds import doxygen_has, is_written, sphinx_has
from runbook_runner.lint._near import Nearest
from runbook_runner.lint._rule import Among
from runbook_runner.lint._site import is_copy, is_moved, leads_out, left_out, more_links, upward, writes_pages
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.regex import regex

if TYPE_CHECKING:
    from runbook_runner.ports.lint import Collection, CollectionRule, Outline, Reference

_TEMPLATE = regex(r"\{\{|<%|\{%|\$\{|\$[A-Z(]|<[a-z]|\.\.\.|@\w+@|`|[{|][a-z]+[}|]")
_MEMBER = regex(r"[a-z_]\w*\.(?:\w+\.)*[A-Z][a-z]+[A-Z]\w*$")
"""`queue.services.HubAuth`, which a build looks up among what it documents."""
_SITE = regex(r"(?:www\.|[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|app|cloud|gov|edu|co|uk|de|fr|nl)(?:/|$))")
_ADDRESS = regex(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MADE = (".html", ".htm")
_PAGES = (".md", ".mdx", ".markdown")
_LANGUAGE = regex(r"\.[a-z]{2}(?:[-_][A-Za-z]{2,4})?\.\w+")
"""`restart.en.md`: what a link to `restart.md` becomes is up to the reader's language."""
_PICTURES = (".png", ".gif", ".jpg", ".jpeg", ".svg", ".webp")
_ASSETS = ("static", "public", "assets")
_BUILDS = ("mkdocs.yml", "_config.yml", "conf.py", "docusaurus.config.js", "antora.yml")
_TO_FILL = (".in", ".tmpl", ".tpl", ".j2", ".erb")
_SOURCES = (".md", ".markdown", ".mdx", ".rst", ".adoc", ".org", ".txt", "/index.md", "/_index.md", "/README.md")


def _find(outline: Outline, among: Collection) -> Iterator[Defect]:
    if is_moved(outline.path):
        return  # its links count from where it is put
    told: set[str] = set()
    missing: dict[str, list[Reference]] = {}
    copied: bool | None = None
    nearest = Nearest(0.75)  # names in one folder share beginnings and endings
    for reference in outline.references:
        target = reference.target
        if target in told or not _is_file(target) or _there(outline.path, target, among):
            continue
        told.add(target)
        if left_out(outline.path, normpath(join(dirname(outline.path), dirname(target))), among.exists):
            continue
        if _put_there(outline, target, among) or leads_out(outline.path, target, among.exists):
            continue
        if splitext(target)[1].lower() in (*_PAGES, *_MADE) and writes_pages(outline.path, among):
            continue
        if copied is None:
            copied = is_copy(outline.path, among.exists)
        if copied:
            return
        missing.setdefault(_missing(outline.path, target, among), []).append(reference)
    for folder, references in missing.items():
        target = references[0].target
        hint = _hint(outline.path, references[0], nearest, among)
        more = len(references) - 1
        if folder != target and more:
            hint += f", and {more_links(more)} there"
        yield Defect("dead-file", f"there is no file `{target}`", references[0].span, hint)


def _missing(path: str, target: str, among: Collection) -> str:
    """Return the folder that is not there, so that it is told once; the target where its folder is."""
    folder = dirname(target)
    if (
        not folder
        or target.startswith("/")
        or _SITE.match(target)
        or among.exists(normpath(join(dirname(path), folder)))
    ):
        return target
    return folder


def _is_file(target: str) -> bool:
    """Say whether a target is meant as a file: it has an ending, and no template has yet to fill it in."""
    ending = splitext(target)[1]
    if re.fullmatch(r"\.[A-Za-z][A-Za-z0-9]{0,9}", ending) is None or _TEMPLATE.search(target):
        return False
    return _MEMBER.match(target) is None


def _there(path: str, target: str, among: Collection) -> bool:
    folder = dirname(path)
    if (
        target.startswith("../")
        and splitext(target)[1] in _MADE
        and not among.exists(normpath(join(folder, dirname(target))))
    ):
        return True  # another part of the site, which a build puts there
    if target.startswith("/"):
        bases = list(_above(folder))
        if any(_made(base + target, among) for base in bases):
            return True
        # What begins with a folder that nothing above has belongs to a site, and only that knows it.
        first = target[: target.find("/", 1)] if "/" in target[1:] else ""
        if first and any(among.exists(f"{each}/_config.yml") for each in upward(folder)):
            rest = target.removeprefix(first)  # a forge's pages of a project begin with its name
            if any(_made(base + rest, among) for base in bases):
                return True
        return first != "" and not any(among.exists(base + first) for base in bases)
    # Where each page is a folder of its own, links count from inside it.
    return _made(join(folder, target), among) or _made(join(splitext(path)[0], target), among)


def _put_there(outline: Outline, target: str, among: Collection) -> bool:
    """Tell whether a build may put there what is not there: a page, or a picture that lies elsewhere."""
    folder, ending = dirname(outline.path), splitext(target)[1].lower()
    # A page that is a link to one in another folder is right where that lies.
    if (real := os.path.realpath(outline.path)) != outline.path and _there(real, target, among):
        return True
    if _is_found(outline.path, target, ending, among):
        return True
    if ending in _PAGES:
        bases = _above(folder) if target.startswith("/") else (f"{folder}/",)
        if any(_called(normpath(base + target), among) for base in bases):
            return True
    if ending in _MADE:
        return not _SITE.match(target) and not _has_pages(outline, dirname(target), among)
    path = target.lstrip("./")
    for root in upward(folder):
        # A site that counts every link from its root is known by this file.
        if not target.startswith(".") and among.exists(f"{root}/_sidebar.md") and _made(f"{root}/{path}", among):
            return True
        if ending in _PICTURES:
            if any(among.exists(f"{root}/{name}/{path}") for name in _ASSETS):
                return True
            if target.startswith("../") and among.exists(f"{root}/{path}"):
                return any(among.exists(f"{root}/{name}") for name in _BUILDS)
    return False


def _is_found(path: str, target: str, ending: str, among: Collection) -> bool:
    """Tell whether a build of this project finds it, or makes it."""
    if ending in (*_PAGES, *_PICTURES) and doxygen_has(path, target, among):
        return True
    if ending in (*_PAGES, *_MADE):
        return False
    return is_written(path, basename(target), among) or (ending not in _PICTURES and sphinx_has(path, target, among))


def _called(place: str, among: Collection) -> bool:
    """Tell whether a file beside a place is called so on the site: by its front matter, or in one language of many."""
    folder, stem = dirname(place), splitext(basename(place))[0]
    for name in among.names(folder):
        if not name.startswith((f"{stem}-", f"{stem}.", f"{stem}_")) or splitext(name)[1] not in _PAGES:
            continue
        if _LANGUAGE.fullmatch(name, len(stem)):
            return True
        outline = among.outline(f"{folder}/{name}")
        if outline is not None and stem in outline.names:
            return True
    return False


def _has_pages(outline: Outline, folder: str, among: Collection) -> bool:
    """Tell whether a folder is known to hold pages that nobody has to make: this document links to another there."""
    here = dirname(outline.path)
    return any(
        splitext(each.target)[1].lower() in _MADE
        and dirname(each.target) == folder
        and among.exists(normpath(join(here, each.target)))
        for each in outline.references
    )


def _above(folder: str) -> Iterator[str]:
    """Yield the folders that may be the root of a site: this one and those above."""
    for each in upward(folder):
        yield each
        for name in ("content", "docs", "static", "public", "assets", ".vuepress/public"):
            yield f"{each}/{name}"


def _made(place: str, among: Collection) -> bool:
    place = normpath(place)
    if among.exists(place) or any(among.exists(place + ending) for ending in _TO_FILL):
        return True
    stem, ending = splitext(place)
    return ending in _MADE and any(among.exists(stem + source) for source in _SOURCES)


def _hint(path: str, reference: Reference, nearest: Nearest, among: Collection) -> str:
    target = reference.target
    if _SITE.match(target):
        return f"if it is another site, write `https://{target}`"
    if address := _ADDRESS.match(target):
        return f"if it is an address, write `mailto:{address[0]}`"
    if not nearest.left or target.startswith("/"):
        return "write the file, or mend the link"
    folder, name = normpath(join(dirname(path), dirname(target))), basename(target)
    names = among.names(folder)
    if not names and not among.exists(folder):
        return f"there is no folder `{dirname(target)}` either"
    lower = {each.lower(): each for each in names}
    near = nearest.to(name.lower(), sorted(lower))
    return f"did you mean `{join(dirname(target), lower[near])}`?" if near else "write the file, or mend the link"


RULE: CollectionRule = Among("dead-file", Group.CORRECTNESS, _find, "a link to a file that is not there")
