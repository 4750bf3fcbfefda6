"""A placeholder stands in a command, and nothing says what to put in.

## What it does
Looks for `<name>`, `[NAME]` and `{name}` in commands that are neither declared under `parameters` nor spoken of
anywhere in the text.

## Why it matters
`<id>` of what, and where does she find it? Everything in the runbook may be right, and she cannot run the command.

## Example
    ```sh
    aws rds reboot-db-instance --db-instance-identifier <id>
    ```

## How to fix
Say where the value comes from, in the text or as a parameter that is asked for (and taken from the alert, where it has
it):

Parameters:
      ID: {from: alert.labels.instance, description: The name of the database, as in the alert}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import visible
from runbook_runner.model.finding import Group
from runbook_runner.model.runbook import Parameter
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "unexplained-placeholder"
_FILLER = frozenset({"a", "an", "the", "my", "our", "this", "some", "of", "to", "for", "in", "name", "value", "here"})
_TELLING = frozenset({"your", "affected", "problem", "failing", "failed", "broken", "faulty", "current", "previous"})
"""With a second word, these say which: `<affected pod>`."""
_SENTENCE = 4
"""So many words say themselves what they stand for: `<instance label of the alert>`."""
_WORD = regex(r"[A-Z]?[a-z]+|[A-Z]+")


def _find(document: Document) -> Iterator[Defect]:
    for parameter in document.runbook.parameters:
        if parameter.written and not parameter.declared and not _explained(document, parameter):
            message = f"nothing says what to put in for `{parameter.written}`"
            hint = f"declare it: `parameters: {{{parameter.name}: {{description: …}}}}`, or say where to find it"
            yield Defect(_CODE, message, parameter.span, hint)


def _explained(document: Document, parameter: Parameter) -> bool:
    """Tell whether the text speaks of it: as written, or by its words."""
    words = [word.lower() for word in _WORD.findall(parameter.written)]
    telling = [word for word in words if word not in _FILLER | _TELLING] or words
    if len(words) >= _SENTENCE or (telling and _TELLING & set(words)):
        return True
    text = visible(document)
    if parameter.written in text or re.search(r"[\s_-]?".join(rf"{word}s?" for word in telling), text, re.I):
        return True
    return len(telling) > 1 and all(re.search(rf"\b{word}", text, re.I) for word in telling)


RULE: LintRule = Rule(_CODE, Group.STYLE, _find, "a placeholder that nothing explains")
