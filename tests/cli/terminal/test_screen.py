"""The rows of a menu: what is cut still tells the branches apart."""

from __future__ import annotations

from runbook_runner.cli.terminal.screen import key_rows, menu_rows
from runbook_runner.ports import WAYS, Menu, Option

WORDS = "if json.result == 'a value that is long enough to be cut'"
REST = (Option("r", "run again"), Option("o", "overrule"), Option("n", "note"), Option("x", "escalate"))


def branches(count: int) -> tuple[Option, ...]:
    return tuple(Option(WAYS[place], f"Mend part {place + 1}, {WORDS}") for place in range(count))


def test_many_branches_are_a_list_with_the_hint_on_top() -> None:
    options = (Option("enter", "Mend part 3", hint=True), *branches(9), *REST)
    rows = key_rows(options, 80, False, most=3)
    assert rows[0] == "> [Enter] Mend part 3"
    assert rows[1:10] == [f"[{n}] Mend part {n}, {WORDS}" for n in range(1, 10)]
    assert rows[10].startswith("[r] run again")


def test_few_branches_share_rows_and_begin_with_where_they_lead() -> None:
    rows = key_rows((*branches(5), *REST), 80, False, most=3)
    assert len(rows) <= 3
    assert all(f"[{n}] Mend part {n}" in "".join(rows) for n in range(1, 6))


def test_a_list_leaves_what_must_stay_in_sight_and_fits_the_screen() -> None:
    menu = Menu("Which way on?", (*branches(9), *REST), ("  $ look", "PASSED  exit 0"))
    rows = menu_rows(menu, menu.options, 80, 24, False)
    assert rows[:2] == ["  $ look", "PASSED  exit 0"]
    assert len(menu_rows(menu, menu.options, 80, 10, False)) < 10
