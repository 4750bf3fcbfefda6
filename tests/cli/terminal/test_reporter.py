"""What a run looks like."""

from __future__ import annotations

import io
import json

import pytest
from msgspec.structs import replace

from runbook_runner.cli.terminal.colour import colour_wanted
from runbook_runner.cli.terminal.jsonlines import JsonReporter
from runbook_runner.cli.terminal.prose import render
from runbook_runner.cli.terminal.reporter import PlainReporter, TextReporter
from runbook_runner.cli.terminal.screen import menu_rows
from runbook_runner.cli.terminal.style import clip, printable, width_of, wrap
from runbook_runner.model import prose as p
from runbook_runner.model.command import Analysis, Attributes, Command, Effect, Handling
from runbook_runner.model.events import Event
from runbook_runner.model.runbook import Expectation, Facts, Phase, Runbook, Step, StepKind
from runbook_runner.model.span import Span
from runbook_runner.ports import Menu, Option

NOWHERE = Span()
LONG = (
    "kubectl -n \"$NAMESPACE\" get pods  -o jsonpath='{.items[*].metadata.name}' --selector app=payments-worker | sort"
)


def runbook(effect: Effect = Effect.CHANGE, handling: Handling = Handling.RUN) -> Runbook:
    command = Command(
        "sh", LONG, (LONG, "echo done"), handling, "", effect, Analysis(), Attributes(timeout=120), NOWHERE
    )
    step = Step(
        "restart",
        StepKind.COMMAND,
        "Restart the worker",
        "mitigation",
        NOWHERE,
        prose=(
            p.Paragraph((p.Text("Jobs in flight are retried, see "), p.Link("https://x.example", (p.Text("why"),)))),
        ),
        cautions=(p.Admonition("warning", "", (p.Paragraph((p.Text("Never on a Friday."),)),)),),
        command=command,
        expected=(Expectation(NOWHERE, text="a line that says restarted"),),
        sample="\n".join(f"line {number}" for number in range(9)),
        rollback=(p.Paragraph((p.CodeSpan("kubectl rollout undo"),)),),
    )
    phase = Phase("mitigation", "Mitigation", 2, p.PhaseKind.CHANGE, NOWHERE, steps=(step,))
    return Runbook("x.md", "X", Facts(), (phase,))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_step_shows_prose_caution_effect_and_the_command_whole(width: int) -> None:
    stream = io.StringIO()
    TextReporter(stream, width=lambda: width).step(runbook(), "restart", "2/7")
    text = stream.getvalue()
    order = [text.index(each) for each in ("2/7  Mitigation >", "retried", "WARNING: Never", "CHANGE: may", LONG)]
    assert order == sorted(order)
    assert f"  $ {LONG}\n  $ echo done\n" in text
    assert "timeout 2m" in " ".join(text.split())
    assert "Expected: a line that" in text
    assert "... 3 more lines" in text
    assert "`kubectl rollout undo`" in text
    assert all(len(line) <= width for line in text.split("\n") if LONG not in line)


def test_a_title_is_not_said_twice() -> None:
    stream = io.StringIO()
    book = runbook()
    step = replace(
        book.steps[0], prose=(p.Paragraph((p.Text("Restart the worker:"),)), p.Paragraph((p.Text("Then."),)))
    )
    book = replace(book, phases=(replace(book.phases[0], steps=(step,)),))
    PlainReporter(stream, width=lambda: 80).step(book, "restart", "")
    assert stream.getvalue().count("Restart the worker") == 1
    assert "  Then.\n" in stream.getvalue()


@pytest.mark.parametrize("effect", list(Effect))
def test_an_effect_is_said_in_words(effect: Effect) -> None:
    stream = io.StringIO()
    TextReporter(stream, colour=True, width=lambda: 80).step(runbook(effect), "restart", "1/1")
    assert f"{effect.value.upper()}: " in printable(stream.getvalue())


def test_a_command_for_another_shell_says_that_it_is_not_run() -> None:
    stream = io.StringIO()
    PlainReporter(stream, width=lambda: 80).step(runbook(handling=Handling.INSIDE), "restart", "")
    assert "BY HAND: type it in the shell that was opened above; it is not run here" in stream.getvalue()
    assert "CHANGE" not in stream.getvalue()


