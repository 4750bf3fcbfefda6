"""A value stands where it is parsed again as code, and nothing says what it may be.

## What it does
Looks for parameters, placeholders too, inside of what a command hands on as code: `sh -c`, `ssh`, `eval`, `jq`,
`awk`, SQL, arithmetic. A parameter with a `pattern`, with `choices` or with a type that is no text is fine, and so is
a variable that nothing declares in arithmetic: it is a number, by what is done with it.

## Why it matters
A value with a quote or a `;` in it becomes a command of its own there. The runner refuses such a value and asks for
an edit, in the middle of the incident.

## Example
    ```sh
    ssh db-1 "rm -rf /srv/<tenant>/cache"
    ```

## How to fix
Declare the parameter with a `pattern` or `choices`, or hand the value on as data: `jq --arg name "$NAME"`, `sh -c '…
"$1"' - "$NAME"`.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import Rule
from runbook_runner.model.command import Handling
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    unsafe = {parameter.name for parameter in document.runbook.parameters if not parameter.typed}
    declared = {parameter.name for parameter in document.runbook.parameters if parameter.declared}
    told: set[str] = set()
    for step in document.runbook.steps:
        command = step.command
        if command is None or command.handling not in {Handling.RUN, Handling.TERMINAL}:
            continue
        names = (command.analysis.reevaluated & unsafe & frozenset(command.analysis.uses)) - told
        if not names:
            continue
        from runbook_runner.syntax.again import parsed_again

        for place in parsed_again(command.source, names):
            if place.parser == "arithmetic" and place.written[0] == "$" and place.name not in declared:
                continue  # a number, by what is done with it
            told.add(place.name)
            message = (
                f"the value of `{place.written}` is parsed again as code by {place.parser}, "
                "and nothing says what it may be"
            )
            hint = f"declare `{place.name}` under `parameters:` with a `pattern` or `choices`, or hand it on as data"
            line, column = command.content_line + place.line - 1, command.content_column + place.column - 1
            span = Span(line, column, line, column + len(place.written))
            yield Defect("unsafe-parameter", message, span, hint)


RULE: LintRule = Rule("unsafe-parameter", Group.CORRECTNESS, _find, "a value that is parsed again as code")
