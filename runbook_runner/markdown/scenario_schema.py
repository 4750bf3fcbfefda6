"""The JSON Schema of scenario files: `python -m runbook_runner.markdown.schema scenarios`."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import msgspec

from runbook_runner.model import scenario
from runbook_runner.model.runbook import Outcome
from runbook_runner.model.scenario import Scenarios


def schema() -> dict[str, Any]:
    """Return the schema of what an author may write, short forms as well."""
    whole = msgspec.json.schema(Scenarios)
    parts: dict[str, Any] = whole.pop("$defs")
    for name, part in parts.items():
        described = _docstrings(getattr(scenario, name))
        for field, value in part["properties"].items():
            value.pop("default", None)
            if about := described.get(field, ""):
                value["description"] = about
    reply = {
        "anyOf": [
            {"$ref": "#/$defs/Reply"},
            {"type": ["string", "number", "null"], "description": "stdout, or `hangs`"},
        ]
    }
    short = {"type": ["string", "boolean"], "description": "`yes`, `no`, or which way on"}
    answer = {"anyOf": [{"$ref": "#/$defs/Answer"}, short]}
    of = parts["Scenario"]["properties"]
    of["commands"]["additionalProperties"] = {"anyOf": [*reply["anyOf"], {"type": "array", "items": reply}]}
    of["answers"]["additionalProperties"] = {"anyOf": [*answer["anyOf"], {"type": "array", "items": answer}]}
    of["parameters"]["additionalProperties"] = {"type": ["string", "number", "boolean"]}
    for field in ("stdout", "stderr"):
        parts["Reply"]["properties"][field]["type"] = ["string", "number"]
    for field in ("applies", "expected"):
        parts["Answer"]["properties"][field]["anyOf"].append({"enum": ["yes", "no"]})
    of["answers"]["properties"] = {"end": {"anyOf": [{"$ref": "#/$defs/Answer"}, {"enum": _ends()}]}}
    call = {"anyOf": [{"$ref": "#/$defs/Called"}, {"type": "string", "description": "`NAME` or `NAME at 15m`"}]}
    parts["Expect"]["properties"]["called"]["anyOf"][0]["items"] = call
    common = {key: value for key, value in parts["Scenario"].items() if key != "required"}
    parts["Common"] = {**common, "title": "Common", "description": "What holds in all scenarios of a file."}
    parts["Scenarios"]["properties"]["common"] = {"$ref": "#/$defs/Common"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenarios of a runbook",
        **{key: value for key, value in parts.pop("Scenarios").items() if key != "title"},
        "$defs": dict(sorted(parts.items())),
    }


def _ends() -> list[str]:
    return [outcome.value.replace("_", " ") for outcome in Outcome]


def _docstrings(cls: type) -> dict[str, str]:
    """Return the docstrings of a class's fields, each on one line."""
    (tree,) = ast.parse(inspect.getsource(cls)).body
    assert isinstance(tree, ast.ClassDef)  # noqa: S101 - it is the source of a class
    found: dict[str, str] = {}
    for field, after in zip(tree.body, tree.body[1:], strict=False):
        match field, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = " ".join(text.split())
            case _:
                pass
    return found
