"""A secret stands in the text.

## What it does
Looks for access keys and tokens by their shape (AWS, GitHub, GitLab, Slack, Stripe and others), private keys, JSON
web tokens that end some day, passwords in addresses and on command lines, and for what is called a password and looks
random. Examples (`AKIA…EXAMPLE`, `user:password@`), placeholders and variables are passed over; what may as well be
the sample of a manual is told by `possible-secret`.

## Why it matters
Whoever can read the runbook can use it, and it stays in the history of the repository. It is not good for a run,
either: nobody renews it there.

## Example
    export DB_URL="postgres://payments:kX29vLq8zR7w@db-1.internal/payments"


## How to fix
Withdraw the secret first, since it has been seen. Then write a parameter with `secret: true`, or the command that
fetches it from where secrets are kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._leaks import found
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule

_HINT = "withdraw it, then write a parameter with `secret: true`, or the command that fetches it"


def _find(document: Document) -> Iterator[Defect]:
    for leak, text, span in found(document):
        if leak.sure:
            yield Defect("secret", f"this is {leak.what}: {text[:4]}…", span, _HINT)


RULE: LintRule = Rule("secret", Group.CORRECTNESS, _find, "a secret in the text")
