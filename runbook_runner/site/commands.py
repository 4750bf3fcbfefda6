"""A command as a page shows it: its lines as the author wrote them, and which of them are typed."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.markdown.languages import SHELLS
from runbook_runner.model.command import Command
from runbook_runner.model.runbook import Parameter
from runbook_runner.regex import regex
from runbook_runner.site import slots
from runbook_runner.site.text import attr, bare_code, esc_code

_PROMPT = regex(
    r"[ \t]*(?:\([\w.-]+\)[ \t]*)?"
    r"(?:[$%#>❯➜](?=\s)|\$|\[?[\w.-]+@[\w.-]+[^\s$#]*\]?[ \t]?[$#%]|(?:ba|z|da)?sh-[\d.]+[$#]|/[\w./-]*[ \t]?#)[ \t]*"
)
_CONTINUED = regex(r"[ \t]*(?:>(?:[ \t]|$)|->[ \t]?|\w+-[#>][ \t]?|\.\.\.>?[ \t]?)")
_ENDS_PROMPT = regex(r"[>#$%*][ \t]*$")


class Names(Struct, frozen=True):
    """Which names of a command a page may fill in."""

    fill: frozenset[str] = frozenset()
    refused: tuple[str, ...] = ()
    """Free text that would be parsed as code somewhere in this command: nothing puts it there."""
    secret: tuple[str, ...] = ()
    """What she sets in her shell, where no page sees it."""


class Line(Struct, frozen=True):
    """A line of a fence."""

    html: str
    part: int = -1
    """The text that it belongs to, among those that are run one by one; -1 for output."""
    prompt: str = ""
    assigned: tuple[str, ...] = ()
    """On a part's first line: names whose values go before it."""


class _Typed(Struct, frozen=True):
    """A line that is typed, as it runs and as it is shown."""

    part: int
    first: bool
    text: str
    html: str
    column: int = 0
    """Where its first placeholder stands, from 1."""
    assigned: tuple[str, ...] = ()


def names(command: Command, parameters: Iterable[Parameter], earlier: frozenset[str]) -> Names:
    """Return which parameters of a command take a value; what an earlier step sets is the shell's own."""
    known = {parameter.name: parameter for parameter in parameters}
    wanted = [known[name] for name in command.analysis.uses if name in known and name not in earlier]
    secret = tuple(one.name for one in wanted if one.secret)
    again = command.analysis.reevaluated
    refused = tuple(one.name for one in wanted if one.name in again and not one.typed and not one.secret)
    return Names(frozenset(one.name for one in wanted) - {*secret, *refused}, refused, secret)


def lines(command: Command, fill: frozenset[str]) -> list[Line]:
    """Return a command's lines in the order of its source; output that was pasted into the fence is among them."""
    typed = list(_typed(command, fill))
    found = _aligned(command.source, typed)
    if found is None:
        found = [_line(one, "") for one in typed]
        if command.sample:
            found += [Line(esc_code(line)) for line in command.sample.split("\n")]
    while found and not found[-1].html.strip():
        found.pop()
    return found


def inline(text: str, parameters: Iterable[Parameter]) -> tuple[str, tuple[str, ...]]:
    """Return a command that stands in prose, and the names whose values go before it."""
    from runbook_runner.syntax.shell import analyse

    analysis = analyse(text)
    known = {parameter.name: parameter for parameter in parameters if not parameter.secret}
    fill = frozenset(
        name for name in analysis.uses if name in known and (known[name].typed or name not in analysis.reevaluated)
    )
    written: dict[tuple[int, str], list[str]] = {}
    for one in analysis.placeholders:
        written.setdefault((one.line, one.name), []).append(one.written)
    found = slots.find(analysis.text, fill | {name for _, name in written}, analysis.sets)
    before = tuple(name for name in found.assigned if name in fill)
    return _filled(analysis.text, found.slots, fill, written, 1), before


