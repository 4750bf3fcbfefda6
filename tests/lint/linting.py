"""What tests of the engine share: a folder of documents, linted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from runbook_runner import registry
from runbook_runner.lint.engine import Job, lint
from runbook_runner.lint.sieve import Wishes
from runbook_runner.markdown import read as read_markdown
from runbook_runner.model.finding import Finding, Summary
from runbook_runner.model.runbook import Runbook
from runbook_runner.ports.lint import LintFormat

QUIET = "# A disk fills up\n\nNothing to be said about it.\n"
DEAD = "# A disk fills up\n\nSee [the fix](#nowhere).\n"
"""A document with one finding of `dead-anchor`, on line 3."""
RUNBOOK = "# Restart the worker\n\n## Mitigation\n\n```sh\nsystemctl restart worker\n```\n"
"""A runbook, which owes an owner."""


def read(data: bytes, path: str) -> Runbook:
    return read_markdown(data, path, registry.executor)


def write(folder: Path, files: Mapping[str, str | bytes]) -> tuple[str, ...]:
    """Write files below a folder; return their paths."""
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
    return tuple(str(folder / name) for name in files)


def run(
    files: tuple[str, ...],
    wishes: Wishes | None = None,
    *,
    form: str = "github",
    cache: str = "",
    processes: int = 1,
    root: str = ".",
    more: tuple[Finding, ...] = (),
) -> tuple[str, Summary]:
    """Lint files; return the text and the numbers."""
    text: list[str] = []
    job = Job(
        files=files,
        read=read,
        form=cast(LintFormat, registry.format_for(f"lint_{form}")),
        wishes=wishes or Wishes(),
        cache=cache,
        processes=processes,
        root=root,
        more=more,
    )
    result = lint(job, text.append)
    return "".join(text), result.summary


def told(files: tuple[str, ...], *codes: str, wishes: Wishes | None = None, cache: str = "") -> list[str]:
    """Lint files; return `name:line code` of each finding of these rules."""
    text, _ = run(files, wishes, form="text", cache=cache)
    found = []
    for line in text.splitlines():
        place, _, rest = line.partition(": ")
        words = rest.split()
        if len(words) > 1 and words[0] in ("error", "warning") and (not codes or words[1].rstrip(":") in codes):
            path, number, _ = place.rsplit(":", 2)
            found.append(f"{Path(path).name}:{number} {words[1].rstrip(':')}")
    return found
