"""A cat on the keyboard: whatever is pressed, nothing changes without `yes` and Enter."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.e2e.program import events, of
from tests.e2e.terminal import Terminal

SEED = int(os.environ.get("RUNBOOK_SEED", "20261123"))
STEPS = 40
RUNBOOK = "# Cat\n\n## Fix\n\n" + "".join(
    f"{number}. Touch it:\n\n   ```sh {{id=touch{number} effect=change}}\n   touch touched\n   ```\n\n"
    for number in range(1, STEPS + 1)
)
SINGLE = [
    *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789?!/;:'\"$`<>|&*()-_=+~ \t",
    *(["r"] * 25 + ["\r"] * 18 + ["y", "Y", "e", "s", "\x7f"] * 4),
    *(
        "\x01",
        "\x04",
        "\x0b",
        "\x0c",
        "\x12",
        "\x15",
        "\x1a",
        "\x1b",
        "\x1b[A",
        "\x1b[B",
        "\x1b[D",
        "\x1bOP",
        "é",
        "猫",
    ),
]
BURSTS = ["yes\r", "ryes\r", "r\ryes\r", "r\nyes\n", "\ryes\r", "\x1b[200~yes\r\x1b[201~", "r\x1b[200~yes\x1b[201~\r"]


def presses(rng: random.Random, count: int) -> list[str]:
    """Return about so many keys, singly and in bursts; the word is never typed and then entered."""
    found: list[str] = []
    typed = 0
    while typed < count:
        kind = rng.random()
        if kind < 0.72:
            found.append(rng.choice(SINGLE))
            typed += 1
        elif kind < 0.82:
            found.append(rng.choice(BURSTS))
            typed += len(found[-1])
        else:
            found.append("".join(rng.choice(SINGLE) for _ in range(rng.randrange(2, 14))))
            typed += len(found[-1])
    return found


def cat(folder: Path, seed: int, count: int) -> None:
    """Let the cat walk; when it ends the program, another run is begun."""
    asked = 0
    (folder / "cat.md").write_text(RUNBOOK)
    store, touched = folder / "journal.db", folder / "touched"
    environ = {"EDITOR": "true", "PAGER": "cat"}
    terminal = Terminal(store, "run", "cat.md", **environ)
    terminal.until("help")
    for place, key in enumerate(presses(random.Random(seed), count)):
        if not terminal.child.isalive() or not terminal.read(0.001):
            assert terminal.code() in (0, 1, 3, 130), terminal.text[-2000:]
            asked += terminal.raw.count(b"Type yes")
            terminal = Terminal(store, "run", "cat.md", **environ)
            terminal.until("help")
        try:
            terminal.keys(key)
        except OSError:  # it ended between the look and the key
            terminal.read(0.1)
        assert not touched.exists(), f"seed {seed}, key {place} ({key!r}):\n{terminal.text[-3000:]}"
        assert "Traceback" not in terminal.text
    with terminal:
        terminal.read(0.3)
    asked += terminal.raw.count(b"Type yes")
    assert not touched.exists()
    assert asked > count / 100, "the cat was hardly ever asked for the word: this proves nothing"


def test_a_thousand_random_keys_change_nothing(tmp_path: Path) -> None:
    cat(tmp_path, SEED, 1000)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEED + 1, SEED + 11))
def test_ten_thousand_random_keys_change_nothing(seed: int, tmp_path: Path) -> None:
    cat(tmp_path, seed, 1000)


def test_yes_and_enter_run_the_change(tmp_path: Path) -> None:
    # Without this the tests above would pass for a program that never runs anything.
    (tmp_path / "cat.md").write_text(RUNBOOK)
    with Terminal(tmp_path / "journal.db", "run", "cat.md") as terminal:
        terminal.until("help")
        terminal.keys("r")
        terminal.until("Type yes")
        terminal.word("yes")
        terminal.until("Which way on?")
    assert (tmp_path / "touched").exists()
    assert of(events(tmp_path / "journal.db"), "attempt_ended")[0]["exit_code"] == 0
