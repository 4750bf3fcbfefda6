"""Whole lines for answers: pipes, dumb terminals, and nobody."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from runbook_runner.cli.terminal.plain import Nobody, PlainPrompt
from runbook_runner.errors import NeedsPerson
from runbook_runner.ports import Menu, Notice, Option
from tests.cli.terminal.screens import Screen
from tests.people import Quiet

MENU = Menu("What now?", (Option("r", "run it"), Option("x", "restart", word="yes"), Option("m", "go on", hint=True)))


@contextmanager
def piped(text: str, *, keep: bool = False) -> Iterator[tuple[PlainPrompt, io.StringIO]]:
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    if not keep:
        os.close(writing)
    out = io.StringIO()
    yield PlainPrompt(reading, out), out
    os.close(reading)
    if keep:
        os.close(writing)


def test_options_are_lines_and_the_hint_comes_first() -> None:
    with piped("r\n") as (prompt, out):
        assert prompt.choose(MENU, Quiet()) == "r"
    lines = out.getvalue().split("\n")
    assert lines[0] == "  m: go on (suggested)"
    assert "  x: restart (then type yes)" in lines
    assert "\x1b" not in out.getvalue()


def test_a_word_is_asked_for_in_a_pipe_too() -> None:
    with piped("x\nno\nx\nyes\n") as (prompt, out):
        assert prompt.choose(MENU, Quiet()) == "x"
    assert out.getvalue().count("Nothing done.") == 1


def test_the_word_alone_is_no_answer_to_the_menu() -> None:
    with piped("yes\nm\n") as (prompt, out):
        assert prompt.choose(MENU, Quiet()) == "m"
    assert "Type one of: r, x, m" in out.getvalue()


@pytest.mark.parametrize("text", ["", "zzz\n", "x\n"])
def test_a_pipe_that_ends_needs_a_person(text: str) -> None:
    with piped(text) as (prompt, _), pytest.raises(NeedsPerson):
        prompt.choose(MENU, Quiet())


def test_a_last_line_without_its_newline_counts() -> None:
    with piped("r") as (prompt, _):
        assert prompt.choose(MENU, Quiet()) == "r"


def test_lines_answer_one_question_each() -> None:
    with piped("m\nprod\n\n") as (prompt, _):
        assert prompt.choose(MENU, Quiet()) == "m"
        assert prompt.line("Namespace", Quiet()) == "prod"
        assert prompt.line("Namespace", Quiet(), default="payments") == "payments"


def test_a_notice_is_printed_while_the_question_is_open_and_its_key_works() -> None:
    class Once:
        said = False

        def due(self) -> Sequence[Notice]:
            first, self.said = not self.said, True
            return (Notice("call dba", Option("d", "call")), Notice("again", Option("r", "taken"))) if first else ()

    with piped("d\n") as (prompt, out):
        assert prompt.choose(MENU, Once()) == "d"
    assert "Notice: call dba" in out.getvalue()
    assert "r: taken" not in out.getvalue()


def test_a_poll_comes_when_nobody_answers() -> None:
    with piped("", keep=True) as (prompt, _):
        before = time.monotonic()
        assert prompt.choose(Menu("?", MENU.options, poll=0.3), Quiet()) == "poll"
        assert 0.3 <= time.monotonic() - before < 2


def test_an_edit_is_typed_anew_and_empty_backs_out() -> None:
    with piped("echo 2\n\n") as (prompt, out):
        assert prompt.edit("echo 1") == "echo 2"
        assert prompt.edit("echo 1") is None
    assert "Now: echo 1" in out.getvalue()


def test_a_dumb_terminal_is_asked_in_lines() -> None:
    with Screen("plain-choose", TERM="dumb") as screen:
        screen.until("What now?")
        screen.type("x\n")
        screen.until("Type yes to restart the worker:")
        screen.type("yes\n")
        screen.until("ANSWER x")
        assert b"\x1b" not in screen.raw


def test_a_dumb_terminal_forgets_what_was_typed_ahead_and_hides_a_secret() -> None:
    with Screen("plain-secret", TERM="dumb", BEFORE="1") as screen:
        screen.child.send("early\n")
        screen.until("Token:")
        screen.read(0.3)
        screen.type("hunter2\n")
        screen.until("ANSWER 'hunter2'")
        assert screen.text.count("hunter2") == 1


def test_nobody_answers_nothing() -> None:
    with pytest.raises(NeedsPerson, match="What now"):
        Nobody().choose(MENU, Quiet())
    with pytest.raises(NeedsPerson, match="Namespace"):
        Nobody().line("Namespace", Quiet())


def test_a_pipe_that_never_answers_ends_the_asking() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"y\n" * 1000)
    with pytest.raises(NeedsPerson):
        PlainPrompt(reading, io.StringIO()).choose(MENU, Quiet())
    os.close(writing)
    os.close(reading)
