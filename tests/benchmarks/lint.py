"""Measures `runbook lint` on many documents made from real ones, as ratios. Run by hand, in a plain environment:

    python3 -m venv ../bench && ../bench/bin/pip install -q . && ../bench/bin/python tests/benchmarks/lint.py FOLDER

FOLDER holds Markdown files to multiply. `--count 1000 10000` says how many are made of them, `--than PROGRAM` adds the
time of another linter that takes a glob (`markdownlint-cli2`), `--times 5` how often each pair is measured.
Each line is a median ratio of interleaved runs, its goal, and `ok` or `MISS`. Two processes gain nothing on a machine
that is busy: the ratio of processor time tells what they would. `--rules` prints what each rule adds instead.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
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


def spent(call: Callable[[], float]) -> float:
    """Return the processor time of all processes that a call starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    call()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


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
        busy = [spent(lint.cold) / spent(bare) for _ in range(min(times, 3))]
        print(f"{count}: cold / bare, processor time of all processes: {statistics.median(busy):.2f}x")
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


def rules(source: Path) -> None:
    """Print what reading and each rule take, as parts of a bare parse of the same files, the dearest first."""
    from markdown_it import MarkdownIt

    from runbook_runner import registry
    from runbook_runner.cli.linting import read
    from runbook_runner.model.graph import build
    from runbook_runner.ports.lint import Document

    texts = [(file.read_bytes(), str(file)) for file in sorted(source.rglob("*.md"))]
    parser = MarkdownIt("commonmark").enable("table")
    spent: dict[str, float] = {}
    for turn in range(4):
        taken: dict[str, float] = {}

        def clock(name: str, begin: float, taken: dict[str, float] = taken) -> None:
            taken[name] = taken.get(name, 0.0) + time.process_time() - begin

        for data, path in texts:
            begin = time.process_time()
            parser.parse(data.decode("utf-8", "replace"))
            clock("a bare parse", begin)
            begin = time.process_time()
            runbook = read(data, path)
            clock("reading", begin)
            begin = time.process_time()
            document = Document(runbook, build(runbook), tuple(runbook.source.split("\n")))
            clock("the graph", begin)
            for rule in registry.rules():
                if hasattr(rule, "check"):
                    begin = time.process_time()
                    list(rule.check(document))
                    clock(rule.code, begin)
        if turn:  # the first one loads and compiles
            spent = {name: min(seconds, spent.get(name, seconds)) for name, seconds in taken.items()}
    bare = spent.pop("a bare parse")
    for name, seconds in sorted(spent.items(), key=lambda each: -each[1]):
        print(f"{name:<30} {seconds / bare:6.3f}x")
    print(f"{'together':<30} {sum(spent.values()) / bare:6.3f}x of a bare parse of {len(texts)} files")


def main() -> int:
    """Measure what the arguments name."""
    words = argparse.ArgumentParser(description="Measure `runbook lint`.")
    words.add_argument("folder", type=Path, help="Markdown files to multiply")
    words.add_argument("--count", type=int, nargs="+", default=[1000, 10000])
    words.add_argument("--times", type=int, default=5)
    words.add_argument("--than", default="", help="another linter to compare with")
    words.add_argument("--rules", action="store_true", help="what each rule takes")
    given = words.parse_args()
    if given.rules:
        rules(given.folder)
        return 0
    if not Path(PROGRAM).is_file():
        raise SystemExit(f"there is no {PROGRAM}: install the package beside this interpreter first")
    good = [each for count in given.count for each in measure(given.folder, count, given.times, given.than)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
