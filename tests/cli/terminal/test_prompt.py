"""What she sees and what counts, on a real pseudo-terminal."""

from __future__ import annotations

import random
import stat
from pathlib import Path

import pexpect
import pytest

from tests.cli.terminal.screens import Screen
from tests.e2e.terminal import end


@pytest.mark.parametrize(("columns", "rows", "most"), [(80, 24, 8), (40, 24, 11), (200, 50, 8)])
def test_a_menu_takes_eight_lines_with_the_hint_first(columns: int, rows: int, most: int) -> None:
    with Screen("choose", columns=columns, rows=rows) as screen:
        screen.until("What now?")
        shown = screen.text.split("\n")
        assert len(shown) <= most
        keys = screen.text[screen.text.index("> [m] go to Mitigation") :]
        assert keys.index("[m]") < keys.index("[r] run it again") < keys.index("[x]")
        assert "hidden" not in screen.text
        assert shown[0].startswith("kubectl")
        assert "\x1b[?1049h" not in screen.raw.decode()
        screen.type("r")
        screen.until("ANSWER r")


def test_a_key_that_is_not_shown_in_the_line_still_works() -> None:
    with Screen("choose") as screen:
        screen.until("What now?")
        screen.type("q")
        screen.until("ANSWER q")


def test_what_was_typed_before_the_question_answers_nothing() -> None:
    with Screen("choose", BEFORE="1") as screen:
        screen.child.send("rrr\n")
        screen.until("What now?")
        screen.read(0.5)
        assert "ANSWER" not in screen.text
        screen.type("s")
        screen.until("ANSWER s")


def test_a_key_counts_only_after_the_terminal_has_shown_the_question() -> None:
    with Screen("choose") as screen:
        screen.answers = False
        screen.until("What now?")
        screen.child.send("r")
        screen.child.send("\x1b[8;12R")
        screen.read(0.3)
        assert "ANSWER" not in screen.text
        screen.type("s")
        screen.until("ANSWER s")


def test_a_terminal_that_never_answers_is_soon_left_alone() -> None:
    with Screen("choose", SILENT="1") as screen:
        screen.until("What now?")
        screen.type("s")
        screen.until("ANSWER s", seconds=20)


def test_a_late_answer_of_the_terminal_is_no_key() -> None:
    with Screen("choose", SILENT="1") as screen:
        screen.until("What now?")
        screen.read(1.3)
        screen.type("\x1b[8;12R")
        screen.type("s")
        screen.until("ANSWER s")
        assert "Press one" not in screen.text


@pytest.mark.parametrize("pasted", ["rrrr", "r\n", "x\nyes\n", "\x1b[200~r\x1b[201~", "\x1b[200~x\nyes\n\x1b[201~"])
def test_pasted_text_answers_nothing(pasted: str) -> None:
    with Screen("choose") as screen:
        screen.until("What now?")
        screen.type(pasted, pasted)
        screen.read(0.3)
        assert "ANSWER" not in screen.text
        assert screen.text.count("Several keys came at once") == 1
        screen.type("r")
        screen.until("ANSWER r")


def test_arrows_enter_and_unknown_keys_answer_nothing_and_remind_once() -> None:
    with Screen("choose") as screen:
        screen.until("What now?")
        screen.type("\x1b[A")
        screen.until("Press one of the keys shown.")
        screen.type("\x1b[1;5C", "\x1bOP", "\r", "z", "y", "\x1bm")
        assert "ANSWER" not in screen.text
        assert screen.text.count("Press one of the keys shown.") == 1
        screen.type("n")
        screen.until("ANSWER n")


def test_a_word_must_be_typed_in_full_and_may_be_corrected() -> None:
    with Screen("choose") as screen:
        screen.until("What now?")
        screen.type("x")
        screen.until("Type yes to restart the worker:")
        screen.type("y", "r", "\x7f", "e", "s")
        screen.until("worker: yes")
        assert "ANSWER" not in screen.text
        screen.type("\r")
        screen.until("ANSWER x")


