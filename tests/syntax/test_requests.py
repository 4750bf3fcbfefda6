"""HTTP requests as text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_runner.errors import InputError
from runbook_runner.syntax import promql_slots
from runbook_runner.syntax.request_slots import fill
from runbook_runner.syntax.requests import analyse, requests
from tests import hostile

PARTS = [
    *(
        "GET ",
        "POST ",
        "/x",
        "https://a/",
        "\n",
        "\r\n",
        "\n\n",
        "X: y",
        "###",
        "{{A}}",
        "${B}",
        "$C",
        "<d e>",
        "{",
        "}",
    ),
    *(
        '"',
        "'",
        "`",
        "[",
        "]",
        "(",
        ")",
        "rate",
        " by ",
        "offset ",
        "=~",
        "label_replace(",
        "HTTP/1.1",
        "# ",
        "// ",
        "@a=b",
    ),
]

MANY = """\
# whether it lives
GET https://a.example/livez HTTP/1.1
Accept: application/json
# a comment among headers
X-Trace: 1

### the next
POST https://a.example/orders
    ?state=open
    &limit=5
Content-Type: application/json

{
  "a": 1,

  "b": 2
}
GET /_cat/indices?v

PUT idx/_settings
{"index": 1}
"""


def test_several_in_one_text() -> None:
    found, problems = requests(MANY)
    assert problems == []
    assert [(each.method, each.url, each.line) for each in found] == [
        ("GET", "https://a.example/livez", 2),
        ("POST", "https://a.example/orders?state=open&limit=5", 8),
        ("GET", "/_cat/indices?v", 18),
        ("PUT", "idx/_settings", 20),
    ]
    assert found[0].headers == (("Accept", "application/json"), ("X-Trace", "1"))
    assert (found[2].body, found[3].body) == ("", '{"index": 1}')
    assert found[1].body == '{\n  "a": 1,\n\n  "b": 2\n}'


def test_places_of_values() -> None:
    text = "POST https://{{host}}/<order id>?q=$QUERY\nX-A: ${A} and Bob <bob@x.example>\n\n"
    text += '{"$ref": "#/x", "price": "$usd"}'
    assert analyse(text).uses == ("host", "ORDER_ID", "QUERY", "A")
    assert analyse("POST https://a/x\nContent-Type: text/xml\n\n<order><id>$ID</id></order>").uses == ("ID",)


def filled(text: str, base: str = "", **values: str) -> str:
    (request,), problems = requests(text)
    assert problems == []
    return fill(request, values, base).url


@pytest.mark.parametrize(
    ("text", "base", "url"),
    [
        ("GET /a/{{V}}", "https://a.example/base", "https://a.example/base/a/x%20y"),
        ("GET //evil.example/a", "https://a.example", "https://a.example/evil.example/a"),
        ("GET _cat/nodes?v", "https://a.example/", "https://a.example/_cat/nodes?v"),
        ("GET /", "https://a.example/base", "https://a.example/base/"),
        ("GET https://a.example", "", "https://a.example/"),
        ("GET https://a.example?x=1#part", "", "https://a.example/?x=1"),
        ("GET HTTPS://A.example:8443/x y/é", "", "https://A.example:8443/x%20y/%C3%A9"),
        ("GET https://bücher.example/", "", "https://xn--bcher-kva.example/"),
        ("GET https://a.example/%7Eme/a%2Fb?a=%20b", "", "https://a.example/%7Eme/a%2Fb?a=%20b"),
        ("GET https://[::1]:9090/x", "", "https://[::1]:9090/x"),
    ],
)
def test_addresses(text: str, base: str, url: str) -> None:
    assert filled(text, base, V="x y") == url


@pytest.mark.parametrize(
    ("text", "value", "url"),
    [
        ("GET {{V}}/healthz", "https://a.example:8443/base/", "https://a.example:8443/base/healthz"),
        ("GET https://{{V}}/x", "a.example:80", "https://a.example:80/x"),
        ("GET https://{{V}}/x", "[fe80::1]:80", "https://[fe80::1]:80/x"),
        ("GET https://db-{{V}}.example/x", "7", "https://db-7.example/x"),
    ],
)
def test_values_in_addresses(text: str, value: str, url: str) -> None:
    assert filled(text, V=value) == url


@pytest.mark.parametrize(
    ("text", "value", "why"),
    [
        ("GET {{V}}/x", "ftp://a.example", "no address"),
        ("GET {{V}}/x", "https://u:p@a.example", "no address"),
        ("GET {{V}}.evil.example/x", "https://a", "ends before"),
        ("GET https://{{V}}/x", "a@b", "no name of a host"),
        ("GET https://{{V}}/x", "a/b", "no name of a host"),
        ("GET https://a.example:{{V}}/x", "80/x", "no port"),
        ("GET https://a.example:{{V}}/x", "0", "between 1 and 65535"),
        ("GET https://a.example:{{V}}/x", "65536", "between 1 and 65535"),
        ("GET https://a.example/{{V}}/x", "..", "would lead elsewhere"),
        ("DELETE https://a.example/orders/{{V}}", "", "would lead elsewhere"),
        ("DELETE https://a.example/orders/{{V}}{{V}}", ".", "would lead elsewhere"),
        ("GET https://a.example/x\nX: {{V}}", "a\r\nY: b", "end the header"),
        ("POST https://a.example/x\n\n{{V}}", "a", "encoded"),
    ],
)
def test_values_that_are_refused(text: str, value: str, why: str) -> None:
    found, _ = requests(text)
    with pytest.raises(InputError, match=why):
        fill(found[0], {"V": value})


@settings(max_examples=300)
@given(st.one_of(hostile.ANY, st.lists(st.sampled_from(PARTS), max_size=12).map("".join)))
def test_any_text_is_read(text: str) -> None:
    for analyse_ in (analyse, promql_slots.analyse):
        found = analyse_(text)
        assert all(problem.line <= text.count("\n") + 1 for problem in found.problems)


@pytest.mark.parametrize(
    "unit", [" ", "{{", "{{a", "<a", "$A", "GET / ", "A: ", '"', "'", "`", "(", "[$a", "\t ", "#", "${a"]
)
def test_no_text_takes_long(unit: str) -> None:
    begun = time.process_time()
    for text in (
        unit * 6_000,
        f"GET https://a.example/\nA:{unit * 6_000}x",
        f"POST /a{unit * 6_000}x\n\n{{{unit * 6_000}",
    ):
        analyse(text)
        promql_slots.analyse(text)
    assert time.process_time() - begun < 3
