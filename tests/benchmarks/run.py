"""Measures what the program costs, as ratios of interleaved runs. Run by hand, in a plain environment:

    python3 -m venv /tmp/bench && /tmp/bench/bin/pip install -q . && /tmp/bench/bin/python tests/benchmarks/run.py

Each line is a median ratio, its goal, and `ok` or `MISS`. Names as arguments choose some: `run.py version step`.
A ratio is taken between two runs side by side, so that a busy machine slows down both. `PAULRUN=PROGRAM` compares a
step with one of that program too (paulrun 0.4.0, which needs Python 3.12 or 3.13).
"""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PYTHON = sys.executable
PROGRAM = str(Path(PYTHON).with_name("runbook"))
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
GIB = 1 << 30
FLOOD = f"yes 0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz | head -c {GIB}"
STEPS = 60


def timed(*command: str, cwd: Path | None = None, answer: str = "") -> float:
    """Return the seconds that a command takes."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "input": answer.encode()} if answer else QUIET
    begin = time.perf_counter()
    code = subprocess.run(command, cwd=cwd, **quiet).returncode
    if code not in (0, 3):  # 3: a run that waits for a person, as each with --auto does at its end
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return time.perf_counter() - begin


def peak(*command: str) -> float:
    """Return the largest resident size of a command's own process, in MiB."""
    process = subprocess.Popen(command, **QUIET)  # type: ignore[call-overload]
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return float(usage.ru_maxrss) / 1024


def compare(ours: Callable[[], float], theirs: Callable[[], float], times: int) -> float:
    """Return the median of the ratios of pairs, each pair side by side; the first pair warms up."""
    ours(), theirs()
    return statistics.median(ours() / theirs() for _ in range(times))


def tell(name: str, value: float, goal: float, unit: str = "x", *, least: bool = False) -> bool:
    """Print one line; `least` when more is better."""
    good = value >= goal if least else value <= goal
    print(
        f"{name:<52} {value:7.2f}{unit:<4} goal {'>=' if least else '<='} {goal:g}{unit:<4} {'ok' if good else 'MISS'}",
        flush=True,
    )
    return good


def bare() -> float:
    """Start an interpreter that does nothing."""
    return timed(PYTHON, "-c", "")


def version(_: Path) -> list[bool]:
    """Compare `--version` with a bare interpreter."""
    return [tell("--version / bare interpreter", compare(lambda: timed(PROGRAM, "--version"), bare, 40), 1.7)]


def help_text(_: Path) -> list[bool]:
    """Compare `--help` with a bare interpreter, and weigh it."""
    ratio = compare(lambda: timed(PROGRAM, "--help"), bare, 30)
    size = statistics.median(peak(PROGRAM, "--help") for _ in range(5))
    return [tell("--help / bare interpreter", ratio, 4.5), tell("--help, largest size", size, 18, "MiB")]


def prompt(folder: Path) -> list[bool]:
    """Time a run until its first question is on the screen of a real terminal; the file was read before, or never."""
    book = folder / "prompt.md"
    text = "# Look\n\n## Diagnosis\n\nLook:\n\n```sh\necho here\n```\n"
    book.write_text(text, encoding="utf-8")
    turn = iter(range(10**6))

    def unread() -> float:
        fresh = folder / f"unread-{next(turn)}.md"
        fresh.write_text(text, encoding="utf-8")
        return _prompt(folder, fresh)

    again = compare(lambda: _prompt(folder, book), bare, 20)
    return [
        tell("run, to the first prompt / bare interpreter", again, 10),
        tell("the same, of a file never read before", compare(unread, bare, 20), 10),
    ]