def test_ours_begins_on_a_line_of_its_own_and_output_is_untouched() -> None:
    stream = io.StringIO()
    reporter = TextReporter(stream, colour=True)
    reporter.output("stdout", "\x1b[32m42")
    reporter.output("stdout", "%")
    reporter.say("passed")
    assert stream.getvalue() == "\x1b[32m42%\x1b[0m\npassed\n"


def test_without_colour_the_colours_of_output_go_even_when_split() -> None:
    stream = io.StringIO()
    reporter = PlainReporter(stream)
    for part in ("a\x1b[3", "1mred\x1b", "[0m b\n", "c\x1b[0m\n"):
        reporter.output("stdout", part)
    assert stream.getvalue() == "ared b\nc\n"


def test_a_reader_that_went_away_stops_nothing() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    reporter = TextReporter(Gone())
    reporter.say("x")
    reporter.output("stdout", "y")
    assert reporter.broken
    JsonReporter(Gone()).event(Event("r", "w", 1, "", 0.0, 0.0, "b", "noted", 1, "p", "d", "s", {}))


def test_what_a_label_says_cannot_move_the_cursor() -> None:
    stream = io.StringIO()
    TextReporter(stream, colour=True).say("alert \x1b[2J\x1b]0;owned\x07\u202eevil\rover")
    assert stream.getvalue() == "alert <202e>evil<0d>over\n"


def test_an_event_is_one_line_of_json_at_once() -> None:
    stream = io.StringIO()
    reporter = JsonReporter(stream)
    reporter.say("nothing")
    reporter.output("stdout", "nothing")
    reporter.event(Event("r1", "w", 3, "", 1.5, 0.0, "b", "noted", 1, "p", "abc", "s", {"text": "a\nb", "visit": None}))
    assert stream.getvalue().count("\n") == 1
    assert json.loads(stream.getvalue()) == {
        "run": "r1",
        "seq": 3,
        "writer": "w",
        "type": "noted",
        "wall": "1970-01-01T00:00:01.500Z",
        "data": {"text": "a\nb", "visit": None},
        "digest": "abc",
    }


@pytest.mark.parametrize(
    ("environ", "tty", "wanted"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm"}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ({"TERM": "xterm", "NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"CLICOLOR_FORCE": "1"}, False, True),
    ],
)
def test_colour_is_wanted(environ: dict[str, str], tty: bool, wanted: bool) -> None:
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return tty

    assert colour_wanted(Stream(), environ) is wanted


def test_wrapping_loses_nothing_and_keeps_spaces_within_a_line() -> None:
    assert wrap("echo 'a  b' 日本語日本語", 12, rest="  ") == ["echo 'a  b'", "  日本語日本", "  語"]
    assert "".join(wrap("x" * 100, 30)) == "x" * 100
    assert clip("日本語", 5) == "日本…"
    assert width_of("\x1b[1me\u0301\x1b[0m") == 1


def cell(text: str) -> tuple[p.Inline, ...]:
    return (p.Text(text),)


def test_a_table_is_aligned_or_read_row_by_row() -> None:
    table = p.Table((cell("Name"), cell("What it means")), ((cell("a"), cell("one")), (cell("bcdefg"), cell("two"))))
    assert render([table], 40) == ["Name    What it means", "------  -------------", "a       one", "bcdefg  two"]
    wide = p.Table((cell("Name"), cell("Text")), ((cell("a"), cell("word " * 12)),))
    assert render([wide], 30)[0] == "Name: a"
    assert all(len(line) <= 30 for line in render([wide], 30))


def test_lists_nest_and_fences_are_indented() -> None:
    inner = p.ListBlock(False, (p.Item((p.Paragraph(cell("sub")),)),))
    block = p.ListBlock(
        True,
        (
            p.Item((p.Paragraph(cell("first " * 6)), inner)),
            p.Item((p.Paragraph(cell("second")), p.Fence("sh", "a\n  b\n"))),
        ),
        start=9,
    )
    assert render([block], 24) == [
        "9.  first first first",
        "    first first first",
        "",
        "    - sub",
        "",
        "10. second",
        "",
        "        a",
        "          b",
    ]


