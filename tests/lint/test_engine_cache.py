"""What is kept between two calls of lint: used when nothing has changed, and never believed more than the files."""

from __future__ import annotations

import os
import random
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from runbook_runner.lint.cache import Cache
from runbook_runner.lint.choice import Choice
from runbook_runner.lint.records import Found
from runbook_runner.lint.sieve import Lines, Sieve, Wishes
from runbook_runner.lint.stamp import stamp
from runbook_runner.model.outline import Outline
from tests.lint.linting import DEAD, QUIET, RUNBOOK, run, told, write


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("kept*"))


def test_a_changed_document_is_read_again(tmp_path: Path) -> None:
    cache = str(tmp_path / "kept")
    files = write(tmp_path, {"a.md": DEAD, "b.md": DEAD})
    before = told(files, "dead-anchor", cache=cache)
    times = Path(files[0]).stat().st_mtime_ns

    write(tmp_path, {"a.md": DEAD.replace("#nowhere", "#a-disk-fills-up")})
    os.utime(files[0], ns=(times, times))

    assert before == ["a.md:3 dead-anchor", "b.md:3 dead-anchor"]
    assert told(files, "dead-anchor", cache=cache) == ["b.md:3 dead-anchor"]


def test_what_stands_beside_a_document_is_looked_at_every_time(tmp_path: Path) -> None:
    cache = str(tmp_path / "kept")
    link = "# A\n\nGo to [b](b.md#fix).\n"
    both = write(tmp_path, {"a.md": link, "b.md": "# B\n\n## Fix\n\nIt.\n"})
    assert told(both, "dead-file", "dead-file-anchor", cache=cache) == []

    write(tmp_path, {"b.md": "# B\n\n## Mend\n\nIt.\n"})
    assert told(both, "dead-file", "dead-file-anchor", cache=cache) == ["a.md:3 dead-file-anchor"]
    assert told(both[:1], "dead-file", "dead-file-anchor", cache=cache) == ["a.md:3 dead-file-anchor"]

    Path(both[1]).unlink()
    assert told(both[:1], "dead-file", "dead-file-anchor", cache=cache) == ["a.md:3 dead-file"]

    write(tmp_path, {"b.md": "# B\n\n## Fix\n\nIt.\n"})
    assert told(both[:1], "dead-file", "dead-file-anchor", cache=cache) == []


