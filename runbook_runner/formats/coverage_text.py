"""How much of each runbook its scenarios walk, as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runbook_runner.model.coverage import Coverage, Part
from runbook_runner.ports import Format


class CoverageText:
    """`runbook test --coverage`."""

    name = "text"

    def render(self, subject: Any) -> str:
        """Return a line for each runbook, and below it each thing that no scenario covers, with its place."""
        reports: Sequence[Coverage] = subject
        width = max((len(report.runbook) for report in reports), default=0)
        lines = ["coverage of the step graphs"]
        for report in reports:
            done = len(report.parts) - len(report.missing)
            lines.append(f"  {report.runbook:<{width}}  {done:>4} of {len(report.parts):<4}  {report.percent:5.1f}%")
            lines += [f"    {report.runbook}:{part.span.line}: {part.text}" for part in _telling(report)]
        return "\n".join(lines) + "\n"


def _telling(report: Coverage) -> list[Part]:
    """Leave out what follows from another line: all of a step that is never visited, the side of a branch's guard."""
    unseen = {part.step for part in report.missing if part.kind == "step"}
    untaken = {(part.step, part.span.line) for part in report.missing if part.kind == "branch"}
    return [
        part
        for part in report.missing
        if part.kind == "step"
        or (part.step not in unseen and not (part.kind == "predicate" and (part.step, part.span.line) in untaken))
    ]


FORMAT: Format = CoverageText()
