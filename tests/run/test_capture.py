"""What a command prints: shown safely, kept up to a cap."""

from __future__ import annotations

import pytest

from runbook_runner.run.capture import Capture, TerminalFilter, plain, safe_for_terminal
from runbook_runner.run.redact import Redactor


class Screen:
    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def show(self, stream: str, text: str) -> None:
        self.lines.append((stream, text))

    def text(self, stream: str = "stdout") -> str:
        return "".join(text for name, text in self.lines if name == stream)


def test_a_secret_split_over_two_reads_is_neither_shown_nor_kept() -> None:
    screen = Screen()
    capture = Capture(Redactor(["hunter2!"]), screen.show)
    capture.write("stdout", b"it is hun")
    capture.flush()
    capture.write("stdout", b"ter2! indeed\n")
    capture.finish()
    assert screen.text() == "it is [redacted: declared] indeed\n"
    assert capture.outputs(1)[0].head == "it is [redacted: declared] indeed\n"
    assert capture.raw("stdout") == "it is hunter2! indeed\n"


def test_a_prompt_without_a_newline_is_shown_at_the_next_tick() -> None:
    screen = Screen()
    capture = Capture(Redactor(), screen.show)
    capture.write("stdout", b"Continue? [y/N] ")
    capture.flush()
    assert screen.text() == "Continue? [y/N] "


def test_a_character_split_over_two_reads_is_whole() -> None:
    screen = Screen()
    capture = Capture(Redactor(), screen.show)
    for byte in "größer\n".encode():
        capture.write("stdout", bytes((byte,)))
    assert screen.text() == "größer\n"


def test_what_floods_past_the_cap_is_counted_and_not_shown() -> None:
    screen = Screen()
    capture = Capture(Redactor(), screen.show, cap=1000)
    for number in range(1000):
        capture.write("stdout", f"line {number:04}\n".encode())
    capture.finish()
    assert len(screen.text()) <= 1000
    assert [stream for stream, _ in screen.lines].count("notice") == 1
    assert "1000 B" in screen.text("notice")
    assert capture.truncated("stdout")
    assert capture.truncated("output")
    (output,) = capture.outputs(3)
    assert (output.attempt, output.size, output.kept) == (3, 10_000, 1000)
    assert output.head.startswith("line 0000\n")
    assert output.tail.endswith("line 0999\n")
    assert capture.summary() == "stdout: kept 1000 B of 9.8 KiB"
    assert capture.raw("stdout").startswith("line 0000\n")
    assert capture.raw("stdout").endswith("line 0999\n")


def test_exactly_the_cap_is_kept_whole() -> None:
    capture = Capture(Redactor(), Screen().show, cap=1001)
    for _ in range(7):
        capture.write("stdout", b"x" * 143)
    assert not capture.truncated("stdout")
    assert capture.raw("stdout") == "x" * 1001
    capture.write("stdout", b"y")
    assert capture.truncated("stdout")


def test_a_secret_cut_by_the_cap_is_left_out_on_both_sides() -> None:
    screen = Screen()
    secret = "s3cr3t-" * 20
    text = f"{'x' * 60} {secret} {'y' * 60}\n".encode()
    for cap in range(100, 220, 7):
        capture = Capture(Redactor([secret]), screen.show, cap=cap)
        capture.write("stdout", text)
        capture.finish()
        (output,) = capture.outputs(1)
        assert "s3cr3t" not in output.head + output.tail + screen.text()


def test_streams_are_told_apart_and_interleaved() -> None:
    capture = Capture(Redactor(), Screen().show)
    capture.write("stdout", b"one\n")
    capture.write("stderr", b"two\n")
    capture.write("stdout", b"three\n")
    assert capture.raw("stdout") == "one\nthree\n"
    assert capture.raw("stderr") == "two\n"
    assert capture.output == capture.raw("output") == "one\ntwo\nthree\n"
    assert [output.stream for output in capture.outputs(1)] == ["stdout", "stderr"]


def test_a_flood_of_single_bytes_keeps_its_end() -> None:
    capture = Capture(Redactor(), Screen().show, cap=64)
    for byte in bytes(range(48, 91)) * 100:
        capture.write("stdout", bytes((byte,)))
    assert capture.raw("stdout").endswith(bytes(range(60, 91)).decode())


HOSTILE = {
    "title": ("\x1b]0;pwned\x07done", "done"),
    "hyperlink": ("\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\", "click"),
    "clear": ("a\x1b[2J\x1b[Hb", "ab"),
    "alternate screen": ("\x1b[?1049hx\x1b[?1049l", "x"),
    "paste": ("\x1b]52;c;ZWNobw==\x07x", "x"),
    "device string": ("\x1bP+q544e\x1b\\x", "x"),
    "answerback": ("\x1b[5nx\x05", "x"),
    "full reset": ("\x1bcx", "x"),
    "line drawing": ("\x1b(0x", "x"),
    "eight bit": ("\x9b2Jx", "2Jx"),
    "backspaces": ("rm\b\bls", "rmls"),
    "overwriting": ("rm -rf /\rls      \n", "rm -rf /\nls      \n"),
    "bidirectional": ("a\u202eb\u2066c", "abc"),
    "conceal": ("a\x1b[8mb", "ab"),
    "conceal among others": ("a\x1b[1;8;31mb", "ab"),
    "nested": ("\x1b\x1b[2J[2Jx", "[2Jx"),
    "private use": ("\ue000[2Jx", "\ue000[2Jx"),
    "unterminated": ("\x1b]0;never ends\nnext", "\nnext"),
    "bell": ("\a", ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_output_cannot_hijack_the_terminal(name: str) -> None:
    text, safe = HOSTILE[name]
    assert safe_for_terminal(text) == safe


@pytest.mark.parametrize("text", ["\x1b[31mr\x1b[0m", "\x1b[38;5;8mgrey\x1b[m", "\x1b[48;2;8;8;8mx\x1b[0m", "tab\tx\n"])
def test_colours_stay(text: str) -> None:
    assert safe_for_terminal(text) == text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_sequence_split_anywhere_is_no_less_safe(name: str) -> None:
    text, safe = HOSTILE[name]
    for cut in range(len(text) + 1):
        stream = TerminalFilter()
        assert stream.feed(text[:cut]) + stream.feed(text[cut:]) + stream.finish() == safe


def test_colours_are_put_back_at_the_end() -> None:
    screen = Screen()
    capture = Capture(Redactor(), screen.show)
    capture.write("stdout", b"\x1b[31mred\n")
    capture.finish()
    assert screen.text().endswith("\x1b[0m")


def test_an_endless_sequence_does_not_swallow_the_output() -> None:
    stream = TerminalFilter()
    seen = stream.feed("\x1b]0;") + "".join(stream.feed("x" * 100) for _ in range(100)) + stream.feed("\nback\n")
    assert seen.endswith("back\n")


def test_predicates_see_text_without_codes_and_last_newlines() -> None:
    assert plain("\x1b[32mok\x1b[0m\n\n") == "ok"
    assert plain("a\r\nb\r\n") == "a\r\nb"
    assert plain("\x1b]0;title\x07ready\n") == "ready"
