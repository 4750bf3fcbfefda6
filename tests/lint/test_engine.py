"""What lint does with files: whatever they hold, however many, in how many processes."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from runbook_runner.lint._rule import Rule
from runbook_runner.lint.choice import near_miss
from runbook_runner.lint.examine import Examiner
from runbook_runner.lint.limit import limited
from runbook_runner.lint.sieve import Wishes
from runbook_runner.lint.spool import Spool
from runbook_runner.lint.spread import spread
from runbook_runner.model.finding import Finding, Group, Severity
from runbook_runner.model.runbook import Runbook
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document
from tests.lint.linting import DEAD, RUNBOOK, read, run, told, write
from tests.postgres import wait_for

TODAY = date(2026, 12, 1)


def many(count: int) -> dict[str, str]:
    """Documents, each of which links to the next; every seventh to a section that is not there."""
    return {
        f"part-{n % 5}/book-{n:04}.md": f"# Book {n}\n\n## Diagnosis\n\n"
        f"See [it]({'#no' if n % 7 == 0 else '#diagnosis'})"
        f" and [on](../part-{(n + 1) % 5}/book-{n + 1:04}.md#diagnosis).\n"
        for n in range(count)
    }


def test_findings_come_by_path_and_place(tmp_path: Path) -> None:
    files = write(tmp_path, {"b.md": DEAD + "\nAnd [this](#neither).\n", "a.md": DEAD})

    assert told(files, "dead-anchor") == ["a.md:3 dead-anchor", "b.md:3 dead-anchor", "b.md:5 dead-anchor"]


def test_processes_and_the_cache_change_nothing(tmp_path: Path) -> None:
    files = write(tmp_path, many(60))
    cache = str(tmp_path / "kept")

    alone = run(files)

    assert "dead-anchor" in alone[0]
    assert "dead-file" in alone[0], "the last one links to a book that is not there"
    assert run(files, processes=3) == alone
    assert run(files, processes=3, cache=cache) == alone
    assert run(files, processes=3, cache=cache) == alone
    assert run(files[::-1], cache=cache) == alone


def test_a_thousand_results_are_kept_out_of_memory(tmp_path: Path) -> None:
    spool = Spool(5000)
    for number in range(0, 5000, 3):
        spool.put(number, b"%d" % number * (number % 11))

    assert all(spool[number] == b"%d" % number * (number % 11) for number in range(0, 5000, 3))
    assert 1 not in spool
    with pytest.raises(KeyError):
        spool[1]
    spool.close()


@pytest.mark.parametrize("processes", [1, 3])
def test_a_rule_that_raises_is_a_finding_and_the_others_go_on(processes: int) -> None:
    def fail(document: Document) -> Iterator[Defect]:
        yield Defect("bad", "not kept: what a broken rule says is not to be trusted", Span())
        raise KeyError("owner")

    def succeed(document: Document) -> Iterator[Defect]:
        yield Defect("good", "found", Span(1, 3, 1, 5))

    rules = (Rule("bad", Group.STYLE, fail, "x"), Rule("good", Group.STYLE, succeed, "x"))

    record = Examiner(read, rules, near_miss, TODAY).record("/x.md", b"# Title\n")

    assert [(each.code, each.message) for each in record.found] == [
        ("internal-error", "the rule bad failed: KeyError: 'owner'"),
        ("good", "found"),
    ]


def test_what_takes_too_long_is_a_finding_and_the_others_go_on() -> None:
    def never(document: Document) -> Iterator[Defect]:
        re.fullmatch(r"(?:a|a)*b", "a" * 60)
        yield Defect("slow", "never", Span())

    def succeed(document: Document) -> Iterator[Defect]:
        yield Defect("good", "found", Span(1, 3, 1, 5))

    rules = (Rule("slow", Group.STYLE, never, "x"), Rule("good", Group.STYLE, succeed, "x"))

    with limited(0.5):
        record = Examiner(read, rules, near_miss, TODAY).record("/x.md", b"# Title\n")

    assert [(each.code, each.message) for each in record.found] == [
        ("internal-error", "the rule slow failed: TimeoutError: it takes longer than 0.5 s"),
        ("good", "found"),
    ]
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_a_reader_that_raises_is_a_finding() -> None:
    def broken(data: bytes, path: str) -> Runbook:
        raise RecursionError("too deep")

    record = Examiner(broken, (), near_miss, TODAY).record("/x.md", b"# Title\n")

    assert [each.code for each in record.found] == ["internal-error"]
    assert "too deep" in record.found[0].message
    assert record.outline is None


def test_what_kills_its_process_is_named_and_all_others_are_done() -> None:
    numbers = list(range(100))
    spool = Spool(100)

    def work(number: int) -> bytes:
        if number in (0, 41, 42, 99):
            os.kill(os.getpid(), signal.SIGKILL)
        return b"done %d" % number

    def lost(number: int, why: str) -> bytes:
        return f"lost {number}: {why}".encode()

    spread(numbers, work, lost, spool, 3)

    for number in numbers:
        dead = number in (0, 41, 42, 99)
        assert spool[number] == (
            b"lost %d: its process was killed by signal 9" % number if dead else b"done %d" % number
        )
    spool.close()


def test_an_error_in_one_file_is_told_by_every_number_of_processes() -> None:
    def work(number: int) -> bytes:
        if number == 7:
            raise ValueError("seven")
        return b"done"

    for processes in (1, 2):
        spool = Spool(40)
        spread(list(range(40)), work, lambda number, why: f"{number} {why}".encode(), spool, processes)
        assert [spool[n] for n in (6, 7, 8)] == [b"done", b"7 ValueError: seven", b"done"]
        spool.close()


def test_an_interrupt_ends_all_processes() -> None:
    parent = os.getpid()
    spool, begin = Spool(100), time.monotonic()
    others = _children(parent)  # of tests before this one in the same process

    def work(number: int) -> bytes:
        if number == 50:
            wait_for(lambda: len(_children(parent) - others) == 2)
            time.sleep(0.5)  # and the parent is done with that: hooks of the library about forks swallow interrupts
            os.kill(parent, signal.SIGINT)
        if number > 50:
            time.sleep(max(0.0, begin + 60 - time.monotonic()))
        return b"done"

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            spread(list(range(100)), work, lambda number, why: b"", spool, 2)
    finally:
        signal.signal(signal.SIGINT, before)
        spool.close()
    assert time.monotonic() - begin < 40
    assert _children(parent) <= others


def _children(pid: int) -> set[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return {int(child) for child in found.read_text().split()} if found.exists() else set()


def test_findings_of_other_means_join_in(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": f"<!-- runbook-lint-disable-file dead-file -->\n{DEAD}"})
    rules = str(tmp_path / "rules.yaml")
    more = (
        Finding(rules, "dead-file", Group.CORRECTNESS, Severity.ERROR, "no such runbook", Span(4, 5, 4, 9)),
        Finding(files[0], "dead-file", Group.CORRECTNESS, Severity.ERROR, "no such alert", Span(2, 1, 2, 2)),
    )

    text, summary = run(files, more=more)

    assert "rules.yaml,line=4" in text
    assert "no such alert" not in text, "comments in a document take back what others find in it"
    assert "dead-anchor" in text
    assert (summary.files, summary.suppressed) == (1, 1)


def test_strict_makes_errors_of_what_is_missing(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": RUNBOOK})

    _, summary = run(files)
    assert summary.errors == 0
    assert summary.codes["missing-owner"] == 1
    _, summary = run(files, Wishes(strict=True))
    assert summary.errors > 0
