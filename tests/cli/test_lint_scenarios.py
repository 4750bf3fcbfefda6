"""What lint says of runbooks that have scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Here

BOOK = """\
# Up

## Diagnosis

```sh {id=look}
uptime
```

- If `stdout == 'up'`, resolved.
- If `stdout == 'gone'`, follow [another](other.md).
- Otherwise, escalate.
"""
OTHER = (
    "# Other\n\n## Diagnosis\n\n```sh {id=there}\nuptime\n```\n\n- If `stdout == 'x'`, resolved.\n"
    "- Otherwise, escalate.\n"
)
GOOD = "scenarios:\n  - name: it is up\n    commands: {look: up}\n"
CODES = "untested-branch,bad-scenarios,never-drilled"


@pytest.fixture
def world(here: Here, monkeypatch: pytest.MonkeyPatch) -> Here:
    monkeypatch.setenv("XDG_CACHE_HOME", str(here.folder / "cache"))
    monkeypatch.setenv("RUNBOOK_STORE", str(here.folder / "journal.db"))
    here.write("books/up.md", BOOK)
    here.write("books/other.md", OTHER)
    here.write("books/up.scenarios.yaml", GOOD)
    return here


def found(here: Here, *arguments: str) -> list[str]:
    done = here.call("lint", "--select", CODES, "--quiet", *(arguments or ("books",)))
    return [line for line in done.out.splitlines() if line.startswith(("books", "../"))]


def test_a_branch_that_no_scenario_takes_is_told_with_its_place(world: Here) -> None:
    assert [line.split(": ", 1)[0] for line in found(world)] == [
        "books/up.md:10:3",
        "books/up.md:11:3",
    ]
    assert "no scenario takes this: If stdout == 'gone', follow another." in found(world)[0]


def test_what_has_no_scenarios_is_left_alone(world: Here) -> None:
    (world.folder / "books/up.scenarios.yaml").unlink()

    assert found(world) == []


def test_a_scenario_more_is_seen_at_once_and_so_is_a_change_of_another_runbook(world: Here) -> None:
    assert len(found(world)) == 2
    more = (
        "  - name: it is gone\n    commands: {look: gone, 'other.md#there': x}\n    answers: {end: {end: resolved}}\n"
    )
    world.write("books/up.scenarios.yaml", GOOD + more + "  - name: it is down\n    commands: {look: down}\n")
    assert found(world) == []
    # The other runbook ends otherwise now, which is no less of a walk; without the step there is none.
    world.write("books/up.md", BOOK.replace("id=look", "id=looks"))
    assert ["bad-scenarios" in line for line in found(world)] == [True, True, True]


def test_a_file_that_cannot_be_used_is_an_error_with_its_place(world: Here) -> None:
    world.write("books/up.scenarios.yaml", "scenarios:\n  - name: it is up\n    comands: {look: up}\n")
    done = world.call("lint", "--select", CODES, "books")

    assert done.code == 1
    assert "books/up.scenarios.yaml:3:5: error bad-scenarios: nothing is called `comands` here" in done.out


def test_the_file_of_scenarios_stands_for_its_runbook(world: Here) -> None:
    assert found(world, "books/up.scenarios.yaml") == found(world, "books/up.md")


def test_a_comment_takes_it_back(world: Here) -> None:
    comment = "<!-- runbook-lint-disable-file untested-branch never-drilled -->"
    world.write("books/up.md", BOOK.replace("# Up\n", f"# Up\n\n{comment}\n"))

    assert found(world) == []
    assert "unused-suppression" not in world.call("lint", "--ignore", "untested-branch", "books/up.md").out


def test_nobody_has_drilled_it_is_said_only_where_people_drill(world: Here) -> None:
    world.write("books/third.md", BOOK)
    world.write("books/third.scenarios.yaml", GOOD)
    assert not any("never-drilled" in line for line in found(world))
    world.call("runs", "--drills")  # which makes an empty journal, where there is none
    assert not any("never-drilled" in line for line in found(world))
    drilled(world.folder / "journal-drills.db", world.folder / "books/third.md")

    assert [line for line in found(world) if "never-drilled" in line] == [
        "books/up.md:1:1: warning never-drilled: nobody has drilled it here yet"
    ]


def drilled(journal: Path, runbook: Path) -> None:
    from runbook_runner.model import events as e
    from runbook_runner.run.clock import SystemClock
    from runbook_runner.run.journal import Journal
    from runbook_runner.stores.sqlite import SqliteStore

    store = SqliteStore.open(journal)
    one = Journal(store, "drill-1", SystemClock())
    one.observe(
        e.RunStarted(
            str(runbook),
            "Up",
            "",
            "",
            "somebody",
            "here",
            0.0,
            "",
            "",
            {},
            {},
            "drill",
            False,
            "",
            str(runbook.parent),
            "",
        )
    )
    one.observe(e.RunEnded("resolved", "branch"))
    store.close()
