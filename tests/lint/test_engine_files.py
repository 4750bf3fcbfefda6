"""Files that are no text, no file, or not there: findings, never an end of lint."""

from __future__ import annotations

import os
import random
import socket
from pathlib import Path

import pytest

from runbook_runner.lint.spool import Spool
from tests.lint.linting import DEAD, QUIET, run, told, write

BYTES = {
    "empty": (b"", ["a.md:1 empty-file"]),
    "blank": (b"\xef\xbb\xbf \r\n\t\n", ["a.md:1 empty-file"]),
    "windows": (b"# Disk\n\nSay \x93yes\x94.\n", ["a.md:3 encoding"]),
    "utf-16": ("# Disk\n\nSee [it](#no).\n".encode("utf-16"), ["a.md:1 encoding", "a.md:3 dead-anchor"]),
    "nul": (b"# Disk\n\nab\0cd\n", ["a.md:3 nul"]),
    "only nul": (b"\0" * 5000, ["a.md:1 nul"]),
    "long line": (b"# Disk\n\n" + b"x" * 30_000, ["a.md:3 long-line"]),
    "half a character in the front matter": (b'---\ntitle: "\\ud800"\n---\n# x\n', []),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_text_are_findings(tmp_path: Path, name: str) -> None:
    data, expected = BYTES[name]
    files = write(tmp_path, {"a.md": data, "b.md": DEAD})
    codes = ("empty-file", "encoding", "nul", "long-line", "too-large", "unreadable", "internal-error", "dead-anchor")

    assert told(files, *codes) == [*expected, "b.md:3 dead-anchor"]


@pytest.mark.slow
def test_five_megabytes_of_noise_are_findings(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": random.Random(1).randbytes(5 << 20), "b.md": DEAD})

    found = told(files, "too-large", "encoding", "internal-error", "dead-anchor")

    assert "a.md:1 too-large" in found
    assert "a.md:1 encoding" in found
    assert "b.md:3 dead-anchor" in found
    assert "a.md:1 internal-error" not in found


def test_what_is_no_file_is_a_finding(tmp_path: Path) -> None:
    good = write(tmp_path, {"good.md": DEAD})
    (tmp_path / "loop.md").symlink_to("loop.md")
    (tmp_path / "dangling.md").symlink_to("nothing.md")
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket.md"))
        names = ("dangling.md", "folder.md", "loop.md", "pipe.md", "socket.md", "gone.md")
        text, summary = run((*good, *(str(tmp_path / name) for name in names)))

    for name in names:
        assert f"{name},line=1,col=1,title=unreadable" in text
    assert "folder.md,line=1,col=1,title=unreadable::is a folder" in text
    assert "good.md,line=3" in text
    assert summary.errors == len(names) + 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_finding(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": DEAD, "b.md": DEAD})
    Path(files[0]).chmod(0)

    assert told(files) == ["a.md:1 unreadable", "b.md:3 dead-anchor"]


def test_names_in_another_encoding_are_shown_as_well_as_can_be(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.md")
    try:
        files = write(tmp_path, {name: DEAD, "b.md": QUIET})
    except OSError:
        pytest.skip("this file system wants names in UTF-8")

    for _ in range(2):
        text, _ = run(files, cache=str(tmp_path / "kept"))
        assert "caf\N{REPLACEMENT CHARACTER}.md,line=3" in text or "caf?.md,line=3" in text


def test_a_file_that_goes_while_lint_runs_is_a_finding(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": DEAD})
    Path(files[0]).unlink()

    assert told(files) == ["a.md:1 unreadable"]


def test_results_go_to_files_that_have_no_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    spool = Spool(100_000)
    spool.put(7, b"here")

    assert spool[7] == b"here"
    assert list(tmp_path.iterdir()) == []
    spool.close()
