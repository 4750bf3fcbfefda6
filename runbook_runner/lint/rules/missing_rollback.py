"""A command changes the system, and nothing says how to undo it.

## What it does
Looks, for each command that is known to change a system, for a line `Rollback: …` (or `Undo: …`) below it, a section on
rolling back, a later command that does the opposite, or a sentence in its section that says how to get back, or that
there is no way back. What only readies the engineer's own machine (`git clone`, a kubeconfig) is left out.

## Why it matters
A change that makes it worse must be taken back at once, by somebody who does not know the system. "There is no way
back" is an answer too: it has to be read before the command runs, not after.

## Example
    ```sh {id=scale}
    kubectl -n payments scale deploy/worker --replicas=0
    ```

## How to fix
Write it below the command:

    Rollback: `kubectl -n payments scale deploy/worker --replicas=3`

Where nothing can be undone, say so: `Rollback: none; the jobs are gone.`
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._commands import Change, changes
from runbook_runner.lint._genre import RUNBOOKS, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import above, lower, passages
from runbook_runner.model.finding import Group
from runbook_runner.model.runbook import Phase
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import has_one, regex

_CODE = "missing-rollback"
_BACK = regex(
    r"\broll(?:s|ed|ing)?[- ]?backs?\b|\bundo(?:ne|ing)?\b|\brevert\w*\b|\birreversib\w+|\breversib\w+|\bback[- ]?out\b"
    r"|\b(?:no|the|only) way back\b|\bcannot be (?:taken|brought) back|\bto reverse\b|\bput (?:\w+ ){1,4}back\b"
    r"|\b(?:restore|recreate|re-create)[sd]? (?:it|them|the \w+|from)\b|\b(?:back ?up|snapshot)s? (?:before|first)\b",
    re.I,
)
_SIGNS = ("back", "undo", "rever", "restor", "recreat", "re-creat", "snapshot")
"""Each way to say it holds one of these."""
_SECTION = regex(
    r"\W*(?:\d\S* )?(?:how to |steps? (?:to|for) |the )?"
    r"(?:roll(?:ing)?[- ]?backs?|back[- ]?out|revert(?:ing)?|undo(?:ing)?)"
    r"(?: (?:plan|procedures?|steps?|process|instructions?|strategy|options?|guide|the changes?|changes?|it|this))*\W*"
    r"|if (?:it|this|something) (?:fails|goes wrong)",
    re.I,
)
"""A section that is about undoing what was done; `Undo the last deployment` is a remedy of its own."""
_NOTHING = regex(
    r"\b(?:apt|apt-get|yum|dnf) (?:auto)?clean\b|\bdefrag\b|\bPURGE\b|(?<!-)\bvacuum\b|drop_caches|\bforce-unlock\b",
    re.I,
)
"""What leaves nothing that could be undone."""
_OPPOSITES = (
    ("suspend", "resume"), ("pause", "unpause"), ("pause", "resume"), ("cordon", "uncordon"), ("stop", "start"),
    ("disable", "enable"), ("drain", "uncordon"), ("mask", "unmask"), ("scale", "scale"), ("taint", "untaint"),
    ("detach", "attach"), ("lock", "unlock"), ("freeze", "unfreeze"), ("block", "unblock"),
)  # fmt: skip
_VERB = regex(r"(?<![\w-])[a-z]+(?![\w])")
_HINTS = (
    (regex(r"rollout restart|set image|set env|kubectl.* (?:edit|patch) deploy"), "kubectl rollout undo …"),
    (regex(r"kubectl.* delete pods?\b"), "none; its controller makes it again"),
    (regex(r"\bcordon|\bdrain\b"), "kubectl uncordon NODE"),
    (regex(r"\bscale\b"), "kubectl scale … --replicas=BEFORE"),
    (regex(r"helm.* upgrade"), "helm rollback RELEASE"),
    (regex(r"systemctl (?:stop|disable)"), "systemctl start UNIT"),
    (regex(r"systemctl restart"), "none; a restart cannot be taken back"),
)


def _find(document: Document) -> Iterator[Defect]:
    if genre(document) not in RUNBOOKS:
        return
    opposites = _Opposites(changes(document))
    for at, change in enumerate(changes(document)):
        if not _undone(document, change) and not opposites.beside(at):
            back = next((back for pattern, back in _HINTS if pattern.search(change.text)), "")
            hint = f"`Rollback: {back}`" if back else "`Rollback: ` and the command, or `Rollback: none; …`"
            message = f"`{change.name}` changes the system, and nothing says how to undo it"
            yield Defect(_CODE, message, change.span, f"below it, write {hint}")


def _undone(document: Document, change: Change) -> bool:
    if change.step.rollback or change.phase.role == "rollback" or _NOTHING.search(change.text):
        return True
    if _has_section(document, change.phase):
        return True
    return not document.once(_told).isdisjoint(above(change.phase, document))


def _told(document: Document) -> frozenset[str]:
    """Return the slugs of the phases whose text speaks of a way back."""
    signs = [sign for sign in _SIGNS if sign in lower(document)]
    if not signs:
        return frozenset()
    others = document.once(_rollbacks)
    here = (each for each in passages(document) if each.span.line not in others and has_one(each.text.lower(), signs))
    return frozenset(passage.phase for passage in here if _BACK.search(passage.text))


def _has_section(document: Document, phase: Phase) -> bool:
    """Tell whether a section on rolling back stands beside a phase or beside one that it stands in."""
    around = above(phase, document) | {""}
    top = {each.slug for each in document.runbook.phases if each.level == 1}
    sections = (each for each in document.runbook.phases if _SECTION.fullmatch(each.title))
    return any(each.parent in around or each.parent in top for each in sections)


def _rollbacks(document: Document) -> frozenset[int]:
    """Return the lines of what undoes one step: it says nothing of the others."""
    blocks = (block for step in document.runbook.steps for block in step.rollback)
    return frozenset(line for block in blocks for line in range(block.span.line, block.span.end_line + 1))


class _Opposites:
    """Finds, for a change, one of the same tool that does the opposite: `cordon` and later `uncordon`."""

    def __init__(self, found: tuple[Change, ...]) -> None:
        self.texts = [change.text for change in found]
        self.verbs = [frozenset(_VERB.findall(text)) for text in self.texts]
        self.where: dict[tuple[str, str], list[int]] = {}
        for at, text in enumerate(self.texts):
            for verb in self.verbs[at]:
                self.where.setdefault((text.split()[0], verb), []).append(at)

    def beside(self, at: int) -> bool:
        """Tell whether a later change undoes this one, or this one undoes an earlier one."""
        for one, back in _OPPOSITES:
            if one in self.verbs[at] and any(other > at for other in self._others(at, back)):
                return True
            if back in self.verbs[at] and any(other < at for other in self._others(at, one)):
                return True
        return False

    def _others(self, at: int, verb: str) -> Iterator[int]:
        same = self.where.get((self.texts[at].split()[0], verb), [])
        return (other for other in same if self.texts[other] != self.texts[at])


RULE: LintRule = Rule(_CODE, Group.COMPLETENESS, _find, "a change without a rollback")
