"""What the runner has read, as the wrapper finds it once the runner is gone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_runner.executors._seen import LIMIT, Seen, _places, seen


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Seen]:
    made = Seen(str(tmp_path))
    yield made
    made.close()


def pass_through(shared: Seen, stream: str, data: bytes, size: int = 1 << 18) -> bytes:
    """Write to a pipe in pieces that fit, and have it read."""
    reading, writing = os.pipe()
    got = b""
    for start in range(0, len(data), 1 << 15):
        os.write(writing, data[start : start + (1 << 15)])
        got += shared.read(reading, stream, size)
    os.close(writing)
    while more := shared.read(reading, stream, size):
        got += more
    os.close(reading)
    return got


@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.binary(max_size=400)), max_size=8))
def test_what_was_read_is_there_and_is_whole(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[str, bytes]]
) -> None:
    shared = Seen(str(tmp_path_factory.mktemp("seen")))
    for attempt in (1, 2):
        shared.begin(attempt)
        for stream, data in pieces:
            assert pass_through(shared, stream, data) == data
        wanted = [b"".join(data for name, data in pieces if name == stream) for stream in ("stdout", "stderr")]
        assert seen(shared.fd) == (attempt, True, [(text, 0, b"") for text in wanted])
    shared.close()


@pytest.mark.parametrize("size", [LIMIT - 1, LIMIT, LIMIT + 1, 2 * LIMIT, 2 * LIMIT + 7, 5 * LIMIT + 12345])
def test_of_a_flood_head_and_tail_are_there(shared: Seen, size: int) -> None:
    flood = (b"%07d\n" * (size // 8 + 1) % tuple(range(size // 8 + 1)))[:size]
    shared.begin(1)
    assert pass_through(shared, "stdout", flood) == flood
    _, whole, [(head, left_out, tail), nothing] = seen(shared.fd)
    assert whole
    assert nothing == (b"", 0, b"")
    assert (head, left_out, tail) == (flood[:LIMIT], max(0, size - 2 * LIMIT), flood[max(LIMIT, size - LIMIT) :])


def test_what_landed_and_was_not_counted_is_found(shared: Seen) -> None:
    shared.begin(1)
    pass_through(shared, "stdout", b"one\n")
    os.pwrite(shared.fd, b"two\n", _places(0)[0] + 4)  # as a runner leaves it that is killed right after its read
    assert seen(shared.fd)[1:] == (True, [(b"one\ntwo\n", 0, b""), (b"", 0, b"")])
    os.pwrite(shared.fd, b"a\0b", _places(1)[0])
    assert seen(shared.fd)[1] is False, "how many NULs there were, nobody can say"


def test_before_the_first_command_there_is_nobody(shared: Seen) -> None:
    assert seen(shared.fd)[0] == -1
