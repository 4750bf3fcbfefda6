"""A run, told event by event."""

from __future__ import annotations

from runbook_runner.formats import Record
from runbook_runner.model import events as e
from runbook_runner.model.chain import encode, type_name
from runbook_runner.model.events import Body, Event
from runbook_runner.model.state import fold

PAGE = 1_795_000_000.0
HOSTILE = "``` \n\n# Pwned\n<script>alert(1)</script> ![x](http://evil/x.png) | a | `b` \x1b[2J\x1b]0;t\x07"


def told(*bodies: tuple[float, Body], run: str = "r1") -> Record:
    events = [
        Event(run, "w", seq, "", PAGE + after, after, "b", type_name(body), 1, "", f"d{seq}", "", encode(body))
        for seq, (after, body) in enumerate(bodies, 1)
    ]
    return Record(fold(run, events), events)


def started(title: str = "Restart the worker") -> e.RunStarted:
    return e.RunStarted("r.md", title, "abc123" * 10, "SOURCE", "alice", "jump1", PAGE, alert="Stalled")


def incident() -> Record:
    check = {"source": "size(rows) > 5", "holds": False, "evidence": "3 > 5", "error": ""}
    branch = {"index": 0, "holds": True, "evidence": "stdout contains it", "error": ""}
    log = "".join(f"log line {number}\n" for number in range(100))
    return told(
        (60, started()),
        (61, e.Visited("waiting", 1, "start")),
        (62, e.AttemptStarted(1, 1, "waiting", 0, "kubectl logs x", "", "read", 7, "1")),
        (63, e.AttemptEnded(1, "exit", 0, None, 1.25)),
        (63, e.Output(1, "stdout", log, "", len(log), len(log))),
        (63, e.Judged(1, 1, "failed", (check,), (branch,))),
        (90, e.StepEnded(1, "failed", "machine")),
        (90, e.BranchTaken(1, 0, "restart", "If it waits, go to Mitigation", "predicate", "stdout contains it")),
        (91, e.Visited("restart", 2, "branch")),
        (120, e.AttemptStarted(2, 2, "restart", 0, "kubectl rollout restart x", "kubectl restart", "change", 8, "1")),
        (121, e.AttemptEnded(2, "lost", None, None, None)),
        (150, e.Noted("it looks better")),
        (160, e.EscalationTried("dba", "slack:#dba", "help")),
        (200, e.StepEnded(2, "passed", "overruled", "graphs are fine")),
        (210, e.RunEnded("mitigated", "answer", "for now")),
    )


def hostile() -> Record:
    return told(
        (0, started(HOSTILE)),
        (1, e.Visited(HOSTILE, 1, "start")),
        (2, e.AttemptStarted(1, 1, "x", 0, HOSTILE, "", "unknown", 7, "1")),
        (3, e.Output(1, "stdout", HOSTILE, "", len(HOSTILE), len(HOSTILE))),
        (4, e.AttemptEnded(1, "exit", 0, None, 1.0)),
        (5, e.Noted(HOSTILE)),
        (6, e.StepEnded(1, "passed", "overruled", HOSTILE)),
    )
