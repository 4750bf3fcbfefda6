"""Front matter without lists and quotes is read without the YAML library, and says the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

from runbook_runner.markdown.front_matter import document, split
from runbook_runner.model.span import Span

_QUOTED = '"by": "the library"\n'
"""Quotes make the library read all of it."""


@pytest.mark.parametrize(
    "text",
    [
        "title: Disk is full\nweight: 9600\nlast_reviewed_on: 2025-12-01\nreview_in: 6 months\n",
        'title: Change the node group\'s (m5) type, or its "size" [now]\n\nowner:   /teams/db\n',
        "draft: true\nratio: 1.5\nstart: 1e3\nnone: null\nno: no\nmode: 0755\nhex: 0x1f\nlong: 1_000\n",
        "a: x - y\nb: x ? y\nc: 5 % of & | > `all` @ *.local !\n",
        "a: b\n\n\nc: d\n\n",
    ],
)
def test_words_alone_mean_what_the_library_says(text: str) -> None:
    by_itself, by_library = document(text), document(text + _QUOTED)
    assert by_library.values.pop("by") == "the library"
    assert by_itself.values == by_library.values
    assert all(by_library.spans[path] == span for path, span in by_itself.spans.items() if path)
    assert all(by_library.scalars[path] == span for path, span in by_itself.scalars.items())
    assert list(by_itself.spans) == [path for path in by_library.spans if path != ("by",)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a: b: c\n", {}),
        ("a: b # remark\n", {"a": "b"}),
        ("a: b\n  goes on\nc: d\n", {"a": "b goes on", "c": "d"}),
        ("a: b\na: c\n", {"a": "b"}),
        ("a: b\n- c\n", {}),
        ("a: b\nwords\n", {}),
    ],
)
def test_anything_else_is_left_to_the_library(text: str, values: dict[str, str]) -> None:
    assert document(text).values == values


def test_places_of_a_key_and_its_value() -> None:
    found = split(("---", "title: Disk is full", "owner:  storage", "---"))
    assert found.span("owner") == Span(3, 1, 3, 6)
    assert found.value("owner") == Span(3, 9, 3, 16)


def test_words_alone_load_no_library() -> None:
    code = (
        "import sys; from runbook_runner.markdown.front_matter import split;"
        "print(split(('---', 'title: Disk is full', '---')).values, 'yaml' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "{'title': 'Disk is full'} False\n"
