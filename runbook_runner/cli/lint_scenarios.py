"""What lint says of runbooks that have scenarios: only those pay, and only when something of theirs has changed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from runbook_runner.cli.config import Config
from runbook_runner.cli.files import SCENARIOS
from runbook_runner.lint.digest import digest
from runbook_runner.lint.engine import absolute
from runbook_runner.lint.stamp import stamp
from runbook_runner.model.finding import Finding, Group, Severity
from runbook_runner.model.span import Span

if TYPE_CHECKING:
    from pathlib import Path

    from runbook_runner.rehearsal.rehearse import Seen, Theatre

UNTESTED, BAD, NEVER = "untested-branch", "bad-scenarios", "never-drilled"
_LEADS = {"branch", "timer", "alternative"}
"""What of a graph can be taken."""
# Compiled when there are scenarios: a call without any has no time for that.
_ABOUT = rb"(?m)^runbook:[ \t]*['\"]?([^'\"\n#]+)"
_LINK = rb"\]\(<?([^)>#\s]+\.md)"
_FILE = rb"\bfile:[ \t]*['\"]?([^'\"\n,}]+)"
Wants = Callable[[str, Group], bool]


class _Known(Struct, frozen=True, array_like=True):
    """What was found of one runbook, and in which state of its files."""

    made_of: str
    findings: tuple[Finding, ...]


def findings(files: Sequence[str], wants: Wants, cache: str, config: Config) -> tuple[Finding, ...]:
    """Return what is to be said of those of some runbooks, as they are shown, that have scenarios."""
    with_scenarios = dict(_with_scenarios(files))
    if not with_scenarios:
        return ()
    found: list[Finding] = []
    # A comment that takes one of them back is to be known as used, too.
    if wants(UNTESTED, Group.COMPLETENESS) or wants(BAD, Group.CORRECTNESS) or wants("unused-suppression", Group.STYLE):
        found += _walked(with_scenarios, f"{cache}.scenarios" if cache else "")
    if wants(NEVER, Group.STYLE):
        found += _never_drilled(with_scenarios, config)
    return tuple(found)


def _with_scenarios(files: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the runbooks that have scenarios, each with its files of them; a folder is looked through once."""
    found: list[tuple[str, str]] = []
    for folder in dict.fromkeys(os.path.dirname(file) for file in files):  # noqa: PTH120
        with suppress(OSError):
            names = sorted(os.listdir(folder or "."))  # noqa: PTH208
            found += [(folder, name) for name in names if name.endswith(SCENARIOS)]
    if not found:
        return
    given = dict(zip(absolute(files), files, strict=True))
    about: dict[str, list[str]] = {}
    for folder, name in found:
        path = os.path.join(folder, name)  # noqa: PTH118
        named = re.search(_ABOUT, _contents(path))
        runbook = os.fsdecode(named[1]).strip() if named else name.removesuffix(SCENARIOS) + ".md"
        (whole,) = absolute([os.path.normpath(os.path.join(folder, runbook))])  # noqa: PTH118
        if whole in given:
            about.setdefault(given[whole], []).append(path)
    yield from ((runbook, tuple(scenarios)) for runbook, scenarios in about.items())


def _walked(runbooks: dict[str, tuple[str, ...]], cache: str) -> Iterator[Finding]:
    known = _load(cache)
    fresh: dict[str, _Known] = {}
    made_by = stamp(date.min).encode()  # what a walk shows does not change with the day
    for shown, scenarios in runbooks.items():
        whole = os.path.abspath(shown)  # noqa: PTH100
        made_of = digest(b"\0".join([made_by, os.fsencode(shown), *_grounds(whole, scenarios)])).hex()
        before = known.get(whole)
        if before is None or before.made_of != made_of:
            before = _Known(made_of, tuple(_looked_at(shown, scenarios)))
        fresh[whole] = before
        yield from before.findings
    if cache and fresh.items() - known.items():
        _save(cache, {**known, **fresh})