def test_links_are_spelt_out_once() -> None:
    same = p.Link("https://x.example", (p.Text("https://x.example"),))
    mail = p.Link("mailto:a@x.example", (p.Text("a@x.example"),))
    named = p.Link("#fix", (p.Text("the fix"),))
    block = p.Paragraph((same, p.Text(" "), mail, p.Text(" "), named))
    assert render([block], 90) == ["https://x.example a@x.example the fix (#fix)"]


def test_what_folds_text_away_on_a_forge_is_not_shown() -> None:
    blocks = (p.Paragraph((p.Text("<details> <summary>All of it</summary>"),)), p.Paragraph((p.Text("</details>"),)))
    assert render(blocks, 60) == ["All of it"]


def test_a_query_does_not_look_like_a_shell_command() -> None:
    stream = io.StringIO()
    shown = runbook(handling=Handling.BY_HAND)
    phase = shown.phases[0]
    one = phase.steps[0]
    assert one.command is not None
    query = replace(one, command=replace(one.command, language="promql", source="up == 0"))
    TextReporter(stream).step(replace(shown, phases=(replace(phase, steps=(query,)),)), "restart", "2/7")
    assert "\n    up == 0\n" in stream.getvalue()


def test_a_title_that_the_prose_repeats_gives_way_to_its_section() -> None:
    stream = io.StringIO()
    shown = runbook()
    phase = shown.phases[0]
    said = (p.Paragraph((p.Text("It hangs. Restart the worker, then wait."),)),)
    TextReporter(stream).step(
        replace(shown, phases=(replace(phase, steps=(replace(phase.steps[0], prose=said),)),)), "restart", "2/7"
    )
    assert stream.getvalue().count("Restart the worker") == 1
    assert "2/7  Mitigation\n" in stream.getvalue()


def test_what_stands_behind_the_command_is_shown_behind_it() -> None:
    stream = io.StringIO()
    shown = runbook()
    phase = shown.phases[0]
    one = phase.steps[0]
    assert one.command is not None
    said = (p.Paragraph((p.Text("Before."),), Span(1, 1, 1, 8)), p.Paragraph((p.Text("Behind."),), Span(9, 1, 9, 8)))
    one = replace(one, prose=said, command=replace(one.command, span=Span(3, 1, 7, 1)))
    TextReporter(stream, width=lambda: 200).step(
        replace(shown, phases=(replace(phase, steps=(one,)),)), "restart", "2/7"
    )
    text = stream.getvalue()
    assert text.index("Before.") < text.index(LONG) < text.index("Behind.") < text.index("Expected:")


def test_what_a_key_does_can_be_read_on_a_narrow_screen() -> None:
    options = (
        Option("enter", "go to Enough room now", hint=True),
        Option("2", "go to Too many files"),
        Option("3", "otherwise, next: Watch for ten seconds how fast it fills"),
        *(
            Option(key, label)
            for key, label in zip("ronxp", ("run again", "overrule", "note", "escalate", "pause"), strict=True)
        ),
    )
    menu = Menu("Which way on?", options, ("  $ df", "    df more", "PASSED  30 < 85"))
    rows = menu_rows(menu, options, 44, 14, False)
    assert "> [Enter] go to Enough room now" in rows
    assert "[2] go to Too many files" in rows
    assert len(rows) < 13


def test_the_suggested_key_says_where_it_leads_among_many_others() -> None:
    places = (
        "It answers now",
        "It answers with errors",
        "It refuses the request",
        "Its name is not found",
        "It is slow",
    )
    others = [Option(str(number), f"go to {place}") for number, place in enumerate(places, 1)]
    keys = [Option(key, "run it again") for key in "ronxp?"]
    menu = Menu("Which way on?", (), ("  $ if curl", "    curl -sS", "FAILED  7 == 0"))
    rows = menu_rows(menu, [Option("enter", "go to Nothing listens", hint=True), *others, *keys], 80, 24, False)
    assert rows[3].startswith("> [Enter] go to Nothing listens")
    assert "[2] It answers with err" in "".join(rows[4:]), "the place, where there is no room for the way"
    assert len(rows) <= 7
