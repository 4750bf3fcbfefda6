"""`runbook render`, as its user has it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

PROGRAM = str(Path(sys.executable).with_name("runbook"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks/disk.md").write_text("# Disk\n\n## Diagnosis\n\n```sh\ndf\n```\n", "utf-8")
    return tmp_path


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, "render", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=180,
    )


def test_all_runbooks_found_here_by_default(folder: Path) -> None:
    first, second = run(folder), run(folder)

    assert (first.stdout, first.stderr, first.returncode) == (
        "site/index.html: 1 made, 0 unchanged, 0 removed\n",
        "",
        0,
    )
    assert second.stdout == "site/index.html: 0 made, 1 unchanged, 0 removed\n"
    assert "runbook run runbooks/disk.md" in (folder / "site/runbooks/disk.html").read_text("utf-8")


@pytest.mark.slow
def test_a_long_run_shows_how_far_it_is_and_leaves_nothing_behind(folder: Path) -> None:
    text = (folder / "runbooks/disk.md").read_text("utf-8")
    for number in range(600):
        (folder / f"runbooks/disk-{number}.md").write_text(text + "\nSome `more` [text](disk.md).\n" * 40, "utf-8")
    child = pexpect.spawn(PROGRAM, ["render", "--jobs", "1"], cwd=str(folder), timeout=180, encoding="utf-8")
    child.expect(r"\[#*-+\] \d+/601 pages")
    child.expect("601 made")
    child.expect(pexpect.EOF)
    last = str(child.before)

    assert "pages\x1b[K" not in last


@pytest.mark.slow
def test_ctrl_c_ends_it_at_once_and_the_next_run_goes_on(folder: Path) -> None:
    for number in range(2200):  # more than are done before a slow machine comes to send the key
        (folder / f"runbooks/disk-{number}.md").write_text("# Disk\n\nSome `more` [text](disk.md).\n" * 30, "utf-8")
    child = pexpect.spawn(PROGRAM, ["render", "--jobs", "2"], cwd=str(folder), timeout=180, encoding="utf-8")
    child.expect(r"\d+/2201 pages")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.wait()
    child.close()

    assert child.exitstatus == 130
    assert "Traceback" not in str(child.before)
    for number in range(300, 2200):
        (folder / f"runbooks/disk-{number}.md").unlink()
    assert run(folder).returncode == 0


def test_bad_input_is_told_without_a_traceback(folder: Path) -> None:
    (folder / "full").mkdir()
    (folder / "full/mine.txt").write_text("mine", "utf-8")
    (folder / "empty").mkdir()
    for arguments, said in {
        ("none.md",): "none.md: no such file or folder",
        ("empty",): "no runbook is found in empty",
        ("-o", "full"): "full holds files that `runbook render` did not write",
        ("-o", "full/mine.txt"): "full/mine.txt",
        ("-o", "runbooks/disk.md/x"): "runbooks/disk.md/x",
    }.items():
        done = run(folder, *arguments)
        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr
    assert (folder / "full/mine.txt").read_text("utf-8") == "mine"


def test_what_is_missing_is_told_and_strict_makes_it_fail(folder: Path) -> None:
    (folder / "runbooks/disk.md").write_text("# Disk\n\n![x](none.png)\n", "utf-8")
    done = run(folder)

    assert done.returncode == 0
    assert done.stderr == "runbooks/disk.md:3: there is no none.png\n"
    assert run(folder, "--strict").returncode == 2


def test_a_page_names_no_path_of_this_machine(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    done = run(elsewhere, str(folder / "runbooks"), "-o", "out")

    assert done.returncode == 0
    for file in (elsewhere / "out").rglob("*"):
        if file.is_file():
            assert str(folder) not in file.read_text("utf-8"), file


def test_hidden_folders_and_the_site_itself_are_passed_over(folder: Path) -> None:
    for place in (".venv/lib", "site/files", "notes"):
        (folder / place).mkdir(parents=True)
        (folder / place / "x.md").write_text("# X\n", "utf-8")
    done = run(folder, ".", "--force")

    assert done.stdout == "site/index.html: 2 made, 0 unchanged, 0 removed\n"


def test_a_repeatable_build_names_its_own_day(folder: Path) -> None:
    text = "---\ntitle: Disk\nreviewed: {by: a, date: 2026-01-01, every: 90d}\n---\n"
    (folder / "runbooks/disk.md").write_text(text, "utf-8")
    run(folder, SOURCE_DATE_EPOCH="1767312000")
    early = (folder / "site/runbooks/disk.html").read_bytes()
    run(folder, SOURCE_DATE_EPOCH="1790000000")

    assert b"due</span>" in early
    assert b"overdue since" in (folder / "site/runbooks/disk.html").read_bytes()


def test_what_no_scenario_walks_is_marked_in_the_graph(folder: Path) -> None:
    book = "# Disk\n\n## Diagnosis\n\n```sh {id=look}\ndf\n```\n\n- If `stdout == 'full'`, escalate.\n"
    (folder / "runbooks/disk.md").write_text(book + "- Otherwise, resolved.\n", "utf-8")
    scenarios = "scenarios:\n  - name: a\n    commands: {look: fine}\n"
    (folder / "runbooks/disk.scenarios.yaml").write_text(scenarios, "utf-8")
    page = folder / "site/runbooks/disk.html"

    assert run(folder).returncode == 0
    assert "untested" not in page.read_text("utf-8")
    assert run(folder, "--coverage").returncode == 0
    marked = page.read_text("utf-8")
    assert marked.count("no scenario takes it") == 1
    assert 'class="edge predicate untested"' in marked
    assert "scenarios walk" in marked

    (folder / "runbooks/disk.scenarios.yaml").write_text(scenarios + "  - name: b\n    commands: {look: full}\n")
    assert run(folder, "--coverage").returncode == 0
    assert "no scenario takes it" not in page.read_text("utf-8")
