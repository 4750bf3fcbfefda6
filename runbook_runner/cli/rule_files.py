"""Alert rules as files: which there are, and what lint needs beside them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from runbook_runner.cli.config import Config
from runbook_runner.cli.files import FOREIGN, RULE_FILES
from runbook_runner.cli.links import Links, shown
from runbook_runner.errors import InputError
from runbook_runner.lint.alerting import Alerts
from runbook_runner.markdown import looks_like_rules, read_rules
from runbook_runner.model.alert import RuleFile
from runbook_runner.model.span import Defect, Span

_MAX_BYTES = 16 << 20
_CODE = "bad-rule-file"
_SETTINGS = 'it may have rules = ["deploy/rules"] and a table [lint.alerts.runbook-urls]'
STDIN = "<stdin>"
"""What the standard input is called, as in `helm template . | runbook lint --alerts -`."""


def alerts(
    places: Sequence[str], config: Config, runbooks: Sequence[str], left_out: Callable[[str], bool] = lambda _: False
) -> Alerts | None:
    """Return the alert rules at some places, or where the configuration says; None when it says nothing either.

    `runbooks` are the files among which links are sure to be meant; `left_out` says of a path that it is not meant.
    """
    configured = _configured(config)
    places = places or [shown(str(config.root / place)) for place in configured]
    if not places:
        return None
    links = Links(config)
    links.check()
    files = tuple(file for file in rule_files(places) if not left_out(file.path))
    return Alerts(files, links.landing, lambda strays: advice(strays, runbooks, config.root), shown)


def rule_files(places: Iterable[str]) -> list[RuleFile]:
    """Return the files of alert rules at some places, by path: those that are named, and those found below folders."""
    found: dict[str, RuleFile] = {}
    for place in places:
        if place == "-":
            found[STDIN] = read_rules(sys.stdin.buffer.read(), STDIN)
        elif os.path.isdir(place):  # noqa: PTH112 - it is a text, as she typed it
            below = {file.path: file for file in _below(place)}
            if not below:
                hint = f"files that end in {' or '.join(RULE_FILES)} and have an `alert:` with an `expr:` are"
                raise InputError(f"{place}: no alert rules are found in it", hint)
            found.update(below)
        elif os.path.lexists(place):
            found[place] = _named(place)
        else:
            raise InputError(f"{place}: no such file or folder", "--alerts takes files of alert rules, and folders")
    unique = {os.path.realpath(path): path for path in sorted(found, reverse=True)}
    return [found[path] for path in sorted(unique.values())]


def advice(strays: Sequence[str], runbooks: Sequence[str], root: Path) -> str:
    """Return what to write about links that nothing maps: the beginning that most of them share with files here."""
    common = _common([link.partition("#")[0] for link in strays])
    if "://" not in common and not common.startswith("{{"):
        return "write their whole URLs, or the beginning of them and a folder into [lint.alerts.runbook-urls]"
    stems: dict[str, list[Path]] = {}
    for file in (Path(os.path.relpath(path, root)) for path in runbooks):
        stems.setdefault(file.stem.lower(), []).append(file)
    votes: dict[tuple[str, str], int] = {}
    for link in set(strays):
        for pair in _pairs(link.partition("#")[0], common, stems):
            votes[pair] = votes.get(pair, 0) + 1
    most = max(votes.values(), default=0)
    start, folder = max(votes, key=lambda pair: (votes[pair], len(pair[0])), default=(common, "docs/runbooks"))
    start, folder = _wider(start, folder)
    gain = f" ({most} of {len(set(strays))} would lead to a file)" if votes else ""
    return f'write "{start}" = "{folder}" into [lint.alerts.runbook-urls]{gain}'


def _wider(start: str, folder: str) -> tuple[str, str]:
    """Leave out what a beginning and its folder end in alike: the same line then holds for their neighbours."""
    while "/" in folder and start.rstrip("/").rpartition("/")[2].lower() == folder.rpartition("/")[2].lower():
        start = start.rstrip("/").rpartition("/")[0] + "/"
        folder = folder.rpartition("/")[0]
    return start, folder


def _common(links: Sequence[str]) -> str:
    """Return the folders that all links begin with, up to and with the last slash."""
    parts = [link.split("/")[:-1] for link in links]
    same = 0
    while all(len(each) > same and each[same] == parts[0][same] for each in parts):
        same += 1
    return "".join(part + "/" for part in parts[0][:same])


def _pairs(link: str, common: str, stems: dict[str, list[Path]]) -> Iterator[tuple[str, str]]:
    """Yield the beginning of a link, and the folder that would stand for it, by what is the same at their ends."""
    parts = link[len(common) :].rstrip("/").split("/")
    stem = Path(parts[-1]).stem.lower() if parts[-1].endswith((".md", ".html")) else parts[-1].lower()
    for file in stems.get(stem, ()):
        folders = list(file.parts[:-1])
        same = 0
        while same < min(len(parts) - 1, len(folders)) and parts[-2 - same].lower() == folders[-1 - same].lower():
            same += 1
        start = common + "".join(part + "/" for part in parts[: len(parts) - 1 - same])
        yield start, "/".join(folders[: len(folders) - same]) or "."


def _configured(config: Config) -> list[str]:
    lint = config.extra.get("lint", {})
    table = lint.get("alerts", {}) if isinstance(lint, dict) else {}
    known = ("rules", "runbook-urls", "runbook_urls")
    if not isinstance(table, dict) or any(name not in known for name in table):
        odd = next((name for name in table if name not in known), "") if isinstance(table, dict) else ""
        raise InputError(f"[lint.alerts] has no setting {odd!r}" if odd else "[lint.alerts] is no table", _SETTINGS)
    rules = table.get("rules", [])
    rules = [rules] if isinstance(rules, str) else rules
    if not isinstance(rules, list) or not all(isinstance(place, str) for place in rules):
        raise InputError("`rules` of [lint.alerts] is no list of files and folders", _SETTINGS)
    return rules


def _named(path: str) -> RuleFile:
    try:
        file = read_rules(Path(path).read_bytes(), path)
    except OSError as error:
        return RuleFile(path, defects=(Defect(_CODE, (error.strerror or str(error)).lower(), Span()),))
    if file.alerts or file.records or file.defects:
        return file
    hint = "a file of rules has `groups:`, they have `rules:`, and those `alert:` and `expr:`"
    return replace(file, defects=(Defect(_CODE, "there is no alert rule in it", Span(), hint),))


def _below(folder: str) -> Iterator[RuleFile]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name[0] != "." and name not in FOREIGN)
        for name in sorted(names):
            path = os.path.join(place, name).removeprefix("./")  # noqa: PTH118
            if not name.lower().endswith(RULE_FILES):
                continue
            try:
                if not os.path.isfile(path) or os.path.getsize(path) > _MAX_BYTES:  # noqa: PTH113, PTH202
                    continue
                data = Path(path).read_bytes()
            except OSError as error:
                yield RuleFile(path, defects=(Defect(_CODE, (error.strerror or str(error)).lower(), Span()),))
                continue
            if looks_like_rules(data):
                file = read_rules(data, path)
                if file.alerts or file.records or file.defects:
                    yield file
