"""What the results of lint depend on besides the documents: this program's code and the packages it stands on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

from runbook_runner import __version__
from runbook_runner.lint.digest import digest

_PACKAGE = Path(__file__).parent.parent


def stamp(today: date, targets: frozenset[str] = frozenset()) -> str:
    """Return what changes when results may: versions, sizes and times of the code, packages, targets, the day."""
    about = [
        f"{__version__} {sys.version} {today.isoformat()} {sorted(targets)}",
        *sorted((*_code(str(_PACKAGE)), *_packages())),
    ]
    return digest("\n".join(about).encode("utf-8", "surrogateescape")).hex()


def _code(folder: str) -> Iterator[str]:
    for entry in os.scandir(folder):
        if entry.is_dir():
            if not entry.name.startswith(("__", ".")):
                yield from _code(entry.path)
        elif entry.name.endswith(".py"):
            about = entry.stat()
            yield f"{entry.path} {about.st_size} {about.st_mtime_ns}"


def _packages() -> Iterator[str]:
    """Yield the names of what is installed: they carry versions, and one may add rules."""
    for folder in dict.fromkeys(sys.path):
        with suppress(OSError):
            yield from (entry.name for entry in os.scandir(folder or ".") if entry.name.endswith(".dist-info"))
