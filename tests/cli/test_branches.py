"""A run that went on in two places: what the commands say of it."""

from __future__ import annotations

import json

import pytest

from runbook_runner import registry
from runbook_runner.run.carrying import carry
from runbook_runner.run.clock import SystemClock
from tests.cli.program import Here
from tests.contracts.stores import RUN
from tests.run.test_carrying import AWAY, COMMON, THERE


@pytest.fixture
def joined(here: Here) -> Here:
    store = registry.store(str(here.folder / "journal.db"))
    store.append([*COMMON, *THERE], lease=None)
    carry(store, RUN, [*COMMON, *AWAY], SystemClock())
    here.write("runbook.toml", 'store = "journal.db"\n')
    return here


def test_what_was_done_out_of_touch_is_shown_found_and_counted(joined: Here) -> None:
    shown = joined.call("show", RUN).out
    assert "alice, while out of touch > mend" in shown
    assert shown.index("| alice mended") < shown.index("| bob mended")
    found = json.loads(joined.call("search", "mended", "--json").out)
    assert sorted((hit["line"], hit["by"]) for hit in found) == [("alice mended", "mend"), ("bob mended", "mend")]
    assert [hit["by"] for hit in json.loads(joined.call("search", "it is slow", "--json").out)] == ["alice"]
    (run,) = json.loads(joined.call("runs", "--json").out)
    assert (run["outcome"], run["who"], run["attempts"], run["changes"]) == ("resolved", "bob", 2, 2)
    (branch,) = json.loads(joined.call("show", RUN, "--json").out)["apart"]
    assert (branch["who"], branch["host"], branch["head"]) == ("alice", "jump1", AWAY[-1].digest)
    assert [attempt["text"] for visit in branch["visits"] for attempt in visit["attempts"]] == ["./mend"]


def test_the_head_of_either_branch_is_known_to_verify(joined: Here) -> None:
    for event in (THERE[-1], AWAY[-1], AWAY[2]):
        assert joined.call("verify", RUN, "--head", event.digest[:16]).code == 0
    assert joined.call("verify", RUN, "--head", "0" * 16).code == 1


def test_a_text_of_a_branch_can_be_scrubbed(joined: Here) -> None:
    events = json.loads(joined.call("show", RUN, "--json").out)["events"]
    (kept,) = (each for each in events if "alice mended" in json.dumps(each["payload"]))
    done = joined.call("scrub", RUN, str(kept["seq"]), "--writer", kept["writer"], "--reason", "a password")
    assert done.code == 0
    assert "alice mended" not in joined.call("export", "--all").out
    assert joined.call("verify", "--all").code == 0
    assert "bob mended" in joined.call("report", RUN).out
