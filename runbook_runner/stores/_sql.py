"""Reads SQL kept in files: named queries, and migrations in order."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def queries(name: str) -> dict[str, str]:
    """Return the queries of `name.sql` by name; each stands below a line `-- name --`."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in (_FOLDER / f"{name}.sql").read_text("utf-8").splitlines():
        if line.startswith("-- ") and line.endswith(" --"):
            lines = found.setdefault(line[3:-3], [])
        elif line and not line.startswith("--"):
            lines.append(line)
    return {key: "\n".join(text) for key, text in found.items()}


def latest() -> int:
    """Return the number of the last migration: the version of a journal that this program writes."""
    return max(int(file.name[:4]) for file in _migrations())


def migrations(version: int) -> list[tuple[int, list[str]]]:
    """Return what a journal of some version lacks: number and statements of each migration, in order."""
    from sqlite3 import complete_statement  # knows where a trigger ends; loaded anyway by whoever migrates

    found = []
    for file in sorted(_migrations()):
        if int(file.name[:4]) > version:
            statements = [""]
            for line in file.read_text("utf-8").splitlines(keepends=True):
                statements[-1] += line
                if line.rstrip().endswith(";") and complete_statement(statements[-1]):
                    statements.append("")
            found.append((int(file.name[:4]), [s for s in statements if s.strip()]))
    return found


def _migrations() -> list[Path]:
    return list((_FOLDER / "migrations").glob("[0-9][0-9][0-9][0-9]_*.sql"))
