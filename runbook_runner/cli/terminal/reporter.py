"""A run as text for a person: steps with their prose, commands whole, output as it comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TextIO

from runbook_runner.cli.terminal import prose
from runbook_runner.cli.terminal.style import UNFINISHED, paint, printable, strip_escapes, wrap
from runbook_runner.model.command import Command, Effect, Handling
from runbook_runner.model.events import Event
from runbook_runner.model.prose import Block, Paragraph, plain
from runbook_runner.model.runbook import Runbook, Step, StepKind

_MEANS = {
    Effect.READ: "looks, changes nothing",
    Effect.CHANGE: "may change the system",
    Effect.UNKNOWN: "not known to be harmless",
}
_HANDLED = {
    Handling.TERMINAL: "takes over your terminal",
    Handling.INSIDE: "type it in the shell that was opened above; it is not run here",
    Handling.BY_HAND: "do this by hand; it is not run here",
    Handling.SHOW: "shown only; it is not run here",
}
_SAMPLE_LINES = 6
_READABLE = 100
"""Columns: longer lines of prose are hard to read."""


def terminal_width(stream: TextIO) -> int:
    """Return a comfortable text width for a stream: the terminal's, between 40 and 200 columns; 80 elsewhere."""
    import os

    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return 80
    return min(200, max(40, columns or 80))


class TextReporter:
    """Shows a run on a stream; when the stream is gone it falls silent, since the record goes on without it."""

    def __init__(
        self, stream: TextIO, *, colour: bool = False, width: Callable[[], int] | None = None,
        named: Callable[[str], str] = str,
    ) -> None:  # fmt: skip
        """Take where to show it, and how commands that are named there are to be typed."""
        self._stream = stream
        self._named = named
        self._colour = colour
        self._width = width or (lambda: terminal_width(stream))
        self._open = False
        """The last line is not finished: a command printed no newline."""
        self._held = ""
        """The begin of an escape sequence whose rest has not come."""
        self.broken = False
        """Nobody reads any more."""

    def event(self, event: Event) -> None:
        """Ignore the event: what it means has been said."""

    def say(self, text: str, *, style: str = "") -> None:
        """Show a line, wrapped unless it is a command."""
        self.fresh_line()
        text = printable(self._named(text) if "`runbook " in text else text)
        if style != "command":
            width = self._width()
            lines = text.split("\n")
            text = "\n".join("\n".join(_refill(line, width)) for line in lines)
        self._write(paint(text, style, self._colour) + "\n")

    def prose(self, title: str, blocks: Sequence[Block]) -> None:
        """Show a part of the document under its title."""
        self.fresh_line()
        self._write("\n")
        self.say(title, style="heading")
        self._blocks(tuple(blocks), min(self._width(), _READABLE))

    def step(self, runbook: Runbook, step: str, place: str) -> None:
        """Show a step: heading, prose, cautions, the command whole, and what success looks like."""
        found = next((each for each in runbook.steps if each.id == step), None)
        if found is None:
            return
        self.fresh_line()
        width = min(self._width(), _READABLE)
        phase = runbook.phase(found.phase).title
        name = found.title if phase in ("", found.title) else f"{phase} > {found.title}"
        shown = _beyond(found.title, found.prose)
        if phase and _repeated(found.title, shown):
            name = phase
        self._write("\n")
        for row in wrap(printable(name), width, first=f"{place}  " if place else "", rest="  "):
            self._write(paint(row, "heading", self._colour) + "\n")
        later = _behind(found.command, shown)
        self._blocks(shown[: len(shown) - len(later)], width)
        self._blocks(found.cautions, width)
        if found.command is not None:
            self._command(found.command, width)
            self._blocks(later, width)
            self._write("\n" if later else "")
        elif found.kind is StepKind.MANUAL:
            self._write("\n" + self._marked("BY HAND", "bold", "do this, then say so") + "\n")
        else:
            self._write("\n")
        self._after(found, width)

    def output(self, stream: str, text: str) -> None:
        """Show output as it comes."""
        if not text:
            return
        if not self._colour:
            # An escape sequence may be split over two reads.
            text, self._held = _whole(self._held + text)
            text = strip_escapes(text)
        if not text:
            return
        self._open = not text.endswith("\n")
        self._write(paint(text, "stderr", True) if stream == "stderr" and self._colour and "\x1b" not in text else text)

    def fresh_line(self) -> None:
        """End a line that a command left open, and its colours."""
        self._held = ""
        if self._open:
            self._open = False
            self._write("\x1b[0m\n" if self._colour else "\n")

    def _blocks(self, blocks: tuple[Block, ...], width: int) -> None:
        lines = prose.render(blocks, width - 2, colour=self._colour)
        if lines:
            self._write("\n" + "".join(f"  {line}".rstrip() + "\n" for line in lines))

    def _command(self, command: Command, width: int) -> None:
        knobs = command.attributes
        facts = [f"for {printable(knobs.target)}" if knobs.target else "", _HANDLED.get(command.handling, "")]
        if command.handling in (Handling.RUN, Handling.TERMINAL):
            facts.insert(0, _MEANS[command.effect])
            facts += [f"timeout {_seconds(knobs.timeout)}"] if knobs.timeout else []
            facts += [f"again every {_seconds(knobs.every)}"] if knobs.every else []
            facts += [f"over the last {_seconds(knobs.range)}"] if knobs.range else []
            facts += ["in the background"] if knobs.background else []
            facts += ["until you press Ctrl-C"] if command.analysis.never_returns and not knobs.background else []
            label, style = command.effect.value.upper(), command.effect.value
        else:
            label, style = "BY HAND", "bold"
        shell = command.language in ("sh", "bash", "shell", "zsh", "console")
        language = "" if shell and command.language != "zsh" else f" ({printable(command.language)})"
        note = "; ".join(fact for fact in facts if fact)
        rows = wrap(f"{label}{language}: {note}", width, rest="  ")
        self._write("\n" + paint(rows[0], style, self._colour) + "\n" + "".join(row + "\n" for row in rows[1:]))
        shown = command.parts if command.handling in (Handling.RUN, Handling.TERMINAL) else (command.source,)
        for part in shown or (command.source,):
            # Never wrapped by us: what the page shows is what runs, and it can be copied.
            lines = printable(part).rstrip("\n").split("\n")
            for number, line in enumerate(lines):
                self._write(("  $ " if shell and number == 0 else "    ") + paint(line, "command", self._colour) + "\n")

    def _after(self, step: Step, width: int) -> None:
        for expectation in step.expected:
            text = expectation.predicate.source if expectation.predicate else expectation.text
            for row in wrap("Expected: " + printable(text), width, first="  ", rest="    "):
                self._write(row + "\n")
        if step.sample:
            lines = printable(step.sample).rstrip("\n").split("\n")
            self._write("  It looks like:\n")
            for line in lines[:_SAMPLE_LINES]:
                self._write(paint(f"    {line}", "quiet", self._colour) + "\n")
            if len(lines) > _SAMPLE_LINES:
                self._write(f"    ... {len(lines) - _SAMPLE_LINES} more lines\n")
        if step.rollback:
            lines = prose.render(step.rollback, width - 4, colour=self._colour)
            named = strip_escapes(lines[0]).lower().startswith(("rollback", "roll back", "undo")) if lines else True
            self._write("\n" if named else "\n  To undo it:\n")
            for line in lines:
                self._write(f"    {line}".rstrip() + "\n")

    def _marked(self, label: str, style: str, text: str) -> str:
        return paint(label, style, self._colour) + ": " + text

    def _write(self, text: str) -> None:
        if self.broken:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except UnicodeEncodeError:
            encoding = self._stream.encoding or "ascii"
            self._write(text.encode(encoding, "replace").decode(encoding))
        except (OSError, ValueError):
            self.broken = True


