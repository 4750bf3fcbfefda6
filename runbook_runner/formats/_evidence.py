"""What a verdict and a decision rested on, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from runbook_runner.formats import Record
from runbook_runner.formats._words import one_line
from runbook_runner.model.runbook import Branch, Otherwise
from runbook_runner.model.state import Visit


class Judgement(Struct, frozen=True):
    """One thing that was looked at, and what was seen."""

    label: str
    source: str = ""
    """The predicate; empty where there is none."""
    held: str = ""
    seen: str = ""

    def text(self) -> str:
        """Return it as one line."""
        source = f" {self.source}" if self.source else ""
        return f"{self.label}{source} {self.held}".rstrip() + (f": {self.seen}" if self.seen else "")


def evidence(record: Record, visit: Visit) -> Iterator[Judgement]:
    """Yield what the verdict rested on, and which branches held."""
    if visit.judged is None:
        return
    for check in visit.judged.checks:
        yield _judgement("expected", check)
    branches = _branches(record, visit)
    for entry in visit.judged.branches:
        index = entry.get("index")
        known = branches[index] if isinstance(index, int) and index < len(branches) else None
        if known is not None and isinstance(known.guard, Otherwise):
            continue  # that no other holds, the lines before it say
        if entry.get("holds") is not None or entry.get("error"):
            number = index + 1 if isinstance(index, int) else "?"
            asked = one_line(getattr(known.guard, "text", "")).rstrip(",.") if known and not entry.get("source") else ""
            yield _judgement(f"branch {number}{f' ({asked})' if asked else ''}", entry)
    if visit.judged.why and not (visit.ended and visit.ended.reason == visit.judged.why):
        yield Judgement("undetermined", seen=one_line(visit.judged.why))


def sources(visit: Visit) -> list[str]:
    """Return the predicates that were judged, and what was seen, the longest first."""
    entries = (*visit.judged.checks, *visit.judged.branches) if visit.judged else ()
    found = [entry for entry in entries if entry.get("source")]
    texts = {one_line(str(entry.get(name) or ""), 300) for entry in found for name in ("source", "evidence")}
    return sorted((text for text in texts if len(text) > 2), key=len, reverse=True)


def _branches(record: Record, visit: Visit) -> tuple[Branch, ...]:
    steps = record.runbook.steps if record.runbook else ()
    return next((step.branches for step in steps if step.id == visit.step), ())


def _judgement(label: str, check: Mapping[str, Any]) -> Judgement:
    holds = check.get("holds")
    held = "holds" if holds is True else "does not hold" if holds is False else "cannot be decided"
    source = one_line(str(check.get("source") or ""))
    return Judgement(label, source, held, one_line(str(check.get("evidence") or check.get("error") or ""), 300))
