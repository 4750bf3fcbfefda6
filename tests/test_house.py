"""The house rules that no linter holds: what start-up imports, how long files and functions may be."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parent.parent
PACKAGE = TREE / "runbook_runner"
HEAVY = (
    "asyncio", "jinja2", "kubernetes", "promql_parser", "prompt_toolkit", "psycopg", "quickjs", "rich", "sqlglot",
    "urllib3",
)  # fmt: skip
READERS = ("markdown_it", "tree_sitter", "yaml", "sqlite3")
FILES = sorted(PACKAGE.rglob("*.py"))

PROBE = """
import sys
from runbook_runner.__main__ import main
sys.argv = ["runbook", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    sys.stderr.write(f"exit {end.code}\\n")
sys.stderr.write("modules " + " ".join(sorted(sys.modules)) + "\\n")
"""

RUNBOOK = "## Diagnosis\n\nLook:\n\n```sh\necho here\n```\n"


def imported(folder: Path, *arguments: str) -> set[str]:
    """Run the program in a process of its own; return the modules that it has imported at its end."""
    environment = {**os.environ, "PYTHONPATH": str(TREE), "HOME": str(folder), "XDG_STATE_HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
    )
    last = done.stderr.splitlines()[-1]
    assert last.startswith("modules "), done.stderr
    return set(last.split()[1:])


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_start_up_imports_nothing_heavy(tmp_path: Path, argument: str) -> None:
    found = imported(tmp_path, argument)

    assert "runbook_runner" in found
    assert found.isdisjoint({*HEAVY, *READERS})


def test_a_run_without_a_terminal_imports_no_prompt_and_no_client(tmp_path: Path) -> None:
    (tmp_path / "look.md").write_text(RUNBOOK, encoding="utf-8")

    found = imported(tmp_path, "run", "look.md", "--auto", "--store", str(tmp_path / "journal.db"))

    assert "markdown_it" in found, "it should have read the runbook"
    assert found.isdisjoint(HEAVY)


def test_lint_imports_nothing_that_runs_what_it_reads(tmp_path: Path) -> None:
    asked = "```promql\nup == 0\n```\n\n```http\nGET https://api.example/healthz\n```\n"
    (tmp_path / "look.md").write_text(RUNBOOK + "\n" + asked, encoding="utf-8")

    found = imported(tmp_path, "lint", "look.md", "--no-cache")

    assert {f"runbook_runner.executors.{name}" for name in ("shell", "promql", "http")} < found
    assert not [name for name in found if name.startswith("runbook_runner.executors._")]
    assert found.isdisjoint({"selectors", "socket", "subprocess", "urllib3"})


def test_a_list_of_runs_imports_nothing_of_walking(tmp_path: Path) -> None:
    found = imported(tmp_path, "runs", "--store", str(tmp_path / "journal.db"))

    assert "sqlite3" in found, "it should have opened the journal"
    walking = {f"runbook_runner.{name}" for name in ("run.walk", "run.redact", "cli.targets", "cli.compose", "syntax")}
    assert found.isdisjoint({*HEAVY, *walking, "markdown_it", "tree_sitter", "yaml"})


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_files_and_functions_stay_short(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [f"{f.name}: {_lines(f)} lines" for f in functions if _lines(f) > 80]

    assert not long
    assert source.count("\n") <= 420, "rarely over 300 lines; split it along its seams"


def test_imports_point_one_way() -> None:
    pytest.importorskip("importlinter", reason="import-linter comes with the extra `dev`")
    program = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([program, "--no-cache"], cwd=TREE, capture_output=True, text=True, timeout=180)

    assert done.returncode == 0, done.stdout


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1