class PlainReporter(TextReporter):
    """The same without colour and cursor movement, for screen readers, dumb terminals and pipes."""

    def __init__(
        self, stream: TextIO, *, width: Callable[[], int] | None = None, named: Callable[[str], str] = str
    ) -> None:
        super().__init__(stream, colour=False, width=width, named=named)


def _beyond(title: str, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Leave out a first paragraph that says no more than the title does."""
    match blocks:
        case (Paragraph(inlines=inlines), *rest) if plain(inlines).strip(" :.\n") == title.strip(" :."):
            return tuple(rest)
    return blocks


def _repeated(title: str, blocks: tuple[Block, ...]) -> bool:
    """Say whether a paragraph says the title: then it need not be said above as well."""
    name = title.strip(" :.…")
    return any(name in " ".join(plain(block.inlines).split()) for block in blocks if isinstance(block, Paragraph))


def _behind(command: Command | None, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the last blocks, those that the author wrote behind the command: they say what its answer means."""
    end = command.span.line if command else 0
    for place, block in enumerate(blocks):
        if end and block.span.line > end:
            return blocks[place:]
    return ()


def _refill(line: str, width: int) -> list[str]:
    # Indents are kept, for lines that were laid out on purpose.
    indent = line[: len(line) - len(line.lstrip())]
    if len(line) <= width:
        return [line]
    return wrap(line, width, first=indent, rest=indent + "  ")


def _whole(text: str) -> tuple[str, str]:
    """Split off the begin of an escape sequence at the end of what was read so far."""
    unfinished = UNFINISHED.search(text)
    if unfinished is None or len(unfinished[0]) > 256:
        return text, ""
    return text[: unfinished.start()], unfinished[0]


def _seconds(seconds: float) -> str:
    for size, unit in ((3600, "h"), (60, "m")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:g}s"
