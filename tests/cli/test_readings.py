"""What has been read is not read again, and a cache that is wrong is no cache."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runbook_runner.cli import readings

TEXT = b"## Diagnosis\n\n```sh\ndf -h\n```\n\n- If `exit_code != 0`, escalate.\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "runbook" / "readings"


def test_it_is_the_same_from_the_cache(place: Path) -> None:
    first = readings.read(TEXT, "a.md")
    (entry,) = place.iterdir()

    assert readings.read(TEXT, "a.md") == first
    assert entry.stat().st_mode & 0o777 == 0o600
    assert place.stat().st_mode & 0o777 == 0o700


def test_the_second_time_no_reader_is_loaded(place: Path, tmp_path: Path) -> None:
    code = "import sys; from runbook_runner.cli.readings import read; r = read(bytes.fromhex(sys.argv[1]), 'a.md')"
    code += "; print(len(r.steps), 'markdown_it' in sys.modules, 'tree_sitter' in sys.modules)"
    command = [sys.executable, "-c", code, TEXT.hex()]
    said = [subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() for _ in range(2)]

    assert said == [["1", "True", "True"], ["1", "False", "False"]]


def test_another_text_and_another_path_are_others(place: Path) -> None:
    assert readings.read(TEXT, "a.md") != readings.read(TEXT.replace(b"df", b"du"), "a.md")
    assert readings.read(TEXT, "b.md").path == "b.md"
    assert len(list(place.iterdir())) == 3


@pytest.mark.parametrize("text", [b"", b"not a pickle", b"\x80\x05N."])
def test_a_broken_entry_is_read_anew(place: Path, text: bytes) -> None:
    first = readings.read(TEXT, "a.md")
    (entry,) = place.iterdir()
    entry.write_bytes(text)

    assert readings.read(TEXT, "a.md") == first


def test_an_entry_that_others_may_write_is_not_trusted(place: Path) -> None:
    readings.read(TEXT, "a.md")
    (one,) = place.iterdir()
    readings.read(TEXT.replace(b"df", b"rm"), "a.md")
    (other,) = set(place.iterdir()) - {one}
    one.write_bytes(other.read_bytes())
    one.chmod(0o666)

    (step,) = readings.read(TEXT, "a.md").steps
    assert step.command is not None
    assert step.command.parts == ("df -h\n",)


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    assert len(readings.read(TEXT, "a.md").steps) == 1


def test_it_can_be_switched_off(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNBOOK_CACHE", "off")

    assert len(readings.read(TEXT, "a.md").steps) == 1
    assert not place.exists()


def test_old_entries_make_room(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "_MOST", 3)
    for number in range(6):
        readings.read(TEXT, f"{number}.md")

    assert len(list(place.iterdir())) == 3


def test_a_runbook_with_a_secret_in_it_leaves_no_copy(place: Path) -> None:
    text = TEXT.replace(b"df -h", b"curl -u bob:opensesame https://x")

    assert len(readings.read(text, "a.md").steps) == 1
    assert not place.exists() or list(place.iterdir()) == []
