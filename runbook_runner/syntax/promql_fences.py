"""Fences of PromQL: one query or several, with placeholders in them, told from its dialects."""

from __future__ import annotations

import re

from msgspec.structs import replace

from runbook_runner.model.command import Problem
from runbook_runner.regex import regex
from runbook_runner.syntax.promql import problems

_STRING = regex(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`[^`]*`")
_COMMENT = regex(r"#[^\n]*")
_RANGE = regex(r"\[\s*(?:\$\w+|\$\{\w+\}|<[^<>\n]+>)\s*((?::[^\]]*)?\])")
_COUNT = regex(
    r"\b((?:topk|bottomk|quantile|limitk|limit_ratio|histogram_quantile|quantile_over_time)\s*\(\s*)<[^<>\n]+>"
)
_BOUND = regex(r"((?:[-+*/%^<>]|[=!<>]=)\s*(?:bool\s*)?)<[A-Za-z][^<>\n=]*>")
_NAME = regex(r"<[A-Za-z_][\w :.-]*>")
_ANOTHER = regex(
    r"\||\.\.\.|…|\{\{|\$|^\s*(?:[-\w]+:\s|ALERT\b|>|=>)|\b(?:default|ifnot|if|keep_metric_names|limit|WITH)\b|^\s*\{[^}]*\}\s+[\d.]",
    re.MULTILINE,
)
"""LogQL, MetricsQL, a rule file, a template, what a query prints: outside of strings none of this is in PromQL."""
_FUNCTIONS = (
    "abs", "absent", "absent_over_time", "avg", "avg_over_time", "bottomk", "ceil", "changes", "clamp",
    "clamp_max", "clamp_min", "count", "count_over_time", "count_values", "delta", "deriv", "exp", "floor",
    "group", "histogram_quantile", "increase", "irate", "label_join", "label_replace", "last_over_time", "ln",
    "log10", "log2", "max", "max_over_time", "min", "min_over_time", "predict_linear", "quantile",
    "quantile_over_time", "rate", "resets", "round", "scalar", "sort", "sort_desc", "stddev", "sum",
    "sum_over_time", "time", "timestamp", "topk", "vector",
)  # fmt: skip


def problem_in_promql(text: str) -> Problem | None:
    """Return the first certain problem in a fence of queries: one, or several parted by blank lines or one a line."""
    bare = _STRING.sub(lambda match: '"' + "s" * (len(match[0]) - 2) + '"', text)
    bare = _COMMENT.sub(lambda match: " " * len(match[0]), bare)
    if not bare.strip() or _ANOTHER.search(_filled(bare)) or _wrong(_filled(text)) is None:
        return None
    line = 0
    for part in re.split(r"(\n[ \t]*\n)", text):
        query = _filled(part)
        if _COMMENT.sub("", part).strip() and (problem := _wrong(query)) is not None:
            lines = [one for one in query.split("\n") if _COMMENT.sub("", one).strip()]
            if len(lines) < 2 or any(_wrong(one) is not None for one in lines):
                return replace(problem, line=problem.line + line)
        line += part.count("\n")
    return None


def is_one_query(text: str) -> bool:
    """Say whether a text is a query as a whole, empty lines or not."""
    return _wrong(_filled(text)) is None


def _wrong(query: str) -> Problem | None:
    found = problems(query)
    if not found:
        return None
    if match := re.fullmatch(r"unknown function with name '(\w+)'", found[0].message):
        from difflib import get_close_matches

        near = get_close_matches(match[1], _FUNCTIONS, 1, 0.8)
        message = f"there is no function `{match[1]}`"
        return replace(found[0], message=message, hint=f"did you mean `{near[0]}`?") if near else None
    return found[0]


def _filled(text: str) -> str:
    """Put something of its kind in the place of each placeholder; Grafana's intervals too."""
    if "$" not in text and "<" not in text:
        return text
    text = _RANGE.sub(lambda match: "[5m" + match[1], text)
    text = _COUNT.sub(lambda match: match[1] + "1", text)
    text = _BOUND.sub(lambda match: match[1] + "1", text)
    pieces, at = [], 0
    for match in _STRING.finditer(text):
        pieces += [_NAME.sub("x", text[at : match.start()]), match[0]]
        at = match.end()
    return "".join([*pieces, _NAME.sub("x", text[at:])])
