"""Pages in a real browser: nobody is asked for anything, axe finds nothing, values reach what is copied."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runbook_runner.model.finding import Finding, Group, Severity
from runbook_runner.model.span import Span
from runbook_runner.site.build import build
from runbook_runner.site.options import Options, Source, Verdict
from tests.site.sites import RUNBOOKS
from tests.site.test_page import BOOK, HOSTILE

playwright = pytest.importorskip("playwright.sync_api", reason="playwright comes with the extra `test`")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here"),
]
_PATIENCE = 180_000
"""Milliseconds; a busy machine takes its time, and only what hangs should fail."""
PLAIN = """# Plain

![a picture](none.png) and [a link](gone.md).

| a | b |
| --- | --- |
| 1 | 2 |

- [x] done
- [ ] to do

> [!NOTE]
> A note.
"""
LONG = (
    f"---\ntriggers: [{{alert: {'DesiredShardsAre' * 6}}}]\n---\n# {'HighNumberOfFailedRequests' * 4}\n\n"
    f"## Fix\n\nSee https://a.example/{'x' * 200}\n"
)
HOSTS = """---
title: Hosts
triggers: [{alert: WorkerStalled}]
parameters:
  ANY: {pattern: "[^\\n]*"}
  MODE: {choices: [fast, "very slow"]}
  COUNT: {type: integer}
---
## Diagnosis

```sh {id=any}
printf '%s' "$ANY" "a-$ANY" ${ANY:-x} "$COUNT"
```

```sh {id=mode}
echo "$MODE"
```

Go on with [the worker](book.md#mitigation).
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    books = tmp_path_factory.mktemp("books")
    for name, text in {"book": BOOK, "plain": PLAIN, "hosts": HOSTS, "long": LONG, "hostile": HOSTILE}.items():
        (books / f"{name}.md").write_text(text, "utf-8")
    for file in RUNBOOKS:
        (books / file.name).write_bytes(file.read_bytes())
    (books / "broken.md").mkdir()
    finding = Finding("book.md", "vague", Group.STYLE, Severity.WARNING, "say which", Span(3, 1), "name it")
    out = tmp_path_factory.mktemp("site")
    sources = [Source(str(file), file.name) for file in sorted(books.glob("*.md"))]
    build(sources, Options(out, today="2026-11-25"), {str(books / "book.md"): Verdict(83, (finding,))})
    return out


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=arguments, timeout=_PATIENCE)
        yield browser
        browser.close()


