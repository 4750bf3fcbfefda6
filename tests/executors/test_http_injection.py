"""Hostile values in requests: each reaches the server as data in its place, or is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from runbook_runner import registry
from runbook_runner.errors import InputError
from runbook_runner.model.target import Target
from runbook_runner.ports import Ending, Place, Request, Session, Where
from runbook_runner.syntax.request_slots import Ready, fill
from runbook_runner.syntax.requests import requests
from tests import hostile, web
from tests.contracts.executors import Recorder

TEXTS = {
    "path": "PUT /a/{{V}}/b?x=1\nX-After: yes\n",
    "part of a segment": "PUT /a/v-{{V}}.json/b?x=1\nX-After: yes\n",
    "query": "PUT /a/b?x=1&v={{V}}&y=2\nX-After: yes\n",
    "header": "PUT /a/b?x=1\nX-Value: a {{V}} b\nX-After: yes\n",
    "json": 'PUT /a/b?x=1\nX-After: yes\n\n{"before": 1, "v": "{{V}}", "after": [2]}\n',
    "json, bare": 'PUT /a/b?x=1\nX-After: yes\n\n{"before": 1, "v": {{V}}, "after": [2]}\n',
    "form": "PUT /a/b?x=1\nX-After: yes\nContent-Type: application/x-www-form-urlencoded\n\nv={{V}}&after=2\n",
    "xml": "PUT /a/b?x=1\nX-After: yes\nContent-Type: text/xml\n\n<a><v w='{{V}}'>{{V}}</v><after/></a>\n",
}


@pytest.fixture(scope="module")
def server() -> Iterator[web.Web]:
    with web.web() as running:
        yield running


def ready(text: str, value: str, base: str = "http://127.0.0.1:1/base") -> Ready | None:
    (request,), problems = requests(text)
    assert problems == []
    try:
        return fill(request, {"V": value}, base)
    except InputError:
        return None


def whole(name: str, value: str, path: str, headers: Sequence[tuple[str, str]], body: bytes) -> None:
    """Hold that a request is what the author wrote, with the value as data in its place."""
    parts = urlsplit(path)
    segments = parts.path.removeprefix("/base").split("/")
    assert dict(headers).get("x-after") == "yes"
    assert {each for each, _ in headers} <= {
        *("x-after", "x-value", "content-type", "content-length", "host", "accept", "accept-encoding", "user-agent"),
    }
    match name:
        case "path":
            assert [*map(unquote, segments)] == ["", "a", value, "b"]
        case "part of a segment":
            assert [*map(unquote, segments)] == ["", "a", f"v-{value}.json", "b"]
        case "query":
            assert parse_qsl(parts.query, keep_blank_values=True) == [("x", "1"), ("v", value), ("y", "2")]
        case "header":
            sent = dict(headers)["x-value"].encode("latin-1", "replace" if not body else "strict")
            assert sent.decode("utf-8") == f"a {value} b"
        case "json":
            assert json.loads(body) == {"before": 1, "v": value, "after": [2]}
        case "json, bare":
            found = json.loads(body, parse_constant=str)
            assert (found["before"], found["after"], len(found)) == (1, [2], 3)
            assert found["v"] == value or json.dumps(found["v"]) == value or str(found["v"]) == str(json.loads(value))
        case "form":
            assert parse_qsl(body.decode(), keep_blank_values=True) == [("v", value), ("after", "2")]
        case "xml":
            _xml(value, body)
    if name not in ("path", "part of a segment"):
        assert segments == ["", "a", "b"]
    if name != "query":
        assert parts.query == "x=1"


def _xml(value: str, body: bytes) -> None:
    try:
        tree = ElementTree.fromstring(body.decode())
    except ElementTree.ParseError:
        # XML cannot hold control characters at all: the server refuses the whole, and no tag was made.
        assert body.count(b"<") == 5
        return
    assert [child.tag for child in tree] == ["v", "after"]
    assert (tree[0].text or "") == value.replace("\r\n", "\n").replace("\r", "\n")
    assert len(tree[0].attrib) == 1


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=100)
@given(value=hostile.ANY)
def test_a_value_stays_in_its_place(name: str, value: str) -> None:
    made = ready(TEXTS[name], value)
    if made is None:
        return
    assert made.method == "PUT"
    headers = [(key.lower(), text.encode().decode("latin-1")) for key, text in made.headers.items()]
    assert not any(char in text for _, text in headers for char in "\r\n\0")
    assert made.url.startswith("http://127.0.0.1:1/base/a/")
    whole(name, value, made.url.removeprefix("http://127.0.0.1:1"), headers, made.body or b"")


@pytest.mark.parametrize("place", ["https://{{V}}/a", "https://{{V}}.example/a", "https://api:{{V}}/a", "{{V}}/a"])
@settings(max_examples=100)
@given(value=hostile.ANY)
def test_a_value_in_an_address_is_a_host_or_a_port_or_refused(place: str, value: str) -> None:
    made = ready(f"GET {place}", value)
    if made is not None:
        parts = urlsplit(made.url)
        assert (parts.username, parts.query, parts.fragment, made.url.isascii()) == (None, "", "", True)
        if place == "{{V}}/a":
            assert made.url == f"{value.rstrip('/')}/a"
        else:
            assert made.url == place.replace("{{V}}", value)
            assert parts.netloc == urlsplit(place).netloc.replace("{{V}}", value)


def test_hundreds_reach_a_real_server_whole_or_not_at_all(server: web.Web) -> None:
    executor = registry.executor("http")
    assert executor is not None
    session: Session = executor.open(
        Place(Path("/nowhere"), ".", where=Where({}, Target("t", "http", {"url": server.url})))
    )
    sent = refused = 0
    for number, value in enumerate(hostile.values(330)):
        name = list(TEXTS)[number % len(TEXTS)]
        server.got.clear()
        finished = session.execute(Request(1, TEXTS[name], "http", {"V": value}), Recorder())
        if finished.ending is Ending.NOT_STARTED:
            assert server.got == []
            assert finished.note.startswith("not sent: V: ")
            refused += 1
            continue
        sent += 1
        (got,) = server.got
        assert got.method == "PUT"
        whole(name, value, got.path, list(got.headers.items()), got.body)
    assert sent > 200
    assert refused > 10
