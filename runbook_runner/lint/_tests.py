"""Files that a program is tried with: they are as they are on purpose."""

from __future__ import annotations

from runbook_runner.regex import regex

_FOLDERS = regex(r"(?:.*/)?(?:tests?|testdata|fixtures?)/")


def is_tried_with(path: str) -> bool:
    """Tell whether a file lies in a folder of tests."""
    return _FOLDERS.match(path) is not None
