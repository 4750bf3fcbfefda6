"""Findings that a team knows and lives with for now: they are counted, not told.

A finding is known again by its file, its rule and the text of its line, wherever in the file that line has moved to;
as often as it was there. JSON, sorted, a line each, so that a review sees what changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from runbook_runner.errors import InputError
from runbook_runner.lint.digest import digest
from runbook_runner.lint.records import clean
from runbook_runner.model.finding import Finding, Stale

VERSION = 1
Known = dict[str, dict[str, int]]
"""Of one file: code, then digest of the line, then how often."""


class _File(Struct):
    version: int
    findings: dict[str, Known]


class Baseline(Struct, frozen=True):
    """What is known, by path relative to the folder that the baseline is in."""

    folder: str
    """Absolute."""
    files: Mapping[str, Known]

    def key(self, path: str) -> str:
        """Return what an absolute path is called here."""
        return clean(os.path.relpath(path, self.folder))

    def split(self, path: str, findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding], Known]:
        """Return those of one file that are new, those that are known, and what is known and not there any more."""
        left = {code: dict(lines) for code, lines in self.files.get(self.key(path), {}).items()}
        new: list[Finding] = []
        old: list[Finding] = []
        for finding in findings:
            lines, line = left.get(finding.code, {}), line_of(finding)
            if lines.get(line, 0) > 0:
                lines[line] -= 1
                old.append(finding)
            else:
                new.append(finding)
        rest = {code: {line: count for line, count in lines.items() if count} for code, lines in left.items()}
        return new, old, {code: lines for code, lines in rest.items() if lines}

    def gone(self, seen: Iterable[str], exists: Callable[[str], bool]) -> list[Stale]:
        """Return what is known of files that are there no more, given those that were looked at (absolute)."""
        looked = {self.key(path) for path in seen}
        lost = (path for path in self.files if path not in looked and not exists(os.path.join(self.folder, path)))  # noqa: PTH118
        return [stale for path in sorted(lost) for stale in stales(path, self.files[path])]


def stales(path: str, known: Known) -> list[Stale]:
    """Return what is known of one file as a list of what has gone, by code."""
    return [Stale(path, code, sum(lines.values())) for code, lines in sorted(known.items())]


def line_of(finding: Finding) -> str:
    """Return what a finding's line is known by: its words, not their spacing."""
    return digest(" ".join(finding.excerpt.split()).encode(), 6).hex()


def known(findings: Iterable[Finding]) -> Known:
    """Return findings of one file as a baseline keeps them."""
    found: Known = {}
    for finding in findings:
        lines, line = found.setdefault(finding.code, {}), line_of(finding)
        lines[line] = lines.get(line, 0) + 1
    return found


def load(path: str) -> Baseline:
    """Read a baseline; InputError when there is none or it is none."""
    try:
        read = msgspec.json.decode(Path(path).read_bytes(), type=_File)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError(f"{path}: {why}", "`--write-baseline` makes one") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no baseline of lint: {error}", "`--write-baseline` makes a new one") from error
    if read.version != VERSION:
        raise InputError(f"{path} is a baseline of version {read.version}", "`--write-baseline` makes a new one")
    return Baseline(str(Path(path).absolute().parent), read.findings)


def merged(old: Baseline | None, folder: str, new: Mapping[str, Known]) -> Baseline:
    """Return a baseline of what was found now; files that were not looked at and are there keep what they had."""
    target = Baseline(folder, {})
    files = {target.key(path): found for path, found in new.items()}
    if old is not None:
        for path, found in old.files.items():
            whole = Path(old.folder) / path
            if str(whole) not in new and whole.exists():
                files.setdefault(target.key(str(whole)), found)
    return Baseline(folder, {path: found for path, found in files.items() if found})


def save(path: str, baseline: Baseline) -> None:
    """Write a baseline, whole or not at all."""
    import json  # msgspec does not sort and indent at once

    body: dict[str, Any] = {"version": VERSION, "findings": baseline.files}
    target = Path(path)
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        part.write_text(json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"{path}: {(error.strerror or str(error)).lower()}", "name another file") from error
