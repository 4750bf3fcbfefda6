"""`runbook run --dry-run`: all branches, nothing run, nothing recorded."""

from __future__ import annotations

from runbook_runner.cli.people import people
from runbook_runner.errors import InputError
from runbook_runner.model.command import Handling
from runbook_runner.model.graph import Choose, GoTo, Graph, Target, build, steps_of
from runbook_runner.model.runbook import Otherwise, Predicate, Question, Runbook, Step, StepKind
from runbook_runner.run import parameters as p
from runbook_runner.run.decide import encode, guard_text


def dry_run(runbook: Runbook, start: str, *, plain: bool) -> int:
    """Show every step that a run could reach, in the order of reaching, with its ways out."""
    _, reporter = people(plain=plain, json=False)
    graph = build(runbook)
    first: Target | None = graph.entry(start) if start else graph.start
    if first is None:
        raise InputError(f"{runbook.path}: there is no step {start!r}", "`runbook inspect` lists the steps")
    reporter.say(f"{runbook.title} (dry run: nothing is run or recorded)", style="heading")
    waiting, seen, known = list(steps_of(first)), set[str](), set[str]()
    while waiting:
        step = waiting.pop(0)
        if step in seen:
            continue
        seen.add(step)
        place = list(graph.steps).index(step) + 1
        reporter.step(runbook, step, f"{place}/{len(graph.steps)}")
        if asked := _asked(runbook, graph.steps[step], known):
            reporter.say(f"  needs {', '.join(asked)}", style="quiet")
        edges = [edge for edge in graph.edges if edge.source == step]
        last_word = any(isinstance(edge.guard, Otherwise) for edge in edges)
        for edge in edges:
            if edge.guard is None and last_word:
                continue
            guard = guard_text(edge.guard) if edge.guard else "then"
            if isinstance(edge.guard, Predicate | Question):
                guard = f"if {guard}"
            reporter.say(f"  {guard} -> {_readable(graph, edge.target)}", style="quiet")
            waiting += steps_of(edge.target)
    missed = [step for step in graph.steps if step not in seen]
    if missed:
        reporter.say(f"not reached from here: {', '.join(missed)}", style="warning")
    return 0


def _asked(runbook: Runbook, step: Step, known: set[str]) -> list[str]:
    """Return the values that are needed first at a step; from then on they, and what the step sets, are `known`."""
    command, needed = step.command, list[str]()
    if command is not None and command.handling in (Handling.RUN, Handling.TERMINAL):
        needed += p.needed(command, {}, frozenset(known))
    if step.kind in (StepKind.COMMAND, StepKind.DECISION):
        needed += (name for name in p.judging(runbook, step) if name not in known)
    known |= {*needed, *(command.analysis.sets if command else ())}
    known |= {command.attributes.capture} if command else set()
    return list(dict.fromkeys(needed))


def _readable(graph: Graph, target: Target) -> str:
    match target:
        case GoTo(step):
            return f"{list(graph.steps).index(step) + 1}, {graph.steps[step].title.rstrip('.:')}"
        case Choose(options=options):
            return "choose: " + " / ".join(label for label, _ in options)
        case _:
            kind, _, rest = encode(target).partition(":")
            words = {"outcome": "the end of the runbook", "finish": rest.replace("_", " ")}
            words |= {"escalate": f"escalate to {rest}" if rest else "escalate", "child": f"runbook {rest}"}
            return words.get(kind, f"{kind} {rest}".strip())


def section(graph: Graph, anchor: str) -> Graph:
    """Return the part of a graph that belongs to one section or step."""
    from msgspec.structs import replace

    target = graph.entry(anchor)
    keep = set(steps_of(target)) if target else set()
    slugs = {p.slug for p in graph.runbook.phases if anchor in (p.slug, *p.anchors)}
    for phase in graph.runbook.phases:
        if phase.parent in slugs:
            slugs.add(phase.slug)
    keep |= {step.id for step in graph.steps.values() if step.phase in slugs} if slugs else {anchor}
    phases = tuple(
        replace(p, steps=tuple(s for s in p.steps if s.id in keep))
        for p in graph.runbook.phases
        if p.slug in slugs or any(s.id in keep for s in p.steps)
    )
    steps = {name: step for name, step in graph.steps.items() if name in keep}
    edges = tuple(edge for edge in graph.edges if edge.source in keep)
    return replace(graph, runbook=replace(graph.runbook, phases=phases), steps=steps, edges=edges)
