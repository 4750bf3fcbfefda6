"""What stands on a page, and that nothing on it does anything by itself."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.site.sites import CORPORA, RUNBOOKS, html, page_of

VOID = {"meta", "link", "img", "br", "hr", "input"}
DRAWN = {"path", "circle", "rect", "use"}


class Checked(HTMLParser):
    """Holds a page to what a page may be: well nested, no script of its own, no handler, no style, safe links."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        assert len(values) == len(attrs), f"an attribute stands twice: {attrs}"
        assert not any(
            name.startswith("on") or name in {"style", "srcdoc", "formaction", "name"} - META[tag] for name in values
        )
        assert tag not in {"iframe", "object", "embed", "form", "base", "style", "foreignobject", "animate", "set"}
        if tag == "script":
            assert set(values) == {"src", "defer"}
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values["href"]] if "href" in values and tag == "a" else []
        self.sources += [values[name] for name in ("src", "srcset") if name in values]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in DRAWN
        assert not any(name.startswith("on") or name in {"style", "xlink:href"} for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


class Meta(dict[str, set[str]]):
    def __missing__(self, key: str) -> set[str]:
        return set()


META = Meta(meta={"name"})


def checked(page: str) -> Checked:
    checker = Checked()
    checker.feed(page)
    checker.close()
    assert checker.open == []
    assert len(checker.ids) == len(set(checker.ids)), sorted(i for i in checker.ids if checker.ids.count(i) > 1)
    for link in checker.links:
        assert re.match(r"https?:|mailto:|tel:|#|[^:]*$", link, re.I), link
    for source in checker.sources:
        assert re.match(r"(?:\.\./)*(?:assets|files)/", source), source
    return checker


def section(page: str, start: str) -> str:
    return page[page.index(start) :]


HOSTILE = (Path(__file__).parent / "hostile.md").read_text("utf-8")


def test_a_hostile_document_is_inert() -> None:
    page = html(HOSTILE)
    checked(page)

    assert "default-src 'none'" in page
    assert re.search(r"<script(?! src=\"\.\./assets/\w+\.js\" defer>)", page) is None
    assert "javascript:alert(1)" in page, "what was written is still to be read"
    assert "\u202e" not in page
    assert "U+202E" in page
    assert "\u200b" not in section(page, '<span class="part"').partition("</pre>")[0]


@given(st.text(alphabet=st.sampled_from("<>\"'&`[]()!#*_-|:\n ax\u202e\x00{}$/\\=;"), max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_text_gets_out_of_its_place(text: str) -> None:
    checked(html(f"---\ntitle: x\n---\n{text}\n\n## Diagnosis\n\n```sh\n{text}\n```\n\n- If {text}, go to [x](#y).\n"))


@pytest.mark.parametrize("file", RUNBOOKS, ids=lambda file: file.name)
def test_every_link_within_one_of_our_pages_has_its_place(file: Path) -> None:
    made = checked(page_of(file))

    assert {link[1:] for link in made.links if link.startswith("#")} <= set(made.ids)
    assert len(made.ids) > 20


@pytest.mark.skipif(not CORPORA, reason="the corpora are not beside this checkout")
def test_pages_of_real_documents_are_sound() -> None:
    for file in CORPORA:
        made = checked(page_of(file))
        from urllib.parse import unquote

        inner = {unquote(link[1:]) for link in made.links if link.startswith("#")} - {"", "top"}
        assert inner <= set(made.ids), (file.name, inner - set(made.ids))


BOOK = """---
title: The worker is stuck
service: payments
owner: team-payments
severity: page
triggers:
  - alert: WorkerStalled
  - a customer calls
dashboard: https://grafana.example/d/1
logs: https://logs.example/?q=1
parameters:
  NAMESPACE: {from: alert.labels.namespace, default: payments}
  TOKEN: {secret: true}
escalation:
  - {after: 10m, to: payments-primary, via: "pagerduty:payments"}
---
## Impact

Payments wait.

## Diagnosis

1. Look:

   ```sh {id=waiting timeout=20s every=15s}
   kubectl -n "$NAMESPACE" logs <pod name>
   ```

   Expected: `!stdout.contains("lock")`

   - If `stdout.contains("lock")`, go to [Mitigation](#mitigation).
   - After 5m, escalate to `payments-primary`.
   - Otherwise, resolved.

2. Ask a colleague.

## Mitigation

Restart it:

```console {id=restart}
$ kubectl -n "$NAMESPACE" rollout restart deploy/w
deployment restarted
$ curl -H "Authorization: $TOKEN" http://x.example
```

Rollback: `kubectl -n "$NAMESPACE" rollout undo deploy/w`

> [!WARNING]
> Jobs in flight are lost.
"""


def test_the_first_screen_says_what_a_woken_person_needs() -> None:
    top = section(html(BOOK), '<div class="first">').partition('<div class="side">')[0]

    said = [
        "WorkerStalled",
        "a customer calls",
        "Payments wait.",
        "after 10 min",
        "payments-primary",
        "pagerduty:payments",
    ]
    said += ["https://grafana.example/d/1", "https://logs.example/?q=1", "runbook run test.md"]
    assert [word for word in said if word not in top] == []
    assert "a review" in top, "what is missing is said too"


def test_effects_are_words_and_shapes() -> None:
    page = html(BOOK)

    assert re.search(r'class="command read" id="waiting".*?#i-read"/></svg>read<', page, re.S)
    assert re.search(r'class="command change" id="restart".*?#i-change"/></svg>change<', page, re.S)


def test_cautions_stand_before_the_command_and_the_way_back_beside_it() -> None:
    step = section(html(BOOK), 'id="mitigation"')

    assert step.index("Jobs in flight") < step.index('id="restart"') < step.index('class="rollback"')
    assert step.count("Jobs in flight") == 1
    assert '<div class="step paired">' in step


def test_prompts_and_output_are_no_part_of_what_is_copied() -> None:
    code = section(html(BOOK), 'id="restart"').partition("</pre>")[0]
    parts = re.findall(r'<span class="part"[^>]*>(.*?)</span>(?:\n|</code>)', code, re.S)

    assert len(parts) == 2
    assert '<span class="prompt">$ </span>' in code
    assert '<span class="output">deployment restarted</span>' in code
    assert "$ kubectl" not in code


def test_placeholders_and_variables_take_values_and_secrets_do_not() -> None:
    page = html(BOOK)

    assert 'data-p="POD_NAME" data-k="word" data-t="&#34;$POD_NAME&#34;">&lt;pod name&gt;<' in page
    assert 'data-p="NAMESPACE" data-k="word"' in page
    assert 'data-p="TOKEN"' not in page
    assert "read -rs TOKEN" in page
    assert re.search(r'data-name="NAMESPACE"[^>]*data-default="payments"[^>]*data-from="alert.labels.namespace"', page)


def test_branches_say_their_kind_and_lead_on() -> None:
    branches = section(html(BOOK), '<ul class="branches">').partition("</ul>")[0]

    assert 'href="#mitigation"' in branches
    assert re.search(r'timer</span>.*?href="#rb-call">payments-primary', branches, re.S)
    assert re.search(r'otherwise</span>.*?class="to end">.*?resolved', branches, re.S)


def test_what_is_read_as_code_is_not_filled_in() -> None:
    page = html('## Diagnosis\n\n```sh\nssh host "systemctl status <unit>"\nsh -c "echo $THING"\n```\n')

    assert 'data-k="refused"' in page
    assert "put it in by hand" in page


def test_what_an_earlier_step_sets_is_left_to_the_shell() -> None:
    page = html("## Diagnosis\n\n```sh\necho $POD\n```\n\n```sh\nPOD=$(kubectl get pod)\n```\n\n```sh\nrm $POD\n```\n")

    assert page.count('class="slot"') == 1


def test_a_document_without_facts_reads_well_too() -> None:
    page = html("Just a sentence.\n")

    assert "Just a sentence." in page
    assert "Not written down: what fires it" in page


def test_a_few_tags_mean_what_they_say_and_no_others_do() -> None:
    inner = "a<br>b <kbd>Ctrl</kbd> <b onclick=x>no</b> <sub>1<sup>2</sub></sup>"
    text = f"<details>\n<summary>All of it</summary>\n\n{inner}\n\n</details>\n"
    page = html(text)
    checked(page)

    assert "<strong>All of it</strong>" in page
    assert "details&gt;" not in page
    assert "a<br>b <kbd>Ctrl</kbd> &lt;b onclick=x&gt;no&lt;/b&gt; &lt;sub&gt;1" in page


def test_headings_go_down_one_by_one() -> None:
    page = html("# T\n\n## A\n\n##### B\n\ntext\n\n### C\n")

    assert [int(level) for level in re.findall(r"<h([1-6])", page.partition('<div class="body">')[2])][:3] == [2, 3, 3]


def test_links_in_headings_lead_on() -> None:
    page = html("# A\n\n## Ask the [dashboard](https://grafana.example/d/a), or [below](#fix)\n\nx\n\n## Fix\n\nx\n")

    assert (
        '<a href="https://grafana.example/d/a" rel="noreferrer" class="out">dashboard</a>, or <a href="#fix">' in page
    )
    assert 'id="ask-the-dashboard-or-below"' in page


def test_addresses_in_the_text_are_links() -> None:
    page = html(
        "# A\n\nSee https://a.example/x_y?q=(1). Or (www.b.example), `https://c.example`, https://d.example/<id>.\n"
    )

    assert (
        'href="https://a.example/x_y?q=(1)" rel="noreferrer" class="out bare">https://a.example/x_y?q=(1)</a>. Or'
        in page
    )
    assert '(<a href="https://www.b.example" rel="noreferrer" class="out bare">www.b.example</a>)' in page
    assert 'href="https://c' not in page
    assert 'href="https://d' not in page


def test_mail_addresses_in_the_text_are_links() -> None:
    page = html("# A\n\nAsk a.b+c@ops.example. Copy to root@db.example:/srv, git@git.example/x or @you.\n")

    assert '<a href="mailto:a.b+c@ops.example" rel="noreferrer" class="out bare">a.b+c@ops.example</a>. Copy' in page
    assert page.count("mailto:") == 1


def test_the_text_of_a_link_holds_no_other_link() -> None:
    page = html("# A\n\n[see https://a.example](https://b.example)\n")

    assert '<a href="https://b.example" rel="noreferrer" class="out">see https://a.example</a>' in page
