"""The step graph on a page: drawn, clickable, and the same in words."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.markdown import read
from runbook_runner.model.graph import Graph
from runbook_runner.model.graph import build as graph
from runbook_runner.site.drawing import LARGEST, Drawing
from runbook_runner.site.layout import place
from runbook_runner.site.svg import svg
from tests.site.sites import CORPORA, RUNBOOKS, html
from tests.site.test_page import BOOK


def read_graph(data: bytes, name: str = "x.md") -> Graph:
    return graph(read(data, name, registry.executor))


def drawing(made: Graph) -> Drawing:
    return Drawing(made, lambda anchor: f"#{anchor}", lambda _: {"text": "there", "href": ""})


def section(page: str) -> str:
    return page[page.index('id="rb-graph"') :].partition("</section>")[0]


@pytest.mark.parametrize("file", [*RUNBOOKS, *CORPORA], ids=lambda file: file.stem)
def test_every_graph_is_drawn(file: Path) -> None:
    made = read_graph(file.read_bytes())
    if not made.steps:
        return
    drawn = drawing(made)
    layout = place(drawn)

    assert layout is not None
    text = svg(drawn, layout)
    assert text.count('class="edge') == len(drawn.arrows)
    assert {f"#{step}" for step in made.steps} <= set(re.findall(r'href="(#[^"]*)"', text)) | {"#"}
    assert "nan" not in text.lower()
    for node, (x, y) in zip(drawn.nodes, layout.nodes, strict=True):
        assert node.width / 2 <= x <= layout.width - node.width / 2 + 1
        assert node.height / 2 <= y <= layout.height - node.height / 2 + 1


def test_decisions_are_diamonds_and_edges_say_their_guard() -> None:
    drawn = section(html(BOOK))

    assert '<a class="node gate" href="#waiting">' in drawn
    assert '<path class="edge timer"' in drawn
    assert 'href="#i-timer"' in drawn
    assert re.search(r'class="label code"><tspan[^>]*>stdout.contains', drawn)
    assert re.search(r'class="node end done".*?resolved', drawn, re.S)


def test_an_edge_ends_on_the_border_of_a_diamond() -> None:
    drawn = drawing(read_graph(BOOK.encode()))
    layout = place(drawn)
    assert layout is not None
    gate = next(at for at, node in enumerate(drawn.nodes) if node.shape == "gate")
    (x, y), reach = layout.nodes[gate], drawn.nodes[gate].width / 2
    paths = re.findall(r'class="edge[^"]*" d="M([\d.]+),([\d.]+).*?([\d.]+),([\d.]+)"', svg(drawn, layout))
    starts = [paths[at][:2] for at, arrow in enumerate(drawn.arrows) if arrow.source == gate]
    ends = [paths[at][2:] for at, arrow in enumerate(drawn.arrows) if arrow.target == gate]

    assert len(starts) == 3
    for point in (*starts, *ends):
        assert abs(float(point[0]) - x) + abs(float(point[1]) - y) == pytest.approx(reach, abs=0.3)


def test_the_list_says_what_the_drawing_says() -> None:
    words = " ".join(re.sub(r"<[^>]*>", " ", section(html(BOOK)).partition("<details")[2]).split())

    assert "It begins with: Look" in words
    assert "if stdout.contains(&#34;lock&#34;): Restart it" in words or "Mitigation" in words
    assert "after 5 min: escalate to payments-primary" in words
    assert "otherwise: resolved" in words
    assert "(change)" in words


def test_a_huge_graph_is_a_list() -> None:
    steps = "".join(f"{number}. Do {number}.\n" for number in range(1, LARGEST + 20))
    begin = time.process_time()
    made = section(html(f"## Diagnosis\n\n{steps}"))

    assert "<details open>" in made
    assert '<svg class="graph"' not in made
    assert made.count("(by hand)") == LARGEST + 19
    assert time.process_time() - begin < 10


def test_without_the_engine_it_is_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runbook_runner.site.layout._engine", lambda: None)

    assert "<details open>" in section(html(BOOK))


def test_a_runbook_without_steps_has_no_graph() -> None:
    assert "rb-graph" not in html("# T\n\nText.\n")