@pytest.mark.parametrize("typed", [["\r"], ["y", "\r"], ["y", "e", "s", "s", "\r"], ["Y", "E", "S", "\r"], ["\x1b"]])
def test_anything_but_the_word_is_a_no(typed: list[str]) -> None:
    with Screen("choose") as screen:
        screen.until("What now?")
        screen.type("x")
        screen.until("Type yes to restart the worker:")
        *letters, last = typed
        screen.type(*letters)
        screen.until(f"worker: {''.join(letters)}".strip())
        screen.type(last)
        screen.until("Nothing done.")
        assert "ANSWER" not in screen.text
        screen.type("r")
        screen.until("ANSWER r")


@pytest.mark.parametrize("pasted", ["yes\r", "\x1b[200~yes\x1b[201~", "\x1b[200~yes\n\x1b[201~"])
def test_a_pasted_word_confirms_nothing(pasted: str) -> None:
    with Screen("choose") as screen:
        screen.until("What now?")
        screen.type("x")
        screen.until("Type yes to restart the worker:")
        screen.type(pasted)
        screen.until("came all at once")
        screen.type("\r")
        screen.until("Nothing done.")
        assert "ANSWER" not in screen.text


def test_a_notice_stands_above_the_question_with_a_key_of_its_own() -> None:
    with Screen("choose", "0.6") as screen:
        screen.until("What now?")
        screen.until("! 10 min since the page: call dba-oncall  [d] do so")
        screen.read(0.2)
        assert screen.lines[screen.screen.cursor.y] == "What now?"
        screen.type("d")
        screen.until("ANSWER d")


def test_a_notice_never_takes_a_key_over() -> None:
    with Screen("choose", "0.4", "r") as screen:
        screen.until("10 min since the page")
        assert "[r] call" not in screen.text
        screen.type("r")
        screen.until("run it again")
        screen.until("ANSWER r")


def test_a_notice_leaves_half_a_word_as_it_was() -> None:
    with Screen("choose", "1.5") as screen:
        screen.until("What now?")
        screen.type("x")
        screen.until("Type yes to restart the worker:")
        screen.type("y", "e")
        screen.until("worker: ye")
        screen.until("10 min since the page")
        screen.read(0.2)
        assert screen.lines[screen.screen.cursor.y] == "Type yes to restart the worker: ye"
        screen.type("s")
        screen.until("worker: yes")
        screen.type("\r")
        screen.until("ANSWER x")


def test_a_poll_leaves_no_trail() -> None:
    with Screen("poll", POLL="0.6") as screen:
        screen.until("What now?")
        screen.until("ANSWER poll")
        assert screen.text == "ANSWER poll"


def test_a_poll_waits_while_she_types_a_word() -> None:
    with Screen("poll", POLL="2") as screen:
        screen.until("What now?")
        screen.type("x")
        screen.until("Type yes to restart the worker:")
        screen.type("y")
        screen.read(2.5)
        assert "ANSWER" not in screen.text
        screen.type("e", "s")
        screen.until("worker: yes")
        screen.type("\r")
        screen.until("ANSWER x")


def test_ctrl_c_interrupts_and_the_terminal_is_put_back() -> None:
    with Screen("choose", AFTER="5") as screen:
        screen.until("What now?")
        assert not screen.child.getecho()
        screen.type("\x03")
        screen.until("INTERRUPTED")
        assert screen.child.getecho()
        assert screen.raw.count(b"\x1b[?2004h") == screen.raw.count(b"\x1b[?2004l")


def test_a_terminal_that_goes_away_is_a_hangup() -> None:
    with Screen("choose", IGNORE_HUP="1") as screen:
        screen.until("What now?")
        screen.child.ptyproc.fileobj.close()
        screen.child.ptyproc.closed = screen.child.closed = True
        assert screen.child.ptyproc.wait() == 129


