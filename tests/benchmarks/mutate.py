"""How many changed runbooks the scenarios notice. Run by hand, from the top of the tree, some minutes:

    python tests/benchmarks/mutate.py [--seed N] [--count N] [--show] [NAME …]

A mutant is a shipped runbook with one thing changed in its text: a predicate's operator, number, string or negation, a
branch's destination, the time of a timer, of a recurrence, between two looks, or of a rung. One that reads the same
does not count. It is killed when a scenario fails or cannot go on. `--show` prints those that live.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from msgspec import Struct

from runbook_runner import registry
from runbook_runner.cli.theatre import cast, theatre
from runbook_runner.markdown import read
from runbook_runner.model.graph import Graph, build
from runbook_runner.model.runbook import Predicate, Recurrence, Runbook, Step, Timer
from runbook_runner.model.scenario import Scenario
from runbook_runner.model.span import Span
from runbook_runner.model.verdicts import Broken
from runbook_runner.rehearsal.compare import differences
from runbook_runner.rehearsal.rehearse import Theatre, rehearse
from runbook_runner.rehearsal.suite import Cast

RUNBOOKS = Path(__file__).parent.parent.parent / "runbooks"
_WORD = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|&&|\|\||[=!<>]=|[<>!]|\d+(?:\.\d+)?|[A-Za-z_][\w.]*|\s+|.")
_OPERATORS = {
    "==": ("!=",), "!=": ("==",), "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
    "&&": ("||",), "||": ("&&",), "!": ("",),
}  # fmt: skip
_ENDS = {"escalate": ("resolved",), "continue": ("resolved",), "resolved": ("escalate",), "mitigated": ("escalate",)}
_SPAN = re.compile(r"(\d+)(s|m|h|d)\b")
_LINK = re.compile(r"\]\(([^)\s]*)\)")


class Mutant(Struct, frozen=True):
    """One changed runbook."""

    runbook: str
    kind: str
    """operator, number, string, negation, destination, timer, recurrence, every or rung."""
    step: str
    """Where; empty for the ladder."""
    line: int
    old: str
    new: str
    text: str
    """The whole document."""


def mutants(runbook: Runbook) -> Iterator[Mutant]:
    """Yield every mutant of a runbook, in document order."""
    lines = runbook.source.split("\n")
    anchors = [phase.slug for phase in runbook.phases if phase.steps]
    rungs = [rung.to for rung in runbook.facts.escalation]
    for step in runbook.steps:
        for predicate in _predicates(step):
            for kind, new in _changed(predicate.source):
                yield from _mutant(runbook, lines, kind, step.id, predicate.span, f"`{predicate.source}`", f"`{new}`")
        for branch in step.branches:
            if isinstance(branch.guard, Timer | Recurrence):
                kind = "timer" if isinstance(branch.guard, Timer) else "recurrence"
                yield from _times(runbook, lines, kind, step.id, branch.span, lines[branch.span.line - 1])
            written = "\n".join(lines[branch.span.line - 1 : branch.span.end_line])
            for old, new in _elsewhere(written, anchors, rungs):
                yield from _mutant(runbook, lines, "destination", step.id, branch.span, old, new)
        if step.command and step.command.attributes.every:
            place = next(at for at in range(step.span.line, len(lines) + 1) if "every=" in lines[at - 1])
            span = Span(place, 1, place, 1)
            yield from _times(runbook, lines, "every", step.id, span, lines[place - 1].partition("every=")[2], "every=")
    for place, line in enumerate(lines, 1):
        if re.match(r"\s*- \{after: ", line):
            yield from _times(runbook, lines, "rung", "", Span(place, 1, place, 1), line)


def _predicates(step: Step) -> list[Predicate]:
    guards = [branch.guard for branch in step.branches] + [expected.predicate for expected in step.expected]
    return [guard for guard in guards if isinstance(guard, Predicate) and not guard.error]


def _mutant(
    runbook: Runbook, lines: Sequence[str], kind: str, step: str, span: Span, old: str, new: str
) -> Iterator[Mutant]:
    """Yield the document with the first `old` at or after a place changed."""
    for place in range(span.line - 1, max(span.line, span.end_line)):
        at = lines[place].find(old)
        if at >= 0:
            changed = lines[place][:at] + new + lines[place][at + len(old) :]
            text = "\n".join([*lines[:place], changed, *lines[place + 1 :]])
            yield Mutant(Path(runbook.path).name, kind, step, place + 1, old, new, text)
            return


def _changed(source: str) -> Iterator[tuple[str, str]]:
    words = _WORD.findall(source)
    for place, word in enumerate(words):
        for kind, new in _instead(word):
            yield kind, "".join([*words[:place], new, *words[place + 1 :]])
    yield "negation", f"!({source})"


def _instead(word: str) -> Iterator[tuple[str, str]]:
    if word in _OPERATORS:
        yield from (("negation" if word == "!" else "operator", new) for new in _OPERATORS[word])
    elif word[0].isdigit():
        step = 1 if "." not in word else 0.1
        for new in (float(word) + step, float(word) - step):
            if new >= 0:
                yield "number", f"{new:g}" if "." in word else str(int(new))
    elif word[0] in "\"'":
        yield "string", f"{word[:-1]}~{word[-1]}"
        for alternative in _alternatives(word):
            yield "string", alternative


def _alternatives(word: str) -> Iterator[str]:
    """Yield a pattern with one of its alternatives left out."""
    match = re.fullmatch(r"([\"'].*?\()([^()]*\|[^()]*)(\).*)", word)
    if match:
        parts = match[2].split("|")
        for place in range(len(parts)):
            yield match[1] + "|".join(parts[:place] + parts[place + 1 :]) + match[3]


def _elsewhere(written: str, anchors: Sequence[str], rungs: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield where else a branch could lead: the next section, the next contact, another end."""
    sentence = written
    if link := _LINK.search(sentence):
        old = link[1]
        if old.startswith("#") and old[1:] in anchors:
            place = anchors.index(old[1:])
            for step in (1, -1):
                yield f"({old})", f"(#{anchors[(place + step) % len(anchors)]})"
        elif ".md" in old:
            wrong = [file.name for file in sorted(RUNBOOKS.glob("*.md")) if file.name != old.partition("#")[0]]
            yield f"({old})", f"({wrong[len(sentence) % len(wrong)]})"
        return
    for contact in rungs:
        if f"escalate to `{contact}`" in sentence:
            other = rungs[(rungs.index(contact) + 1) % len(rungs)]
            yield f"escalate to `{contact}`", f"escalate to `{other}`"
            yield f"escalate to `{contact}`", "resolved"
            return
    for word, others in _ENDS.items():
        if re.search(rf"\b{word}\.?$", sentence.rstrip()):
            last = (f"escalate to `{rungs[-1]}`",) if word == "escalate" and rungs else ()
            yield from ((f"{word}.", f"{other}.") for other in (*others, *last))
            return


