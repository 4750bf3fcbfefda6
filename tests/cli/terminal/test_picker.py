"""Finding a runbook by what she remembers of it."""

from __future__ import annotations

import io
import os

import pytest

from runbook_runner.cli.terminal.picker import match, meant, pick
from runbook_runner.ports import Found

DISK = Found("runbooks/disk-full.md", "A disk that fills up", ("DiskFull", "InodesLow"), "host")
MEMORY = Found("runbooks/memory.md", "Memory pressure", ("OomKill",))
MEM = Found("runbooks/other.md", "memory", ())
WEB = Found("runbooks/web/down.md", "A service that does not answer", ("Down",), "shop")
ALL = (DISK, MEMORY, MEM, WEB)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("diskfull", DISK),
        ("OOMKILL", MEMORY),
        ("runbooks/web/down.md", WEB),
        ("disk-full", DISK),
        ("memory.md", MEMORY),
        ("a  service that", WEB),
        ("answer not", WEB),
        ("inod", DISK),
        ("shop", WEB),
        ("dkfl", DISK),
        ("mprs", MEMORY),
    ],
)
def test_the_best_match_comes_first(query: str, first: Found) -> None:
    assert match(ALL, query)[0] is first


def test_nothing_matches_what_is_not_there_and_everything_an_empty_query() -> None:
    assert match(ALL, "zzz") == []
    assert match(ALL, " ") == list(ALL)


@pytest.mark.parametrize(
    ("query", "all_that"),
    [
        ("memory", [MEMORY]),  # a file's name beats a title
        ("disk", [DISK]),  # the only name that begins so, though others speak of disks
        ("mem", [MEMORY, MEM]),
        ("fills", [DISK]),
        ("zzz", []),
    ],
)
def test_a_name_in_full_or_its_beginning_beats_what_only_resembles_it(query: str, all_that: list[Found]) -> None:
    speaks = Found("runbooks/load.md", "High load", ("NodeDiskSaturated",))
    assert meant((*ALL, speaks), query) == all_that


@pytest.mark.parametrize(("typed", "chosen"), [("2\n", MEMORY), ("disk\n", DISK), ("memory\n2\n", MEM), ("\n", None)])
def test_plainly_a_number_or_letters_choose(typed: str, chosen: Found | None) -> None:
    reading, writing = os.pipe()
    os.write(writing, typed.encode())
    os.close(writing)
    out = io.StringIO()
    assert pick(ALL, reading, out, plain=True) is chosen
    os.close(reading)
    assert "1: A disk that fills up  runbooks/disk-full.md  [DiskFull, InodesLow]" in out.getvalue()
