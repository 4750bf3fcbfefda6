"""Which target a command speaks to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.errors import InputError
from runbook_runner.model import events as e
from runbook_runner.model.command import Attributes, Command
from runbook_runner.model.prose import PhaseKind
from runbook_runner.model.runbook import Facts, Runbook
from runbook_runner.model.target import Target, declared
from runbook_runner.ports import Lent, Place, TargetKind
from runbook_runner.run.ask import missing
from runbook_runner.run.reaching import target_of
from tests.build import command, phase, runbook, step, using
from tests.commands import FakeExecutor
from tests.run.test_drive import Table

SQL = FakeExecutor({}, languages=frozenset({"sql"}), kinds=(TargetKind("postgresql"),))


class Known(Struct):
    targets: dict[str, Target]

    def named(self, name: str) -> Target | None:
        return self.targets.get(name)

    def all(self) -> tuple[Target, ...]:
        return tuple(self.targets.values())

    def resolve(self, target: Target) -> tuple[Target, frozenset[str]]:
        return target, frozenset()


ORDERS = Target("orders", "postgresql", {"url": "postgresql://db/orders"})
HERE = Known({"orders": ORDERS, "cluster": Target("cluster", "kubernetes"), "other": Target("other", "postgresql")})


def query(name: str = "") -> Command:
    return replace(command("select 1"), language="sql", attributes=Attributes(target=name))


def book(targets: Any = None) -> Runbook:
    return runbook(facts=Facts(extra={"targets": targets} if targets else {}))


def test_the_name_decides() -> None:
    assert target_of(book(), query("orders"), SQL, HERE) == ORDERS


def test_the_only_one_that_the_runbook_names() -> None:
    assert target_of(book(["orders", "cluster"]), query(), SQL, HERE) == ORDERS
    assert target_of(book(["orders", "other"]), query(), SQL, HERE) is None
    assert target_of(book(), query(), SQL, HERE) is None


def test_the_configuration_goes_before_the_front_matter() -> None:
    written = {"orders": "postgresql://elsewhere/orders", "reports": "postgresql://db/reports"}
    assert target_of(book(written), query("orders"), SQL, HERE) == ORDERS
    found = target_of(book(written), query("reports"), SQL, HERE)
    assert found == Target("reports", "postgresql", {"url": "postgresql://db/reports"})


@pytest.mark.parametrize("reference", ["env:AWS_SECRET_ACCESS_KEY", "file:/etc/shadow", "command:touch /here"])
def test_a_document_may_not_say_where_a_secret_is(reference: str) -> None:
    written = {"reports": {"kind": "postgresql", "host": "elsewhere", "password": reference}}
    with pytest.raises(InputError, match="a document may not say where one is"):
        target_of(book(written), query("reports"), SQL, HERE)


def test_a_shell_command_runs_here_unless_it_names_a_host() -> None:
    shell = FakeExecutor({}, kinds=(TargetKind("ssh"),))
    hosts = Known({"web-1": Target("web-1", "ssh")})
    assert target_of(book(["web-1"]), command("uptime"), shell, hosts) is None
    there = replace(command("uptime"), attributes=Attributes(target="web-1"))
    assert target_of(book(["web-1"]), there, shell, hosts) == Target("web-1", "ssh")


def test_unknown_and_unfit_targets_are_refused() -> None:
    with pytest.raises(InputError, match="there is no target `ordres`"):
        target_of(book(), query("ordres"), SQL, HERE)
    with pytest.raises(InputError, match="of kind kubernetes, and `sql` runs on postgresql"):
        target_of(book(), query("cluster"), SQL, HERE)


class Clusters(FakeExecutor):
    """Speaks to clusters: without a target, to the current one."""

    def concerned(self, commands: Sequence[Command]) -> bool:
        return True

    def lend(self, place: Place) -> Lent | None:
        return None


KUBERNETES = Clusters({}, languages=frozenset({"kubernetes"}), kinds=(TargetKind("kubernetes"),))
HTTP = FakeExecutor({}, languages=frozenset({"http"}), kinds=(TargetKind("http"),))


def fence(language: str, target: str = "", *, needs: bool = False) -> Command:
    made = replace(command("x"), language=language, attributes=Attributes(target=target))
    return replace(made, analysis=replace(made.analysis, needs_target=needs))


@pytest.mark.parametrize(
    ("targets", "run", "executor", "meant"),
    [
        (["orders", "nowhere"], fence("sql", needs=True), SQL, "orders"),
        (["cluster", "nowhere"], fence("kubernetes"), KUBERNETES, "cluster"),
        (["nowhere"], fence("http"), HTTP, ""),
        ({"nowhere": "postgresql://db/x"}, fence("kubernetes"), KUBERNETES, ""),
        ({"nowhere": {"kind": "postgresql", "password": "env:PW"}}, fence("kubernetes"), KUBERNETES, ""),
        (["named"], fence("kubernetes"), KUBERNETES, ""),
    ],
)
def test_an_unknown_target_of_another_kind_refuses_nothing(
    targets: Any, run: Command, executor: FakeExecutor, meant: str
) -> None:
    naming = phase("look", PhaseKind.READ, step("s", run=fence("sql", "named")))
    found = target_of(replace(book(targets), phases=(naming,)), run, executor, HERE, {"sql": SQL}.get)
    assert (found.name if found else "") == meant


@pytest.mark.parametrize(
    ("targets", "run", "executor", "said"),
    [
        (["nowhere"], fence("sql", needs=True), SQL, "there is no target `nowhere`"),
        (["nowhere"], fence("kubernetes"), KUBERNETES, "there is no target `nowhere`"),
        (["nowhere"], fence("http", needs=True), HTTP, "there is no target `nowhere`"),
        (["a", "b"], fence("kubernetes"), KUBERNETES, "there are no targets `a`, `b`, one of which is meant"),
        (["shared"], fence("sql", needs=True), SQL, "there is no target `shared`"),
    ],
)
def test_an_unknown_target_that_may_be_meant_is_refused(
    targets: Any, run: Command, executor: FakeExecutor, said: str
) -> None:
    naming = phase("look", PhaseKind.READ, step("s", run=fence("sh", "shared")))
    shell = FakeExecutor({}, kinds=(TargetKind("ssh"), TargetKind("postgresql")))
    with pytest.raises(InputError, match=said):
        target_of(replace(book(targets), phases=(naming,)), run, executor, HERE, {"sh": shell}.get)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("orders", (Target("orders"),)),
        (["a", "b"], (Target("a"), Target("b"))),
        ({"api": "https://api.example"}, (Target("api", "http", {"url": "https://api.example"}),)),
        (
            {"k": {"kind": "kubernetes", "context": "eu", "production": True}},
            (Target("k", "kubernetes", {"context": "eu"}, production=True),),
        ),
        ({"x": 3}, (Target("x"),)),
        (7, ()),
    ],
)
def test_front_matter_declares_targets(written: Any, expected: tuple[Target, ...]) -> None:
    assert declared(written) == expected


def test_what_is_set_in_one_place_is_not_set_in_another(tmp_path: Path) -> None:
    there = step("there", run=replace(using(command("kill $PID"), "PID"), attributes=Attributes(target="web-1")))
    table = Table(step("here", run=command("x")), there)
    walk = table.walk(tmp_path)
    walk.observe(e.StateCarried(1, "/", {"PID": "declare -- PID=1"}))
    assert missing(walk, there) == ("PID",)
    walk.observe(e.StateCarried(2, "/var", {"PID": "declare -- PID=7"}, target="web-1"))
    assert missing(walk, there) == ()
    assert walk.state.carried is not None
    assert walk.state.carried.directory == "/"
