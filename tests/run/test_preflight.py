"""Before step 1: what is missing is told in time, first, and with what to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from runbook_runner.errors import InputError
from runbook_runner.model import events as e
from runbook_runner.model.command import Attributes, Command
from runbook_runner.model.prose import NOWHERE
from runbook_runner.model.runbook import Parameter, Question, Step
from runbook_runner.model.target import Target
from runbook_runner.ports import Check, TargetKind, Where
from runbook_runner.run.preflight import PATIENCE, preflight
from tests.build import command, otherwise, step, using, when
from tests.commands import FakeExecutor
from tests.run.test_drive import RESOLVED, Table

ORDERS, REPORTS, SLOW = (Target(name, "postgresql") for name in ("orders", "reports", "slow"))


class Databases(FakeExecutor):
    """Asks databases, each of which takes its own time or refuses."""

    asked: Callable[[str], tuple[Check, ...]] = lambda name: (Check(f"target {name}", True, "there"),)

    def preflight(self, commands: Sequence[Command], where: Where) -> tuple[Check, ...]:
        return self.asked(where.target.name if where.target else "")


class Machine(FakeExecutor):
    """Knows which programs are here."""

    there: frozenset[str] = frozenset({"df", "ls"})

    def preflight(self, commands: Sequence[Command], where: Where) -> tuple[Check, ...]:
        tools = dict.fromkeys(tool for each in commands for tool in each.analysis.tools)
        return tuple(Check(t, t in self.there, f"/bin/{t}" if t in self.there else "not on PATH") for t in tools)


class Known:
    """Three databases, one of whose secrets cannot be found."""

    def named(self, name: str) -> Target | None:
        return {each.name: each for each in (ORDERS, REPORTS, SLOW)}.get(name)

    def all(self) -> tuple[Target, ...]:
        return (ORDERS, REPORTS, SLOW)

    def resolve(self, target: Target) -> tuple[Target, frozenset[str]]:
        if target.name == "reports":
            raise InputError("its password is in PGPASS, which is not set", "export PGPASS=…")
        return target, frozenset({"s3cret"})


def tool(*names: str) -> Command:
    return replace(command("x"), analysis=replace(command("x").analysis, tools=names))


def spared(*names: str) -> Command:
    """A command that may do without some programs."""
    return replace(tool(*names), analysis=replace(tool(*names).analysis, spare=frozenset(names)))


def query(target: str) -> Command:
    return replace(command("select 1"), language="sql", attributes=Attributes(target=target))


def foreseen(
    tmp_path: Path,
    *commands: Command,
    asked: Callable[[str], tuple[Check, ...]] | None = None,
    parameters: tuple[Parameter, ...] = (),
    **options: object,
) -> tuple[list[str], tuple[dict[str, object], ...]]:
    """Return what was told before step 1, and what was recorded."""
    table = Table(*(step(f"s{number}", run=each) for number, each in enumerate(commands, 1)))
    table.book = replace(table.book, parameters=parameters)
    databases = Databases({}, languages=frozenset({"sql"}), kinds=(TargetKind("postgresql"),))
    if asked is not None:
        databases.asked = asked
    machine = Machine({})
    walk = table.walk(tmp_path, prompt=None, **options)
    walk.ports = replace(walk.ports, executors=lambda name: databases if name == "sql" else machine, targets=Known())
    table.reporter.said.clear()
    preflight(walk)
    [found] = [body for body in table.bodies(walk) if isinstance(body, e.Preflight)]
    return table.reporter.text.splitlines(), tuple(dict(each) for each in found.findings)


def test_when_all_is_well_one_line_says_so(tmp_path: Path) -> None:
    said, recorded = foreseen(tmp_path, tool("df", "ls"), query("orders"))
    assert said == ["preflight: 2 tools, 1 target, all there"]
    assert [(each["name"], each["ok"]) for each in recorded] == [("df", True), ("ls", True), ("target orders", True)]


def test_what_is_missing_comes_first_with_the_steps_that_need_it(tmp_path: Path) -> None:
    said, _ = foreseen(tmp_path, tool("df"), tool("iostat"), query("orders"), tool("iostat", "df"))
    assert said == [
        "preflight: 1 tool, 1 target are there; not in order:",
        "  ! iostat: not on PATH: install it, or do steps 2, 4 by hand",
    ]


LOUD, QUIET = ": not on PATH: install it, or do ", "  not here, and only some ways need it: "
IF = (Question("If it has disks", NOWHERE),)
EITHER = step("look", when("exit_code == 0", "yum"), otherwise("apt"), run=tool("ls"))
WELL = step("look", when("exit_code == 0", "fix"), otherwise(RESOLVED), run=tool("ls"))


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([WELL, step("fix", run=tool("yum"))], [f"  ! yum{LOUD}step 2 by hand"]),
        (
            [EITHER, step("yum", otherwise(RESOLVED), run=tool("yum")), step("apt", run=tool("ls"))],
            [f"{QUIET}yum (step 2)"],
        ),
        ([step("podman", run=tool("podman")), step("df", run=tool("df"))], [f"  ! podman{LOUD}step 1 by hand"]),
        ([step("podman", run=tool("podman")), step("docker", run=tool("docker"))], [f"{QUIET}podman (step 1)"]),
        ([step("x", run=tool("iostat"), guards=IF)], [f"{QUIET}iostat (step 1)"]),
        ([step("x", run=spared("netstat", "ss"))], [f"{QUIET}netstat (step 1), ss (step 1)"]),
        (
            [step("x", run=tool("iostat")), step("y", run=spared("perf", "df"))],
            [f"  ! iostat{LOUD}step 1 by hand", f"{QUIET}perf (step 2)"],
        ),
    ],
    ids=["on the way", "a branch", "one of a family", "another of the family is there", "an if", "a fallback", "both"],
)
def test_a_program_is_missing_loudly_only_where_the_way_leads_past_it(
    tmp_path: Path, steps: list[Step], told: list[str]
) -> None:
    table = Table(*steps)
    machine = Machine({}, there=frozenset({"df", "ls", "docker"}))
    walk = table.walk(tmp_path)
    walk.ports = replace(walk.ports, executors=lambda _name: machine)
    table.reporter.said.clear()
    preflight(walk)
    assert table.reporter.text.splitlines()[-len(told) :] == told
    [found] = [body for body in table.bodies(walk) if isinstance(body, e.Preflight)]
    loud = [each["name"] for each in found.findings if each["ok"] is False]
    assert loud == [line.split()[1].rstrip(":") for line in told if line.startswith("  !")]


def test_a_secret_that_is_nowhere_is_told_with_what_to_do(tmp_path: Path) -> None:
    said, _ = foreseen(tmp_path, query("reports"))
    assert said[1] == "  ! target reports: its password is in PGPASS, which is not set: export PGPASS=…"


def test_a_target_that_nobody_knows(tmp_path: Path) -> None:
    said, _ = foreseen(tmp_path, query("nowhere"))
    assert said[1].startswith("  ! target nowhere: there is no target `nowhere`: write [targets.nowhere]")


def test_one_that_hangs_holds_it_two_seconds_and_others_not_at_all(tmp_path: Path) -> None:
    over = threading.Event()

    def asked(name: str) -> tuple[Check, ...]:
        if name == "slow":
            over.wait(60)
        return (Check(f"target {name}", True, "there"),)

    begun = time.monotonic()
    said, recorded = foreseen(tmp_path, query("slow"), query("orders"), asked=asked)
    took = time.monotonic() - begun
    over.set()
    assert PATIENCE <= took < 15
    assert said[1] == "  ? target slow: no answer within 2 s; `runbook targets --check slow` waits longer"
    assert ("target orders", True) in [(each["name"], each["ok"]) for each in recorded]


def test_all_are_asked_at_the_same_time(tmp_path: Path) -> None:
    both = threading.Barrier(2, timeout=1.5)

    def asked(name: str) -> tuple[Check, ...]:
        both.wait()
        return (Check(f"target {name}", True, "there"),)

    said, _ = foreseen(tmp_path, query("slow"), query("orders"), asked=asked)
    assert said == ["preflight: 2 targets, all there"]


def test_a_check_with_a_bug_holds_nobody_up(tmp_path: Path) -> None:
    def asked(name: str) -> tuple[Check, ...]:
        raise ValueError("of ours")

    said, _ = foreseen(tmp_path, query("orders"), asked=asked)
    assert said[1] == "  ? target orders: it could not be checked: of ours"


def test_what_a_target_says_is_redacted(tmp_path: Path) -> None:
    said, recorded = foreseen(
        tmp_path, query("orders"), asked=lambda name: (Check(f"target {name}", False, "no entry for s3cret"),)
    )
    assert "s3cret" not in "\n".join(said) + str(recorded)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "  ? parameters: asked for when needed: POD; or give --param POD=VALUE"),
        ({"uses": ("POD", "API_TOKEN")}, "  ? parameters: asked for when needed: POD, API_TOKEN; or give --param POD="),
        ({"uses": ("API_TOKEN",)}, "  ? parameters: asked for when needed: API_TOKEN"),
        ({"flags": {"POD": "web-1"}}, ""),
        ({"environment": {"POD": "web-1"}}, ""),
        ({"environment": {"POD": "-rf"}}, "  ! parameter POD: the value from the environment is refused"),
    ],
)
def test_values_that_are_missing(tmp_path: Path, options: dict[str, object], told: str) -> None:
    uses, more = options.get("uses", ("POD",)), {name: each for name, each in options.items() if name != "uses"}
    said, _ = foreseen(tmp_path, using(tool("df"), *uses), **more)  # type: ignore[misc,arg-type]
    if told:
        assert said[1].startswith(told)
    else:
        assert said == ["preflight: 1 tool, all there"]


def test_a_default_or_an_earlier_step_is_a_value(tmp_path: Path) -> None:
    sets = replace(tool("df"), analysis=replace(tool("df").analysis, sets=frozenset({"PID"})))
    said, _ = foreseen(tmp_path, sets, using(tool("df"), "POD", "PID"), parameters=(Parameter("POD", default="web-1"),))
    assert said == ["preflight: 1 tool, all there"]


def test_a_value_that_only_a_predicate_reads_is_missing_too(tmp_path: Path) -> None:
    table = Table(step("look", run=command("df"), expect=("size(stdout) < LIMIT", "'MAX' == stdout")))
    table.book = replace(table.book, parameters=(Parameter("LIMIT"), Parameter("MAX")))
    preflight(table.walk(tmp_path))
    assert "  ? parameters: asked for when needed: LIMIT; or give --param LIMIT=VALUE" in table.reporter.text
