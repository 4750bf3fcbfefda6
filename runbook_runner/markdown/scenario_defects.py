"""What is wrong with a scenario file, in words and with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from msgspec.structs import replace

from runbook_runner.markdown import durations
from runbook_runner.markdown.front_matter import FrontMatter
from runbook_runner.model import scenario
from runbook_runner.model.runbook import Outcome
from runbook_runner.model.span import Defect, Span
from runbook_runner.regex import regex

_AT = regex(r" - at `(\$[^`]*)`$")
_STEP = regex(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]|\[([^\]]+)\]")
_BLOCK = regex(r":\s+[|>][-+]?\s*$")
_NO_TIME = regex(r"0\s*[smhd]?")
_DURATIONS = (
    ("scenarios", "*", "paged"),
    ("scenarios", "*", "earlier", "*", "ended"),
    ("scenarios", "*", "commands", "*", "duration"),
    ("scenarios", "*", "commands", "*", "*", "duration"),
    ("scenarios", "*", "answers", "*", "wait"),
    ("scenarios", "*", "answers", "*", "*", "wait"),
    ("scenarios", "*", "expect", "took"),
    ("scenarios", "*", "expect", "called", "*", "at"),
)
"""Where spans of time stand; below `common` in the same places."""
_WORDS = {
    "`array`": "a list", "`object`": "a mapping", "`str`": "text", "`int`": "a number", "`float`": "a number",
    "`bool`": "yes or no", "`null`": "nothing", "Object": "the mapping", "missing required field": "lacks",
}  # fmt: skip
_STRUCTS = (
    scenario.Scenarios, scenario.Scenario, scenario.Reply, scenario.Answer, scenario.Expect, scenario.Branching,
    scenario.Called, scenario.Fired, scenario.Earlier,
)  # fmt: skip
SCHEMA = "schemas/scenarios.schema.json says what may stand where"


def of_yaml(defect: Defect, text: str) -> Defect:
    """Return what is wrong with the YAML, with what it mostly is where outputs are pasted."""
    lines = text.splitlines()[: defect.span.line]
    begun = next((at for at in range(len(lines) - 1, -1, -1) if _BLOCK.search(lines[at])), None)
    below = lines[begun + 1 : begun + 2] if begun is not None else []
    deep = bool(below) and _indent(below[0]) > _indent(lines[(begun or 0)]) + 2
    if not deep:
        return defect
    return replace(defect, hint="a text below `|` whose first line begins with spaces of its own needs `|2`")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def of_shape(message: str, found: FrontMatter) -> Defect:
    """Return what the library says of the file's shape, as an author reads it."""
    match = _AT.search(message)
    path: list[str] = []
    for name, index, key in _STEP.findall(match[1]) if match else ():
        if index == "..." or key:
            break  # of a mapping's values the library does not say which
        path.append(name or index)
    what = _AT.sub("", message)
    span, hint = found.span(*path), SCHEMA
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", what):
        span = _deeper(found, path, unknown[1]) or span
        fields = sorted({field for cls in _STRUCTS for field in cls.__struct_fields__})
        near = get_close_matches(unknown[1], fields, 1)
        hint = f"did you mean `{near[0]}`?" if near else SCHEMA
        what = f"nothing is called `{unknown[1]}` here"
    for word, plain in _WORDS.items():
        what = what.replace(word, plain)
    where = f" (at {'.'.join(path)})" if path else ""
    return Defect("scenario", what[:1].lower() + what[1:] + where, span, hint)


def _deeper(found: FrontMatter, path: list[str], key: str) -> Span | None:
    """Return the place of a key somewhere below a path."""
    above = tuple(path)
    spans = [span for at, span in found.spans.items() if at[-1:] == (key,) and at[: len(above)] == above]
    return min(spans, default=None)


def of_values(found: FrontMatter) -> Iterator[Defect]:
    """Yield the values that are of the right kind and say nothing: spans of time, outcomes."""
    for path, value in _texts(found.values, ()):
        place = ("scenarios", "*", *path[1:]) if path[:1] == ("common",) else path
        if any(_fits(place, pattern) for pattern in _DURATIONS):
            if durations.seconds(value) is None and not _NO_TIME.fullmatch(value):
                yield Defect("scenario", f"{value!r} is no span of time", found.span(*path), "write 90s, 5m or 1h30m")
        elif _fits(place, ("scenarios", "*", "expect", "outcome")) or place[2:] in (("answers", "end"), _END):
            ways = [outcome.value.replace("_", " ") for outcome in Outcome]
            if value.replace("_", " ") not in ways:
                near = get_close_matches(value, ways, 1)
                hint = f"did you mean {near[0]}?" if near else f"write one of: {', '.join(ways)}"
                yield Defect("scenario", f"{value!r} is no way in which a run ends", found.span(*path), hint)


_END = ("answers", "end", "end")


def _texts(values: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    match values:
        case dict():
            for key, value in values.items():
                yield from _texts(value, (*path, key))
        case list():
            for place, value in enumerate(values):
                yield from _texts(value, (*path, str(place)))
        case str() if values:
            yield path, values
        case _:
            pass


def _fits(path: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    return len(path) == len(pattern) and all(wanted in ("*", part) for part, wanted in zip(path, pattern, strict=True))
