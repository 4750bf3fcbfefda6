"""Gives `lint`, `inspect` and `render` arbitrary bytes and mutated documents. Run by hand, from the top of the tree:

    python -m tests.benchmarks.fuzz [--minutes N] [--seed N] [FOLDER …]

Documents of the folders, else the shipped runbooks and the real documents beside this checkout, are spliced, cut,
repeated, nested, and filled with what has broken parsers before. What crashes, takes longer than ten seconds, or makes
a rule or a page fail is printed, and kept in a folder of its own. The exit code is 1 when there is any. A document that
hangs for two minutes ends it, with a traceback of where.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

from runbook_runner import registry
from runbook_runner.markdown import read
from runbook_runner.model.graph import build as graph_of
from runbook_runner.site.build import build
from runbook_runner.site.options import Options, Source
from tests.lint.linting import run

TREE = Path(__file__).parents[2]
CORPORA = TREE.parent / "shared" / "corpora"
_LIMIT = 10.0
"""Seconds of the processor that one of the three may take for a document."""
_HANGS = 120
_LARGEST = 200_000
_ODD = (
    "\x00", "\x0b", "\x0c", "\x1b[31m", "\x7f", "\x85", "\xa0", "\xad", "\u0301" * 40, "\u200b", "\u200d", "\u202e",
    "\u2028", "\ufeff", "\ufffd", "\ufffe", "\U0001f468\u200d\U0001f469", "\U000e0041", "é", "ß", "İ", "ǅ", "磁盘",
    "ﬁ", "‘", "”", "–", "\r", "\r\n", "\t", "\\", "&#0;", "&#x110000;", "&nbsp;", "\ud800",
)  # fmt: skip
_PIECES = (
    "```", "~~~", "````", "```sh\n", "```sql\n", "```promql\n", "```http\n", "``` {id=a timeout=1x}\n", "`", "``",
    "$ ", "# ", "<details>", "</details>", "<!--", "-->", "<script>", "<a id=x>", "<pod>", "${", "$(", "$((",
    "<<EOF\n", "<<'EOF'\n", "EOF\n", "[", "](", "](#", ")", "![", "[^1]", "[^1]: x", "**", "__", "~~", "***", "|",
    "|---|", "> ", "> [!WARNING]\n", "!!! note\n", ":::{tip}\n", ":::", "- [ ] ", "1. ", "0) ", "999999999. ",
    "  - ", "Expected: `", "If `exit_code == 0`, go to [x](#x).\n", "Otherwise, ", "After 5m, ",
    "If it recurs within 10m, escalate.", "Rollback: `", "go to step 3", "third time", "## Rollback\n",
    "## Escalation\n", "---\n", "...\n", "===\n", "{#a}", "(x)=\n", "{{< ref >}}", "<%= x %>", "{% if x %}", "'",
    '"', "'\\''", "ssh host\n", "psql -c '", "exit\n", "while true; do\n", "case x in\n", "if [ a ]; then\n",
    "jq '", "awk '{", "sed 's/", "size(rows) > 5", "stdout.matches('(a+)+$')", "http://x", "www.x", "x@y.z",
    ":tada:", "password=hunter2", "AKIA", "<!-- runbook-lint-disable dead-anchor -->", "title: ", "triggers: [",
    "parameters: {A: {secret: true}}\n", "reviewed: ",
)  # fmt: skip
_BOMBS = (

    "a: &a [x]\n" + "".join(f"{b}: &{b} [{f'*{a}, ' * 9}]\n" for a, b in pairwise("abcdefghi")),
    "a: &a {x: *a}\n", "<<: [*a, *b]\n", "a: &a\n  <<: *a\n", "? [a, b]\n: c\n", "a: !!python/object:os.system x\n",
    "a: !x y\n", "!!binary x\n", "a: " + "[" * 400 + "\n", "a: " + "{a: " * 400 + "\n", "- " * 500 + "x\n",
    "a: 2020-13-45\n", "a: 1e999999\n", "a: 0x" + "f" * 5000 + "\n", "a: 1" + "_0" * 5000 + "\n",
    "a: 190:20:30:40:50:60:70\n", "a: .nan\n.nan: b\n", "~: a\n", "a: |\n  b\n c\n", "a: 'b\n", "a: b: c\n",
    "\tta: b\n", "%YAML 9.9\n", "a: \"\\ud800\\x00\"\n", "triggers: {a: [b, {c: 1}]}\n",
    "parameters: [1, null, {A: 3}]\n", "escalation: {after: -1m, to: [a]}\n",
    "reviewed: {every: 99999999999999999d}\n", "reviewed: {date: 0001-01-01, every: 9999999d}\n",
    "reviewed: {date: 9999-12-31, every: 90d}\n",
)  # fmt: skip


# --- how documents are changed -----------------------------------------------------------------


def _span(text: str, by: Random, longest: int = 4000) -> tuple[int, int]:
    start = by.randrange(len(text) + 1)
    return start, min(len(text), start + int(longest ** by.random()))


def _splice(text: str, by: Random, others: Sequence[str]) -> str:
    (start, end), other = _span(text, by), by.choice(others)
    from_, to = _span(other, by)
    return text[:start] + other[from_:to] + text[end:]


def _delete(text: str, by: Random, others: Sequence[str]) -> str:
    start, end = _span(text, by)
    return text[:start] + text[end:]


def _repeat(text: str, by: Random, others: Sequence[str]) -> str:
    start, end = _span(text, by, 400)
    return text[:end] + text[start:end] * int(2 ** by.uniform(0, 10)) + text[end:]


def _shuffle(text: str, by: Random, others: Sequence[str]) -> str:
    lines = text.split("\n")
    start = by.randrange(len(lines))
    part = lines[start : start + 20]
    by.shuffle(part)
    return "\n".join([*lines[:start], *part, *lines[start + 20 :]])


def _insert(text: str, by: Random, others: Sequence[str]) -> str:
    for _ in range(by.randrange(1, 12)):
        at = by.randrange(len(text) + 1)
        text = text[:at] + by.choice(by.choice((_PIECES, _ODD))) + text[at:]
    return text


def _swarm(text: str, by: Random, others: Sequence[str]) -> str:
    """One piece, or a few in turn, very often."""
    pieces = by.choices(_PIECES + _ODD, k=by.randrange(1, 4))
    at = by.randrange(len(text) + 1)
    return text[:at] + by.choice(("", "\n", " ")).join(pieces) * int(2 ** by.uniform(3, 12)) + text[at:]


def _indent(text: str, by: Random, others: Sequence[str]) -> str:
    lines = text.split("\n")
    start = by.randrange(len(lines))
    lead = by.choice((" ", "  ", "    ", "\t", "> ", "- ", "1. ", "   ")) * by.randrange(1, 4)
    lines[start : start + 15] = [lead + line for line in lines[start : start + 15]]
    return "\n".join(lines)


def _nest(text: str, by: Random, others: Sequence[str]) -> str:
    depth, mark = int(2 ** by.uniform(2, 9)), by.choice(("- ", "1. ", "> ", "  ", "- > "))
    part = "\n".join(
        mark * n + by.choice(("a", "`b`", "[c](#d)", "```sh", "ls", "If x, go to [y](#z).")) for n in range(depth)
    )
    at = by.randrange(len(text) + 1)
    return f"{text[:at]}\n{part}\n{text[at:]}"


def _table(text: str, by: Random, others: Sequence[str]) -> str:
    wide, high = int(2 ** by.uniform(0, 10)), int(2 ** by.uniform(0, 9))
    if wide * high > 20_000:
        high = 20_000 // wide + 1
    row = "|" + "|".join(by.choices(("a", "`b|c`", "\\|", "", "[x](#y)", "$ ls", "---"), k=wide)) + "|\n"
    at = by.randrange(len(text) + 1)
    return f"{text[:at]}\n{row}|{'-|' * wide}\n{row * high}\n{text[at:]}"


def _join(text: str, by: Random, others: Sequence[str]) -> str:
    """Long lines."""
    start, end = _span(text, by)
    return text[:start] + text[start:end].replace("\n", by.choice((" ", "", "\r", "\\", "; "))) + text[end:]


def _endings(text: str, by: Random, others: Sequence[str]) -> str:
    return "".join(by.choice(("\n", "\r\n", "\r", "\n\r")) if c == "\n" else c for c in text)


def _front(text: str, by: Random, others: Sequence[str]) -> str:
    bomb = "".join(by.choices(_BOMBS, k=by.randrange(1, 3)))
    if text.startswith("---\n") and by.random() < 0.5:
        return text.replace("---\n", f"---\n{bomb}", 1)
    return f"---\n{bomb}---\n{text}"


_CHANGES: tuple[Callable[[str, Random, Sequence[str]], str], ...] = (
    _splice, _splice, _delete, _delete, _repeat, _shuffle, _insert, _insert, _swarm, _indent, _nest, _table, _join,
    _endings, _front,
)  # fmt: skip


def document(seeds: Sequence[str], by: Random) -> bytes:
    """Return one document to try."""
    if by.random() < 0.03:
        return by.randbytes(int(2 ** by.uniform(0, 14)))
    text = by.choice(seeds)[:_LARGEST] if by.random() < 0.9 else ""
    for _ in range(by.choice((1, 1, 2, 3, 5, 8))):
        text = by.choice(_CHANGES)(text, by, seeds)[:_LARGEST]
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    if by.random() < 0.15:
        for _ in range(by.randrange(1, 20)):
            at = by.randrange(len(data) + 1)
            data[at:at] = by.randbytes(by.randrange(1, 3))
    return bytes(data)


# --- what is done with them --------------------------------------------------------------------


def _lint(files: Sequence[Path], out: Path, turn: int) -> Iterator[str]:
    names = tuple(str(file) for file in files)
    text, _ = run(names, form="json")
    yield from (each["message"] for each in json.loads(text)["findings"] if each["code"] == "internal-error")
    other, _ = run(names, form=("text", "sarif", "github")[turn % 3])
    other.encode()
    if turn % 3 == 1:
        json.loads(other)


def _inspect(files: Sequence[Path], out: Path, turn: int) -> Iterator[str]:
    for file in files:
        graph = graph_of(read(file.read_bytes(), str(file), registry.executor))
        for form in ("text", "mermaid", "dot"):
            registry.format_for(f"inspect_{form}").render(graph).encode()
        json.loads(registry.format_for("inspect_json").render(graph))
    yield from ()


def _render(files: Sequence[Path], out: Path, turn: int) -> Iterator[str]:
    sources = [Source(str(file), file.name, file.name) for file in files]
    report = build(sources, Options(out, "Fuzz", "2026-12-01", force=True, jobs=1))
    yield from (told.message for told in report.told if "the program failed" in told.message)


def tried(files: Sequence[Path], out: Path, turn: int) -> tuple[list[str], float]:
    """Do all three with some documents that stand in one folder; return what went wrong, and the longest time."""
    wrong, longest = list[str](), 0.0
    for do in (_lint, _inspect, _render):
        faulthandler.dump_traceback_later(_HANGS * len(files), exit=True)
        begin, name = time.process_time(), do.__name__[1:]  # others share this machine
        try:
            wrong += [f"{name}: {message}" for message in do(files, out, turn)]
        except Exception:  # noqa: BLE001 - this is what is looked for
            wrong.append(f"{name}: {traceback.format_exc(limit=-6)}")
        took = (time.process_time() - begin) / len(files) / (2 if do is _lint else 1)
        longest = max(longest, took)
        if took > _LIMIT:
            wrong.append(f"{name}: {took:.1f} s")
    faulthandler.cancel_dump_traceback_later()
    return wrong, longest


def main(arguments: Sequence[str]) -> int:
    """Fuzz for so many minutes; print what was found and how much was tried."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args(arguments)
    folders = wanted.folders or [folder for folder in (TREE / "runbooks", CORPORA) if folder.is_dir()]
    seeds = [file.read_text("utf-8", "replace") for folder in folders for file in sorted(folder.rglob("*.md"))]
    by, began, turn, count, found = Random(wanted.seed), time.monotonic(), 0, 0, 0
    kept = Path(tempfile.mkdtemp(prefix="fuzz-"))
    work = kept / "work"
    work.mkdir()
    slowest = 0.0
    while time.monotonic() - began < 60 * wanted.minutes:
        turn += 1
        files = [work / f"{name}.md" for name in "abc"[: by.choice((1, 1, 2, 3))]]
        for file in files:
            file.write_bytes(document(seeds, by))
        count += len(files)
        wrong, longest = tried(files, kept / "site", turn)
        slowest = max(slowest, longest)
        if wrong:
            found += 1
            for file in files:
                (kept / f"{turn:06}-{file.name}").write_bytes(file.read_bytes())
            print(f"--- {turn}: {kept}/{turn:06}-*.md", *dict.fromkeys(wrong), sep="\n", flush=True)
        for file in files:
            file.unlink()
    minutes = (time.monotonic() - began) / 60
    print(f"{count} documents in {minutes:.1f} min, {found} with something wrong, the slowest {slowest:.1f} s; {kept}")
    with contextlib.suppress(OSError):
        work.rmdir()
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
