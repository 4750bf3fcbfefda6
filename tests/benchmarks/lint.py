"""Measures `runbook lint` on many documents made from real ones, as ratios. Run by hand, in a plain environment:

    python3 -m venv ../bench && ../bench/bin/pip install -q . && ../bench/bin/python tests/benchmarks/lint.py FOLDER

FOLDER holds Markdown files to multiply. `--count 1000 10000` says how many are made of them, `--than PROGRAM` adds the
time of another linter that takes a glob (`markdownlint-cli2`), `--times 5` how often each pair is measured.
Each line is a median ratio of interleaved runs, its goal, and `ok` or `MISS`.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PYTHON = sys.executable
PROGRAM = str(Path(PYTHON).with_name("runbook"))
BARE = """
import sys
from markdown_it import MarkdownIt
parser = MarkdownIt("commonmark").enable("table")
for line in open(sys.argv[1], encoding="utf-8"):
    with open(line.rstrip("\\n"), encoding="utf-8", errors="replace") as file:
        parser.parse(file.read())
"""
_TITLE = re.compile(r"^(#+ +|title: *)(\S.*)$", re.M)
_LEFT_OUT = ("readme.md", "changelog.md")


def multiply(source: Path, target: Path, count: int) -> list[Path]:
    """Copy documents until there are enough, each with a title of its own; links between them hold in each copy."""
    originals = sorted(file for file in source.rglob("*.md") if file.name.lower() not in _LEFT_OUT)
    made: list[Path] = []
    while len(made) < count:
        copy = len(made) // len(originals)
        for file in originals[: count - len(made)]:
            text = file.read_text(encoding="utf-8", errors="replace")
            place = target / f"copy-{copy:04}" / file.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(_TITLE.sub(rf"\1\2, number {copy}", text, count=1), encoding="utf-8")
            made.append(place)
    return made


class Lint:
    """The program under test, with a cache of its own."""

    def __init__(self, folder: Path, documents: Path) -> None:
        self.folder = folder
        self.documents = documents
        self.cache = folder / "cache"

    def cold(self) -> float:
        """Lint without what earlier runs found."""
        shutil.rmtree(self.cache, ignore_errors=True)
        return self.warm()

    def warm(self) -> float:
        """Lint what has not changed."""
        return self.run()[0]

    def run(self, *flags: str) -> tuple[float, float]:
        """Return the seconds, and the largest size of a process in MiB."""
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.cache), "PYTHONDONTWRITEBYTECODE": ""}
        with (self.folder / "out").open("wb") as out:
            begin = time.perf_counter()
            command = [PROGRAM, "lint", *flags, str(self.documents)]
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, cwd=self.folder, env=environment)
            size = watched(process)
            took = time.perf_counter() - begin
        if process.returncode not in (0, 1):
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
        return took, size


def watched(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process; return the largest size of it and of its children, in MiB, each by itself."""
    largest = 0.0
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    # Of the children that it has waited for, the kernel keeps the largest.
    return max(largest, float(usage.ru_maxrss) / 1024)


def timed(command: list[str], folder: Path) -> float:
    """Return the seconds that a command takes."""
    begin = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
    return time.perf_counter() - begin


def compare(ours: Callable[[], float], theirs: Callable[[], float], times: int) -> float:
    """Return the median of the ratios of pairs, each pair side by side."""
    return statistics.median(ours() / theirs() for _ in range(times))


def tell(name: str, value: float, goal: float, unit: str = "x") -> bool:
    """Print one line."""
    good = value <= goal
    print(f"{name:<56} {value:7.3f}{unit:<4} goal <= {goal:g}{unit:<4} {'ok' if good else 'MISS'}", flush=True)
    return good


def measure(source: Path, count: int, times: int, than: str) -> list[bool]:
    """Measure with so many documents."""
    good: list[bool] = []
    with tempfile.TemporaryDirectory(prefix="runbook-lint-") as name:
        folder = Path(name)
        files = multiply(source, folder / "documents", count)
        (folder / "list").write_text("".join(f"{file}\n" for file in files), encoding="utf-8")
        lint = Lint(folder, folder / "documents")

        def bare() -> float:
            return timed([PYTHON, "-c", BARE, str(folder / "list")], folder)

        lint.cold()
        print(f"{count} documents: bare parse {bare():.2f} s, cold {lint.cold():.2f} s, warm {lint.warm():.2f} s")
        good.append(tell(f"{count}: cold / bare markdown-it-py", compare(lint.cold, bare, times), 1.5))
        lint.warm()
        good.append(tell(f"{count}: warm / bare markdown-it-py", compare(lint.warm, bare, times), 0.1))
        if than:
            other = [than, f"{lint.documents}/**/*.md"]
            good.append(
                tell(f"{count}: cold / {Path(than).name}", compare(lint.cold, lambda: timed(other, folder), times), 1)
            )
        shutil.rmtree(lint.cache, ignore_errors=True)
        good.append(tell(f"{count}: largest process, cold", lint.run()[1], 60, "MiB"))
        good.append(tell(f"{count}: largest process, warm", lint.run()[1], 60, "MiB"))
        good.append(tell(f"{count}: largest process, --jobs 1", lint.run("--jobs", "1", "--no-cache")[1], 60, "MiB"))
    return good


def main() -> int:
    """Measure what the arguments name."""
    words = argparse.ArgumentParser(description="Measure `runbook lint`.")
    words.add_argument("folder", type=Path, help="Markdown files to multiply")
    words.add_argument("--count", type=int, nargs="+", default=[1000, 10000])
    words.add_argument("--times", type=int, default=5)
    words.add_argument("--than", default="", help="another linter to compare with")
    given = words.parse_args()
    if not Path(PROGRAM).is_file():
        raise SystemExit(f"there is no {PROGRAM}: install the package beside this interpreter first")
    good = [each for count in given.count for each in measure(given.folder, count, given.times, given.than)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
