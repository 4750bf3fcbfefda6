"""Where things stand in the site: a page for each source, a page for each alert; and links between them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import PurePosixPath
from urllib.parse import quote

from runbook_runner.regex import regex

_PLAIN = regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
_TAKEN = regex(r"index|con|nul|aux|prn|(?:com|lpt)\d", re.IGNORECASE)
"""Our own name, and names that some systems refuse."""


def common_root(files: Iterable[str]) -> str:
    """Return the nearest folder that holds all files."""
    folders = {posixpath.dirname(file) for file in files}
    return posixpath.commonpath(folders) if folders else "/"


def pages(files: Iterable[str], root: str) -> dict[str, str]:
    """Return the page of each source file: `runbooks/`, its path below the root, `.html`."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for file in sorted(files):
        below = PurePosixPath(posixpath.relpath(file, root))
        page = f"runbooks/{below.with_suffix('.html')}"
        if page.casefold() in taken:
            page = f"runbooks/{below}.html"
        taken.add(page.casefold())
        found[file] = page
    return found


def alert_pages(alerts: Iterable[str]) -> dict[str, str]:
    """Return the page of each alert; a name that is no safe file name, or differs by case only, gets a digest."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for alert in sorted(alerts):
        name = alert
        if not _PLAIN.fullmatch(name) or _TAKEN.fullmatch(name) or name.casefold() in taken:
            stem = re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:60].strip("-")
            name = f"{stem}-{sha256(alert.encode('utf-8', 'replace')).hexdigest()[:8]}".lstrip("-")
        taken.add(name.casefold())
        found[alert] = f"alerts/{name}.html"
    return found


def href(target: str, here: str, anchor: str = "") -> str:
    """Return the link from one place in the site to another."""
    base = posixpath.dirname(here) or "."
    link = quote(posixpath.relpath(target, base), safe="/-._~")
    return f"{link}#{quote(anchor, safe='-._~')}" if anchor else link


def fragment(anchor: str) -> str:
    """Return the link to a place on the same page."""
    return "#" + quote(anchor, safe="-._~")


def up(here: str) -> str:
    """Return the link from a page to the site's folder, ending in `/`, or nothing."""
    return "../" * here.count("/")
