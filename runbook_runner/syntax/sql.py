"""Whether SQL only reads: a small, suspicious look at statements given to a client on its command line."""

from __future__ import annotations

import re

from runbook_runner.model.command import Effect
from runbook_runner.regex import regex
from runbook_runner.syntax.grammar import OPAQUE
from runbook_runner.syntax.sql_words import functions, words

_NOISE = regex(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n\r]*|/\*.*?\*/", re.DOTALL)
_READS = frozenset(["select", "show", "explain", "describe", "desc", "table", "values", "with", "use"])
_CHANGES = regex(
    r"\b(insert|update|delete|truncate|drop|alter|create|grant|revoke|merge|replace|vacuum|reindex|cluster|copy|call|do|"
    r"lock|refresh|into|kill|flush|reset|set|optimize|repair|purge|start|stop|change|load|rename|begin|commit|prepare|"
    r"analyze|checkpoint|import|outfile|dumpfile|nextval|setval|attach|detach|comment|notify|execute)\b",
    re.IGNORECASE,
)
_HARMLESS = {"show": "create", "explain": "analyze"}
"""Words that change nothing after these."""
_CALL = regex(r"\b([a-z_][\w.]*)\s*\(", re.IGNORECASE)
_PURE = words(
    """
all and any array as btrim by case date_sub datediff decimal distinct else end exists filter from group having hex
if ifnull in information_schema.tables join not on or order over row select sleep_none then timestampdiff union
using values when where within
"""
)
"""Other databases' functions that only read, and words before a `(` that call nothing."""


def judge_sql(text: str) -> tuple[Effect, str]:
    """Return the effect of some SQL, psql's `\\d` commands included, and the reason."""
    if OPAQUE in text and not text.replace(OPAQUE, "").strip():
        return Effect.UNKNOWN, "which SQL this is shows only when it runs"
    statements = [one.strip() for one in _NOISE.sub(" '' ", text).split(";")]
    worst = (Effect.READ, "reads with SQL")
    for statement in filter(None, statements):
        if re.match(r"\\(d|l|z|timing|x|conninfo|pset|echo|q\b)\S*[^|]*$", statement):
            continue
        statement = statement.removeprefix("''").lstrip()  # a comment stood there
        first = re.match(r"[a-z]+", statement, re.IGNORECASE)
        word = first[0].lower() if first else ""
        harmless = _HARMLESS.get(word, "")
        found = next((one for one in _CHANGES.finditer(statement) if one[0].lower() != harmless), None)
        if word not in _READS:
            certain = found is not None and found.start() == 0
            effect = Effect.CHANGE if certain else Effect.UNKNOWN
            worst = _heavier(worst, (effect, f"SQL that is no known read: {word or statement[:12]}"))
        elif found:
            worst = _heavier(worst, (Effect.CHANGE, f"SQL with {found[0].lower()}"))
        else:
            for name in _CALL.findall(statement):
                worst = _heavier(worst, _called(name.lower()))
    return worst


def _called(name: str) -> tuple[Effect, str]:
    """Return what the call of a function does: by PostgreSQL's own, and what others call theirs."""
    if name in _PURE:
        return Effect.READ, "reads with SQL"
    effect, why = functions().get(name.removeprefix("pg_catalog."), (Effect.UNKNOWN, ""))
    if effect is Effect.READ:
        return effect, "reads with SQL"
    return effect, f"SQL that calls {name}" + (f": {why}" if why else "")


def _heavier(one: tuple[Effect, str], other: tuple[Effect, str]) -> tuple[Effect, str]:
    order = (Effect.READ, Effect.UNKNOWN, Effect.CHANGE)
    return one if order.index(one[0]) >= order.index(other[0]) else other