def _grounds(runbook: str, scenarios: Sequence[str]) -> Iterator[bytes]:
    """Yield the contents of all that the walks through a runbook depend on: runbooks that it leads to, outputs."""
    waiting, seen = [runbook], {runbook}
    while waiting:
        path = waiting.pop()
        text = _contents(path)
        yield text
        for link in re.findall(_LINK, text):
            other = os.path.normpath(os.path.join(os.path.dirname(path), os.fsdecode(link)))  # noqa: PTH118, PTH120
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    for path in scenarios:
        text = _contents(path)
        yield text
        for name in re.findall(_FILE, text):
            yield _contents(os.path.join(os.path.dirname(path), os.fsdecode(name).strip()))  # noqa: PTH118, PTH120


def _looked_at(shown: str, scenarios: Sequence[str]) -> Iterator[Finding]:
    from pathlib import Path

    from runbook_runner.cli.theatre import theatre
    from runbook_runner.rehearsal.coverage import coverage

    seen: list[Seen] = []
    with theatre() as stage:
        for file in map(Path, scenarios):
            yield from _played(file, stage, seen)
        if not seen:
            return
        from runbook_runner.model.graph import build

        graph = build(stage.library.load(shown))
        report = coverage(graph, seen)
    lines = graph.runbook.source.split("\n")
    hint = f"add one to {os.path.basename(scenarios[0])}; `runbook test --coverage` lists all"  # noqa: PTH119
    for part in report.missing:
        if part.kind in _LEADS:
            text = part.text.partition(": ")[2] if part.kind == "alternative" else f"`{part.step}`: {part.text}"
            yield _finding(
                shown, UNTESTED, Group.COMPLETENESS, f"no scenario takes this: {_short(text)}", part.span, hint, lines
            )


def _played(file: Path, stage: Theatre, seen: list[Seen]) -> Iterator[Finding]:
    """Walk a file's scenarios; yield why it cannot be used."""
    from runbook_runner.cli.theatre import cast
    from runbook_runner.errors import InputError
    from runbook_runner.model.verdicts import Broken
    from runbook_runner.rehearsal.rehearse import rehearse

    try:
        found = cast(file, stage)
    except InputError as error:
        yield _finding(str(file), BAD, Group.CORRECTNESS, error.message, Span(), error.hint, [])
        return
    if isinstance(found, Broken):
        lines = _contents(str(file)).decode("utf-8", "replace").split("\n")
        for defect in found.defects:
            yield _finding(str(file), BAD, Group.CORRECTNESS, defect.message, defect.span, defect.hint, lines)
        return
    seen += [rehearse(found.graph, scenario, stage, file.parent) for scenario in found.scenarios]


def _never_drilled(runbooks: dict[str, tuple[str, ...]], config: Config) -> Iterator[Finding]:
    from runbook_runner.cli.journal import last_drills

    drilled = last_drills("", config)
    if drilled is None:
        return  # nobody drills here: another machine's drills are not known
    for shown in runbooks:
        if os.path.realpath(shown) not in drilled:
            hint = f"`runbook drill {shown}` walks one of its scenarios with you"
            yield _finding(shown, NEVER, Group.STYLE, "nobody has drilled it here yet", Span(), hint, [])


def _finding(path: str, code: str, group: Group, message: str, span: Span, hint: str, lines: Sequence[str]) -> Finding:
    from runbook_runner.lint.records import made
    from runbook_runner.model.span import Defect

    found = made(Defect(code, message, span, hint), group, lines)
    severity = Severity.WARNING  # lint itself decides, by the group
    return Finding(path, code, group, severity, message, span, hint, found.excerpt, found.column)


def _short(text: str) -> str:
    text = text.partition("never taken: ")[2] or text.partition("never chosen: ")[2] or text
    return text if len(text) <= 100 else f"{text[:99]}…"


def _contents(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read()
    except (OSError, ValueError):
        return b""


def _load(cache: str) -> dict[str, _Known]:
    if not cache:
        return {}
    try:
        return msgspec.msgpack.decode(_contents(cache), type=dict[str, _Known])
    except (msgspec.MsgspecError, ValueError):
        return {}


def _save(cache: str, known: dict[str, _Known]) -> None:
    part = f"{cache}.{os.getpid()}"
    with suppress(OSError, UnicodeEncodeError):
        os.makedirs(os.path.dirname(cache), exist_ok=True)  # noqa: PTH103, PTH120
        with open(part, "wb") as file:  # noqa: PTH123
            file.write(msgspec.msgpack.encode(known))
        os.replace(part, cache)  # noqa: PTH105
