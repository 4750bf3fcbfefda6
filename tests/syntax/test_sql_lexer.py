"""SQL is taken apart as the server and psql take it apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_runner.syntax.sql_lexer import Kind, lex


def statements(text: str) -> list[str]:
    return [text[one.start : one.end] for one in lex(text).statements]


def variables(text: str) -> list[tuple[Kind, str]]:
    kinds = (Kind.VALUE, Kind.NAME, Kind.BARE)
    return [(token.kind, token.text) for one in lex(text).statements for token in one.tokens if token.kind in kinds]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 1; select 2;", ["select 1", "select 2"]),
        ("select 1;;\n-- nothing\n;", ["select 1"]),
        ("select ';' ; select 2", ["select ';'", "select 2"]),
        ("select 'it''s;' ; select 2", ["select 'it''s;'", "select 2"]),
        (r"select E'\';' ; select 2", [r"select E'\';'", "select 2"]),
        (r"select '\'; select 2", [r"select '\'", "select 2"]),
        ('select 1 as "a;""b"; select 2', ['select 1 as "a;""b"', "select 2"]),
        ("select $$;$$ ; select $x$;$$;$x$", ["select $$;$$", "select $x$;$$;$x$"]),
        ("/* ; /* ; */ ; */ select 1 -- ;\n; select 2", ["select 1", "select 2"]),
        ("create rule r as on insert to t do (select 1; select 2); select 3",
         ["create rule r as on insert to t do (select 1; select 2)", "select 3"]),
        ("create function f() returns int begin atomic select case when true then 1 end; select 2; end; select 3",
         ["create function f() returns int begin atomic select case when true then 1 end; select 2; end", "select 3"]),
        ("select 1 -- a\rdrop table t", ["select 1 -- a\rdrop table t"]),
        ("begin; update t set a = 1; end; select 1", ["begin", "update t set a = 1", "end", "select 1"]),
    ],
)  # fmt: skip
def test_statements(text: str, expected: list[str]) -> None:
    assert statements(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select :'app', :\"table\", :n", [(Kind.VALUE, "app"), (Kind.NAME, "table"), (Kind.BARE, "n")]),
        ("select a::text, '1'::int", []),
        ("select ':app', \":x\", $$:y$$, $t$:'z'$t$", []),
        ("select 1 -- :app\n/* :'x' */", []),
        ("select (array[1,2])[1:n], a[:n], x[lo:hi]", []),
        ("select array[:a, :b]", [(Kind.BARE, "a"), (Kind.BARE, "b")]),
        ("select f(a := 1), :'x'::interval", [(Kind.VALUE, "x")]),
        ("select '12:30', 5 %:n", [(Kind.BARE, "n")]),
    ],
)
def test_variables(text: str, expected: list[tuple[Kind, str]]) -> None:
    assert variables(text) == expected


def test_a_comment_ends_where_the_server_ends_it() -> None:
    (one,) = lex("select 1 -- a\rdrop table t").statements
    assert [token.text for token in one.tokens] == ["select", "1", "drop", "table", "t"]
    # No space to the server, but part of a name.
    (two,) = lex("select\u00a01").statements
    assert [token.text for token in two.tokens] == ["select\u00a01"]


def test_what_is_psqls_own() -> None:
    found = lex("select 1 \\gx\n\\d+ jobs\nselect '\\d'")
    assert [token.text for token in found.commands] == ["\\gx", "\\d+ jobs"]


@pytest.mark.parametrize(
    ("text", "at"), [("select 'a", 7), ('select "a', 7), ("select $$a", 7), ("/* a /* */", 0), ("select $t$ $$", 7)]
)
def test_what_is_never_closed(text: str, at: int) -> None:
    mistake = lex(text).mistake
    assert mistake is not None
    assert mistake.offset == at


@given(st.text(alphabet="'\"$;:-/*\\ abE\n[](){}1", max_size=40))
def test_anything_ends_and_lies_within(text: str) -> None:
    end = 0
    for one in lex(text).statements:
        assert end <= one.start < one.end <= len(text)
        end = one.end
