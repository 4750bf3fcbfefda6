"""What `runbook test` found out: for each scenario what was expected, what was seen, and where the two differ."""

from __future__ import annotations

from msgspec import Struct

from runbook_runner.model.span import Defect, Span


class Difference(Struct, frozen=True):
    """One thing that came out otherwise than the scenario says."""

    what: str
    """path, branches, outcome, failed, changed, called or took."""
    expected: tuple[str, ...]
    actual: tuple[str, ...]


class Tested(Struct, frozen=True):
    """One scenario, walked."""

    file: str
    runbook: str
    name: str
    span: Span
    path: tuple[str, ...] = ()
    outcome: str = ""
    stuck: str = ""
    """Why the walk could not go on."""
    differences: tuple[Difference, ...] = ()
    seconds: float = 0.0
    """Real time that it took."""
    simulated: float = 0.0
    """Time that passed in it."""
    evidence: tuple[tuple[str, str, str], ...] = ()
    """The branches that were taken: step, destination, evidence."""

    @property
    def passed(self) -> bool:
        """Whether all is as the scenario says."""
        return not (self.stuck or self.differences)


class Broken(Struct, frozen=True):
    """A scenario file that cannot be used."""

    file: str
    defects: tuple[Defect, ...]


class Results(Struct, frozen=True):
    """All of one call."""

    tested: tuple[Tested, ...]
    broken: tuple[Broken, ...] = ()
    left_out: int = 0
    """Scenarios that `-k` deselected."""
    seconds: float = 0.0

    @property
    def failed(self) -> int:
        """How many failed, files that cannot be used among them."""
        return sum(not each.passed for each in self.tested) + len(self.broken)
