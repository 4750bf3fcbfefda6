"""The group of commands: each is imported when it is called."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from keyword import iskeyword
from typing import Any

import click

from runbook_runner import __version__
from runbook_runner.errors import RunbookError

COMMANDS = {
    "run": ("runbook_runner.cli.run", "Walk through a runbook, step by step, and record what happens."),
    "resume": ("runbook_runner.cli.resume", "Go on with a run that was paused, cut off or killed."),
    "watch": ("runbook_runner.cli.watch", "Look on while somebody walks a runbook."),
    "takeover": ("runbook_runner.cli.takeover", "Take a run over from whoever drives it."),
    "handoff": ("runbook_runner.cli.handoff", "Hand a run to somebody else."),
    "runs": ("runbook_runner.cli.runs", "List the recorded runs."),
    "search": ("runbook_runner.cli.runs", "Find a text in what was noted and printed, in any run."),
    "show": ("runbook_runner.cli.records", "Show what happened in a run."),
    "report": ("runbook_runner.cli.records", "Write a run down for the incident review."),
    "inspect": ("runbook_runner.cli.inspect", "Show a runbook's step graph, and what is wrong with it."),
    "lint": ("runbook_runner.cli.lint", "Say what is wrong with runbooks, and what they lack."),
    "alerts": ("runbook_runner.cli.alerting", "Show which alert leads to which runbook, and back."),
    "render": ("runbook_runner.cli.render", "Write runbooks as HTML that opens from a disk: what an alert links to."),
    "test": ("runbook_runner.cli.test", "Walk the scenarios of runbooks, touching no system."),
    "drill": ("runbook_runner.cli.drill", "Practise with a runbook, against made-up systems."),
    "record": ("runbook_runner.cli.record", "Turn a recorded run into a scenario."),
    "targets": ("runbook_runner.cli.target_list", "List the databases, clusters and hosts that runbooks may name."),
    "verify": ("runbook_runner.cli.proof", "Prove that nothing recorded was changed or dropped."),
    "export": ("runbook_runner.cli.proof", "Write recorded runs as JSON lines, with their proof."),
    "import": ("runbook_runner.cli.proof", "Take exported runs into the journal."),
    "sync": ("runbook_runner.cli.sync", "Carry over what was recorded here while the journal was away."),
    "scrub": ("runbook_runner.cli.records", "Remove a recorded text for good."),
    "prune": ("runbook_runner.cli.prune", "Archive old runs to a file, and remove their texts from the journal."),
    "completion": ("runbook_runner.cli.completion", "Print the shell completion script."),
}


_NO_MORE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Why something cannot be written."""


class _Context(click.Context):
    """One command's: an error that leaves it says how the next command finds the same journal."""

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool | None:
        if isinstance(error, RunbookError) and self.params.get("store"):
            from runbook_runner.cli.journal import with_journal

            error.hint = with_journal(error.hint)
        return super().__exit__(kind, error, trace)


class LazyGroup(click.Group):
    """Knows every command's name and summary, and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(import_module(COMMANDS[cmd_name][0]), name)
        command.context_class = _Context
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", prog_name="runbook", message="%(prog)s %(version)s")
def cli() -> None:
    """Walk an on-call engineer through a Markdown runbook, and record what happened.

    Exit codes: 0 resolved, mitigated or false alarm; 1 escalated or abandoned; 2 bad input; 3 waiting for a person;
    4 held by somebody else; 5 the journal failed; 70 a bug; 129, 130, 143 signals.
    """


def run(arguments: list[str] | None = None) -> int:
    """Run the command line: the one error boundary."""
    for stream in (sys.stdout, sys.stderr):
        # Recorded bytes that were no text come back as halves of surrogate pairs, which no encoding takes.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code: Any = cli.main(arguments, prog_name="runbook", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return 2  # also for a file that cannot be opened: 1 is the end of a run
    except (click.Abort, KeyboardInterrupt):
        return 130
    except RunbookError as error:
        complain(error)
        return error.exit_code
    except SystemExit:
        if type(sys.stdout).__name__ != "PacifyFlushWrapper":
            raise
        return 141  # so click ends where the reader of a pipe is gone
    except BrokenPipeError:
        return 141
    except OSError as error:
        return unwritable(error) if error.errno in _NO_MORE and error.filename is None else _bug(error)
    except Exception as error:  # noqa: BLE001 - the boundary: a bug leaves a report, not a traceback
        return _bug(error)
    return code if isinstance(code, int) else 0


def unwritable(error: OSError) -> int:
    """Say that what is printed finds no room."""
    with suppress(OSError, ValueError):
        # What is still to be written would only complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    complain(RunbookError(f"the output cannot be written: {(error.strerror or str(error)).lower()}"))
    return 2


def _bug(error: BaseException) -> int:
    from runbook_runner.cli.bug import report_bug

    return report_bug(error)


def complain(error: RunbookError) -> None:
    """Say what went wrong and what to do about it."""
    from runbook_runner.cli.terminal.style import printable, wrap

    # An alert's name or a runbook's title may stand in it: other people's text moves no cursor.
    lines = printable(f"runbook: {error.message}\n{error.hint}".rstrip("\n")).split("\n")
    lines = [lines[0], *("  " + line.strip() for line in lines[1:])]
    if sys.stderr.isatty():
        from runbook_runner.cli.terminal.reporter import terminal_width

        width = terminal_width(sys.stderr)
        lines = [
            row for line in lines for row in wrap(line.strip(), width, first=line[: -len(line.strip())], rest="  ")
        ]
    sys.stderr.write("".join(line + "\n" for line in lines))
