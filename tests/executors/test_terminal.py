"""Interactive commands get a terminal of their own, joined to hers."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pexpect
import pytest

from tests.postgres import wait_for
from tests.sshd import living


def spawn(folder: Path, text: str, *more: str) -> pexpect.spawn[str]:
    return pexpect.spawn(
        sys.executable,
        ["-m", "tests.executors.relaying", str(folder), text, *more],
        cwd=str(Path(__file__).parents[2]),
        timeout=60,
        encoding="utf-8",
        dimensions=(24, 80),
    )


def test_she_can_type(tmp_path: Path) -> None:
    child = spawn(tmp_path, 'read -p "name? " x; echo "hello $x"; test -t 0 && test -t 1 && test -t 2')
    child.expect_exact("name? ")
    child.sendline("alice")
    child.expect_exact("hello alice")
    child.expect(r"ending=exit code=0 restored=True written=\{\} ticks=True")
    child.expect_exact('x=declare -- x="alice"')
    child.expect(pexpect.EOF)


def test_the_window_is_hers(tmp_path: Path) -> None:
    child = spawn(tmp_path, "stty size; trap 'stty size' WINCH; echo set; sleep 1; sleep 1; sleep 0.1")
    child.expect_exact("24 80")
    child.expect_exact("set")
    child.setwinsize(50, 200)
    child.expect_exact("50 200")
    child.expect("ending=exit")


def test_ctrl_c_is_for_the_command(tmp_path: Path) -> None:
    marker = f"30.{os.getpid()}"
    child = spawn(tmp_path, f"echo up; sleep {marker}")
    child.expect_exact("up")
    # Until sleep runs: a shell between two commands may take the signal for itself.
    wait_for(lambda: living(f"sleep\0{marker}"))
    child.sendintr()
    child.expect(r"ending=exit code=130 restored=True")
    child.expect(pexpect.EOF)


def test_job_control_finds_its_terminal(tmp_path: Path) -> None:
    child = spawn(tmp_path, "bash --norc -i")
    child.sendline("tty </dev/tty && echo $((40+2))")
    child.expect_exact("\r\n42")
    child.sendline("exit 3")
    child.expect(r"ending=exit code=3 restored=True")


def test_a_timeout_gives_the_terminal_back(tmp_path: Path) -> None:
    child = spawn(tmp_path, "stty raw -echo; sleep 30", "0.5")
    child.expect(r"ending=timeout code=\d+ restored=True")


@pytest.mark.parametrize("size", [200_000])
def test_a_long_paste_arrives_whole(tmp_path: Path, size: int) -> None:
    child = spawn(tmp_path, f"stty raw -echo; echo go; head -c {size} | cksum; stty sane")
    child.expect_exact("go")
    child.send("x" * size)
    child.expect(rf"\d+ {size}\s")
    child.expect("ending=exit code=0")
