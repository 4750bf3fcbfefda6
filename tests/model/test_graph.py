"""Falling through, jumping and choosing, as the format's section "Flow" has it."""

from __future__ import annotations

from msgspec.structs import replace

from runbook_runner.model.graph import AskOutcome, Choose, Dead, GoTo, Leave, build
from runbook_runner.model.prose import PhaseKind
from runbook_runner.model.runbook import Phase, Step, ToAnchor
from tests.build import ask, phase, runbook, step

READ, CHANGE, REFERENCE, PLAIN = PhaseKind.READ, PhaseKind.CHANGE, PhaseKind.REFERENCE, PhaseKind.PLAIN


def test_steps_follow_each_other_and_the_end_asks_for_the_outcome() -> None:
    graph = build(runbook(phase("diagnosis", READ, step("a"), step("b"))))
    assert graph.start == GoTo("a")
    assert graph.after("a") == GoTo("b")
    assert graph.after("b") == AskOutcome()


def test_a_section_that_a_branch_targets_is_entered_only_by_the_branch() -> None:
    graph = build(
        runbook(
            phase("diagnosis", READ, step("look", ask("slow", "mitigation"))),
            phase("mitigation", CHANGE, step("fix")),
            phase("verify", READ, step("check"), role="verify"),
        )
    )
    assert graph.branches("look")[0].target == GoTo("fix")
    assert graph.after("look") == GoTo("check")
    assert graph.after("fix") == GoTo("check"), "a section that was jumped to ends at the next Verify phase"
    assert graph.after("check") == AskOutcome()


def test_a_branch_backward_is_a_loop_and_hides_nothing() -> None:
    graph = build(
        runbook(phase("diagnosis", READ, step("look")), phase("verify", READ, step("check", ask("no", "diagnosis"))))
    )
    assert graph.start == GoTo("look")
    assert graph.branches("check")[0].target == GoTo("look")
    assert graph.after("look") == GoTo("check")


def test_passing_from_reading_to_changing_is_a_choice() -> None:
    graph = build(
        runbook(
            phase("diagnosis", READ, step("look")),
            phase("mitigation", CHANGE, step("fix"), step("fix-more")),
            phase("verify", READ, step("check"), role="verify"),
        )
    )
    assert graph.after("look") == Choose("fix", (("Mitigation", "fix"),), GoTo("check"))
    assert graph.after("fix") == GoTo("fix-more"), "steps of one section follow each other"
    assert graph.after("fix-more") == GoTo("check")


def test_sibling_sections_of_a_change_are_alternatives() -> None:
    graph = build(
        runbook(
            phase("diagnosis", READ, step("look")),
            phase("mitigation", CHANGE),
            phase("grow", CHANGE, step("grow-it"), parent="mitigation", level=3),
            phase("clean", CHANGE, step("clean-it"), parent="mitigation", level=3),
            phase("verify", READ, step("check"), role="verify"),
        )
    )
    both = (("Grow", "grow-it"), ("Clean", "clean-it"))
    assert graph.after("look") == Choose("grow-it", both, GoTo("check"))
    assert graph.after("grow-it") == Choose("clean-it", both[1:], GoTo("check"))
    assert graph.entry("mitigation") == graph.after("look")


def test_alternative_items_of_a_change_are_a_choice() -> None:
    graph = build(
        runbook(
            phase("diagnosis", READ, step("look")),
            phase("mitigation", CHANGE, step("one", alternative="1"), step("two", alternative="2")),
        )
    )
    assert graph.after("look") == Choose("one", (("One", "one"), ("Two", "two")), AskOutcome())
    assert graph.after("one") == Choose("two", (("Two", "two"),), AskOutcome())


def test_rollback_and_references_are_never_fallen_into() -> None:
    graph = build(
        runbook(
            phase("steps", PLAIN, step("a")),
            phase("rollback", CHANGE, step("undo"), role="rollback"),
            phase("links", REFERENCE, step("read"), role="references"),
        )
    )
    assert graph.after("a") == AskOutcome()
    assert graph.entry("rollback") == GoTo("undo")
    assert graph.after("undo") == AskOutcome()


def test_a_runbook_that_begins_with_a_change_offers_its_sections() -> None:
    graph = build(
        runbook(
            phase("fix", CHANGE, step("first")),
            phase("other", CHANGE, step("second"), parent="fix", level=3),
        )
    )
    assert graph.start == GoTo("first")


