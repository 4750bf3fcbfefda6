"""Sites for tests: of a few words, of our own runbooks, of real documents."""

from __future__ import annotations

from pathlib import Path

from runbook_runner import registry
from runbook_runner.markdown import read
from runbook_runner.model.graph import build as graph
from runbook_runner.site import facts
from runbook_runner.site.links import Links
from runbook_runner.site.page import page

TREE = Path(__file__).parents[2]
RUNBOOKS = sorted((TREE / "runbooks").glob("*.md"))
CORPORA = sorted((TREE.parent / "shared" / "corpora").glob("*/**/*.md"))


def page_of(file: Path) -> str:
    """Return the page of one file."""
    return html(file.read_bytes(), str(file))


def html(source: bytes | str, file: str = "/none/test.md", today: str = "2026-11-25") -> str:
    """Return the page of a text."""
    data = source.encode() if isinstance(source, str) else source
    made = graph(read(data, file, registry.executor))
    place = "runbooks/test.html"
    card = facts.card(made, place, Path(file).name, today, None)
    return page(made, card, Links(file, place, {file: place}, (str(Path(file).parent),)), None, "Runbooks").html
