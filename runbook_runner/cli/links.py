"""From the runbook link of an alert to a file here, as `[lint.alerts.runbook-urls]` says. No URL is ever fetched.

    [lint.alerts.runbook-urls]
    "https://runbooks.example/runbooks/" = "docs/runbooks"
    "https://git.example/{team}/blob/main/{name}.md" = "teams/{team}/{name}.md"

A key is the beginning of a URL, `{name}` in it stands for one part of a path; a value is a folder, below which what
follows in the URL is looked for, or a file. Case, `.html`, `.md`, a slash at the end and `index` make no difference.
Files are looked up among those that are there, so `..` in a link leads nowhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from runbook_runner.cli.config import Config
from runbook_runner.cli.files import FOREIGN
from runbook_runner.errors import InputError
from runbook_runner.ports.lint import Landing
from runbook_runner.regex import regex

_NAME = regex(r"\{(\w+)\}")
_ENDINGS = regex(r"(?:\.(?:md|markdown|html?|mdx))?/*$", re.I)
_INDEX = regex(r"(?:^|/)(?:_?index|readme)$")

_LIKE = 0.92
"""A slip of the finger; below that are names of other alerts, and to suggest one of those would mislead."""
_MAX_LINK = 2000
_MAX_FILES = 100_000


class _Rule(Struct, frozen=True):
    """One line of the table."""

    key: str
    pattern: re.Pattern[str]
    target: str
    literal: int
    """How much of the key is no name: the longest one that fits is asked first."""


class Links:
    """What the configuration says about links to runbooks."""

    def __init__(self, config: Config) -> None:
        self._root = config.root
        self._rules = sorted(_rules(config), key=lambda rule: -rule.literal)
        self._indexes: dict[str, dict[str, str]] = {}

    @property
    def mapped(self) -> bool:
        """Whether the configuration says anything."""
        return bool(self._rules)

    def check(self) -> None:
        """Raise InputError for a folder or file that is not there."""
        for rule in self._rules:
            folder = _fixed(rule.target)
            if not (self._root / folder).exists():
                message = f"`{rule.key}` of [lint.alerts.runbook-urls] leads to {rule.target}, and there is no {folder}"
                raise InputError(message, f"it is looked for below {self._root}")

    def landing(self, link: str, beside: str = "") -> Landing:
        """Return where a link leads; one without a scheme is a path, `beside` the file that it stands in."""
        link = link.strip()
        if len(link) > _MAX_LINK or "\0" in link:
            return Landing()
        bare, _, anchor = link.partition("#")
        anchor = unquote(anchor)
        dead: Landing | None = None
        for rule in self._rules:
            subject = _plain(link if "#" in rule.key else bare if "?" in rule.key else bare.partition("?")[0])
            found = rule.pattern.match(subject)
            rest = subject[found.end() :] if found else ""
            if found is None or not (rule.key.endswith("/") or rest[:1] in ("", "/", "?", "#")):
                continue
            if _is_file(rule.target) and rest.strip("/"):
                continue
            section = anchor
            if "#" in rule.key:  # pages of one page, told apart after the `#`
                rest, _, section = rest.partition("#")
            landing = self._looked_up(rule.target, found.groupdict(), unquote(rest), section)
            if landing.path:
                return landing
            dead = dead or landing
        return dead or self._path(bare, anchor, beside)

    def _path(self, path: str, anchor: str, beside: str) -> Landing:
        """Return what a path in place of a URL leads to: from the file that it stands in, or from the root."""
        if "://" in path or path.startswith("//") or "{{" in path or not _is_file(path):
            return Landing()
        places = [Path(beside).parent, self._root] if beside else [self._root]
        for place in places:
            whole = os.path.abspath(place / unquote(path).lstrip("/"))  # noqa: PTH100 - it also takes `..` out
            if os.path.isfile(whole) and _below(whole, str(self._root)):  # noqa: PTH113
                return Landing(mapped=True, path=whole, anchor=anchor, wanted=shown(whole))
        return Landing(mapped=True, anchor=anchor, wanted=path)

    def _looked_up(self, target: str, names: Mapping[str, str], rest: str, anchor: str) -> Landing:
        folder = _fixed(target)
        whole = _NAME.sub(lambda name: unquote(names[name[1]]), target)
        inside = os.path.relpath(whole if _is_file(target) else f"{whole}/{rest.strip('/')}", folder)
        place = str(self._root / folder)
        if place not in self._indexes:
            self._indexes[place] = _index(place)
        files = self._indexes[place]
        if found := files.get(_key(inside), ""):
            return Landing(mapped=True, path=found, anchor=anchor, wanted=shown(found))
        wanted = f"{shown(place)}/{_ENDINGS.sub('', inside)}.md".removeprefix("./")
        return Landing(mapped=True, anchor=anchor, wanted=wanted, near=shown(_near(_key(inside), files)))


def shown(path: str) -> str:
    """Return a path as she would type it: relative to where she stands when that is no longer."""
    if not path:
        return ""
    short = os.path.relpath(path)
    return path if short.startswith("../../..") and os.path.isabs(path) else short  # noqa: PTH117


def _rules(config: Config) -> list[_Rule]:
    lint = config.extra.get("lint", {})
    table = lint.get("alerts", {}) if isinstance(lint, Mapping) else {}
    urls: Any = (table.get("runbook-urls") or table.get("runbook_urls") or {}) if isinstance(table, Mapping) else {}
    if not isinstance(urls, Mapping) or not all(isinstance(value, str) for value in urls.values()):
        hint = 'write "https://runbooks.example/runbooks/" = "docs/runbooks"'
        raise InputError("[lint.alerts.runbook-urls] is no table of beginnings of URLs and folders", hint)
    return [_rule(str(key), value) for key, value in urls.items()]


def _rule(key: str, target: str) -> _Rule:
    names = _NAME.findall(key)
    unknown = [name for name in _NAME.findall(target) if name not in names]
    if unknown or len(set(names)) != len(names):
        what = f"{{{unknown[0]}}} stands in its value only" if unknown else "a name stands in it twice"
        raise InputError(f"`{key}` of [lint.alerts.runbook-urls]: {what}", "each name once in the key")
    parts = _NAME.split(_plain(key))
    pattern = "".join(f"(?P<{part}>[^/?#]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    return _Rule(key, re.compile(pattern), target.rstrip("/") or ".", len(_NAME.sub("", key)))


def _plain(url: str) -> str:
    """Return a URL without what makes no difference: http or https, the case of the host."""
    if found := re.match(r"(?i)https?:(//[^/?#{]*)", url):
        return found[1].lower() + url[found.end() :]
    return re.sub(r"\{\{\s*(.*?)\s*\}\}", r"{{\1}}", url)


def _fixed(target: str) -> str:
    """Return the folder that holds a target, whatever its names stand for."""
    head = target.partition("{")[0]
    if head != target:
        return head.rpartition("/")[0] or "."
    return (target.rpartition("/")[0] or ".") if _is_file(target) else target


def _is_file(path: str) -> bool:
    return path.lower().endswith((".md", ".markdown", ".mdx"))


def _key(path: str) -> str:
    name = re.sub(r"[\s]+", "-", _ENDINGS.sub("", path.strip("/")).lower())
    return _INDEX.sub("", name) or "."


def _index(folder: str) -> dict[str, str]:
    """Return the Markdown files below a folder by what links call them; an own name wins over an index."""
    files: dict[str, str] = {}
    indexes: dict[str, str] = {}
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name[0] != "." and name not in FOREIGN)
        for name in sorted(names):
            if _is_file(name) and len(files) < _MAX_FILES:
                whole = f"{place}/{name}"
                inside = os.path.relpath(whole, folder)
                known = indexes if _INDEX.search(_ENDINGS.sub("", name).lower()) else files
                if not os.path.islink(whole) or _below(whole, folder):  # noqa: PTH114
                    known.setdefault(_key(inside), os.path.abspath(whole))  # noqa: PTH100
    return {**indexes, **files}


def _near(key: str, files: Mapping[str, str]) -> str:
    """Return a file of that name elsewhere, or of a name that resembles it; empty for none."""
    from difflib import get_close_matches

    name = key.rpartition("/")[2]
    stems: dict[str, str] = {}
    for known, path in files.items():
        stems.setdefault(known.rpartition("/")[2], path)
    near = get_close_matches(name, stems, 1, _LIKE)
    return stems.get(name) or (stems[near[0]] if near else "")


def _below(path: str, folder: str) -> bool:
    """Say whether a file really lies below a folder, wherever symbolic links lead."""
    real = os.path.realpath(folder)
    return os.path.commonpath([os.path.realpath(path), real]) == real
