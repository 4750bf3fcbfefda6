"""`runbook lint` as its user calls it: flags, configuration, files, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runbook_runner.cli.linting import cache_folder
from runbook_runner.cli.main import run

QUIET = "---\nowner: team-a\n---\n# A disk fills up\n\nNothing to be said about it.\n"
DEAD = "---\nowner: team-a\n---\n# A disk fills up\n\nSee [the fix](#nowhere).\n"
OWNERLESS = "# Restart the worker\n\n## Mitigation\n\n```sh\nsystemctl restart worker\n```\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of her own, where the program keeps what it keeps."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        place = folder / (name.replace("__", "/") + ".md")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["lint", *arguments])
    output = capsys.readouterr()
    return code, output.out, output.err


def test_the_runbooks_of_the_configuration_are_linted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here, runbooks__a=DEAD, docs__b=DEAD)

    code, out, _ = said(capsys, "--select", "correctness")
    assert code == 1
    assert "runbooks/a.md:6:5: error dead-anchor: nothing here is called `#nowhere`\n" in out
    assert "b.md" not in out

    (here / "runbook.toml").write_text('runbooks = ["docs"]\n', encoding="utf-8")
    code, out, _ = said(capsys, "--select", "correctness")
    assert "docs/b.md:6:5" in out
    assert "a.md" not in out


def test_exit_codes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here, good=QUIET, bad=DEAD, ownerless=OWNERLESS)

    assert said(capsys, "good.md", "--select", "missing-owner")[0] == 0
    assert said(capsys, "bad.md")[0] == 1
    assert said(capsys, "ownerless.md", "--select", "missing-owner")[0] == 0
    assert said(capsys, "ownerless.md", "--select", "missing-owner", "--strict")[0] == 1
    assert said(capsys, "no-such.md")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["god.md"], "god.md: no such file or folder", "did you mean `good.md`?"),
        (["empty"], "there is no Markdown file in empty", "name files or folders"),
        ([], "there is no Markdown file in runbooks", "set `runbooks` in runbook.toml"),
        (
            ["good.md", "--select", "dead-ancor"],
            "--select: there is no rule and no group 'dead-ancor'",
            "`dead-anchor`?",
        ),
        (["good.md", "--ignore", "stile"], "--ignore: there is no rule and no group 'stile'", "`style`?"),
        (["--explain", "dead-fil"], "there is no rule 'dead-fil'", "did you mean `dead-file`?"),
        (["--explain", "style"], "there is no rule 'style'", ""),
        (["good.md", "--write-baseline"], "there is no baseline to write", "--baseline FILE"),
        (["good.md", "--baseline", "none.json"], "none.json: no such file", "--write-baseline"),
        (["good.md", "-o", "no-such/out"], "no-such/out: no such file", "name another file"),
    ],
)
def test_bad_input_says_what_to_do(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str, hint: str
) -> None:
    put(here, good=QUIET)
    (here / "empty").mkdir()

    code, _, err = said(capsys, *arguments)

    assert code == 2
    assert message in err
    assert hint in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("table", "message", "hint"),
    [
        ("ingore = []", "there is no setting 'ingore'", "did you mean `ignore`?"),
        ("per_file_ignores = {}", "there is no setting 'per_file_ignores'", "did you mean `per-file-ignores`?"),
        ('strict = "yes"', "strict: expected bool, got str", ""),
        ("select = [1]", "select[0]: expected str, got int", ""),
        ('select = ["dead-ancor"]', "there is no rule and no group 'dead-ancor'", "`dead-anchor`?"),
        ('[lint.per-file-ignores]\n"*.md" = ["x"]', "per-file-ignores: there is no rule and no group 'x'", ""),
        ('baseline = "known.json"', "known.json: no such file", "--write-baseline"),
    ],
)
def test_a_bad_configuration_is_told_with_its_file(
    here: Path, capsys: pytest.CaptureFixture[str], table: str, message: str, hint: str
) -> None:
    put(here, good=QUIET)
    (here / "runbook.toml").write_text(f"[lint]\n{table}\n", encoding="utf-8")

    code, _, err = said(capsys, "good.md")

    assert code == 2
    assert message in err
    assert hint in err
    if "baseline" not in table:
        assert "runbook.toml" in err


def test_the_configuration_of_pyproject(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here, bad=DEAD)
    (here / "pyproject.toml").write_text('[tool.runbook.lint]\nignore = ["dead-anchor"]\n', encoding="utf-8")

    assert said(capsys, "bad.md", "--select", "missing-owner")[0] == 0
    assert said(capsys, "bad.md")[0] == 0
    assert said(capsys, "bad.md", "--select", "dead-anchor")[0] == 1, "what the command line names wins"


def test_patterns_leave_out_files_and_rules(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here, docs__old__a=DEAD, docs__b=DEAD, docs__c=DEAD, docs__draft_d=DEAD)
    (here / "runbook.toml").write_text(
        '[lint]\nexclude = ["docs/old/", "draft_*"]\n[lint.per-file-ignores]\n"docs/b.md" = ["correctness"]\n',
        encoding="utf-8",
    )

    code, out, _ = said(capsys, "docs", "--select", "correctness,missing-owner")

    assert code == 1
    assert [line.split(":")[0] for line in out.splitlines() if " error " in line] == ["docs/c.md"]
    assert "in 1 of 2 files; 2 files excluded" in out
    (here / "docs").joinpath("sub").mkdir()
    os.chdir(here / "docs" / "sub")
    assert said(capsys, "../b.md", "--select", "correctness")[0] == 0
    assert said(capsys, "../old/a.md", "--select", "correctness")[0] == 0, "excluded is excluded, also when named"


def test_what_is_skipped_in_folders(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here, a=DEAD, README=DEAD, ChangeLog=DEAD, _git__b=DEAD, node_modules__c=DEAD)
    (here / "_git").rename(here / ".git")
    (here / "notes.txt").write_text(DEAD, encoding="utf-8")
    (here / "around").symlink_to(".")

    _, out, _ = said(capsys, ".", "--select", "dead-anchor", "-q")

    assert [line.split(":")[0] for line in out.splitlines() if " error " in line] == ["a.md"]
    _, out, _ = said(capsys, "README.md", "notes.txt", "--select", "dead-anchor", "-q")
    assert [line.split(":")[0] for line in out.splitlines() if " error " in line] == ["README.md", "notes.txt"]


def test_a_file_that_is_named_twice_is_linted_once(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here, docs__a=DEAD)

    _, out, _ = said(capsys, "docs", "docs/a.md", "./docs/../docs/a.md", str(here / "docs"))

    assert out.count("error dead-anchor") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into every folder")
def test_a_folder_that_cannot_be_looked_into_is_a_finding(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here, docs__a=QUIET, docs__locked__b=DEAD)
    (here / "docs/locked").chmod(0)

    code, out, _ = said(capsys, "docs")
    (here / "docs/locked").chmod(0o700)

    assert code == 1
    assert "docs/locked:1:1: error unreadable: permission denied" in out


def test_a_baseline_lets_a_team_start_today(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here, docs__a=DEAD, docs__b=OWNERLESS)
    (here / "runbook.toml").write_text('[lint]\nbaseline = "known.json"\nstrict = true\n', encoding="utf-8")

    code, out, _ = said(capsys, "docs", "--write-baseline")
    assert code == 0
    assert "known.json knows" in out

    code, out, _ = said(capsys, "docs")
    assert code == 0
    assert "nothing found in 2 files; " in out
    assert "in the baseline" in out

    put(here, docs__a=QUIET, docs__c=DEAD)
    code, out, _ = said(capsys, "docs", "--select", "dead-anchor")
    assert code == 1
    assert "docs/c.md:6:5" in out
    assert "stale in the baseline: docs/a.md: 1 dead-anchor" in out
    assert json.loads(said(capsys, "docs", "--format", "json")[1])["stale"][0]["path"] == "docs/a.md"


def test_output_goes_to_a_file_whole(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here, a=DEAD)
    (here / "out.json").write_text("before", encoding="utf-8")

    code, out, _ = said(capsys, "a.md", "--format", "json", "--output", "out.json")

    assert (code, out) == (1, "")
    assert json.loads((here / "out.json").read_text(encoding="utf-8"))["summary"]["errors"] == 1
    assert sorted(file.name for file in here.iterdir() if file.is_file()) == ["a.md", "out.json"]


def test_what_is_no_file_is_written_to_and_not_replaced(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here, bad=DEAD)
    os.mkfifo(here / "pipe")
    (here / "link").symlink_to("real")
    (here / "real").write_text("old")
    reading = os.open(here / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    for place in ("pipe", "link"):
        assert said(capsys, "bad.md", "-o", place)[0] == 1
    assert b"dead-anchor" in os.read(reading, 65536)
    os.close(reading)
    assert (here / "pipe").is_fifo()
    assert (here / "link").is_symlink()
    assert "dead-anchor" in (here / "real").read_text()


def test_statistics(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here, a=DEAD + "\n[b](#b)\n", b=OWNERLESS)

    code, out, _ = said(capsys, ".", "--statistics", "--select", "dead-anchor,missing-owner")

    assert code == 1
    lines = [line.split()[:3] for line in out.splitlines() if line.strip()]
    assert lines[:2] == [["2", "error", "dead-anchor"], ["1", "warning", "missing-owner"]]
    assert "a.md" not in out


def test_rules_are_explained_and_listed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "--explain", "dead-anchor")
    assert code == 0
    assert out.startswith("dead-anchor (correctness): ")
    for heading in ("\nWhat it does\n", "\nWhy it matters\n", "\nExample\n", "\nHow to fix\n"):
        assert heading in out

    code, out, _ = said(capsys, "--list-rules")
    assert code == 0
    assert out.startswith("correctness (errors)\n")
    assert "\ncompleteness (warnings)\n" in out
    assert "  missing-owner " in out
    assert "\ncompleteness (errors)\n" in said(capsys, "--list-rules", "--strict")[1]
    listed = json.loads(said(capsys, "--list-rules", "--format", "json")[1])
    assert {"code", "group", "severity", "summary", "help"} == set(listed[0])


def test_quiet_says_nothing_when_nothing_is_wrong(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here, a=QUIET)

    assert said(capsys, "a.md", "-q", "--select", "correctness") == (0, "", "")


def test_codes_are_completed() -> None:
    environment = {
        **os.environ,
        "_RUNBOOK_COMPLETE": "bash_complete",
        "COMP_WORDS": "runbook lint --select dead-anchor,dead-f",
        "COMP_CWORD": "3",
    }
    done = subprocess.run(
        [sys.executable, "-c", "from runbook_runner.cli.main import cli; cli(prog_name='runbook')"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["plain,dead-anchor,dead-file", "plain,dead-anchor,dead-file-anchor"]


def test_colour_only_where_it_is_wanted(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(here, a=DEAD)
    monkeypatch.delenv("NO_COLOR", raising=False)

    assert "\x1b" not in said(capsys, "a.md")[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1;31merror" in said(capsys, "a.md")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in said(capsys, "a.md")[1]


def test_what_is_kept_is_in_the_users_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here, a=DEAD)

    said(capsys, "a.md", "--no-cache")
    assert not (here / ".cache").exists()
    said(capsys, "a.md")
    assert [file.stat().st_mode & 0o777 for file in (here / ".cache/runbook/lint").iterdir()] == [0o600] * 3


@pytest.mark.parametrize("given", ["", "relative", "/tmp/elsewhere"])
def test_the_users_folder_is_the_one_that_platformdirs_names(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import platformdirs

    monkeypatch.setenv("XDG_CACHE_HOME", given)

    assert cache_folder() == platformdirs.user_cache_dir("runbook")


def test_a_reader_that_goes_away_ends_it_quietly(here: Path) -> None:
    put(here, **{f"docs__{n}": DEAD * 50 for n in range(40)})
    command = f"{sys.executable} -m runbook_runner lint docs --no-cache | head -n 1"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_score_is_shown_and_a_low_one_is_an_error(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here, disk="# Disk\n\n## Diagnosis\n\n```sh\ndf -h\n```\n")

    assert "score of 1 runbook, of 100" in said(capsys, "disk.md", "--statistics")[1]
    (rated,) = json.loads(said(capsys, "disk.md", "--format", "json")[1])["scores"]
    assert rated["path"] == "disk.md"
    assert 0 < rated["score"] < 100

    (here / "runbook.toml").write_text("[lint]\nmin-score = 95\n")
    code, output, _ = said(capsys, "disk.md", "--select", "low-score")
    assert code == 1
    assert f"the score is {rated['score']}, and 95 is the least" in output


def test_when_nothing_has_changed_nothing_that_reads_documents_is_loaded(here: Path) -> None:
    put(here, runbooks__quiet=QUIET, runbooks__dead=DEAD)
    code = (
        "import sys; from runbook_runner.cli.main import run; run(['lint']); "
        "print([name for name in ('markdown_it', 'runbook_runner.markdown.reader', 'runbook_runner.lint.examine', "
        "'runbook_runner.ports.lint', 'runbook_runner.model.runbook') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    first, second = (subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2))
    assert len(first.splitlines()[-1].split()) == 5
    assert second.splitlines()[-1] == "[]"
