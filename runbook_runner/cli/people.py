"""Who is asked and where a run shows itself, as the flags and the terminal say."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from runbook_runner.cli.terminal.colour import colour_wanted
from runbook_runner.ports import Prompt, Reporter


def people(*, plain: bool, json: bool, auto: bool = False) -> tuple[Prompt, Reporter]:
    """Return the prompt and the reporter.

    Without a terminal nothing is asked, unless `--plain` says that the answers come through the pipe.
    """
    from runbook_runner.cli.journal import with_journal
    from runbook_runner.cli.terminal.reporter import PlainReporter, TextReporter

    if json:
        from runbook_runner.cli.terminal.jsonlines import JsonReporter

        # Whoever answers must see what she says yes to.
        asked = not auto and (plain or sys.stdin.isatty())
        aside = PlainReporter(sys.stderr, named=with_journal) if asked else None
        return _asking(lines=plain, out=sys.stderr), JsonReporter(sys.stdout, aside)

    if is_plain(plain):
        return _asking(lines=plain, out=sys.stdout), PlainReporter(sys.stdout, named=with_journal)
    colour = colour_wanted(sys.stdout, os.environ)
    reporter = TextReporter(sys.stdout, colour=colour, named=with_journal)
    if not sys.stdin.isatty():
        return _asking(lines=False, out=sys.stdout), reporter
    from runbook_runner.cli.terminal.prompt import TerminalPrompt

    return TerminalPrompt(sys.stdin.fileno(), sys.stdout, colour=colour, fresh=reporter.fresh_line), reporter


def is_plain(asked: bool) -> bool:
    """Say whether only lines may be written: asked for, or all that the terminal can do."""
    dumb = os.environ.get("TERM", "dumb") in ("dumb", "")
    return asked or (sys.stdin.isatty() and (dumb or not sys.stdout.isatty()))


def _asking(*, lines: bool, out: TextIO) -> Prompt:
    from runbook_runner.cli.terminal.plain import Nobody, PlainPrompt

    if lines or sys.stdin.isatty():
        return PlainPrompt(sys.stdin.fileno(), out)
    return Nobody()
