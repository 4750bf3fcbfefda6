"""The templates, compiled once a process. Whatever is not marked as HTML is escaped; an unknown name is an error."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent


@cache
def environment() -> Environment:
    """Return the environment that all templates share."""
    from runbook_runner.formats._words import duration
    from runbook_runner.site.paths import href
    from runbook_runner.site.text import end_of_line, one_line, plain

    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=lambda value: plain(value) if type(value) is str else value,
    )
    made.filters |= {
        "duration": duration,
        "one_line": one_line,
        "end_of_line": end_of_line,
        "place": lambda page: href(page, "index.html"),
    }
    return made


def render(template: str, **values: Any) -> str:
    """Return a template filled in."""
    return environment().get_template(template).render(**values)


@cache
def macros(template: str) -> Any:
    """Return a template's macros, to be called with values."""
    return environment().get_template(template).module


def fingerprint() -> str:
    """Return a digest of every file of the program: templates, assets and code shape a page."""
    digest = sha256()
    for file in sorted(HERE.parent.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(str(file.relative_to(HERE.parent)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
