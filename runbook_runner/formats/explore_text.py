"""What exploring runbooks found, as text: each weakness with the shortest way to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runbook_runner.model.exploration import Exploration, Weakness
from runbook_runner.ports import Format

_LONGEST = 16


class ExploreText:
    """`runbook test --explore`."""

    name = "text"

    def render(self, subject: Any) -> str:
        """Return what was found, by runbook and place, and a last line that counts."""
        explored: Sequence[Exploration] = subject
        lines: list[str] = []
        for each in explored:
            for weakness in each.weaknesses:
                lines += [f"{each.runbook}:{weakness.span.line}: {weakness.code}: {weakness.message}", *_way(weakness)]
        count = sum(len(each.weaknesses) for each in explored)
        ways = sum(each.moves for each in explored)
        books = f"{len(explored)} {'runbook' if len(explored) == 1 else 'runbooks'}"
        found = f"{count or 'no'} {'weakness' if count == 1 else 'weaknesses'}"
        lines.append(f"{found} on {ways} ways through {books}")
        return "\n".join(lines) + "\n"


def _way(weakness: Weakness) -> list[str]:
    legs = weakness.path
    width = max((len(leg.step) for leg in legs), default=0)
    shown = [f"    {leg.step:<{width}}  {leg.condition}  -> {leg.to}" for leg in legs]
    if len(shown) > _LONGEST:
        left = len(shown) - _LONGEST
        shown = [*shown[: _LONGEST // 2], f"    … {left} more …", *shown[-_LONGEST // 2 :]]
    if not weakness.confirmed:
        shown.append("    (worked out, and not confirmed by a walk)")
    return [*shown, ""]


FORMAT: Format = ExploreText()
