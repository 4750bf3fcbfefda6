"""The short forms of scenario files: what an author writes -> what it stands for."""

from __future__ import annotations

from typing import Any

from runbook_runner.regex import regex

_BOOLEANS = {"yes": True, "no": False, "true": True, "false": False}
_CALL = regex(r"(.+?) at (\S+)")


def written_out(values: Any) -> Any:
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
        whole["answers"] = {
            step: _each(each, _end if step == "end" else _answer) for step, each in whole["answers"].items()
        }
    if isinstance(whole.get("expect"), dict):
        whole["expect"] = _expect(whole["expect"])
    for key in ("parameters", "reach"):
        if isinstance(whole.get(key), dict):
            whole[key] = {name: _word(value) for name, value in whole[key].items()}
    return whole


def _expect(values: dict[str, Any]) -> dict[str, Any]:
    called = values.get("called")
    return {**values, "called": [_call(each) for each in called]} if isinstance(called, list) else values


def _call(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = _CALL.fullmatch(value)
    return {"to": match[1], "at": match[2]} if match else {"to": value}


def _end(value: Any) -> Any:
    return {"end": value} if isinstance(value, str) else value


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
