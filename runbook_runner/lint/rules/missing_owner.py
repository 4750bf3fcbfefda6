"""Nobody is named as the runbook's owner.

## What it does
Looks for `owner` (or `team`, `owner_slack`, `maintainer` and the like) in the front matter, or a line `Owner: …` in the
text, in runbooks and playbooks.

## Why it matters
A runbook that nobody owns rots, and whoever finds a mistake in it at night does not know whom to tell.

## Example
    ---
    title: A disk fills up
    ---

## How to fix
Write `owner: team-storage` into the front matter.
"""

from __future__ import annotations

from runbook_runner.lint._genre import OWNED
from runbook_runner.lint._lack import lack
from runbook_runner.lint._text import key, said
from runbook_runner.ports.lint import Document, LintRule

_KEYS = ("owners", "owned_by", "owning_team", "maintainer", "maintainers", "responsible", "contact", "squad", "slack")
_NAMES = (
    "owners?|owned by|owning team|team that owns[\\w ]*|maintainers?|maintained by|service owner|team|squad|responsible"
)


def _named(document: Document) -> bool:
    return bool(document.runbook.facts.owner) or key(document, *_KEYS) or said(document, _NAMES)


RULE: LintRule = lack(
    "missing-owner",
    OWNED,
    _named,
    message="no owner is named",
    hint="add `owner: team-name` to the front matter",
    summary="no owner",
)
