"""Nothing that an author wrote is lost on its page: compared with what a plain Markdown renderer shows."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.site.sites import CORPORA, RUNBOOKS, page_of

NAMES = frozenset({"notice", "note", "nb", "info", "warning", "danger", "attention", "critical", "hint"})


class Words(HTMLParser):
    """Collects the words that a reader sees."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"style", "script", "title", "svg"}
        self.found += [value for name, value in attrs if name == "alt" and value]
        if tag in {"p", "li", "td", "th", "br", "pre", "div", "h1", "h2", "h3", "h4", "h5", "h6", "section"}:
            self.found.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"style", "script", "title", "svg"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


def words(html: str) -> Counter[str]:
    collector = Words()
    collector.feed(html)
    return Counter(re.findall(r"\w+", "".join(collector.found).casefold()))


def body(html: str) -> str:
    """What stands on a page but for what we add ourselves: lists of contents, the graph, the values."""
    for ours in (r"<nav\b.*?</nav>", r'<section class="(?:steps|parameters|problems)".*?</section>', r"<footer.*"):
        html = re.sub(ours, " ", html, flags=re.S)
    return html


def source_words(text: str) -> Counter[str]:
    text = re.sub(r"\A(---|\+\+\+)\n.*?\n(---|\.\.\.|\+\+\+)\n", "", text, flags=re.S)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r"<%=.*?%>", "", text)  # a template in a title: its value stands in the front matter
    text = re.sub(r"</?(?:details|summary|br)>", " ", text)  # tags that are no words
    return words(MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).render(text))


def lost(file: Path) -> Counter[str]:
    gone = source_words(file.read_text("utf-8")) - words(body(page_of(file)))
    # `NOTICE:` and `WARNING/DANGER:` become a box with one name for all such words.
    return Counter({word: count for word, count in gone.items() if word not in NAMES})


@pytest.mark.parametrize("file", RUNBOOKS, ids=lambda file: file.name)
def test_nothing_of_our_runbooks_is_lost(file: Path) -> None:
    assert lost(file) == Counter()


@pytest.mark.skipif(not CORPORA, reason="the corpora are not beside this checkout")
def test_nothing_of_real_documents_is_lost() -> None:
    assert {file.name: dict(gone) for file in CORPORA if (gone := lost(file))} == {}


KEPT = """\
# Tests

:::{dropdown} Folded on a site
Inside.
:::

!!! success "Well done"
    It works.

A file:

    <version><!-- the latest --></version>

Then:

```
$ mysql

MariaDB [test]> show tables;
+----------+
| accounts |
+----------+
```
"""


def test_titles_of_boxes_comments_in_code_and_what_a_client_printed_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "kept.md"
    file.write_text(KEPT, encoding="utf-8")
    seen = words(body(page_of(file)))
    assert {"folded", "well", "done", "latest", "mysql", "mariadb", "tables", "accounts"} <= set(seen)
