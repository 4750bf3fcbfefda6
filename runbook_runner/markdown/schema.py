"""Prints a published JSON Schema: `python -m runbook_runner.markdown.schema runbook|scenarios`."""

from __future__ import annotations

import json
import sys

from runbook_runner.markdown import keys, scenario_schema

SCHEMAS = {"runbook": keys.schema, "scenarios": scenario_schema.schema}
"""By the name of the file in `schemas/`."""


def text(name: str = "runbook") -> str:
    """Return a schema as it stands in `schemas/`."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(*sys.argv[1:2]), end="")