def _times(
    runbook: Runbook, lines: Sequence[str], kind: str, step: str, span: Span, where: str, before: str = ""
) -> Iterator[Mutant]:
    match = _SPAN.search(where)
    if match:
        number = int(match[1])
        for new in (number + 1, number - 1, number * 2):
            if new > 0:
                yield from _mutant(runbook, lines, kind, step, span, before + match[0], f"{before}{new}{match[2]}")


def meaning(graph: Graph) -> Any:
    """Return what a walk can depend on; two graphs with the same are equivalent."""

    def of(step: Step) -> Any:
        command = step.command
        checks = [(x.predicate.source if x.predicate else x.text) for x in step.expected]
        guards = [(type(b.guard).__name__, _said(b.guard), b.destination) for b in step.branches]
        asked = [_said(guard) for guard in step.guards]
        return step.id, step.kind, checks, guards, asked, command and (command.parts, command.attributes.every)

    ladder = [(rung.to, rung.after) for rung in graph.runbook.facts.escalation]
    return [of(step) for step in graph.steps.values()], [e.target for e in graph.edges], graph.start, ladder


def _said(guard: Any) -> Any:
    return getattr(guard, "source", None) or getattr(guard, "seconds", None) or getattr(guard, "text", None)


class Jury:
    """The scenarios of one runbook, which judge its mutants."""

    def __init__(self, found: Cast, stage: Theatre) -> None:
        self.cast = found
        self.stage = stage
        walks = {scenario.name: self._walk(found.graph, scenario) for scenario in found.scenarios}
        self.failing = [name for name, (good, _) in walks.items() if not good]
        """As the runbook is: with any of these every mutant would be killed."""
        self.visits = {name: set(path) for name, (_, path) in walks.items()}
        self.original = meaning(found.graph)

    def _walk(self, graph: Graph, scenario: Scenario) -> tuple[bool, tuple[str, ...]]:
        seen = rehearse(graph, scenario, self.stage, self.cast.file.parent)
        return not seen.stuck and not differences(scenario.expect, seen, self.stage.seconds), seen.path

    def verdict(self, mutant: Mutant) -> str:
        """Say whether a mutant is `killed`, `lives`, or is `equivalent`."""
        path = self.cast.graph.runbook.path
        graph = build(read(mutant.text.encode(), path, registry.executor))
        if meaning(graph) == self.original:
            return "equivalent"
        # Those that come by are asked first; a changed destination can change how others fall through.
        order = sorted(self.cast.scenarios, key=lambda s: bool(mutant.step) and mutant.step not in self.visits[s.name])
        return "lives" if all(self._walk(graph, scenario)[0] for scenario in order) else "killed"


