"""Many scenarios: which there are, and what came of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from runbook_runner.errors import InputError
from runbook_runner.model.graph import Graph, build
from runbook_runner.model.scenario import Scenario
from runbook_runner.model.span import Defect, Span
from runbook_runner.model.verdicts import Broken, Tested
from runbook_runner.rehearsal.compare import differences
from runbook_runner.rehearsal.rehearse import Seen, Theatre, rehearse

ENDING = ".scenarios.yaml"


class Cast(Struct, frozen=True):
    """One file's scenarios, with the runbook that they are about."""

    file: Path
    graph: Graph
    scenarios: tuple[Scenario, ...]
    places: tuple[Span, ...]
    spans: Mapping[tuple[str, ...], Span] = {}
    """Where each key stands in the file, by all keys above it."""


Listen = Callable[[Tested, Seen], None]
"""Hears of each scenario as soon as it has been walked."""


def runbook_of(file: Path, named: str) -> Path:
    """Return the path of the runbook that a scenario file is about."""
    return file.parent / (named or file.name.removesuffix(ENDING) + ".md")


def perform(cast: Cast, theatre: Theatre, chosen: Callable[[Cast, Scenario], bool], listen: Listen) -> Iterator[Tested]:
    """Walk the scenarios of a file that are chosen."""
    for scenario, span in zip(cast.scenarios, cast.places, strict=True):
        if not chosen(cast, scenario):
            continue
        begun = time.perf_counter()
        seen = rehearse(cast.graph, scenario, theatre, cast.file.parent)
        tested = Tested(
            str(cast.file),
            cast.graph.runbook.path,
            scenario.name,
            span,
            seen.path,
            seen.outcome,
            seen.stuck,
            differences(scenario.expect, seen, theatre.seconds),
            time.perf_counter() - begun,
            seen.seconds,
            seen.branches,
        )
        listen(tested, seen)
        yield tested


def graph_of(file: Path, named: str, theatre: Theatre) -> Graph:
    """Return the graph of the runbook that a scenario file is about; InputError when there is none."""
    return build(theatre.library.load(str(runbook_of(file, named))))


def unknown_steps(cast: Cast) -> Broken | None:
    """Return what a file says of steps that its runbook does not have."""
    known = {*cast.graph.steps, "start", "end"}
    wrong: list[Defect] = []
    for number, (scenario, span) in enumerate(zip(cast.scenarios, cast.places, strict=True)):
        named = [(step, kind) for kind in ("commands", "answers") for step in getattr(scenario, kind)]
        named += [(step, "expect") for step in (*(scenario.expect.path or ()), *scenario.expect.because)]
        for step, kind in named:
            if step not in known and "#" not in step:
                from difflib import get_close_matches

                near = get_close_matches(step, sorted(known), 1)
                hint = f"did you mean `{near[0]}`?" if near else "`runbook inspect` lists the steps"
                here = ("scenarios", str(number), kind), ("common", kind)
                places = [cast.spans.get((*above, step)) or cast.spans.get(above) for above in here]
                place = next((each for each in places if each is not None), span)
                wrong.append(Defect("scenario", f"{scenario.name!r}: the runbook has no step `{step}`", place, hint))
    return Broken(str(cast.file), tuple(dict.fromkeys(wrong))) if wrong else None


def missing_runbook(file: Path, error: InputError) -> Broken:
    """Return that a file's runbook cannot be read."""
    hint = "name it: `runbook: disk-full.md`, relative to this file"
    return Broken(str(file), (Defect("scenario", error.message, Span(), hint),))
