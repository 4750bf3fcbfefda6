"""Calls the program in this process, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import Struct

from runbook_runner.cli.main import run


class Done(Struct, frozen=True):
    """What a call gave."""

    code: int
    out: str
    err: str


class Here:
    """A folder to stand in, with files that a test writes."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture

    def write(self, path: str, text: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def call(self, *arguments: str) -> Done:
        self._capture.readouterr()
        code = run(list(arguments))
        taken = self._capture.readouterr()
        return Done(code, taken.out, taken.err)
