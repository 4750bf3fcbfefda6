"""Prints the JSON Schema of the front matter: `python -m runbook_runner.markdown.schema`."""

from __future__ import annotations

import json

from runbook_runner.markdown.keys import schema


def text() -> str:
    """Return the schema as it stands in `schemas/`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(), end="")
