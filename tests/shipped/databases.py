"""Runs a step of a shipped runbook on a real PostgreSQL, and says what the machine decides."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from runbook_runner import registry
from runbook_runner.executors.sql import EXECUTOR
from runbook_runner.markdown import read
from runbook_runner.model.runbook import Runbook, Step
from runbook_runner.model.target import Target
from runbook_runner.ports import Finished, Place, Request, Where
from runbook_runner.run.judge import Observed
from runbook_runner.run.parameters import typed
from tests.contracts.executors import Recorder
from tests.shipped import recorded

FOLDER = Path(__file__).parent.parent.parent / "runbooks"


class Outcome(Struct):
    """What a step did and where it leads."""

    result: str
    """`VERDICT: where`, as in the recorded cases."""
    finished: Finished
    stdout: str
    stderr: str

    @property
    def rows(self) -> Any:
        return self.finished.values["rows"]


class Desk(Struct):
    """Where an engineer sits: targets by name, and the values that she has given."""

    targets: Mapping[str, str]
    folder: Path
    values: dict[str, str] = field(default_factory=dict)

    def run(self, name: str, id: str, **values: object) -> Outcome:
        """Run one step; parameters beside those of the desk."""
        runbook, step = found(name, id)
        assert step.command
        declared = {p.name: p for p in runbook.parameters}
        given = {n: p.default for n, p in declared.items() if p.default is not None}
        given |= self.values | {n: str(v) for n, v in values.items()}
        target = step.command.attributes.target
        where = Where({}, Target(target, "postgresql", {"url": self.targets[target]}))
        session = EXECUTOR.open(Place(self.folder, str(self.folder), "r-test", where))
        sink = Recorder()
        command = step.command
        request = Request(
            1, command.parts[0], "sql", given, command.attributes.timeout, target=target, effect=command.effect
        )
        finished = session.execute(request, sink)
        session.close(remove=True)
        seen: dict[str, Any] = {n: typed(declared[n], v) for n, v in given.items() if n in declared}
        seen |= {"stdout": sink.stdout.rstrip(), "stderr": sink.stderr.rstrip(), "exit_code": finished.exit_code}
        seen |= {"duration": finished.duration, **finished.values}
        observed = Observed(finished.exit_code, seen, finished.statuses)
        verdict, chosen = recorded.decide(step, observed)
        leads = "ask" if chosen is None else recorded.where(runbook, step.branches[chosen])
        return Outcome(f"{verdict}: {leads}", finished, sink.stdout, sink.stderr)


@cache
def book(name: str) -> Runbook:
    file = FOLDER / f"{name}.md"
    return read(file.read_bytes(), str(file), registry.executor)


def found(name: str, id: str) -> tuple[Runbook, Step]:
    runbook = book(name)
    return runbook, next(step for step in runbook.steps if step.id == id)
