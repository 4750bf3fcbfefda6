"""What is asked of the disk for one document besides those that are linted, with the answers."""

from __future__ import annotations

import os

from runbook_runner.lint.digest import digest
from runbook_runner.lint.records import contents

Fact = tuple[str, bytes]
"""What is asked, with an absolute path; and the answer."""
Facts = dict[str, bytes]
_THERE, _READ, _LISTED = "?", "=", "*"
YES, NO = b"+", b"-"


def there(path: str) -> Fact:
    """Ask whether there is a file or a folder; ValueError where it cannot be a path."""
    return _THERE + path, YES if os.path.exists(path) else NO  # noqa: PTH110 - ten thousand of them


def read(path: str) -> tuple[Fact, bytes | None]:
    """Ask what a file holds; None when it cannot be read."""
    try:
        data = contents(path)
    except (OSError, ValueError):
        return (_READ + path, NO), None
    return (_READ + path, digest(data)), data


def listed(path: str) -> tuple[Fact, tuple[str, ...]]:
    """Ask what a folder holds, by name; nothing when it cannot be read. ValueError where it cannot be a path."""
    try:
        names = tuple(sorted(os.listdir(path)))  # noqa: PTH208 - names are all that is wanted
    except OSError:
        return (_LISTED + path, NO), ()
    return (_LISTED + path, digest("\0".join(names).encode(errors="surrogateescape"))), names


def holds(question: str, answer: bytes) -> bool:
    """Say whether a question still gets the same answer."""
    kind, path = question[0], question[1:]
    if kind == _THERE:
        return there(path) == (question, answer)
    fact, _ = listed(path) if kind == _LISTED else read(path)
    return fact == (question, answer)
