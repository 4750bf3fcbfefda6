"""`runbook run`: what its options mean, and that what is refused leaves no run behind."""

from __future__ import annotations

import json
import time

import click
import pytest
from click.shell_completion import ShellComplete

from runbook_runner.cli.main import cli
from tests.cli.program import Here

BOOK = """\
# Book

## Diagnosis

1. Look:

   ```sh {id=look}
   cat "$PLACE"
   ```

   - If `exit_code == 0`, go to [Fix](#fix).

## Fix

Mend it:

```sh {id=mend effect=change}
touch "$PLACE"
```
"""


@pytest.fixture
def book(here: Here, monkeypatch: pytest.MonkeyPatch) -> Here:
    here.write("runbooks/book.md", BOOK)
    monkeypatch.setenv("RUNBOOK_STORE", str(here.folder / "journal.db"))
    return here


def runs(here: Here) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(here.call("runs", "--json").out)
    return found


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--from", "nonsense"], "there is no step 'nonsense'"),
        (["--param", "OTHER=1"], "--param: this runbook has no parameter OTHER; it has PLACE"),
        (["--param", "PLACE=a b"], "--param: PLACE: it holds ' '"),
        (["--since", "20x"], "'20x' is not a time"),
        (["--since", "2099-01-01"], "'2099-01-01' has not come yet"),
    ],
)
def test_what_is_refused_leaves_no_run_behind(book: Here, flags: list[str], said: str) -> None:
    done = book.call("run", "book", "--auto", *flags)
    assert (done.code, said in done.err) == (2, True), done
    assert runs(book) == []


def test_since_is_the_time_of_the_page(book: Here) -> None:
    assert book.call("run", "book", "--auto", "--since", "20m ago", "--param", "PLACE=x").code == 3
    assert runs(book)[0]["page"] == pytest.approx(time.time() - 1200, abs=60)


def test_a_section_is_a_place_to_begin(book: Here) -> None:
    done = book.call("run", "book", "--auto", "--from", "fix")
    assert "Mend it" in done.out
    assert "Look" not in done.out


def test_a_dry_run_says_where_each_way_leads_in_words(book: Here) -> None:
    done = book.call("run", "book", "--dry-run")
    assert "  if exit_code == 0 -> 2, Mend it" in done.out.splitlines()
    assert runs(book) == []


def test_a_dry_run_says_which_values_are_needed_where_and_asks_for_none(book: Here) -> None:
    text = """---
parameters: {LIMIT: {type: integer}, STAGE: {choices: [prod, test]}}
---
# Measure

```sh
echo "$PLACE" 97
```

Expected: `size(stdout) < LIMIT`

## Which

- If `STAGE == "prod"`, escalate.
- Otherwise, continue.

## Again

```sh
echo "$PLACE"
```

Expected: `size(stdout) < LIMIT`
"""
    book.write("measure.md", text)
    done = book.call("run", "measure.md", "--dry-run")
    assert [line for line in done.out.splitlines() if "needs" in line] == ["  needs PLACE, LIMIT", "  needs STAGE"]
    assert (done.code, runs(book)) == (0, [])


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("run book --from ", ["look", "mend"]),
        ("run book --from m", ["mend"]),
        ("run book --param ", ["PLACE="]),
        ("run nothing --from ", []),
        ("show ", ["RUN"]),
        ("resume RUN", ["RUN"]),
        ("report zz", []),
        ("watch ", ["RUN"]),
        ("takeover ", ["RUN"]),
        ("handoff RUN", ["RUN"]),
        ("verify ", ["RUN"]),
        ("export ", ["RUN"]),
    ],
)
def test_tab_offers_what_may_stand_there(book: Here, line: str, offered: list[str]) -> None:
    book.call("run", "book", "--auto", "--param", "PLACE=x")
    run = str(runs(book)[0]["run"])
    words = line.replace("RUN", run).split(" ")
    done = completed(cli, words[:-1], words[-1])
    assert done == [each.replace("RUN", run) for each in offered]


def completed(command: click.Command, words: list[str], begun: str) -> list[str]:
    complete = ShellComplete(command, {}, "runbook", "_RUNBOOK_COMPLETE")
    return [item.value for item in complete.get_completions(words, begun)]


def test_the_end_of_a_path_is_enough_where_it_names_one_runbook(book: Here) -> None:
    for name in ("book.md", "book.md#fix"):
        assert "runbooks/book.md" in book.call("inspect", name).out
    book.write("runbooks/old/book.md", BOOK)
    several = book.call("inspect", "book.md")
    assert (several.code, "book.md: no such file" in several.err) == (2, True)
    assert book.call("inspect", "old/book.md").code == 0
    assert book.call("inspect", "ook.md").code == 2


def test_what_to_call_next_names_the_journal_that_a_flag_named(book: Here) -> None:
    where = str(book.folder / "an other.db")
    there = book.call("run", "book", "--auto", "--param", "PLACE=x", "--store", where)
    assert f"--store '{where}'` goes on" in there.err
    assert "--store" not in book.call("run", "book", "--auto", "--param", "PLACE=x").err