def jury(file: Path, stage: Theatre) -> Jury:
    """Return the scenarios of a runbook, all of which must pass as it is."""
    found = cast(file.with_name(f"{file.stem}.scenarios.yaml"), stage)
    if isinstance(found, Broken):
        raise SystemExit(f"{found.file}: {found.defects[0].message}")
    judging = Jury(found, stage)
    if judging.failing:
        raise SystemExit(f"{found.file}: {judging.failing[0]!r} fails before anything is changed")
    return judging


def sample(count: int, seed: int, names: Sequence[str] = ()) -> list[Mutant]:
    """Return so many mutants of all runbooks, each as likely as any other; all of them for 0."""
    files = [file for file in sorted(RUNBOOKS.glob("*.md")) if not names or file.stem in names]
    every = [each for file in files for each in mutants(read(file.read_bytes(), str(file), registry.executor))]
    chosen = Random(seed).sample(every, min(count, len(every))) if count else every
    return sorted(chosen, key=lambda mutant: (mutant.runbook, mutant.line))


def main(arguments: Sequence[str]) -> int:
    """Measure, and print the share of killed mutants by kind and by runbook."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000, help="0 for all that there are")
    parser.add_argument("--show", action="store_true")
    wanted = parser.parse_args(arguments)
    tallies: dict[str, Counter[str]] = {}
    with theatre() as stage:
        juries: dict[str, Jury] = {}
        for mutant in sample(wanted.count, wanted.seed, wanted.names):
            if mutant.runbook not in juries:
                juries[mutant.runbook] = jury(RUNBOOKS / mutant.runbook, stage)
            verdict = juries[mutant.runbook].verdict(mutant)
            for name in (mutant.kind, mutant.runbook, "all"):
                tallies.setdefault(name, Counter())[verdict] += 1
            if verdict == "lives" and wanted.show:
                print(f"{mutant.runbook}:{mutant.line}: {mutant.kind} at {mutant.step or 'the ladder'}: "
                      f"{mutant.old} -> {mutant.new}", flush=True)  # fmt: skip
    for name, tally in tallies.items():
        counted = tally["killed"] + tally["lives"]
        share = 100 * tally["killed"] / counted if counted else 100.0
        print(f"{name:<36} {tally['killed']:>5} of {counted:<5} {share:6.1f}%  ({tally['equivalent']} read the same)")
    whole = tallies.get("all", Counter())
    return 0 if whole["killed"] >= 0.95 * (whole["killed"] + whole["lives"]) else 1


if __name__ == "__main__":
    sys.path.insert(0, str(RUNBOOKS.parent))
    raise SystemExit(main(sys.argv[1:]))
