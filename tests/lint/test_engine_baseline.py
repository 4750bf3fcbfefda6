"""A baseline: what a team knows is counted, what is new is told, what is mended is told as stale."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runbook_runner.errors import InputError
from runbook_runner.lint import baseline
from runbook_runner.lint.baseline import Baseline
from runbook_runner.lint.choice import Choice
from runbook_runner.lint.engine import Job, lint
from runbook_runner.lint.sieve import Wishes
from runbook_runner.model.finding import Stale
from runbook_runner.registry import format_for
from tests.lint.linting import DEAD, QUIET, read, run, told, write

ONLY = Choice(select=frozenset({"dead-anchor"}))


def taken(folder: Path, files: tuple[str, ...], old: Baseline | None = None, only: Choice = ONLY) -> Baseline:
    """Write a baseline of what there is now, and read it."""
    job = Job(files=files, read=read, form=format_for("lint_text"), wishes=Wishes(only, baseline=old, writes=True))  # type: ignore[arg-type]
    found = lint(job, len).baseline
    baseline.save(str(folder / "known.json"), baseline.merged(old, str(folder), found))
    return baseline.load(str(folder / "known.json"))


def test_what_is_known_is_counted_and_not_told(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": DEAD, "b.md": DEAD})
    known = taken(tmp_path, files[:1])

    _, summary = run(files, Wishes(ONLY, baseline=known))

    assert (summary.errors, summary.known, summary.stale) == (1, 1, ())
    assert told(files, wishes=Wishes(ONLY, baseline=known)) == ["b.md:3 dead-anchor"]


def test_lines_may_move_and_change_their_spacing(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": DEAD})
    known = taken(tmp_path, files)
    write(tmp_path, {"a.md": "# New\n\nAbove.\n\n-   See  [the fix](#nowhere).\n"})

    assert told(files, wishes=Wishes(ONLY, baseline=known)) == ["a.md:5 dead-anchor"], "the dash is a new word"
    write(tmp_path, {"a.md": "# New\n\nAbove.\n\n  See  [the   fix](#nowhere).\n"})
    assert told(files, wishes=Wishes(ONLY, baseline=known)) == []


def test_one_more_of_the_same_is_new(tmp_path: Path) -> None:
    quoted = Choice(select=frozenset({"smart-quote"}))
    fence = "```sh\necho “a”\n```\n"
    files = write(tmp_path, {"a.md": f"# Disk\n\n{fence}"})
    known = taken(tmp_path, files, only=quoted)
    write(tmp_path, {"a.md": f"# Disk\n\n{fence}\n{fence}"})

    _, summary = run(files, Wishes(quoted, baseline=known))

    assert (summary.errors, summary.known) == (1, 1)


def test_what_is_mended_or_gone_is_stale(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": DEAD, "b.md": DEAD, "c.md": DEAD})
    known = taken(tmp_path, files)
    write(tmp_path, {"a.md": QUIET})
    Path(files[1]).unlink()

    text, summary = run((files[0],), Wishes(ONLY, baseline=known), form="text")

    assert summary.stale == (Stale(files[0], "dead-anchor", 1), Stale("b.md", "dead-anchor", 1))
    assert "2 in the baseline are there no more" in text
    assert "c.md" not in text, "it was not looked at"


def test_it_holds_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"docs/a.md": DEAD})
    monkeypatch.chdir(tmp_path)
    known = taken(tmp_path, ("docs/a.md",))
    assert list(known.files) == ["docs/a.md"]
    monkeypatch.chdir(tmp_path / "docs")

    assert told(("a.md",), wishes=Wishes(ONLY, baseline=known)) == []


def test_writing_again_keeps_what_was_not_looked_at(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": DEAD, "b.md": DEAD, "c.md": DEAD})
    known = taken(tmp_path, files)
    write(tmp_path, {"a.md": QUIET})
    Path(files[2]).unlink()

    known = taken(tmp_path, files[:1], known)

    assert list(known.files) == ["b.md"]


def test_rules_that_are_not_selected_do_not_make_it_stale(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": DEAD})
    known = taken(tmp_path, files)

    _, summary = run(files, Wishes(Choice(select=frozenset({"missing-owner"})), baseline=known))

    assert (summary.known, summary.stale) == (0, ())


def test_it_reads_well_in_a_review(tmp_path: Path) -> None:
    files = write(tmp_path, {"b.md": DEAD, "a.md": DEAD})
    taken(tmp_path, files)
    text = (tmp_path / "known.json").read_text(encoding="utf-8")

    assert list(json.loads(text)["findings"]) == ["a.md", "b.md"]
    assert len(text.splitlines()) > 10, "one fact a line"


@pytest.mark.parametrize(
    "text", ["", "[]", '{"version": 1}', '{"version": 9, "findings": {}}', '{"findings": 1}', "\xff"]
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "known.json").write_text(text, encoding="latin-1")

    with pytest.raises(InputError) as error:
        baseline.load(str(tmp_path / "known.json"))

    assert "known.json" in error.value.message
    assert "--write-baseline" in error.value.hint
