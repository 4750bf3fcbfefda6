"""Runbooks as files: finding, reading, and choosing one by a few letters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runbook_runner.cli.config import Config
from runbook_runner.cli.files import markdown_files
from runbook_runner.cli.readings import read
from runbook_runner.errors import InputError
from runbook_runner.model.runbook import Runbook
from runbook_runner.ports import Found


class Files:
    """The Library port over the file system."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def load(self, path: str, *, beside: str = "") -> Runbook:
        """Read one; InputError if there is none."""
        file = (Path(beside).parent / path) if beside else Path(path)
        try:
            return read(file.read_bytes(), str(file.resolve() if beside else file))
        except OSError as error:
            hint = "`runbook run` without a name shows what is found here"
            raise InputError(f"{file}: {(error.strerror or str(error)).lower()}", hint) from error
        except ValueError as error:  # a NUL, or half a character
            raise InputError(f"{str(file)!r} cannot be the name of a file") from error

    def parse(self, source: str, path: str) -> Runbook:
        """Read a text as if it stood at a path."""
        return read(source.encode("utf-8", "surrogateescape"), path)

    def found(self) -> Iterator[Found]:
        """Yield the runbooks of the configured folders, by path."""
        for file in self.files():
            runbook = self.load(str(file))
            alerts = tuple(trigger.alert for trigger in runbook.facts.triggers if trigger.alert)
            yield Found(str(file), runbook.title, alerts, runbook.facts.service)

    def files(self) -> list[Path]:
        """Return the Markdown files of the configured folders."""
        places = [str(self._config.root / entry) for entry in self._config.runbooks]
        return [_short(Path(file)) for file in markdown_files(places)[0]]


def _short(file: Path) -> Path:
    # What she sees and can paste: relative to where she stands, when it is below.
    try:
        return file.relative_to(Path.cwd())
    except ValueError:
        return file
