"""What is taken for plain SQL is SQL: the parser that it is there to spare takes it too."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import parse
from sqlglot.dialects.postgres import Postgres

from runbook_runner.syntax.sql_plain import is_plain

_KEYWORDS = sorted(word.lower() for word in Postgres.Tokenizer.KEYWORDS if word.replace("_", "").isalpha())
_WORDS = st.one_of(
    st.sampled_from(_KEYWORDS), st.sampled_from(["a", "jobs", "app.jobs", "b.*", "*", "1", "2.5", "'x'", "count(*)"])
)
_SHAPES = (
    "select {} from {}", "SELECT {}, {} FROM {} WHERE {} = {} AND {} IS NOT NULL", "select {} from {} order by {} desc",
    "select {} from {} where {} like 'x%' or {} < {} limit 5", "insert into {} ({}, {}) values ({}, {}), ({}, {})",
    "insert into {} values ({})", "delete from {} where {} = {}", "update {} set {} = {} where {} >= {}",
)  # fmt: skip


@given(st.sampled_from(_SHAPES), st.lists(_WORDS, min_size=8, max_size=8))
@settings(max_examples=500, deadline=None)
def test_what_is_plain_is_parsed(shape: str, words: list[str]) -> None:
    statement = shape.format(*words)
    if is_plain(statement):
        assert parse(statement, dialect="postgres")


@pytest.mark.parametrize(
    ("statement", "plain"),
    [
        ("SELECT *\n  FROM jobs", True),
        ("select id, count(*) from app.jobs where state = 'stuck' and tries > 3 order by id desc limit 10", True),
        ("insert into jobs (state) values ('a'), ('b')", True),
        ("SELECT * FORM jobs", False),
        ("select from jobs", False),
        ("select * from jobs where", False),
        ("select * from jobs order by", False),
        ("select a b c from jobs", False),
        ("select * from jobs where state = 'it''s'", False),
    ],
)
def test_only_the_plainest_statements_are(statement: str, plain: bool) -> None:
    assert is_plain(statement) is plain


def test_no_parser_is_loaded_for_them() -> None:
    code = (
        "import sys; from runbook_runner.syntax.sql_text import mistake_in_sql as found; "
        "print(found('SELECT * FROM jobs;\\nINSERT INTO jobs VALUES (1);'), 'sqlglot' in sys.modules); "
        "print(found('SELECT * FROM jobs WHER a = 1') is not None, 'sqlglot' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["None", "False", "True", "True"]
