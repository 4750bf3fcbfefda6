"""What a watcher makes of what a command prints: whole lines, nothing twice, and it says what it missed."""

from __future__ import annotations

from collections.abc import Sequence

from runbook_runner.cli.printing import Printing
from runbook_runner.formats import Moment
from runbook_runner.model import events as e
from runbook_runner.ports import Live
from runbook_runner.registry import format_for
from tests.formats.samples import PAGE, started, told


def output(text: str, stream: str = "stdout", kept: int | None = None) -> e.Output:
    return e.Output(1, stream, text, "", len(text), len(text) if kept is None else kept)


def looked(*looks: Live | None, end: Sequence[e.Output] = ()) -> list[str]:
    """Return the lines that a watcher prints at each look, and once the output is recorded."""
    printing, form = Printing("r1", 1, ""), format_for("watch_text")
    shown = ["".join(form.render(each) for each in printing.news(live, PAGE)) for live in looks]
    of = told((0, started()), (1, e.AttemptStarted(1, 1, "look", 0, "df", "", "read", 7, "1")), *((2, o) for o in end))
    shown += [form.render(Moment(event, of, "", printing.rest(event))) for event in of.events[2:]]
    return ["\n".join(line[11:] for line in text.splitlines()) for text in shown]


def live(*pieces: tuple[str, str], size: int = 0, attempt: int = 1) -> Live:
    return Live(attempt, size or sum(len(text) for _, text in pieces), pieces)


def test_each_look_shows_what_is_new_and_the_record_only_the_rest() -> None:
    assert looked(
        live(("stdout", "one\n")),
        live(("stdout", "one\n"), ("stderr", "oh\n"), ("stdout", "two\nth")),
        live(("stdout", "one\n"), ("stderr", "oh\n"), ("stdout", "two\nthree\n")),
        end=[output("one\ntwo\nthree\nfour\n"), output("oh\n", "stderr")],
    ) == ["| one", "| oh\n| two", "| three", "| four", ""]


def test_a_line_that_does_not_go_on_is_shown_as_it_is() -> None:
    first = live(("stdout", "Continue? "))
    whole = live(("stdout", "Continue? yes\nok\n"))
    assert looked(first, first, whole, end=[output("Continue? yes\nok\n")]) == ["", "| Continue? ", "| yes\n| ok", ""]
    bar = live(("stdout", "10%\n"))
    assert looked(live(("stdout", "10%")), None, bar, end=[output("10%\n20%\n")]) == ["", "| 10%", "", "| 20%"]


def test_who_comes_late_sees_the_end_and_then_all() -> None:
    lines = "".join(f"line {number}\n" for number in range(100))
    late, recorded = looked(live(("stdout", lines[-600:]), size=len(lines)), end=[output(lines)])
    assert late.splitlines()[0] == "[… the last 40 lines that it printed …]"
    assert late.splitlines()[-1] == "| line 99"
    assert recorded.splitlines()[0] == "stdout, 790 B, the last 40 lines:"


def test_what_is_left_of_another_attempt_is_not_shown() -> None:
    assert looked(live(("stdout", "old\n"), attempt=7), end=[output("new\n")]) == ["", "| new"]


def test_of_an_output_that_was_cut_the_end_is_shown() -> None:
    shown = looked(live(("stdout", "one\n")), end=[output("one\ntwo\n", kept=4)])
    assert shown == ["| one", "stdout, 8 B, the last 2 lines:\n| one\n| two"]
