"""What comes from a far shell is parted exactly, however it is cut into pieces."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st

from runbook_runner.executors._ssh_far import nonce
from runbook_runner.executors._ssh_frames import Far, Frames, ended
from runbook_runner.executors._ssh_notes import Notes

MARK = "c0ffee"
_PIECES = st.lists(
    st.one_of(st.binary(max_size=20), st.sampled_from([b"\0", b"\0c0f", b"\0c0ffe\0", b"c0ffe", b"\n", b"\0H\0"])),
    max_size=12,
)


@given(_PIECES, _PIECES, _PIECES, st.integers(1, 30))
def test_output_is_parted_from_frames(noise: list[bytes], first: list[bytes], second: list[bytes], size: int) -> None:
    frame = f"\0{MARK}\0".encode()
    one, two = b"".join(first), b"".join(second)
    assume(MARK.encode() not in b"".join(noise) and MARK.encode() not in one and MARK.encode() not in two)
    end = frame + b".\0D/tmp\0V\0F\0G\0Z\0=L7 sleep 9\0=X3\0"
    raw = b"".join(noise) + frame + b"H\0" + one + frame + b"S12 11 999\0" + two + end + b"printed by what it left"
    frames = Frames(frame)
    shown = b"".join(frames.feed(raw[at : at + size]) for at in range(0, len(raw), size)) + frames.rest()
    assert shown == one + two
    assert frames.done
    assert (frames.far.pid, frames.far.group, frames.far.begun) == ("12", "11", "999")
    found = ended(frames, {})
    assert (found.code, found.leftovers, found.dump.complete, found.dump.directory) == (3, ("7 sleep 9",), True, "/tmp")


@given(_PIECES)
def test_a_line_that_breaks_loses_nothing_that_came(pieces: list[bytes]) -> None:
    frame = f"\0{MARK}\0".encode()
    assume(MARK.encode() not in b"".join(pieces))
    frames = Frames(frame)
    shown = frames.feed(frame + b"H\0")
    for each in pieces:
        shown += frames.feed(each)
    assert shown + frames.rest() == b"".join(pieces)
    assert not frames.done
    assert ended(frames, {}).code is None


def test_nobody_foresees_the_mark() -> None:
    assert len({nonce() for _ in range(50)}) == 50


def test_what_is_kept_of_a_command_is_never_half_there(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    notes.remember(1, "mark", Far())
    with (tmp_path / "1.far").open(encoding="ascii") as before:  # as whoever reads it while it is written
        notes.remember(1, "mark", Far("12", "11", "999"))
        assert json.load(before) == ["mark", "", "", ""]
    assert notes.remembered(1) == ("mark", Far("12", "11", "999"))
