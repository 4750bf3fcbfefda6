"""A decision has one answer only.

## What it does
Looks at the branches of each step. A condition needs its other side: an *Otherwise*, the opposite condition, a second
question, a time after which something else is done, or an `Expected:` that says when all is well.

## Why it matters
"If the queue is full, go to Restart." It is not full. Does she go on, stop, or escalate? The author knows and did not
say, because for him only one answer was interesting.

## Example
    - If `json.depth > 1000`, go to [Restart](#restart).

## How to fix
Say the other answer too, even when it is to go on:

    - If `json.depth > 1000`, go to [Restart](#restart).
    - Otherwise, continue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._commands import shorten
from runbook_runner.lint._flow import decided
from runbook_runner.lint._genre import OWNED, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import passages, quote
from runbook_runner.model.finding import Group
from runbook_runner.model.runbook import Branch, Otherwise, Predicate, Question, Step, StepKind, Timer
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "one-sided-decision"
_ELSE = regex(
    r"\b(?:otherwise|else|if not|if none|in all other cases"
    r"|if (?:it|this|that) (?:is not|isn['’]t|does not|doesn['’]t))\b",
    re.I,
)
_NONE = regex(r"\b(?:nothing|none|neither|anything else|something else|no other|any other)\b", re.I)
_WISH = regex(
    r"(?:you|we)(?: (?:only|just|also|do|would|might|may)|['’]d)* (?:want|wish|like|prefer|need)\b"
    r"|you(?:['’]re| are) (?:interested|curious|not sure|unsure|new)\b|after\b",
    re.I,
)
"""Whoever does not wish for it goes on; what comes after something else is no condition."""
_COMPARE = regex(r"(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+)")
_MOST = 60
"""Predicates that are compared with each other."""
_HINT = "add `- Otherwise, continue.`, or where else it leads"


def _find(document: Document) -> Iterator[Defect]:
    if genre(document) not in OWNED:
        return
    for step, decisions in decided(document):
        if not _has_other_side(document, step, decisions):
            last = decisions[-1]
            yield Defect(_CODE, _message(decisions), last.span, _HINT)


def _message(decisions: tuple[Branch, ...]) -> str:
    first = decisions[0].guard
    if len(decisions) > 1:
        return "none of these conditions may hold, and nothing says what then"
    if isinstance(first, Predicate):
        return f"`{shorten(first.source)}` has no other side: nothing says what to do when it does not hold"
    text = first.text if isinstance(first, Question) else ""
    return f"{quote(text)} has no other side: nothing says what to do when the answer is no"


def _has_other_side(document: Document, step: Step, decisions: tuple[Branch, ...]) -> bool:
    # A time that runs out is the other side of a wait.
    if any(isinstance(branch.guard, Otherwise | Timer) for branch in step.branches):
        return True
    if len(decisions) == 1 and step.expected:
        # What is expected is one side; the branch is the other, unless it says the same.
        good = {each.predicate.source for each in step.expected if each.predicate}
        return not isinstance(decisions[0].guard, Predicate) or decisions[0].guard.source not in good
    questions = [branch for branch in decisions if isinstance(branch.guard, Question)]
    if len(questions) > 1:
        return True  # several cases told in words are what the author takes to be all of them
    if any(isinstance(branch.guard, Question) and _NONE.search(branch.guard.text) for branch in decisions):
        return True
    if all(isinstance(branch.guard, Question) and _WISH.match(branch.guard.text) for branch in decisions):
        return True
    if questions and step.kind is StepKind.MANUAL:
        return True  # an item that is a hint by itself: the next item follows
    predicates = [branch.guard.source for branch in decisions if isinstance(branch.guard, Predicate)][:_MOST]
    if any(_opposite(one, other) for one in predicates for other in predicates):
        return True
    first, last = min(branch.span.line for branch in step.branches), max(branch.span.line for branch in step.branches)
    after = min((other.span.line for other in document.runbook.steps if other.span.line > last), default=last + 10)
    here = (p for p in passages(document) if p.phase == step.phase and first <= p.span.line < after)
    return any(_ELSE.search(passage.text) for passage in here)


def _opposite(one: str, other: str) -> bool:
    """Tell whether two predicates are the two sides of one question.

    `x` and `!x`, equal and not, below and above; a stretch left out between below and above is another rule's.
    """
    one, other = one.strip(), other.strip()
    if other in (f"!{one}", f"!({one})"):
        return True
    left, right = _COMPARE.fullmatch(one), _COMPARE.fullmatch(other)
    if not left or not right or left[1] != right[1]:
        return False
    return (left[2][0], right[2][0]) == ("<", ">") or (left[2], right[2], left[3]) == ("==", "!=", right[3])


RULE: LintRule = Rule(_CODE, Group.COMPLETENESS, _find, "a condition without its other side")