class Visit:
    """One page, and what it did while it was open."""

    def __init__(self, browser: Any, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(_PATIENCE)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.said: list[str] = []
        self.told = ""
        """What the page said when something was copied last."""
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", self._asked)

    def _asked(self, dialog: Any) -> None:
        self.said.append(dialog.message)
        dialog.dismiss()

    def go(self, file: Path, fragment: str = "") -> Any:
        self.page.goto("about:blank")  # so that a new fragment is a new visit
        self.page.goto(file.as_uri() + fragment)
        return self.page

    def copied(self, selector: str) -> str:
        self.page.evaluate("navigator.clipboard.writeText = async (text) => { globalThis.seen = text; }")
        self.page.evaluate("delete globalThis.seen; document.querySelector('.said').textContent = ''")
        self.page.click(selector)
        self.page.wait_for_function("globalThis.seen !== undefined")
        told = self.page.wait_for_function("document.querySelector('.said').textContent")
        self.told = str(told.json_value())  # it is taken away again after a while
        return str(self.page.evaluate("globalThis.seen"))


@pytest.fixture
def visit(chromium: Any) -> Iterator[Visit]:
    made = Visit(chromium, viewport={"width": 1280, "height": 900})
    yield made
    made.context.close()


def test_no_page_asks_for_anything_outside_its_folder_or_complains(site: Path, visit: Visit) -> None:
    pages = sorted(site.rglob("*.html"))
    for page in pages:
        visit.go(page)

    assert len(pages) > 15
    assert [url for url in visit.requests if not url.startswith((site.as_uri(), "about:"))] == []
    assert visit.said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no-script"])
def test_axe_finds_nothing(site: Path, chromium: Any, scheme: str, scripts: bool) -> None:
    tool = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python comes with the extra `test`")
    axe = next(Path(tool.__file__).parent.rglob("axe.min.js")).read_text("utf-8")
    made = Visit(chromium, color_scheme=scheme, bypass_csp=True, viewport={"width": 1280, "height": 900})
    if not scripts:
        made.page.route("**/assets/*.js", lambda route: route.abort())
    found: dict[str, list[str]] = {}
    for name in PAGES:
        page = made.go(site / name, "#NAMESPACE=$(x)" if name == "runbooks/book.html" else "")
        page.evaluate(axe)
        result = page.evaluate("axe.run()")
        assert len(result["passes"]) > 10
        found |= {f"{name} {each['id']}": [node["html"] for node in each["nodes"]] for each in result["violations"]}
    made.context.close()

    assert found == {}


PAGES = ["index.html", "by-alert.html", "by-owner.html", "reviews.html", "alerts/WorkerStalled.html"]
PAGES += [f"runbooks/{name}.html" for name in ("book", "plain", "hosts", "long", "hostile", "broken", "disk-full")]


@pytest.mark.parametrize("width", [320, 768, 1440, 3840])
def test_nothing_is_wider_than_the_screen(site: Path, chromium: Any, width: int) -> None:
    made = Visit(chromium, viewport={"width": width, "height": 800})
    wide = [name for name in PAGES if made.go(site / name).evaluate("document.documentElement.scrollWidth") > width]
    made.context.close()

    assert wide == []


def test_values_from_the_address_fill_every_command(site: Path, visit: Visit) -> None:
    page = visit.go(site / "runbooks/book.html", "#mitigation?NAMESPACE=blue&POD_NAME=web-1&TOKEN=hunter2")

    assert page.inner_text("#waiting pre").strip() == "kubectl -n blue logs web-1"
    assert visit.copied("#waiting .head .copy") == "kubectl -n blue logs web-1"
    assert "hunter2" not in page.content()
    assert page.evaluate("location.hash") == "#mitigation?NAMESPACE=blue&POD_NAME=web-1"
    page.wait_for_function("scrollY > 0")
    assert "--param NAMESPACE=blue" in page.inner_text("[data-start]")
    copied = visit.copied("#restart .head .copy")
    assert copied == 'kubectl -n blue rollout restart deploy/w\ncurl -H "Authorization: $TOKEN" http://x.example'
    assert visit.copied(".rollback .copy") == "kubectl -n blue rollout undo deploy/w"


def test_a_label_of_the_alert_fills_what_is_taken_from_it(site: Path, visit: Visit) -> None:
    page = visit.go(site / "runbooks/book.html", "#alert.labels.namespace=red")

    assert "kubectl -n red logs" in page.inner_text("#waiting pre")


def test_a_value_never_becomes_code(site: Path, visit: Visit) -> None:
    page = visit.go(site / "runbooks/book.html", "#NAMESPACE=$(reboot)&POD_NAME=-rf")

    assert page.input_value("#rb-v0") == "$(reboot)"
    assert page.get_attribute("#rb-v0", "aria-invalid") == "true"
    assert "could be taken for code" in page.inner_text("#rb-e0")
    copied = visit.copied("#waiting .head .copy")
    assert copied == 'kubectl -n "${NAMESPACE:?}" logs "${POD_NAME:?}"'
    assert "without a value for NAMESPACE, POD_NAME" in visit.told


def test_typed_values_are_quoted_and_kept_in_the_address(site: Path, visit: Visit) -> None:
    page = visit.go(site / "runbooks/hosts.html")
    page.get_by_role("textbox", name="ANY").fill('it\'s $(x) "y"')
    page.get_by_role("combobox", name="MODE").select_option("very slow")
    page.get_by_role("textbox", name="COUNT").fill("7")

    quoted = "'it'\\''s $(x) \"y\"'"
    want = f'ANY={quoted}\nprintf \'%s\' {quoted} "a-"{quoted}"" ${{ANY:-x}} 7'
    assert visit.copied("#any .head .copy") == want
    assert visit.copied("#mode .head .copy") == "echo 'very slow'"
    page.reload()
    assert page.get_by_role("textbox", name="ANY").input_value() == 'it\'s $(x) "y"'
    assert page.inner_text("#mode pre").strip() == "echo 'very slow'"


def test_values_go_along_to_another_runbook_and_through_an_alert(site: Path, visit: Visit) -> None:
    page = visit.go(site / "runbooks/hosts.html", "#COUNT=7")
    page.click("text=the worker")
    page.wait_for_url("**/runbooks/book.html#mitigation**")
    assert page.url.endswith("/runbooks/book.html#mitigation?COUNT=7") or page.url.endswith("#mitigation")

    page = visit.go(site / "alerts/ProbeFailed.html", "#HOST=db-1")
    page.wait_for_url("**/runbooks/service-not-answering.html**")
    assert page.url.endswith("#HOST=db-1")


def test_the_index_finds_as_she_types(site: Path, visit: Visit) -> None:
    page = visit.go(site / "index.html")
    page.keyboard.press("/")
    page.keyboard.type("filesystem")

    assert page.inner_text("#rb-hits li:first-child a") == "A disk is full or filling up"
    assert not page.is_visible(".group")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runbooks/disk-full.html")


def test_all_is_read_without_scripts(site: Path, chromium: Any) -> None:
    made = Visit(chromium, java_script_enabled=False)
    page = made.go(site / "runbooks/book.html")
    assert page.inner_text("#waiting pre").strip() == 'kubectl -n "$NAMESPACE" logs <pod name>'
    assert page.locator("button").count() == 0
    assert page.is_visible("svg.graph")
    page = made.go(site / "alerts/HostOomKillDetected.html")
    page.wait_for_url("**/runbooks/memory-pressure.html")
    page = made.go(site / "index.html")
    assert page.is_visible("text=The worker is stuck")
    assert not page.is_visible("#rb-find")
    made.context.close()


def test_a_review_that_fell_due_since_is_marked(site: Path, visit: Visit) -> None:
    visit.page.clock.set_fixed_time("2031-01-01T00:00:00Z")
    page = visit.go(site / "runbooks/disk-full.html")

    assert "overdue since" in page.inner_text(".chips")


def test_a_node_of_the_graph_leads_to_its_step(site: Path, visit: Visit) -> None:
    page = visit.go(site / "runbooks/book.html")
    page.locator("svg.graph a.node.change").first.click()

    page.wait_for_function("location.hash === '#restart'")


def test_it_prints_without_what_only_a_screen_needs(site: Path, visit: Visit) -> None:
    page = visit.go(site / "runbooks/book.html")
    page.emulate_media(media="print")

    assert not page.is_visible(".bar")
    assert not page.is_visible("button")
    assert page.is_visible("#waiting")
