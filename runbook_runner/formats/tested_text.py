"""What came of scenarios, as text: each that failed with both ways side by side."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any

from runbook_runner.model.verdicts import Difference, Results, Tested
from runbook_runner.ports import Format

_WIDTH = 34


class TestedText:
    """`runbook test`: what failed, and the count; the dots were shown as they came."""

    name = "text"

    def render(self, subject: Any) -> str:
        """Return what failed, and a last line that counts."""
        results: Results = subject
        lines: list[str] = []
        for broken in results.broken:
            lines += ["", f"ERROR {broken.file}"]
            for defect in broken.defects:
                lines.append(f"  {broken.file}:{defect.span.line}:{defect.span.column}: {defect.message}")
                if defect.hint:
                    lines.append(f"    {defect.hint}")
        for tested in results.tested:
            if not tested.passed:
                lines += ["", f"FAILED {tested.file}:{tested.span.line}: {tested.name}", *_why(tested)]
        return "\n".join([*lines, "", _count(results)]).lstrip("\n") + "\n"


def _why(tested: Tested) -> list[str]:
    lines: list[str] = []
    if tested.stuck:
        first, *more = tested.stuck.splitlines()
        lines += [f"  it could not go on: {first}", *(f"    {line}" for line in more)]
        lines.append(f"  it went: {' > '.join(_shortened(tested.path)) or 'nowhere'}")
    for difference in () if tested.stuck else tested.differences:
        lines += _picture(tested, difference)
    return lines


def _shortened(path: tuple[str, ...]) -> tuple[str, ...]:
    return path if len(path) <= 14 else (*path[:6], f"… {len(path) - 12} more …", *path[-6:])


def _picture(tested: Tested, difference: Difference) -> list[str]:
    """Return two columns, expected and actual, what differs marked, with the evidence behind each turn."""
    if difference.what == "outcome":
        return [f"  outcome: expected {difference.expected[0]}, was {difference.actual[0]}"]
    lines = [f"  {difference.what}", f"      {'expected':<{_WIDTH}}  actual"]
    reasons = _reasons(tested) if difference.what == "path" else {}
    matcher = SequenceMatcher(None, difference.expected, difference.actual, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        left, right = difference.expected[i1:i2], difference.actual[j1:j2]
        for row in range(max(len(left), len(right))):
            one = left[row] if row < len(left) else ""
            other = right[row] if row < len(right) else ""
            mark = "  " if kind == "equal" else "≠ "
            why = reasons.get(j1 + row, "") if other else ""
            arrow = "  |" if kind == "equal" else ("- |" if not other else "+ |" if not one else "! |")
            lines.append(f"  {mark}{arrow} {one:<{_WIDTH - 3}}  {other}{why}".rstrip())
    return lines


def _reasons(tested: Tested) -> dict[int, str]:
    """Return why the walk came to each place of its path."""
    found: dict[int, str] = {}
    branches = list(tested.evidence)
    for place, step in enumerate(tested.path[:-1]):
        if branches and branches[0][0] == step and branches[0][1] == tested.path[place + 1]:
            evidence = branches.pop(0)[2]
            if evidence:
                found[place + 1] = f"   <- {evidence}"
        elif branches and branches[0][0] == step:
            branches.pop(0)
    return found


def _count(results: Results) -> str:
    good = sum(each.passed for each in results.tested)
    parts = [f"{results.failed} failed"] if results.failed else []
    parts += [f"{good} passed"]
    if results.left_out:
        parts.append(f"{results.left_out} deselected")
    return f"{', '.join(parts)} in {results.seconds:.2f} s"


FORMAT: Format = TestedText()
