"""Whether PromQL parses; the parser is loaded when there is something to parse."""

from __future__ import annotations

import re

from runbook_runner.syntax.words import Mistake

_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`[^`]*`")
_COMMENT = re.compile(r"#[^\n]*")
_RANGE = re.compile(r"\[\s*(?:\$\w+|\$\{\w+\}|<[^<>\n]+>)\s*((?::[^\]]*)?\])")
_COUNT = re.compile(
    r"\b((?:topk|bottomk|quantile|limitk|limit_ratio|histogram_quantile|quantile_over_time)\s*\(\s*)<[^<>\n]+>"
)
_BOUND = re.compile(r"((?:[-+*/%^<>]|[=!<>]=)\s*(?:bool\s*)?)<[A-Za-z][^<>\n=]*>")
_NAME = re.compile(r"<[A-Za-z_][\w :.-]*>")
_ANOTHER = re.compile(
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


_LONGEST, _DEEPEST = 20_000, 500
"""Characters and operators beyond which nothing is parsed: the parser runs out of its stack, and the process dies."""


def why_not(query: str) -> str | None:
    """Return why a text is no PromQL; None where it is, or may be in a dialect of it."""
    if len(query) > _LONGEST or len(re.findall(r"[-+*/%^([]|[=<>]+|\b(?:and|or|unless)\b", query)) > _DEEPEST:
        return None
    from promql_parser import parse

    try:
        parse(query)
    except ValueError as error:
        return _said(str(error))
    return None


def mistake_in_promql(text: str) -> Mistake | None:
    """Return the first certain mistake in a fence of queries: one, or several parted by blank lines or one a line."""
    bare = _STRING.sub(lambda match: '"' + "s" * (len(match[0]) - 2) + '"', text)
    bare = _COMMENT.sub(lambda match: " " * len(match[0]), bare)
    ready = _filled(text, bare)
    if not bare.strip() or _ANOTHER.search(_filled(bare, bare)):
        return None
    if why_not(ready) is None:
        return None
    offset = 0
    for part in re.split(r"(\n[ \t]*\n)", text):
        query = _filled(part, part)
        if part.strip() and _COMMENT.sub("", part).strip() and (why := why_not(query)) is not None:
            lines = [line for line in query.split("\n") if _COMMENT.sub("", line).strip()]
            if len(lines) < 2 or any(why_not(line) is not None for line in lines):
                return Mistake(offset + _place(part, why), why)
        offset += len(part)
    return None


def _filled(text: str, where: str) -> str:
    """Put something of its kind in the place of each placeholder; Grafana's intervals too."""
    if "$" not in where and "<" not in where:
        return text
    text = _RANGE.sub(lambda match: "[5m" + match[1], text)
    text = _COUNT.sub(lambda match: match[1] + "1", text)
    text = _BOUND.sub(lambda match: match[1] + "1", text)
    pieces, at = [], 0
    for match in _STRING.finditer(text):
        pieces += [_NAME.sub("x", text[at : match.start()]), match[0]]
        at = match.end()
    return "".join([*pieces, _NAME.sub("x", text[at:])])


def _said(error: str) -> str | None:
    if match := re.fullmatch(r"unknown function with name '(\w+)'", error):
        from difflib import get_close_matches

        near = get_close_matches(match[1], _FUNCTIONS, 1, 0.8)
        return f"there is no function `{match[1]}`: did you mean `{near[0]}`?" if near else None
    if match := re.fullmatch(r"expected type matrix in call to function '(\w+)', got .*", error):
        return f"`{match[1]}` needs a range, such as `x[5m]`"
    if match := re.match(r"illegal regex for (.*)", error):
        return f"the regular expression `{match[1]}` is wrong"
    known = {
        "invalid promql query": "this is no PromQL",
        "no expression found in input": "there is no query in it",
    }
    return known.get(error, error)


def _place(text: str, why: str) -> int:
    """Return where a mistake is, as far as that can be told."""
    bare = _STRING.sub(lambda match: "s" * len(match[0]), text)
    if "parenthesis" in why or "brace" in why:
        open_at: list[int] = []
        for at, character in enumerate(bare):
            if character in "({[":
                open_at.append(at)
            elif character in ")}]":
                if not open_at:
                    return at
                open_at.pop()
        if open_at:
            return open_at[-1]
    for word in re.findall(r"['`](\w+)['`]", why):
        if (at := text.find(word)) >= 0:
            return at
    return len(text) - len(text.lstrip())
