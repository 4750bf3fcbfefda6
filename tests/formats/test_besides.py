"""What the timeline tells beside steps and commands."""

from __future__ import annotations

import json

from runbook_runner.formats import Record
from runbook_runner.formats.report_json import FORMAT as JSON
from runbook_runner.formats.report_markdown import FORMAT
from runbook_runner.formats.show_text import FORMAT as SHOW
from runbook_runner.model import events as e
from runbook_runner.model.chain import encode, type_name
from runbook_runner.model.events import Body, Event
from runbook_runner.model.state import fold

BODIES: tuple[Body, ...] = (
    e.RunStarted("t.md", "T", "0" * 64, "# T\n", "ann", "jump", 1_790_000_000.0),
    e.ParameterSet("NAMESPACE", "shop", "alert"),
    e.ParameterSet("TOKEN", None, "typed", secret=True),
    e.TimerDue("rung:0", "10m since the page: call boss"),
    e.Detached("paused"),
    e.Preflight(
        ({"name": "df", "ok": True, "detail": "/bin/df"}, {"name": "jq", "ok": False, "detail": "not on PATH"})
    ),
    e.SourceChanged("1" * 64, "# T\n", "new"),
    e.ChildEntered(1, "20261123-0312-abcd", "other.md"),
    e.ChildReturned("20261123-0312-abcd", "resolved"),
    e.Scrubbed("w", 2, "a customer's name", "bob"),
)


ANSWERS: tuple[Body, ...] = (
    BODIES[0],
    e.Visited("fix", 1, "start"),
    e.StepEnded(1, "passed", "answer", "its output proves nothing"),
    e.StepEnded(1, "failed", "overruled", "it is still full"),
    e.StepEnded(1, "passed", "machine"),
)


def record(bodies: tuple[Body, ...] = BODIES) -> Record:
    events = [
        Event("r", "w", n, "", 1_790_000_000.0 + n, n, "b", type_name(body), 1, "", str(n), "", encode(body))
        for n, body in enumerate(bodies, 1)
    ]
    return Record(fold("r", events), events)


def test_values_timers_pauses_edits_and_other_runbooks_are_told() -> None:
    for text in (FORMAT.render(record()), SHOW.render(record())):
        plain = text.replace("\\", "").replace("`", "")
        assert "NAMESPACE = shop (alert)" in plain
        assert "TOKEN = (secret) (typed)" in plain
        assert "due: call boss" in plain
        assert "paused the run" in plain
        assert "preflight: jq: not on PATH" in plain
        assert "the runbook was edited; walked on with the new text" in plain
        assert "went on in other.md (run 20261123-0312-abcd)" in plain
        assert "back from run 20261123-0312-abcd: resolved" in plain
        assert "bob removed the text of event 2 of w: a customer's name" in plain


def test_a_program_gets_what_was_checked_before_the_first_step() -> None:
    checked = json.loads(JSON.render(record()))["preflight"]
    assert [(each["name"], each["ok"]) for each in checked] == [("df", True), ("jq", False)]


def test_what_she_said_before_she_said_something_else_is_told() -> None:
    for text in (FORMAT.render(record(ANSWERS)), SHOW.render(record(ANSWERS))):
        answered = text.index("passed (answered by hand): its output proves nothing")
        overruled = text.index("failed (overruled): it is still full", answered)
        assert "passed" in text[overruled:].lower()