def test_destinations_elsewhere_and_nowhere() -> None:
    one = step("a", ask("x", ToAnchor("", "other.md")), ask("y", "nowhere"), ask("z", "b"))
    graph = build(runbook(phase("steps", PLAIN, one, step("b"))))
    assert [edge.target for edge in graph.branches("a")] == [Leave("other.md", ""), Dead("nowhere"), GoTo("b")]


def test_no_steps_at_all_leads_to_the_outcome() -> None:
    assert build(runbook(phase("steps", PLAIN))).start == AskOutcome()


def test_numbered_sections_of_a_change_follow_each_other() -> None:
    one = replace(phase("one", CHANGE, step("a"), parent="mitigation", level=3), title="1. Stop it")
    two = replace(phase("two", CHANGE, step("b"), parent="mitigation", level=3), title="Step 2: copy it")
    graph = build(runbook(phase("diagnosis", READ, step("look")), phase("mitigation", CHANGE), one, two))
    assert graph.after("look") == Choose("a", (("1. Stop it", "a"),), AskOutcome())
    assert graph.after("a") == GoTo("b")


def test_hundreds_of_remedies_are_no_endless_descent() -> None:
    fixes = (phase(f"fix-{number}", CHANGE, step(f"a{number}"), step(f"b{number}")) for number in range(800))
    graph = build(runbook(phase("diagnosis", READ, step("look")), *fixes))

    assert len(graph.steps) == 1601
    assert isinstance(graph.after("look"), Choose)


def test_sections_that_call_themselves_one_of_several_are_a_choice() -> None:
    graph = build(
        runbook(
            phase("patroni", PLAIN, step("look")),
            _named("scenario-a", PLAIN, "Scenario A: the disk is full", step("a1"), step("a2"), parent="patroni"),
            _named("scenario-b", PLAIN, "Scenario B: out of memory", step("b"), parent="patroni"),
            phase("afterwards", PLAIN, step("tidy"), parent="patroni", level=3),
            phase("verify", READ, step("check"), role="verify"),
        )
    )
    both = (("Scenario A: the disk is full", "a1"), ("Scenario B: out of memory", "b"))
    assert graph.after("look") == Choose("a1", both, GoTo("tidy"))
    assert graph.after("a1") == GoTo("a2")
    assert graph.after("a2") == Choose("b", both[1:], GoTo("tidy"))
    assert graph.after("b") == GoTo("tidy")
    assert graph.after("tidy") == GoTo("check")


def test_what_follows_the_options_of_a_change_is_not_one_of_them() -> None:
    graph = build(
        runbook(
            phase("resolution", CHANGE),
            _named("one", CHANGE, "Option 1: restart", step("a"), parent="resolution"),
            _named("two", CHANGE, "Option 2: roll back", step("b"), parent="resolution"),
            phase("verify", READ, step("check"), parent="resolution", level=3, role="verify"),
        )
    )
    assert graph.start == Choose("a", (("Option 1: restart", "a"), ("Option 2: roll back", "b")), GoTo("check"))
    assert graph.after("a") == Choose("b", (("Option 2: roll back", "b"),), GoTo("check"))
    assert graph.after("b") == GoTo("check")


def test_one_case_alone_and_numbered_steps_are_no_choice() -> None:
    graph = build(
        runbook(
            phase("work", PLAIN, step("look")),
            _named("case", PLAIN, "Case 1: all is lost", step("a"), parent="work"),
            _named("step-1", PLAIN, "Step 1: stop it", step("b"), parent="work"),
            _named("step-2", PLAIN, "Step 2: copy it", step("c"), parent="work"),
        )
    )
    assert [graph.after(name) for name in "ab"] == [GoTo("b"), GoTo("c")]
    assert graph.after("look") == GoTo("a")


def _named(slug: str, kind: PhaseKind, title: str, *steps: Step, parent: str) -> Phase:
    return replace(phase(slug, kind, *steps, parent=parent, level=3), title=title)


def test_a_link_means_the_section_also_where_a_step_has_that_id() -> None:
    graph = build(
        runbook(
            phase("diagnosis", READ, step("look", ask("slow", "fix"))),
            phase("fix", CHANGE, step("before"), step("fix")),
            phase("verify", READ, step("check"), role="verify"),
        )
    )
    assert graph.branches("look")[0].target == graph.entry("fix") == GoTo("before")
    assert graph.after("look") == GoTo("check"), "the flow does not fall into it"
