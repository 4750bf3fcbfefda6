"""A fence is never closed.

## What it does
Looks for fences that run to the end of the document, or of the list item that they stand in, and for fences in which
another begins before they are closed.

## Why it matters
What follows counts as code: headings, steps and branches in it are gone, in a run as on the page.

## Example
    ```sh
    systemctl restart worker

    ## Verify

## How to fix
Close the fence by a line of its own with the same marks. For a fence within a fence give the outer one more marks.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._fences import misplaced, written
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.prose import SHOWS_MARKDOWN
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    elsewhere = misplaced(document)
    first = min(elsewhere, default=0)
    ended = {defect.span.line for defect in document.runbook.defects if defect.code == "unclosed-fence"}
    nested = False
    for one in written(document):
        fence = one.fence
        if first and fence.span.line >= first:
            continue  # marks that close nothing open a fence, and so on down the page
        content = fence.text.split("\n")
        inner = next((at for at, line in enumerate(content) if one.opens_another(line)), None)
        message = ""
        hint = f"close it by a line with {one.mark} and nothing else"
        if inner is not None and fence.info.split(" ")[0].lower() in SHOWS_MARKDOWN:
            nested = True
            message = f"the fence in line {fence.content_line + inner} ends this example, whose rest becomes the page's"
            hint = f"give this one a mark more, {one.mark + one.mark[0]}, and its end as well"
        elif inner is not None:
            nested = True
            begins = fence.content_line + inner
            message = (
                f"this fence is not closed before the one in line {begins} begins: what lies between counts as code"
            )
        elif fence.span.line in ended:
            # The reader ends it before the next heading; what others render goes on.
            message = "this fence is never closed: everything below it counts as code"
        elif not one.closed and any(line.strip() for line in document.lines[fence.span.end_line :]):
            message = "this fence is never closed: it ends with the item that it stands in"
        elif not one.closed and not (nested or elsewhere):
            # Where marks went wrong above, those that are left over at the end are not at fault.
            message = "this fence is never closed: everything below it counts as code"
        if message:
            yield Defect("unclosed-fence", message, fence.span, hint)


RULE: LintRule = Rule("unclosed-fence", Group.CORRECTNESS, _find, "a fence that is never closed")