def _prompt(folder: Path, book: Path) -> float:
    begin = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="80", LINES="24", XDG_CACHE_HOME=str(folder))
        os.execv(PROGRAM, [PROGRAM, "run", str(book), "--store", str(folder / "prompt.db")])
    seen = b""
    try:
        while not re.search(rb"\bhelp\b", re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", seen)):
            if not select.select([terminal], [], [], 20)[0]:
                raise SystemExit(f"no prompt within 20 s; seen: {seen[-500:]!r}")
            seen += os.read(terminal, 65536)
        return time.perf_counter() - begin
    except OSError as error:  # the terminal closed: it ended without a question
        raise SystemExit(f"no prompt: it ended with {seen[-500:].decode(errors='replace')}") from error
    finally:
        os.kill(pid, signal.SIGKILL)
        os.close(terminal)
        os.waitpid(pid, 0)


def step(folder: Path) -> list[bool]:
    """Compare one more step of a runbook with one more `bash -c` of a script."""
    books = {count: _book(folder, count) for count in (5, 5 + STEPS)}
    scripts = {count: folder / f"{count}.sh" for count in books}
    for count, script in scripts.items():
        script.write_text("bash -c 'echo here'\n" * count, encoding="utf-8")
    turn = iter(range(10**6))

    def runbook(count: int) -> float:
        return timed(PROGRAM, "run", str(books[count]), "--auto", "--store", str(folder / f"step-{next(turn)}.db"))

    def each(run: Callable[[int], float]) -> float:
        few, many = books
        return (run(many) - run(few)) / STEPS

    def plain(count: int) -> float:
        return timed("bash", str(scripts[count]))

    lines = [tell("journalled step / `bash -c` step", compare(lambda: each(runbook), lambda: each(plain), 9), 2)]
    if other := os.environ.get("PAULRUN"):
        theirs = {count: _their_book(folder, count) for count in books}

        def paulrun(count: int) -> float:
            return timed(other, "run", theirs[count].name, cwd=folder, answer="y\n")

        ratio = compare(lambda: each(runbook), lambda: each(paulrun), 9)
        lines.append(tell("journalled step / paulrun step", ratio, 0.8))
    return lines


def _their_book(folder: Path, count: int) -> Path:
    book = folder / f"theirs-{count}.md"
    steps = "".join(f"## Look {n}\n\n```bash run\necho here\n```\n\n" for n in range(count))
    book.write_text(f"---\ntitle: Steps\ndescription: Steps\noutput_path: out.txt\n---\n\n{steps}", encoding="utf-8")
    return book


def _book(folder: Path, count: int) -> Path:
    book = folder / f"steps-{count}.md"
    fences = "".join(f"Look {n}:\n\n```sh\necho here\n```\n\n" for n in range(count))
    book.write_text(f"# Steps\n\n## Diagnosis\n\n{fences}", encoding="utf-8")
    return book


def flood(folder: Path) -> list[bool]:
    """Pour a GiB through a step."""
    little, much = folder / "little.md", folder / "much.md"
    little.write_text("# L\n\n## Diagnosis\n\nPour:\n\n```sh\necho here\n```\n", encoding="utf-8")
    text = f"# M\n\n## Diagnosis\n\nPour:\n\n```sh {{effect=read timeout=10m}}\n{FLOOD}\n```\n"
    much.write_text(text, encoding="utf-8")

    def command(book: Path) -> tuple[str, ...]:
        return (PROGRAM, "run", str(book), "--auto", "--store", str(folder / "flood.db"))

    speed = compare(lambda: timed("bash", "-c", f"{FLOOD} | cat >/dev/null"), lambda: timed(*command(much)), 3)
    grown = peak(*command(much)) - peak(*command(little))
    return [
        tell("1 GiB through a step, speed / `cat >/dev/null`", speed, 0.4, least=True),
        tell("1 GiB through a step, memory above a small step", grown, 10, "MiB"),
    ]


def event(folder: Path) -> list[bool]:
    """Compare a durable event with an append and fdatasync of as many bytes."""
    from runbook_runner.model.chain import seal
    from runbook_runner.model.events import Visited
    from runbook_runner.stores.sqlite import SqliteStore

    store = SqliteStore.open(folder / "event.db")
    plain = os.open(folder / "plain", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    body, seq, head = Visited("look", 1, "next"), 0, ""

    def durable() -> float:
        nonlocal seq, head
        begin = time.perf_counter()
        seq += 1
        salt = os.urandom(16).hex()
        sealed = seal(body, run="r", writer="w", seq=seq, parent=head, wall=1.0, mono=1.0, boot="b", salt=salt)
        store.append([sealed], lease=None)
        head = sealed.digest
        return time.perf_counter() - begin

    def append() -> float:
        begin = time.perf_counter()
        os.write(plain, b"x" * 500)
        os.fdatasync(plain)
        return time.perf_counter() - begin

    ratio = compare(durable, append, 300)
    store.close()
    os.close(plain)
    return [tell("durable event / append + fdatasync", ratio, 1.7)]


ALL = {"version": version, "help": help_text, "prompt": prompt, "step": step, "flood": flood, "event": event}


def main(names: list[str]) -> int:
    """Measure what is named, or everything."""
    if not Path(PROGRAM).is_file():
        raise SystemExit(f"there is no {PROGRAM}: install the package beside this interpreter first")
    if unknown := set(names) - set(ALL):
        raise SystemExit(f"no such measure: {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
    # Beside the journal's usual place, not in /tmp, which is often memory: a sync there costs nothing.
    state = Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local/state"))
    state.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="runbook-bench-", dir=state) as folder:
        good = [each for name in (names or ALL) for each in ALL[name](Path(folder))]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
