"""Something in the text may be a secret.

## What it does
Looks for what is called a key or a token and looks random, for bearer tokens, Google keys, test keys of Stripe,
JSON web tokens that never end, and passwords made of words. Manuals show made-up ones that look the same, so this only
warns; what can be told from a sample is told by `secret`.

## Why it matters
If it is real, whoever can read the runbook can use it, and it stays in the history of the repository.

## Example
    curl -H "Authorization: Bearer q9Zx7Kp2vLw4Rt8Yc3Nm6Hd1"

## How to fix
If it is real, withdraw it, and write a parameter with `secret: true`. If it is made up, make that plain: `<token>`,
`your-token`, `…EXAMPLE`.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._leaks import found
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule

_HINT = "withdraw it if it is real; if it is made up, write `<token>`"


def _find(document: Document) -> Iterator[Defect]:
    for leak, text, span in found(document):
        if not leak.sure:
            yield Defect("possible-secret", f"this may be {leak.what}: {text[:4]}…", span, _HINT)


RULE: LintRule = Rule("possible-secret", Group.STYLE, _find, "what may be a secret in the text")
