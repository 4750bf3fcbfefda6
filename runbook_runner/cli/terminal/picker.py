"""Choosing a runbook: by a path, a title, an alert, or a few letters of one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TextIO

from runbook_runner.cli.terminal.editor import LineBuffer
from runbook_runner.cli.terminal.keys import Keyboard
from runbook_runner.cli.terminal.style import clip, paint, printable
from runbook_runner.ports import Found, Interrupted

_ROWS = 10
_BEGINS = 3
"""Rank of a name that begins with what she typed."""


def match(found: Sequence[Found], query: str) -> list[Found]:
    """Return what a query may mean, best first: exact alert, path, title, a beginning, words, letters in order."""
    wanted = " ".join(query.lower().split())
    if not wanted:
        return list(found)
    ranked = [(rank, place) for place, each in enumerate(found) if (rank := _rank(each, wanted)) is not None]
    return [found[place] for _, place in sorted(ranked)]


def meant(found: Sequence[Found], query: str) -> list[Found]:
    """Return those that a query names best: in full, else by the beginning of a name, else all that it may mean."""
    wanted = " ".join(query.lower().split())
    ranked = [(rank[0], each) for each in match(found, query) if (rank := _rank(each, wanted))]
    best = min((rank for rank, _ in ranked), default=0)
    return [each for rank, each in ranked if rank == best or best > _BEGINS]


def _rank(each: Found, wanted: str) -> tuple[int, int] | None:
    alerts = [alert.lower() for alert in each.alerts]
    path, title = each.path.lower(), " ".join(each.title.lower().split())
    name = PurePath(path).name
    stem = name.removesuffix(".md")
    names = [*alerts, path, name, stem, title]
    if wanted in alerts:
        return 0, 0
    if wanted in (path, path.removesuffix(".md"), name, stem):
        return 1, 0
    if wanted == title:
        return 2, 0
    if any(text.startswith(wanted) for text in names):
        return _BEGINS, min(len(text) for text in names if text.startswith(wanted))
    everything = " ".join([*names, each.service.lower()])
    if all(word in everything for word in wanted.split()):
        return 4, len(title)
    letters = wanted.replace(" ", "")
    spans = [span for text in (*alerts, stem, title) if (span := _subsequence(text, letters)) is not None]
    return (5, min(spans)) if spans else None


def _subsequence(text: str, letters: str) -> int | None:
    """Return how far apart the letters stand, in order; None when they do not all occur."""
    first = place = text.find(letters[0])
    for letter in letters[1:]:
        if place < 0:
            return None
        place = text.find(letter, place + 1)
    return None if place < 0 else place - first


def pick(found: Sequence[Found], fd: int, out: TextIO, *, colour: bool = False, plain: bool = False) -> Found | None:
    """Let her choose one; None when she backed out. Without cursor movement when `plain`."""
    if not found:
        return None
    if plain:
        return _pick_plain(found, fd, out)
    import os

    size = os.get_terminal_size(fd)
    most = max(3, min(_ROWS, size.lines - 4))
    buffer, chosen, shown = LineBuffer(""), 0, ""
    with Keyboard(fd, out.fileno()) as keyboard:
        keyboard.flush()
        try:
            while True:
                hits = match(found, buffer.text)
                chosen = max(0, min(chosen, len(hits) - 1))
                drawn = _drawn(hits, len(found), chosen, buffer, (max(20, size.columns), most), colour)
                if drawn != shown:
                    out.write(drawn)
                    out.flush()
                    shown = drawn
                keys = keyboard.read(0.25)
                for key in keys.names if keys else ():
                    match key:
                        case "enter":
                            if hits:
                                return hits[chosen]
                        case "esc" | "ctrl-d":
                            return None
                        case "ctrl-c":
                            raise Interrupted
                        case "up" | "ctrl-p":
                            chosen -= 1
                        case "down" | "ctrl-n" | "tab":
                            chosen += 1
                        case _:
                            buffer.press(key)
                            chosen = 0
        finally:
            out.write("\r\x1b[J")
            out.flush()


def _drawn(
    hits: Sequence[Found], total: int, chosen: int, buffer: LineBuffer, size: tuple[int, int], colour: bool
) -> str:
    """Return the question and the list below it, the cursor left in the question."""
    width, most = size
    first = max(0, min(chosen - most // 2, len(hits) - most))
    rows = [
        _row(each, place == chosen, width - 1, colour) for place, each in enumerate(hits[first : first + most], first)
    ]
    count = f"  {len(hits)} of {total}; type to filter, up/down, Enter, Esc"
    rows.append(paint(clip(count, width - 1), "quiet", colour))
    below = "".join("\r\n\x1b[K" + row for row in rows)
    # Cleared from the end of the last row on: what is cleared from the top of a screen, tmux keeps in its scrollback.
    return f"\r\x1b[K{below}\x1b[J\x1b[{len(rows)}A\r" + buffer.row("Which runbook? ", width - 1)


def _row(each: Found, chosen: bool, width: int, colour: bool) -> str:
    text = clip(("> " if chosen else "  ") + described(each), width)
    return paint(text, "hint", colour) if chosen else text


def described(each: Found) -> str:
    """Return a runbook as one line: title, path, alerts: what names it outlives a narrow screen."""
    alerts = f"  [{', '.join(each.alerts)}]" if each.alerts else ""
    return printable(f"{each.title or each.path}  {each.path}{alerts}").replace("\n", " ")


def _pick_plain(found: Sequence[Found], fd: int, out: TextIO) -> Found | None:
    from runbook_runner.cli.terminal.plain import PlainPrompt
    from runbook_runner.cli.terminal.prompt import Silence

    prompt = PlainPrompt(fd, out)
    listed = list(found)
    while True:
        for number, each in enumerate(listed, 1):
            out.write(f"{number}: {described(each)}\n")
        answer = prompt.line("Which runbook? A number or a few letters, empty for none", Silence())
        if not answer:
            return None
        if answer.isdecimal() and 1 <= int(answer) <= len(listed):
            return listed[int(answer) - 1]
        hits = match(found, answer)
        if len(hits) == 1:
            return hits[0]
        out.write("There is none like that.\n" if not hits else "Several are like that:\n")
        listed = hits or list(found)