def test_ctrl_z_gives_the_terminal_back_and_fg_asks_again() -> None:
    with Screen("choose") as screen:
        end(screen.child)
        python = screen.child.command
        screen.child = pexpect.spawn(
            "/bin/bash", ["--norc", "-i"], cwd=str(Path(__file__).parents[3]), dimensions=(24, 80), timeout=10
        )
        screen.child.delaybeforesend = None
        screen.type(f"{python.decode() if isinstance(python, bytes) else python} -m tests.cli.terminal.demo choose\n")
        screen.until("What now?")
        screen.read(0.2)
        screen.type("\x1a")
        screen.until("Stopped")
        screen.type("echo $((40+2))\n")
        screen.until("\n42\n")
        screen.type("fg\n")
        screen.until("[s] skip", below="fg")
        assert screen.lines[screen.screen.cursor.y].startswith("What now?")
        screen.type("x", "y", "e", "\x1a")
        screen.type("clear\n", "fg\n")
        screen.until("What now?")
        assert "[x] restart the worker" in screen.text
        screen.type("s", "\r")
        screen.until("ANSWER s")


def test_a_line_starts_from_the_default_and_can_be_edited() -> None:
    with Screen("line") as screen:
        screen.until("Namespace: payments")
        screen.type("\x1b[D", "\x7f", "ü", "\x01", "é", "\r")
        screen.until("ANSWER 'épaymenüs'")


def test_a_line_shows_notices_and_keeps_what_was_typed() -> None:
    with Screen("line", "0.8") as screen:
        screen.until("Namespace: payments")
        screen.type("\x15", "prod")
        screen.until("10 min since the page")
        screen.read(0.2)
        assert screen.lines[screen.screen.cursor.y] == "Namespace: prod"
        screen.type("\r")
        screen.until("ANSWER 'prod'")


def test_escape_backs_out_of_a_line_and_an_empty_line_is_empty() -> None:
    with Screen("line") as screen:
        screen.until("Namespace: ")
        screen.type("\x1b")
        screen.until("ANSWER None")
    with Screen("line") as screen:
        screen.until("Namespace: ")
        screen.type("\x15", "\r")
        screen.until("ANSWER ''")


def test_a_long_line_stays_on_one_row() -> None:
    with Screen("line", columns=40) as screen:
        screen.until("Namespace: ")
        screen.type("a" * 90 + "end")
        assert len(screen.text.split("\n")) == 1
        assert screen.text.endswith("end")
        screen.type("\r")
        screen.until("end'")


def test_a_secret_is_not_shown() -> None:
    with Screen("secret") as screen:
        screen.until("Token:")
        screen.type("hunter2")
        assert "hunter2" not in screen.text
        screen.type("\r")
        screen.until("ANSWER 'hunter2'")


def test_the_editor_gets_a_private_file_that_is_removed(tmp_path: Path) -> None:
    script = tmp_path / "ed"
    seen = tmp_path / "seen"
    script.write_text(f'#!/bin/sh\nstat -c "%a %n" "$1" > {seen}\nsed -i s/two/three/ "$1"\n')
    script.chmod(0o700 | stat.S_IXUSR)
    with Screen("edit", VISUAL=str(script)) as screen:
        screen.until(r"ANSWER 'echo one\necho three'")
    mode, name = seen.read_text().split()
    assert mode == "600"
    assert not Path(name).exists()


@pytest.mark.slow
def test_a_cat_on_the_keyboard_confirms_nothing() -> None:
    cat = random.Random(3)
    keys = [chr(code) for code in range(32, 127) if chr(code) not in "rmsnq"] + ["\r", "\x1b[A", "\x7f", "\t"]
    with Screen("choose") as screen:
        screen.until("What now?")
        for _ in range(60):
            screen.child.send("".join(cat.choices(keys, k=17)))
            screen.read(cat.choice([0.0, 0.04, 0.08]))
        screen.read(0.5)
        assert "ANSWER" not in screen.text
        assert screen.raw.count(b"Several keys") + screen.raw.count(b"Press one") <= 1


def test_the_picker_filters_as_she_types_and_leaves_nothing_behind() -> None:
    with Screen("pick") as screen:
        screen.until("3 of 3")
        assert screen.lines[0].startswith("Which runbook?")
        screen.type("m", "e", "m")
        screen.until("1 of 3")
        assert "Memory pressure  runbooks/memory.md" in screen.text
        assert "disk" not in screen.text
        screen.type("\x15", "\x1b[B", "\r")
        screen.until("ANSWER Found(path='runbooks/memory.md'")
        assert "Which runbook?" not in screen.text
