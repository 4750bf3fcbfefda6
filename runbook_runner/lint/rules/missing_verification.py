"""After a change, nothing checks whether it helped.

## What it does
Follows the ways on from each command that changes the system, and looks for a check: a Verify section, a command that
looks again, something expected, a branch, or a sentence that says what should be seen. Where several changes follow
each other, the last one is told.

## Why it matters
"Restarted, looks fine" is how the second page comes ten minutes later. A change counts when the symptom is gone, and
only a look at the system can tell.

## Example
    ## Mitigation

    ```sh
    kubectl -n payments rollout restart deploy/worker
    ```

## How to fix
Add a section that measures what the alert measures, with what is expected:

    ## Verify

    ```sh
    kubectl -n payments get deploy worker -o json
    ```

    Expected: `json.status.readyReplicas == json.spec.replicas`
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._commands import Change, changes
from runbook_runner.lint._flow import onward
from runbook_runner.lint._genre import RUNBOOKS, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import between
from runbook_runner.model.command import Effect, Reason
from runbook_runner.model.finding import Group
from runbook_runner.model.runbook import Step
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "missing-verification"
_CHECKS = regex(
    r"\b(?:verif(?:y|ies|ied)|confirm\w*|check\w*|ensure|make sure|should|must be|wait(?:s|ing)? (?:for|until)|watch\w*"
    r"|monitor\w*|expect\w*|observe|healthy|successful(?:ly)?|you(?:'ll| will| can)(?: now)? see|until|look at|appears?"
    r"|will (?:show|return|output|be|now)|test(?:s|ed)?|recover(?:s|ed)?|once (?:the|it|all))\b",
    re.I,
)
_HINT = "add a section `## Verify` with a command that measures it again, and `Expected:` below it"


def _find(document: Document) -> Iterator[Defect]:
    if genre(document) not in RUNBOOKS:
        return
    open_ends = {change.step.id: change for change in changes(document) if not _verified(document, change)}
    for name, change in open_ends.items():
        # The check belongs after the last of them.
        if not any(step.id in open_ends for step in onward(document, name) if step.id != name):
            message = f"nothing checks what came of `{change.name}`"
            yield Defect(_CODE, message, change.span, _HINT)


def _verified(document: Document, change: Change) -> bool:
    step, command = change.step, change.step.command
    if step.expected or step.branches or step.sample or (command and command.sample):
        return True
    if change.phase.role == "verify":
        return True
    reasons = command.analysis.reasons if command else ()
    texts = [reason.command for reason in reasons if reason.effect is Effect.CHANGE]
    last = max((at for at, reason in enumerate(reasons) if reason.command in texts), default=len(reasons))
    if any(
        reason.effect is Effect.READ and not reason.why.startswith("changes only") for reason in reasons[last + 1 :]
    ):
        return True
    begin = command.span.end_line if command else step.span.line
    after = between(document, change.phase.slug, begin + 1, change.phase.span.end_line)
    return any(_CHECKS.search(p.text) for p in after) or any(_looks(s, document) for s in onward(document, step.id))


def _looks_after(reasons: tuple[Reason, ...]) -> bool:
    """Tell whether the command itself looks at the system after its last change."""
    last = max((at for at, reason in enumerate(reasons) if reason.effect is Effect.CHANGE), default=len(reasons))
    after = reasons[last + 1 :]
    return any(reason.effect is Effect.READ and not reason.why.startswith("changes only") for reason in after)


def _looks(step: Step, document: Document) -> bool:
    """Tell whether a step looks at the system again."""
    if document.graph.phase_of(step.id).role == "verify" or step.expected:
        return True
    if step.command is not None:
        return step.command.effect is Effect.READ and not step.command.analysis.sets
    return _CHECKS.search(step.title) is not None


RULE: LintRule = Rule(_CODE, Group.COMPLETENESS, _find, "a change that nothing checks")