def cut(commands: tuple[Command, ...]) -> list[Command]:
    """Return the commands of one fence, each with that part of the source which is its own."""
    found = []
    for at, command in enumerate(commands):
        if at + 1 < len(commands):
            count = commands[at + 1].content_line - command.content_line
            own = command.source.split("\n")[: max(count, 0)]
            command = replace(command, source="\n".join(own))
        found.append(command)
    return found


def _typed(command: Command, fill: frozenset[str]) -> Iterable[_Typed]:
    written: dict[tuple[int, str], list[str]] = {}
    columns: dict[int, int] = {}
    for one in command.analysis.placeholders:
        written.setdefault((one.line, one.name), []).append(one.written)
        columns[one.line] = min(columns.get(one.line, one.column), one.column)
    number = 1
    if command.language not in SHELLS:
        fill, written = frozenset(), {}  # a value is quoted as a word of a shell, and no other language has such
    for at, text in enumerate(command.parts):
        if command.language == "sql":
            found = slots.find_sql(text, fill)
        else:
            found = slots.find(text, fill | {name for _, name in written}, command.analysis.sets)
        shown = _filled(text, found.slots, fill, written, number).split("\n")
        before = tuple(name for name in found.assigned if name in fill)
        for place, (line, html) in enumerate(zip(text.split("\n"), shown, strict=True)):
            assigned = before if place == 0 else ()
            yield _Typed(at, place == 0, line, html, columns.get(number, 0), assigned)
            number += 1


def _filled(
    text: str,
    found: tuple[slots.Slot, ...],
    fill: frozenset[str],
    written: dict[tuple[int, str], list[str]],
    first: int,
) -> str:
    """Return a text as HTML, with an element for each place of a value, which shows what the author wrote there."""
    pieces: list[str] = []
    at = 0
    for slot in found:
        if slot.start < at:
            continue
        pieces.append(esc_code(text[at : slot.start]))
        own = text[slot.start : slot.end]
        stands = written.get((first + text.count("\n", 0, slot.start), slot.name))
        shown = esc_code(stands.pop(0) if stands else own)
        kind = slot.kind if slot.name in fill else "refused"
        data = f'data-p="{attr(slot.name)}" data-k="{kind}" data-t="{attr(bare_code(own))}"'
        pieces.append(f'<span class="slot" {data}>{shown}</span>')
        at = slot.end
    pieces.append(esc_code(text[at:]))
    return "".join(pieces)


def _aligned(source: str, typed: list[_Typed]) -> list[Line] | None:
    """Find each typed line in the source; None when one of them is not there as it stands."""
    while typed and not typed[-1].text.strip():
        typed = typed[:-1]
    found: list[Line] = []
    at = 0
    for line in source.rstrip("\n").split("\n"):
        one = typed[at] if at < len(typed) else None
        prompt = _prompt(line, one) if one is not None else None
        if one is not None and prompt is not None:
            found.append(_line(one, prompt))
            at += 1
        elif one is None or one.first:
            found.append(Line(esc_code(line)))
        else:
            return None
    return found if at == len(typed) else None


def _prompt(line: str, one: _Typed) -> str | None:
    """Return what stands before the typed text on a line; None when the line is another one."""
    tries = [""]
    match = _PROMPT.match(line) if one.first else _CONTINUED.match(line)
    if match:
        tries.append(match[0])
    if one.first:
        tries.append(line[: len(line) - len(line.lstrip())])
    for prompt in tries:
        rest = line[len(prompt) :]
        if one.column:
            same = max(one.column - 2, 0)
            if rest[:same] == one.text[:same] and len(rest) > same:
                return prompt
        elif rest.rstrip() == one.text.rstrip():
            return prompt
    # Any program may prompt: `MariaDB [shop]> show tables;`.
    before = line.rstrip().removesuffix(one.text.rstrip()) if one.first and not one.column else ""
    return before if before != line.rstrip() and _ENDS_PROMPT.search(before) else None


def _line(one: _Typed, prompt: str) -> Line:
    return Line(one.html, one.part, esc_code(prompt), one.assigned)
