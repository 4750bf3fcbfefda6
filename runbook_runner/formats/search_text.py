"""What a search found, a line each."""

from __future__ import annotations

from typing import Any

from runbook_runner.formats import Hit
from runbook_runner.formats._words import at, one_line, table
from runbook_runner.ports import Format


class SearchText:
    """`runbook search`."""

    name = "text"

    def render(self, subject: Any) -> str:
        """Return a line for each place, in the order given."""
        hits: list[Hit] = list(subject)
        if not hits:
            return "nothing recorded has that in it\n"
        rows = [("RUN", "WHEN (UTC)", "WHERE", "BY", "WHAT")]
        return "\n".join(table(rows + [_row(hit) for hit in hits])) + "\n"


def _row(hit: Hit) -> tuple[str, str, str, str, str]:
    more = f" (and {hit.more} more)" if hit.more else ""
    when = at(hit.wall, "%Y-%m-%d %H:%M:%S")
    return one_line(hit.run), when, hit.where, one_line(hit.by, 24), one_line(hit.line, 300) + more


FORMAT: Format = SearchText()
