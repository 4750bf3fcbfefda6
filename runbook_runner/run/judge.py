"""From what a command printed to a verdict, with the evidence that it rests on. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from runbook_runner.model import events as e
from runbook_runner.model.runbook import Otherwise, Predicate, Recurrence, Step
from runbook_runner.regex import regex

SIGPIPE_EXIT = 141
NO_OTHER = "no other branch holds"
"""The evidence of *otherwise*."""
COMPARE = "compare with what is expected"
"""Why she is asked where words say what to look for."""
_PROVES = regex(r"(!?)\s*(stdout|stderr|output)\.(contains|matches)\((?:[^()\"']|\"[^\"]*\"|'[^']*')*\)\s*")


class Observed(Struct, frozen=True):
    """What is known of a finished attempt, raw, in memory only."""

    exit_code: int | None
    values: Mapping[str, Any]
    """For predicates: stdout, exit_code, … and parameters."""
    statuses: tuple[int, ...] = ()
    truncated: frozenset[str] = field(default_factory=frozenset)
    """Streams of which only head and tail were kept."""
    redact: Callable[[str], str] = str
    """Hides secrets before evidence is shortened: half a secret would not be recognised."""


Recurs = Callable[[float], str | None]
"""Says what was here within so many seconds, or None."""


def judge(step: Step, visit: int, attempt: int, seen: Observed, recurs: Recurs) -> e.Judged:
    """Return the verdict on an attempt, and which branches hold."""
    checks = [_check(x.predicate, seen) for x in step.expected if x.predicate]
    branches = _branches(step, seen, recurs)
    verdict, why = _verdict(step, seen, checks)
    return e.Judged(visit, attempt, verdict, tuple(checks), tuple(branches), why)


def deciding(step: Step, judged: e.Judged | None) -> int | None:
    """Return the index of the branch that the evidence chooses; None when a person must."""
    if judged is None:
        return None
    unclear = judged.verdict == "undetermined"
    for entry in judged.branches:
        if entry["holds"] is None:
            unclear = True
        if entry["holds"] and not (unclear and isinstance(step.branches[entry["index"]].guard, Otherwise)):
            return int(entry["index"])
        if unclear:
            return None
    return None


def _verdict(step: Step, seen: Observed, checks: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    broken = [code for code in seen.statuses[:-1] if code not in (0, SIGPIPE_EXIT)]
    if broken:
        return "undetermined", f"a part of the pipeline failed (exit {broken[0]}): its output proves nothing"
    unclear = [check for check in checks if check["holds"] is None]
    if unclear:
        return "undetermined", f"{unclear[0]['source']}: {unclear[0]['error']}"
    failed = [check for check in checks if not check["holds"]]
    if failed:
        return "failed", ""
    if any(x.text for x in step.expected):
        # Prose says what to look for, and only she can compare.
        return "ask", COMPARE
    if checks:
        return "passed", ""
    if seen.exit_code == 0:
        return "passed", ""
    return "ask", f"exit {seen.exit_code}, and the runbook does not say what that means"


def _branches(step: Step, seen: Observed, recurs: Recurs) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for index, branch in enumerate(step.branches):
        match branch.guard:
            case Predicate() as predicate:
                entries.append({**_check(predicate, seen), "index": index})
            case Recurrence(seconds):
                found = recurs(seconds)
                entries.append(
                    {"index": index, "holds": found is not None, "evidence": found or "not seen", "error": ""}
                )
            case _:
                continue
    machine = [entry["holds"] for entry in entries]
    for index, branch in enumerate(step.branches):
        # A question stands in the way of otherwise: only she can say that nothing else holds.
        if isinstance(branch.guard, Otherwise) and machine and not any(h or h is None for h in machine):
            asked = any(type(b.guard).__name__ == "Question" for b in step.branches)
            if not asked:
                entries.append({"index": index, "holds": True, "evidence": NO_OTHER, "error": ""})
    return entries


def _check(predicate: Predicate, seen: Observed) -> dict[str, Any]:
    entry: dict[str, Any] = {"source": predicate.source, "holds": None, "evidence": "", "error": predicate.error}
    if predicate.error:
        return entry
    from runbook_runner.predicates import evaluate, parse  # 10 ms, and many a runbook has no predicate

    try:
        found = evaluate(parse(predicate.source), seen.values, redact=seen.redact)
    except ValueError as error:
        return {**entry, "error": str(error)}
    entry |= {"holds": found.holds, "evidence": found.evidence, "error": found.error}
    cut = sorted(name for name in found.names if name in seen.truncated)
    if cut and not _proven(predicate.source, found.holds):
        entry |= {"holds": None, "error": f"{cut[0]} was too long to keep whole, and the part kept does not prove it"}
    return entry


def _proven(source: str, holds: bool | None) -> bool:
    match = _PROVES.fullmatch(source.strip())
    return bool(match) and holds is not None and holds != bool(match[1] if match else "")