def test_how_lint_is_called_decides_what_is_told(tmp_path: Path) -> None:
    cache = str(tmp_path / "kept")
    files = write(tmp_path, {"a.md": RUNBOOK + DEAD})
    wishes = Wishes(Choice(select=frozenset({"missing-owner"})))

    assert "dead-anchor" in run(files, cache=cache)[0]
    assert "dead-anchor" not in run(files, wishes, cache=cache)[0]
    assert run(files, wishes, cache=cache, form="json")[0].startswith("{")
    assert run(files, Wishes(strict=True), cache=cache)[1].errors > run(files, cache=cache)[1].errors
    assert "dead-anchor" in run(files, cache=cache)[0]


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "noise", "folder"])
def test_a_damaged_cache_is_no_cache(tmp_path: Path, damage: str) -> None:
    cache = str(tmp_path / "kept")
    files = write(tmp_path, {f"{n}.md": DEAD for n in range(20)})
    expected = run(files)
    run(files, cache=cache)
    for file in kept(tmp_path):
        data = file.read_bytes()
        match damage:
            case "cut":
                file.write_bytes(data[: len(data) // 2])
            case "flipped":
                middle = len(data) // 3
                file.write_bytes(
                    data[:middle] + bytes(255 - byte for byte in data[middle : middle + 9]) + data[middle + 9 :]
                )
            case "empty":
                file.write_bytes(b"")
            case "noise":
                file.write_bytes(os.urandom(3000))
            case _:
                file.unlink()
                file.mkdir()

    assert run(files, cache=cache) == expected
    assert run(files, cache=cache) == expected


def test_every_byte_of_a_cache_may_be_wrong(tmp_path: Path) -> None:
    cache = str(tmp_path / "kept")
    files = write(tmp_path, {"a.md": DEAD, "b.md": QUIET})
    expected = run(files)
    run(files, cache=cache)
    whole = {file: file.read_bytes() for file in kept(tmp_path)}
    answer = tmp_path / "kept.answer"
    assert answer in whole
    for file, data in whole.items():
        for at in range(0, len(data), 7):
            answer.unlink(missing_ok=True)  # else nobody would look at the others
            file.write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
            assert run(files, cache=cache) == expected, f"byte {at} of {file.name}"
        file.write_bytes(data)


def test_it_is_readable_by_its_user_only(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": DEAD})
    run(files, cache=str(tmp_path / "below" / "kept"))

    assert (tmp_path / "below").stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in kept(tmp_path / "below")} == {0o600}


def test_one_that_others_can_write_to_is_not_believed(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": DEAD})
    cache = str(tmp_path / "kept")
    run(files, cache=cache)
    kept(tmp_path)[0].chmod(0o666)

    assert not Cache(cache, stamp(date.today())).filled


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_one_that_is_another_users_is_not_believed(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": DEAD})
    cache = str(tmp_path / "kept")
    run(files, cache=cache)
    os.chown(cache, 65534, 65534)

    assert not Cache(cache, stamp(date.today())).filled


def test_another_day_begins_anew(tmp_path: Path) -> None:
    today = date(2026, 12, 1)

    assert stamp(today) == stamp(today)
    assert stamp(today) != stamp(today + timedelta(days=1))


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": DEAD, "file": "in the way"})

    assert run(files[:1], cache=str(tmp_path / "file" / "kept")) == run(files[:1])


def test_files_that_were_not_linted_now_stay_and_those_that_are_gone_go(tmp_path: Path) -> None:
    files = write(tmp_path, {f"{n}.md": DEAD for n in range(4)})
    cache = str(tmp_path / "kept")
    run(files, cache=cache)
    Path(files[3]).unlink()
    write(tmp_path, {"0.md": QUIET})

    run(files[:1], cache=cache)

    made_by = stamp(date.today())
    rows = Cache(cache, made_by)._index.rows
    assert sorted(Path(path).name for path in rows) == ["0.md", "1.md", "2.md"]


def test_what_nobody_used_for_long_is_swept_out(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": DEAD, "folder/kept-by-others": "old"})
    old = time.time() - 100 * 86400
    os.utime(files[1], (old, old))

    run(files[:1], cache=str(tmp_path / "folder" / "kept"))

    assert not Path(files[1]).exists()


# --- the whole answer ---------------------------------------------------------------------------


def examined(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return a list that grows with each document that is judged."""
    judged: list[object] = []
    old = Sieve.among_others

    def counting(self: Sieve, outline: Outline | None, lines: Lines) -> list[Found]:
        judged.append(outline)
        return old(self, outline, lines)

    monkeypatch.setattr(Sieve, "among_others", counting)
    return judged


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_what_was_told_is_told_again_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    cache = str(tmp_path / "kept")
    files = write(tmp_path, {"a.md": DEAD.replace("nowhere", "nowhére-\U0001f980"), "b.md": QUIET, "c.md": RUNBOOK})
    expected = run(files, form=form)
    judged = examined(monkeypatch)

    assert run(files, cache=cache, form=form) == expected
    assert len(judged) == 3
    assert run(files, cache=cache, form=form) == expected
    assert len(judged) == 3


def test_a_long_answer_is_told_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runbook_runner.lint.answer._PIECE", 7)
    cache = str(tmp_path / "kept")
    files = write(tmp_path, {"a.md": DEAD + "\n[ä€\U0001f980](#ä€\U0001f980)\n", "b.md": RUNBOOK})
    expected = run(files)
    assert run(files, cache=cache) == expected
    assert run(files, cache=cache) == expected


@pytest.mark.parametrize("young", [True, False])
def test_whatever_happens_to_the_files_the_answer_is_that_of_a_call_that_knows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, young: bool
) -> None:
    """Files that others link to appear, change and go; documents too, with the same size and time."""
    if not young:
        monkeypatch.setattr("runbook_runner.lint.answer._YOUNG", -60_000_000_000)
    dice = random.Random(7)
    cache = str(tmp_path / "kept")
    names = ["a.md", "b.md", "c.md", "d.md", "sub/e.md", "pic.png"]

    def text(name: str) -> str:
        links = "".join(f"- [x]({dice.choice(names)}{dice.choice(['', '#fix', '#mend'])})\n" for _ in range(3))
        return f"# {name[0].upper()}\n\n{links}\n## {dice.choice(['Fix', 'Mend'])}\n\nIt.\n"

    paths = write(tmp_path, {name: text(name) for name in names})
    for _ in range(40):
        if not young:
            time.sleep(0.02)  # a tick of the clock that the system writes times by
        name = dice.choice(names)
        file = tmp_path / name
        match dice.randrange(5):
            case 0:
                file.unlink(missing_ok=True)
            case 1 | 2:
                write(tmp_path, {name: text(name)})
            case 3 if file.exists():
                about = file.stat()
                file.write_text(file.read_text().replace("Fix", "Xif").replace("#mend", "#nemd"))
                os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))
        given = tuple(path for path in paths[:5] if Path(path).exists() and dice.random() < 0.9) or paths[:1]
        assert run(given, cache=cache) == run(given)
        assert run(given, cache=cache) == run(given)


def test_what_could_not_be_read_is_tried_again(tmp_path: Path) -> None:
    cache = str(tmp_path / "kept")
    files = write(tmp_path, {"a.md": DEAD, "b.md": DEAD})
    Path(files[1]).unlink()
    Path(files[1]).mkdir()
    assert told(files, "unreadable", cache=cache) == ["b.md:1 unreadable"]
    assert told(files, "unreadable", cache=cache) == ["b.md:1 unreadable"]
    Path(files[1]).rmdir()
    write(tmp_path, {"b.md": DEAD})
    assert told(files, "unreadable", cache=cache) == []


def test_no_file_stays_open(tmp_path: Path) -> None:
    cache = str(tmp_path / "kept")
    files = write(tmp_path, {"a.md": DEAD, "b.md": RUNBOOK})
    before = len(list(Path("/dev/fd").iterdir()))
    for change in ("", "x", "", "y"):
        write(tmp_path, {"a.md": DEAD + change})
        run(files, cache=cache)
    assert len(list(Path("/dev/fd").iterdir())) == before
