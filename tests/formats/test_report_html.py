"""A report as HTML: it says what the Markdown one says, asks nobody for anything, and nothing in it is alive."""

from __future__ import annotations

import html
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from runbook_runner.formats import Record
from runbook_runner.model import events as e
from runbook_runner.model.prose import CodeSpan, Fence, Paragraph, PhaseKind, Text
from runbook_runner.model.runbook import Facts, Rung
from runbook_runner.registry import format_for
from tests.build import phase, runbook, step
from tests.formats.samples import hostile, incident, started, told
from tests.site.test_browser import CHROMIUM, Visit, chromium

__all__ = ["chromium"]
_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")


def ladder() -> Record:
    """A run with a ladder: the first was called late, the second never, the third was not due."""
    back = (Paragraph((Text("Rollback: "), CodeSpan("kubectl <undo>"))), Fence("sh", "echo undone"))
    book = runbook(phase("fix", PhaseKind.CHANGE, replace(step("restart"), rollback=back)))
    rungs = (Rung("primary", 60.0, "pager"), Rung("dba", 90.0), Rung("boss", 3600.0))
    book = replace(book, facts=replace(book.facts, escalation=rungs) if book.facts else Facts(escalation=rungs))
    return replace(incident(), runbook=book)


def words(text: str) -> list[str]:
    """Return the words of a report, whatever it is written in."""
    if text.startswith("<!DOCTYPE"):
        text = re.sub(r"<style>.*?</style>|<nav.*?</nav>|<title>.*?</title>", "", text, flags=re.DOTALL)
        text = re.sub(r"<[^>]*>", " ", text)
    return re.findall(r"[a-z0-9]+", html.unescape(text).lower())


def called(*bodies: tuple[float, e.Body], page: float = 0.0) -> str:
    rungs = (Rung("primary", 60.0, "pager"), Rung("dba", 90.0), Rung("boss", 3600.0))
    book = runbook(phase("fix", PhaseKind.CHANGE, step("restart")))
    of = told((page, started()), *bodies, (200, e.RunEnded("resolved", "answer")))
    return format_for("report_markdown").render(replace(of, runbook=replace(book, facts=Facts(escalation=rungs))))


def test_who_was_called_is_held_against_the_ladder() -> None:
    text = called(
        (150, e.EscalationTried("primary", "pager", "help")), (170, e.EscalationAnswered("primary", "reached"))
    )
    assert "| primary (pager) | +01:00 | +02:30 | 1 min 30 s late | reached |" in text
    assert "| dba | +01:30 | not called | nobody was called |  |" in text
    assert "| boss | +1:00:00 | not called | not due by then |  |" in text
    again = called(
        (70, e.EscalationTried("primary", "pager", "help")), (90, e.EscalationTried("primary", "pager", "help"))
    )
    assert "| primary (pager) | again | +01:30 | a further try | not recorded |" in again
    early = called((10, e.EscalationTried("primary", "pager", "help")), page=5)
    assert "| +00:10 | 50 s early | not recorded |" in early
    assert "+02:00 | 1 min late; due before the run began |" in called(
        (120, e.EscalationTried("primary", "pager", "help")), page=100
    )


def test_html_says_what_markdown_says() -> None:
    for of in (incident(), ladder(), told()):
        markdown, page = (words(format_for(f"report_{name}").render(of)) for name in ("markdown", "html"))
        table = {"sh", "text"}  # what a fence claims to be
        assert [word for word in page if word not in table] == [word for word in markdown if word not in table]


def test_its_policy_allows_its_own_style_and_nothing_else() -> None:
    page = format_for("report_html").render(ladder())
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not re.search(r"<(?:script|link|img|iframe|form|input|object)|\sstyle=|\son\w+=|url\(|@import", page)
    assert all(each.startswith("#") for each in re.findall(r'(?:href|src)="([^"]*)"', page))


def test_nothing_in_it_is_alive_that_a_command_printed() -> None:
    page = format_for("report_html").render(hostile())
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not {"\x1b", "\x07"} & set(page)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("reports")
    wide = told(
        (0, started("HighNumberOfFailedRequests" * 8)), (1, e.Noted("x" * 900)), (2, e.Visited("y" * 300, 1, "start"))
    )
    made = {"ladder": ladder(), "hostile": hostile(), "wide": wide, "empty": told()}
    for name, of in made.items():
        (folder / f"{name}.html").write_text(format_for("report_html").render(of), "utf-8")
    return sorted(folder.glob("*.html"))


@pytest.fixture
def visits(chromium: Any) -> Iterator[list[Visit]]:
    made = [Visit(chromium, viewport={"width": width, "height": 800}) for width in (320, 3840)]
    yield made
    for each in made:
        each.context.close()


@_browser
@pytest.mark.slow
def test_it_asks_for_nothing_complains_of_nothing_and_fits_any_screen(pages: list[Path], visits: list[Visit]) -> None:
    for visit in visits:
        for file in pages:
            page = visit.go(file)
            width = page.viewport_size["width"]
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (file.name, width)
            assert page.evaluate("getComputedStyle(document.body).margin") == "0px"  # its style is allowed
        assert [url for url in visit.requests if url != "about:blank"] == [file.as_uri() for file in pages]
        assert visit.said == []


@_browser
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(pages: list[Path], chromium: Any, scheme: str) -> None:
    tool = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python comes with the extra `test`")
    axe = next(Path(tool.__file__).parent.rglob("axe.min.js")).read_text("utf-8")
    made = Visit(chromium, color_scheme=scheme, bypass_csp=True, viewport={"width": 1280, "height": 900})
    found: dict[str, list[str]] = {}
    for file in pages:
        page = made.go(file)
        page.evaluate(axe)
        result = page.evaluate("axe.run()")
        assert len(result["passes"]) > 10
        found |= {
            f"{file.name} {each['id']}": [node["html"] for node in each["nodes"]] for each in result["violations"]
        }
    made.context.close()
    assert found == {}
