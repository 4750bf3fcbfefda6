"""Measures what `runbook render` costs, against mkdocs-material on the same files. Run by hand, from the tree:

    python3 -m venv /tmp/bench && /tmp/bench/bin/pip install -q . mkdocs-material
    /tmp/bench/bin/python -m tests.benchmarks.site [COUNT [LARGE]]

The files are made of the real documents beside this checkout, each with a title of its own, a hundred to a folder.
mkdocs is not asked for the large number: its pages each hold a list of all pages, so that it grows with the square.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.run import PROGRAM, PYTHON, QUIET, tell, timed

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"


def generate(folder: Path, count: int) -> Path:
    """Write so many documents; return their folder."""
    sources = [file.read_text("utf-8", "replace") for file in sorted(CORPORA.glob("*/**/*.md"))]
    for number in range(count):
        text = sources[number % len(sources)]
        head, line, rest = text.partition("\ntitle:")
        titled = f"{head}{line} Number {number}{rest}" if line else f"# Number {number}\n\n{text}"
        place = folder / f"part-{number // 100:03}" / f"book-{number:05}.md"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(titled, "utf-8")
    return folder


def render(books: Path, out: Path) -> float:
    """Return the seconds of one rendering."""
    return timed(PROGRAM, "render", str(books), "-o", str(out))


def mkdocs(books: Path, out: Path) -> float:
    """Return the seconds that mkdocs-material takes."""
    settings = out.with_suffix(".yml")
    settings.write_text(f"site_name: x\ndocs_dir: {books}\ntheme:\n  name: material\n", "utf-8")
    program = str(Path(PYTHON).with_name("mkdocs"))
    return timed(program, "build", "-q", "-f", str(settings), "-d", str(out))


def peak_of_all(books: Path, out: Path) -> float:
    """Return the largest resident size that any process of a rendering reached, in MiB."""
    code = "import resource, subprocess, sys; subprocess.run(sys.argv[1:]); "
    code += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    command = [PYTHON, "-c", code, PROGRAM, "render", str(books), "-o", str(out)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=QUIET["stdin"], check=True)
    return float(done.stdout.split()[-1])


def main(count: int, large: int) -> int:
    """Measure, at two sizes."""
    good: list[bool] = []
    with tempfile.TemporaryDirectory(prefix="runbook-bench-", dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        few, many = generate(folder / "few", count), generate(folder / "many", large)
        colds, theirs = [], []
        for turn in range(2):
            colds.append(render(few, folder / f"few-site-{turn}"))
            if Path(PYTHON).with_name("mkdocs").is_file():
                theirs.append(mkdocs(few, folder / f"mkdocs-{turn}"))
        cold = min(colds)
        print(f"{count} documents: {cold:.1f} s, mkdocs-material {min(theirs, default=0):.1f} s")
        if theirs:
            good.append(tell("render cold / mkdocs-material", cold / min(theirs), 0.3))
        good += _again(few, folder / "few-site-0", cold, count)
        shutil.rmtree(folder / "few-site-1")
        whole = render(many, folder / "many-site")
        print(f"{large} documents: {whole:.1f} s")
        good.append(tell(f"growth, time a document at {large} / at {count}", whole / large / (cold / count), 1.25))
        good += _again(many, folder / "many-site", whole, large)
        print(f"largest process at {large}: {peak_of_all(many, folder / 'fresh'):.0f} MiB")
    return 0 if all(good) else 1


def _again(books: Path, out: Path, cold: float, count: int) -> list[bool]:
    """Measure with nothing changed, and with one file changed."""
    unchanged = render(books, out)
    first = next(iter(sorted(books.rglob("*.md"))))
    with first.open("a", encoding="utf-8") as stream:
        stream.write("\nOne more line.\n")
    changed = render(books, out)
    return [
        tell(f"one of {count} files changed / cold", changed / cold, 0.2),
        tell(f"none of {count} files changed / cold", unchanged / cold, 0.2),
    ]


if __name__ == "__main__":
    sizes = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(sizes + [1000, 10000][len(sizes) :])))
