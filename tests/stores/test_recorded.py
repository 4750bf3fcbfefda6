"""Journals that earlier versions wrote can be read, proven and told."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from runbook_runner import __version__, registry
from runbook_runner.formats import Record
from runbook_runner.model.chain import decode, encode, type_name, verify
from runbook_runner.model.events import Body, Event, Unreadable
from runbook_runner.model.state import fold
from runbook_runner.ports import Wanted
from runbook_runner.stores.sqlite import SqliteStore

RECORDED = Path(__file__).parent / "recorded"
EXPORTS = sorted(RECORDED.glob("*.jsonl"))
DUMPS = sorted(RECORDED.glob("*.sql"))


def test_this_version_is_among_them() -> None:
    assert f"{__version__}.jsonl" in [file.name for file in EXPORTS], "python -m tests.stores.recorded"
    types = {json.loads(line)["type"] for file in EXPORTS for line in file.read_text().splitlines()}
    bodies = {type_name(body) for body in Body.__args__ if body is not Unreadable}
    assert bodies == types, "a new type of event is recorded with the version that brings it"


@pytest.mark.parametrize("file", EXPORTS, ids=lambda file: file.stem)
def test_nothing_recorded_is_unreadable_or_reads_otherwise(file: Path) -> None:
    events = [Event(**json.loads(line)) for line in file.read_text().splitlines()]
    assert verify(events) == []
    for event in events:
        body = decode(event)
        if event.payload is None:
            continue
        assert not isinstance(body, Unreadable), event.type
        said = json.loads(json.dumps(encode(body)))
        assert {name: said[name] for name in event.payload} == event.payload
    text = registry.format_for("show_text").render(Record(fold(events[0].run, events), events))
    assert "started the run" in text


@pytest.mark.parametrize("file", DUMPS, ids=lambda file: file.stem)
def test_a_database_of_that_version_is_opened_and_goes_on(tmp_path: Path, file: Path) -> None:
    path = tmp_path / "journal.db"
    connection = sqlite3.connect(path)
    connection.executescript(file.read_text("utf-8"))
    connection.close()
    store = SqliteStore.open(path)
    (run,) = store.find(Wanted(service="payments", outcome="mitigated"))
    events = store.events(run)
    assert verify(events) == []
    assert events == [Event(**json.loads(line)) for line in file.with_suffix(".jsonl").read_text().splitlines()]
    lease = store.lease(run)
    assert lease is not None
    assert re.fullmatch("bob", lease.holder.who)
    store.release(lease)
    store.close()
