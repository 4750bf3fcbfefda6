"""Tables that say what to do in which case: `| Symptom | Do |` with a link to a section or somebody to call."""

from __future__ import annotations

import re

from runbook_runner.markdown.branches import destination
from runbook_runner.markdown.durations import seconds
from runbook_runner.markdown.flat import Flat
from runbook_runner.markdown.guards import Predicates, guard_of
from runbook_runner.model.prose import Table, plain
from runbook_runner.model.runbook import Branch, Escalate, Guard, Timer, ToAnchor
from runbook_runner.model.span import Span
from runbook_runner.regex import regex

_CASES = regex(
    r"\b(?:symptoms?|conditions?|if|when|results?|answers?|outputs?|observ\w+|cases?|situations?|problems?|findings?"
    r"|status|states?|codes?|errors?|causes?|you see|scenarios?|triggers?|time|elapsed|after|duration)\b",
    re.I,
)
_ACTIONS = regex(
    r"\b(?:actions?|next|do|then|go to|see|steps?|sections?|mitigations?|fix|resolutions?|response|follow|remed\w+"
    r"|escalat\w+|runbooks?|procedures?)\b",
    re.I,
)
_PASSED = regex(r"\b(?:time|elapsed|after|duration)\b", re.I)
_LENGTH = regex(r"(\d+)\s*(?:[-–]\s*\d+\s*)?\+?\s*(m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|s(?:ec(?:ond)?s?)?)\b", re.I)


def cases(table: Table, predicates: Predicates) -> tuple[Branch, ...]:
    """Return a branch for each row whose case has a heading that says so, and whose action leads somewhere."""
    heads = [plain(cell) for cell in table.head]
    case = next((at for at, head in enumerate(heads) if _CASES.search(head)), None)
    action = next((at for at, head in enumerate(heads) if at != case and _ACTIONS.search(head)), None)
    if case is None or action is None:
        return ()
    found = []
    for at, row in enumerate(table.rows):
        if len(row) <= max(case, action) or not plain(row[case]).strip():
            continue
        does = Flat(row[action])
        target = destination(does.text.strip(), does)
        if isinstance(target, ToAnchor | Escalate):
            line = table.span.line + 2 + at
            span = Span(line, table.span.column, line, table.span.column + 1)
            guard = _guard(Flat(row[case]), span, predicates, passed=_PASSED.search(heads[case]) is not None)
            found.append(Branch(guard, target, f"{plain(row[case])}: {plain(row[action])}", span))
    return tuple(found)


def _guard(flat: Flat, span: Span, predicates: Predicates, *, passed: bool) -> Guard:
    length = _LENGTH.search(flat.text) if passed else None
    if length is not None and (after := seconds(f"{length[1]} {length[2]}")):
        return Timer(after, flat.show(flat.text), span)
    return guard_of(flat.text, flat, span, predicates)
