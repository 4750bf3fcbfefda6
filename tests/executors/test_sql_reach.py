"""Which database a change would touch: a silent one costs one wait in a run, not one at each prompt."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from runbook_runner.executors._sql_reach import FRESH, Facts, Reach
from runbook_runner.model.target import Target

ORDERS = Target("orders", "postgresql", {"url": "postgresql://clerk@db.example/orders"})
PRIMARY: Facts = {"database": "orders", "user": "clerk", "replica": False, "host": "db.example", "port": 5432}
REACHED = "database orders on db.example as clerk (primary)"
NOT_REACHED = "database orders on db.example as clerk (not reached)"


class Database:
    """Says who it is once it may, and counts how often it was asked."""

    def __init__(self) -> None:
        self.facts: Facts | None = PRIMARY
        self.asked = 0
        self.silent = threading.Event()
        self.silent.set()
        self.now = 0.0

    def ask(self, target: Target) -> Facts | None:
        self.asked += 1
        assert self.silent.wait(60)
        return self.facts

    def reach(self, patience: float = 30.0) -> Reach:
        return Reach(self.ask, lambda: self.now, patience)


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database()
    yield made
    made.silent.set()


def test_an_answer_holds_for_a_while(database: Database) -> None:
    reach = database.reach()
    assert [reach.told(ORDERS), reach.told(ORDERS)] == [REACHED] * 2
    assert database.asked == 1
    database.facts = {**PRIMARY, "replica": True}
    database.now = FRESH + 1
    assert reach.told(ORDERS) == REACHED.replace("primary", "replica")


def test_another_role_is_another_question(database: Database) -> None:
    reach = database.reach()
    reach.told(ORDERS)
    reach.told(Target("orders", "postgresql", {"url": "postgresql://owner@db.example/orders"}))
    assert database.asked == 2


def test_a_silent_one_is_waited_for_once_and_asked_in_the_background(database: Database) -> None:
    database.silent.clear()
    reach = database.reach(patience=0.05)
    assert [reach.told(ORDERS) for _ in range(3)] == [NOT_REACHED] * 3
    assert database.asked == 1, "one question is open at a time"
    database.silent.set()
    asking = reach.known[repr(ORDERS)].asking
    assert asking is not None
    asking.join(30)
    assert reach.told(ORDERS) == REACHED


def test_one_that_refused_is_asked_again(database: Database) -> None:
    reach = database.reach()
    database.facts = None
    assert reach.told(ORDERS) == NOT_REACHED
    database.facts = PRIMARY
    reach.told(ORDERS)
    asking = reach.known[repr(ORDERS)].asking
    assert asking is not None
    asking.join(30)
    assert reach.told(ORDERS) == REACHED


def test_what_is_remembered_is_bounded(database: Database) -> None:
    reach = database.reach()
    for number in range(50):
        reach.told(Target(f"t{number}", "postgresql", {"url": "postgresql://db.example/x"}))
    assert len(reach.known) <= 16
