"""Scenario files: YAML -> scenarios, with the place of whatever is wrong."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.markdown import durations
from runbook_runner.markdown.front_matter import FrontMatter, document
from runbook_runner.model.scenario import Scenario, Scenarios, merged
from runbook_runner.model.span import Defect, Span

_AT = re.compile(r" - at `(\$[^`]*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]|\[([^\]]+)\]")
_BLOCK = re.compile(r":\s+[|>][-+]?\s*$")
_NO_TIME = re.compile(r"0\s*[smhd]?")
_BOOLEANS = {"yes": True, "no": False, "true": True, "false": False}
_DURATIONS = {"duration", "wait", "paged", "ended", "at"}


class Read(Struct, frozen=True):
    """A scenario file as read."""

    runbook: str
    """As written; empty for the file of the same name."""
    scenarios: tuple[Scenario, ...]
    """What is common to all is in each already."""
    places: tuple[Span, ...]
    """Where each begins."""
    defects: tuple[Defect, ...]
    values: Any
    """As written: for those who change the file."""


def read(text: str) -> Read:
    """Return the scenarios in a text; where it has defects they are not to be trusted."""
    found = document(text)
    defects = [_hinted(defect, text) for defect in found.defects]
    values = _normal(found.values)
    whole = Scenarios()
    try:
        whole = msgspec.convert(values, Scenarios)
    except msgspec.ValidationError as error:
        defects.append(_defect(str(error), found))
    defects += _wrong_durations(found.values, (), found)
    names = [scenario.name for scenario in whole.scenarios]
    for place, name in enumerate(names):
        if name in names[:place]:
            span = found.span("scenarios", str(place), "name")
            defects.append(Defect("scenario", f"two scenarios are called {name!r}", span, "each name once"))
    scenarios = tuple(merged(scenario, whole.common) for scenario in whole.scenarios)
    places = tuple(found.span("scenarios", str(place)) for place in range(len(scenarios)))
    return Read(whole.runbook, scenarios, places, tuple(defects), found.values)


def _hinted(defect: Defect, text: str) -> Defect:
    """Return what is wrong with the YAML, with what it mostly is where outputs are pasted."""
    lines = text.splitlines()[: defect.span.line]
    begun = next((at for at in range(len(lines) - 1, -1, -1) if _BLOCK.search(lines[at])), None)
    below = lines[begun + 1 : begun + 2] if begun is not None else []
    deep = bool(below) and len(below[0]) - len(below[0].lstrip()) > _indent(lines[(begun or 0)]) + 2
    if not deep:
        return defect
    return replace(defect, hint="a text below `|` whose first line begins with spaces of its own needs `|2`")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _normal(values: Any) -> Any:
    """Return the file with its short forms written out."""
    if not isinstance(values, dict):
        return values
    whole = dict(values)
    if isinstance(whole.get("common"), dict):
        whole["common"] = _scenario({"name": "common", **whole["common"]})
    if isinstance(whole.get("scenarios"), list):
        below = whole["common"].get("commands") if isinstance(whole.get("common"), dict) else None
        scenarios = [_scenario(each) for each in whole["scenarios"]]
        whole["scenarios"] = [_laid_over(below, each) for each in scenarios] if isinstance(below, dict) else scenarios
    return whole


def _laid_over(common: dict[str, Any], scenario: Any) -> Any:
    """Return a scenario; what a reply does not say of its data, the common one of that step says."""
    if not isinstance(scenario, dict) or not isinstance(scenario.get("commands"), dict):
        return scenario
    commands = {
        step: [_over(common.get(step), each) for each in replies] for step, replies in scenario["commands"].items()
    }
    return {**scenario, "commands": commands}


def _over(common: Any, reply: Any) -> Any:
    below = common[0] if isinstance(common, list) and common else None
    if not isinstance(below, dict) or not isinstance(reply, dict):
        return reply
    whole, own = below.get("json"), reply.get("json")
    return {**below, **reply, "json": {**whole, **own}} if isinstance(whole, dict) and isinstance(own, dict) else reply


def _scenario(values: Any) -> Any:
    if not isinstance(values, dict):
        return values
    whole = dict(values)
    if isinstance(whole.get("commands"), dict):
        whole["commands"] = {step: _each(each, _reply) for step, each in whole["commands"].items()}
    if isinstance(whole.get("answers"), dict):
        whole["answers"] = {step: _each(each, _answer) for step, each in whole["answers"].items()}
    for key in ("parameters", "reach"):
        if isinstance(whole.get(key), dict):
            whole[key] = {name: _word(value) for name, value in whole[key].items()}
    return whole


def _each(value: Any, normal: Any) -> list[Any]:
    return [normal(each) for each in value] if isinstance(value, list) else [normal(value)]


def _reply(value: Any) -> Any:
    if isinstance(value, str):
        return {"hangs": True} if value == "hangs" else {"stdout": value}
    if value is None:
        return {}
    if isinstance(value, int | float):
        return {"stdout": _word(value)}
    if isinstance(value, dict):
        return {key: _word(each) if key in ("stdout", "stderr") else each for key, each in value.items()}
    return value


def _answer(value: Any) -> Any:
    if isinstance(value, bool):
        return {"expected": value, "applies": value}
    if isinstance(value, str):
        word = _BOOLEANS.get(value.lower())
        return {"take": value} if word is None else {"expected": word, "applies": word}
    if isinstance(value, dict):
        return {k: _BOOLEANS.get(str(v).lower(), v) if k in ("applies", "expected") else v for k, v in value.items()}
    return value


def _word(value: Any) -> Any:
    """Return what a parameter is given or a command prints, as text."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _defect(message: str, found: FrontMatter) -> Defect:
    match = _AT.search(message)
    path: list[str] = []
    for name, index, key in _STEP.findall(match[1]) if match else ():
        if index == "..." or key:
            break  # of a mapping's values the library does not say which
        path.append(name or index)
    what = _AT.sub("", message).replace("Object", "the mapping")
    where = f" (at {'.'.join(path)})" if path else ""
    hint = "schemas/scenarios.schema.json says what may stand where"
    return Defect("scenario", what[:1].lower() + what[1:] + where, found.span(*path), hint)


def _wrong_durations(values: Any, path: tuple[str, ...], found: FrontMatter) -> list[Defect]:
    defects: list[Defect] = []
    match values:
        case dict():
            for key, value in values.items():
                if key in _DURATIONS and isinstance(value, str) and path[-2:-1] != ("branches",):
                    if value and durations.seconds(value) is None and not _NO_TIME.fullmatch(value):
                        span = found.span(*path, key)
                        message = f"{value!r} is no span of time"
                        defects.append(Defect("scenario", message, span, "write 90s, 5m or 1h30m"))
                else:
                    defects += _wrong_durations(value, (*path, key), found)
        case list():
            for place, value in enumerate(values):
                defects += _wrong_durations(value, (*path, str(place)), found)
        case _:
            pass
    return defects
