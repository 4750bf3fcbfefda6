"""Reads the cases, plays the recorded tools, and says what a step decides.

A case file belongs to the runbook of its name. A case:

    --- STEP: what it is about
    NAME=value                 a parameter
    $ chronyc -c -n tracking   what a tool prints when called so (`*` and `?` stand for anything); the same call
    a line                     again gives the next answer, and the last one for ever
    2| a line on stderr
    $ psql * => 2              the same, with its exit code
    => failed: Step or slew    the verdict, and where the step leads then; `ask` when a person must say

Without a `$` the lines are what the whole command printed (`exit 127` says how it ended), and nothing runs. A step that
speaks to a server has values instead, as its executor gave them: `rows [{"pid": 7}]`, `= series [{"value": 1.0}]`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runbook_runner.model.runbook import Branch, Continue, Escalate, Finish, Runbook, Step, ToAnchor
from runbook_runner.run.judge import Observed, deciding, judge
from runbook_runner.run.parameters import typed

CASES = Path(__file__).parent / "cases"
PLAYER = """#!{python}
import fnmatch, json, os, sys
calls = json.load(open({calls!r}))
name, said = os.path.basename(sys.argv[0]), " ".join(sys.argv[1:])
found = [c for c in calls if c["tool"] == name and fnmatch.fnmatchcase(said, c["arguments"])]
if not found:
    real = {real!r}.get(name)
    if real:
        os.execv(real, [name, *sys.argv[1:]])
    sys.exit("no answer is recorded for: " + name + " " + said)
spent = {calls!r} + "." + str(calls.index(found[0]))
try:
    at = len(open(spent).read())
except FileNotFoundError:
    at = 0
open(spent, "a").write("x")
answer = found[min(at, len(found) - 1)]
sys.stdout.write(answer["stdout"])
sys.stderr.write(answer["stderr"])
sys.exit(answer["exit"])
"""


@dataclass
class Call:
    """What a tool answers to certain arguments."""

    tool: str
    arguments: str
    exit: int = 0
    stdout: str = ""
    stderr: str = ""


@dataclass
class Case:
    """One recorded situation at one step."""

    runbook: str
    step: str
    title: str
    parameters: dict[str, str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    printed: str = ""
    said: str = ""
    """On stderr."""
    values: dict[str, Any] = field(default_factory=dict)
    exit: int = 0
    result: str = ""
    """`VERDICT: where it leads`."""

    def __str__(self) -> str:
        return f"{self.runbook}-{self.step}-{self.title}".replace(" ", "-")


def cases() -> list[Case]:
    """Return all cases."""
    return [case for file in sorted(CASES.glob("*.txt")) for case in _read(file)]


def _read(file: Path) -> Iterator[Case]:
    case: Case | None = None
    for line in file.read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"--- ([a-z-]+): (.+)", line):
            case = Case(file.with_suffix(".md").name, match[1], match[2])
        elif case is None:
            assert not line or line.startswith("#"), f"{file.name}: `{line}` stands before the first case"
        elif line.startswith("=> "):
            case.result = line[3:]
            yield case
            case = None
        elif match := re.fullmatch(r"\$ (\S+) ?(.*?)(?: => (\d+))?", line):
            case.calls.append(Call(match[1], match[2], int(match[3] or 0)))
        elif match := re.fullmatch(r"(?:= (?=[a-z])|(?=rows \[))([a-z_]+) (.+)", line):
            case.values[match[1]] = json.loads(match[2])
        elif case.calls and line.startswith("2| "):
            case.calls[-1].stderr += line[3:] + "\n"
        elif case.calls:
            case.calls[-1].stdout += line + "\n"
        elif match := re.fullmatch(r"([A-Z_]+)=(.*)", line):
            case.parameters[match[1]] = match[2]
        elif match := re.fullmatch(r"exit (\d+)", line):
            case.exit = int(match[1])
        elif line.startswith("2| "):
            case.said += line[3:] + "\n"
        else:
            case.printed += line + "\n"


def observe(case: Case, runbook: Runbook, step: Step, folder: Path) -> Observed:
    """Return what the machine sees: what the case says that was printed, or what the command makes of the tools."""
    declared = {p.name: p for p in runbook.parameters}
    values = {name: p.default for name, p in declared.items() if p.default is not None} | case.parameters
    stdout, stderr, code = case.printed, case.said, case.exit
    statuses: tuple[int, ...] = (code,)
    if case.calls:
        assert step.command
        stdout, stderr, code, statuses = _play(case, "\n".join(step.command.parts), values, folder)
    seen: dict[str, Any] = {name: typed(declared[name], value) for name, value in values.items() if name in declared}
    seen |= {"stdout": stdout.rstrip("\n"), "stderr": stderr.rstrip("\n"), "output": (stdout + stderr).rstrip("\n")}
    seen |= {"exit_code": code, "duration": 0.1, "json": lambda: json.loads(stdout)}
    if (rows := case.values.get("rows")) is not None:
        seen |= {"columns": list(rows[0]) if rows else [], "row_count": len(rows)}
    if step.command and step.command.language != "sh":
        seen = dict.fromkeys(("value", "series", "windows", "status", "headers", "body", "json"), _not_given) | seen
        seen |= {"json": _not_given} | case.values
    return Observed(code, seen, statuses)


def _not_given() -> Any:
    raise ValueError("it gave none")


def _play(
    case: Case, text: str, values: dict[str, str], folder: Path
) -> tuple[str, str, int, tuple[int, ...]]:  # fmt: skip
    tools = sorted({call.tool for call in case.calls} | {"sleep"})
    calls = [vars(call) for call in [*case.calls, Call("sleep", "*")]]
    (folder / "calls").write_text(json.dumps(calls), encoding="utf-8")
    (folder / "bin").mkdir()
    real = {tool: found for tool in tools if (found := shutil.which(tool))}
    for tool in tools:
        player = folder / "bin" / tool
        player.write_text(PLAYER.format(python=sys.executable, calls=str(folder / "calls"), real=real))
        player.chmod(0o755)
    ends = f'\n__ends=("${{PIPESTATUS[@]}}" $?); echo "${{__ends[*]}}" >{folder}/ends; exit "${{__ends[-1]}}"'
    done = subprocess.run(
        ["bash", "-c", text + ends],
        env={**os.environ, **values, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
    )
    ends_file = folder / "ends"
    statuses = tuple(map(int, ends_file.read_text().split()[:-1])) if ends_file.exists() else (done.returncode,)
    return done.stdout, done.stderr, done.returncode, statuses


def decide(step: Step, seen: Observed) -> tuple[str, int | None]:
    """Return the verdict and the branch that the evidence chooses."""
    judged = judge(step, 1, 1, seen, lambda _seconds: None)
    return judged.verdict, deciding(step, judged)


def where(runbook: Runbook, branch: Branch) -> str:
    """Return a branch's destination in words."""
    match branch.destination:
        case ToAnchor(anchor, ""):
            return next(phase.title for phase in runbook.phases if anchor in phase.anchors)
        case ToAnchor(anchor, path):
            return path + (f"#{anchor}" if anchor else "")
        case Continue():
            return "continue"
        case Finish(outcome):
            return outcome.value
        case Escalate(to):
            return f"escalate to {to}" if to else "escalate"
