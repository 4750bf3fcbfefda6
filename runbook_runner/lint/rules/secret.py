"""A secret stands in the text.

## What it does
Looks for access keys and tokens by their shape (AWS, GitHub, GitLab, Slack, Google, Stripe and others), private keys,
JSON web tokens, bearer tokens, passwords in addresses and on command lines, and for what is called a password or a
key and looks random. Examples (`AKIA…EXAMPLE`, `user:password@`), placeholders and variables are passed over.

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

from bisect import bisect_right
from collections.abc import Iterator

from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule

_HINT = "withdraw it, then write a parameter with `secret: true`, or the command that fetches it"


def _find(document: Document) -> Iterator[Defect]:
    from runbook_runner.syntax.leaks import leaks

    source = document.runbook.source
    found = leaks(source)
    if not found:
        return
    starts = [0]
    for text in document.lines:
        starts.append(starts[-1] + len(text) + 1)
    for leak in found:
        line = bisect_right(starts, leak.start)
        column = leak.start - starts[line - 1] + 1
        end = min(column + leak.end - leak.start, len(document.lines[line - 1]) + 1)
        message = f"this is {leak.what}: {source[leak.start : leak.start + 4]}…"
        yield Defect("secret", message, Span(line, column, line, end), _HINT)


RULE: LintRule = Rule("secret", Group.CORRECTNESS, _find, "a secret in the text")
