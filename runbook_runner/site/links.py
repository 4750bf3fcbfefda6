"""Where a link of a document leads on its page: to another page, a copied file, the outside, or nowhere."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, unquote

from msgspec import Struct

from runbook_runner.regex import regex
from runbook_runner.site import paths

_SCHEME = regex(r"([A-Za-z][A-Za-z0-9+.-]*):")
_OUTSIDE = frozenset({"http", "https", "mailto", "tel"})
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".bmp", ".ico", ".svg"})
_DOCUMENTS = frozenset({".md", ".markdown", ".html", ".htm", ".mdx", ""})
_ACTIVE = re.compile(
    rb"<\s*(?:script|foreignobject|iframe|embed|object|handler)|\son[a-z]+\s*=|javascript:|<!entity", re.I
)
_SCRIPTS = frozenset({".js", ".mjs", ".svgz", ".xhtml", ".xht", ".mht", ".shtml", ".swf", ".hta", ".xsl", ".xslt"})
_LARGEST = 32 << 20
"""Bytes of a file that is copied."""


class Kind(StrEnum):
    """What a link leads to."""

    ANCHOR = "anchor"
    """A place on this page."""
    PAGE = "page"
    """Another page of the site."""
    FILE = "file"
    """A file that is copied into the site."""
    OUTSIDE = "outside"
    """An address elsewhere."""
    BEYOND = "beyond"
    """Something that exists and is no part of the site."""
    MISSING = "missing"
    """A file that does not exist."""
    UNSAFE = "unsafe"
    """An address that is no address of a page, such as `javascript:`."""


class Where(Struct, frozen=True):
    """Where a link leads."""

    kind: Kind
    href: str = ""
    """Ready for an attribute once it is escaped; empty when it cannot be followed."""
    file: str = ""
    """Absolute path of the file to copy."""
    to: str = ""
    """Path of that file in the site."""
    why: str = ""


class Links:
    """Resolves the links of one document."""

    def __init__(self, source: str, page: str, pages: Mapping[str, str], roots: tuple[str, ...]) -> None:
        self.folder = posixpath.dirname(source)
        self.page = page
        self.pages = pages
        self.roots = roots
        self.asked: dict[str, Where] = {}
        """Every local target that was resolved, and what came out: a page is made again when that changes."""

    def resolve(self, target: str) -> Where:
        """Return where a link's target leads."""
        target = target.strip()
        if target.startswith("#"):
            anchor = unquote(target[1:])
            return Where(Kind.ANCHOR, "#" + quote(anchor, safe="-._~"))
        if target.startswith("//"):
            return Where(Kind.OUTSIDE, "https:" + target)
        scheme = _SCHEME.match(target)
        if scheme:
            known = scheme[1].lower() in _OUTSIDE
            return Where(Kind.OUTSIDE, target) if known else Where(Kind.UNSAFE, why=f"{scheme[1]}: is not followed")
        if not target:
            return Where(Kind.MISSING, why="it leads nowhere")
        found = self.asked.get(target)
        if found is None:
            found = self.asked[target] = self._local(target)
        return found

    def _local(self, target: str) -> Where:
        path, _, anchor = target.partition("#")
        path = unquote(path.partition("?")[0])
        anchor = unquote(anchor)
        if "\0" in path or len(path) > 1000:
            return Where(Kind.UNSAFE, why="it is no path")
        for base in self._bases(path):
            page = self._page(base)
            if page is not None:
                return Where(Kind.PAGE, paths.href(page, self.page, anchor))
        for base in self._bases(path):
            if _exists(base):
                return self._file(base, anchor)
        stem = posixpath.basename(path.rstrip("/"))
        return Where(Kind.MISSING, why=f"there is no {stem or path}")

    def _bases(self, path: str) -> list[str]:
        if not path.startswith("/"):
            return [posixpath.normpath(posixpath.join(self.folder, path))]
        # `/x` is below the root of somebody's own site: any of ours may be it.
        return [posixpath.normpath(posixpath.join(root, path.lstrip("/"))) for root in (*self.roots, self.folder)]

    def _page(self, base: str) -> str | None:
        stem, suffix = posixpath.splitext(base)
        tries = [base]
        if suffix.lower() in {".html", ".htm"}:
            tries += [stem + ".md", stem + ".html.md"]
        if suffix.lower() not in {".md", ".markdown"}:
            tries += [base + ".md", base + ".html.md"]
            tries += [posixpath.join(base, name) for name in ("index.md", "_index.md", "README.md")]
        return next((self.pages[one] for one in tries if one in self.pages), None)

    def _file(self, base: str, anchor: str) -> Where:
        name = posixpath.basename(base)
        real = Path(base).resolve()
        root = next((root for root in self.roots if real.is_relative_to(root)), None)
        if root is None:
            return Where(Kind.BEYOND, why=f"{name} stands outside the folder of the runbooks")
        below = real.relative_to(root)
        if any(part.startswith(".") for part in below.parts):
            return Where(Kind.BEYOND, why=f"{name} is a hidden file")
        if not real.is_file():
            return Where(Kind.BEYOND, why=f"{name} is no file")
        if real.suffix.lower() in _DOCUMENTS:
            return Where(Kind.BEYOND, why=f"{name} is not part of this site")
        if real.stat().st_size > _LARGEST:
            return Where(Kind.BEYOND, why=f"{name} is too large to be copied")
        if _active(real):
            return Where(Kind.BEYOND, why=f"{name} could run a script, and is not copied")
        to = f"files/{below.as_posix()}"
        return Where(Kind.FILE, paths.href(to, self.page, anchor), str(real), to)


def is_picture(target: str) -> bool:
    """Tell whether a file can stand in a page as a picture."""
    return posixpath.splitext(target)[1].lower() in _PICTURES


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:  # a name that is too long, a folder that may not be looked into
        return False


def _active(file: Path) -> bool:
    """Tell whether a browser that opens a file would run what is in it."""
    suffix = file.suffix.lower()
    if suffix in _SCRIPTS:
        return True
    if suffix not in {".svg", ".xml"}:
        return False
    try:
        return _ACTIVE.search(file.read_bytes()) is not None
    except OSError:
        return True
