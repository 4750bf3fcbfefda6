"""decide: what comes next, from the events so far."""

from __future__ import annotations

from runbook_runner.model import events as e
from runbook_runner.model.chain import encode as payload
from runbook_runner.model.chain import type_name
from runbook_runner.model.events import Body, Event
from runbook_runner.model.graph import Graph, build
from runbook_runner.model.prose import PhaseKind
from runbook_runner.model.runbook import Escalate, Finish, Outcome, Question, Step, StepKind
from runbook_runner.model.span import Span
from runbook_runner.model.state import RunState, fold
from runbook_runner.run import actions as a
from runbook_runner.run.decide import decide
from tests.build import ask, command, otherwise, phase, runbook, step


def graph_of(*steps: Step) -> Graph:
    return build(runbook(phase("diagnosis", PhaseKind.READ, *steps)))


def after(*bodies: Body) -> RunState:
    events = [
        Event("r", "w", n, "", 100.0 + n, n, "boot", type_name(body), 1, "", str(n), "", payload(body))
        for n, body in enumerate(bodies, 1)
    ]
    return fold("r", events)


def begun(graph: Graph, *bodies: Body) -> RunState:
    """The state in which a run has arrived at its first step, and then some."""
    first = decide(graph, after())
    assert isinstance(first, a.Record)
    second = decide(graph, after(*first.bodies))
    assert isinstance(second, a.Record)
    return after(*first.bodies, *second.bodies, *bodies)


STARTED = e.AttemptStarted(1, 1, "look", 0, "true", "", "read", 42, "1")
ENDED = e.AttemptEnded(1, "exit", 0, None, 0.1)


def test_a_run_arrives_at_its_first_step_and_offers_it() -> None:
    graph = graph_of(step("look", run=command("true")))
    action = decide(graph, begun(graph))
    assert isinstance(action, a.Offer)
    assert action.step.id == "look"


def test_a_started_attempt_without_an_end_is_recovered_before_anything_else() -> None:
    graph = graph_of(step("look", run=command("true")))
    action = decide(graph, begun(graph, STARTED))
    assert isinstance(action, a.Recover)
    assert action.attempt.start.pid == 42


def test_a_verdict_ends_the_step_and_an_unclear_one_is_put_to_her() -> None:
    graph = graph_of(step("look", run=command("true")))
    clear = decide(graph, begun(graph, STARTED, ENDED, e.Judged(1, 1, "passed", (), ())))
    assert clear == a.Record((e.StepEnded(1, "passed", "machine", ""),))
    unclear = decide(graph, begun(graph, STARTED, ENDED, e.Judged(1, 1, "undetermined", (), (), "cut off")))
    assert isinstance(unclear, a.Settle)
    assert unclear.why == "cut off"


def test_an_end_that_was_recorded_without_a_verdict_is_put_to_her() -> None:
    graph = graph_of(step("look", run=command("true")))
    assert isinstance(decide(graph, begun(graph, STARTED, ENDED)), a.Settle)


def test_running_again_voids_the_verdict_before() -> None:
    graph = graph_of(step("look", run=command("true")))
    again = e.AttemptStarted(1, 2, "look", 0, "true", "", "read", 43, "2")
    state = begun(graph, STARTED, ENDED, e.Judged(1, 1, "passed", (), ()), e.StepEnded(1, "passed", "machine"), again)
    assert isinstance(decide(graph, state), a.Recover)
    assert state.visit is not None
    assert state.visit.attempts == (1, 2)
    assert state.visit.ended is None


def test_a_command_stops_at_its_branches_and_a_manual_step_goes_on() -> None:
    graph = graph_of(step("look", run=command("true")), step("write"))
    assert isinstance(decide(graph, begun(graph, e.StepEnded(1, "passed", "machine"))), a.Depart)
    manual = graph_of(step("write"), step("more"))
    assert decide(manual, begun(manual, e.StepEnded(1, "passed", "answer"))) == a.Record(
        (e.BranchTaken(1, None, "step:more", "", "next"),)
    )


def test_a_guard_is_asked_once_and_no_skips() -> None:
    guard = Question("If the disk is full", Span())
    graph = graph_of(step("look", run=command("true"), guards=(guard,)), step("other", guards=(guard,)))
    state = begun(graph)
    action = decide(graph, state)
    assert isinstance(action, a.AskGuard)
    refused = (e.GuardAnswered(1, "If the disk is full", False),)
    assert decide(graph, begun(graph, *refused)) == a.Record(
        (e.StepEnded(1, "skipped", "answer", "does not apply: If the disk is full"),)
    )
    gone_on = (
        *refused,
        e.StepEnded(1, "skipped", "answer"),
        e.BranchTaken(1, None, "step:other", "", "next"),
        e.Visited("other", 2, "next"),
    )
    assert isinstance(decide(graph, begun(graph, *gone_on)), a.Record), "the same words are not asked twice"


def test_a_decision_step_has_nothing_to_run() -> None:
    graph = graph_of(step("which", ask("a?", Finish(Outcome.RESOLVED)), otherwise(Escalate()), kind=StepKind.DECISION))
    assert decide(graph, begun(graph)) == a.Record((e.StepEnded(1, "passed", "machine"),))
    assert isinstance(decide(graph, begun(graph, e.StepEnded(1, "passed", "machine"))), a.Depart)


def test_destinations_lead_where_they_say() -> None:
    graph = graph_of(step("look", run=command("true")))
    ended = e.StepEnded(1, "passed", "machine")

    def to(destination: str) -> a.Action:
        return decide(graph, begun(graph, ended, e.BranchTaken(1, 0, destination, "", "answer")))

    assert to("outcome") == a.AskEnd()
    assert to("finish:resolved") == a.AskEnd("resolved"), "a claim of resolved is confirmed, never taken"
    assert to("escalate:dba") == a.Call("dba")
    assert to("child:other.md#fix") == a.Enter("other.md", "fix")
    assert isinstance(to("step:gone"), a.Lost)


def test_the_third_visit_warns_of_a_loop() -> None:
    graph = graph_of(step("look", run=command("true")))
    bodies: list[Body] = []
    for number in (1, 2):
        bodies += [e.StepEnded(number, "failed", "machine"), e.BranchTaken(number, 0, "step:look", "", "answer")]
        if number == 1:
            bodies.append(e.Visited("look", 2, "branch"))
    action = decide(graph, begun(graph, *bodies))
    assert isinstance(action, a.Record)
    assert any(isinstance(body, e.Warned) and body.code == "loop" for body in action.bodies)


def test_a_child_that_has_not_returned_is_gone_on_with() -> None:
    graph = graph_of(step("look", run=command("true")))
    state = begun(graph, e.ChildEntered(1, "child", "other.md"))
    assert decide(graph, state) == a.GoOnInChild("child")


def test_an_ended_run_is_done() -> None:
    graph = graph_of(step("look", run=command("true")))
    assert decide(graph, begun(graph, e.RunEnded("resolved", "answer"))) == a.Done()
