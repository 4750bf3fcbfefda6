"""How much faster scenarios are than the same walks with their commands run. Run by hand, as `run.py` is:

    python tests/benchmarks/scenarios.py [COUNT]

Makes COUNT scenarios (1000) of a runbook with five reads that branch on what they print, and walks them with
`runbook test`. The same walks are done for real by `runbook run --auto`, as often as there is patience for, once with
commands that take a fifth of a second each, as a look at a system does, and once with such as take none.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from tests.benchmarks.run import PROGRAM, tell, timed

STEPS = 5
TIMES = 8
GOAL = 10.0


STEP = """\
{number}. Look for the {number}th time:

   ```sh {{id=look-{number} timeout=20s}}
   {wait}echo {number}0
   ```

   Expected: `int(stdout) < 100`

   - If `int(stdout) >= 100`, escalate.
   - Otherwise, continue.

"""
END = "## Verify\n\n- If all is well, resolved.\n- Otherwise, escalate.\n"


def runbook(seconds: float) -> str:
    """Return a runbook whose commands take so long each."""
    wait = f"sleep {seconds}; " if seconds else ""
    steps = "".join(STEP.format(number=number, wait=wait) for number in range(1, STEPS + 1))
    return f"# Bench\n\n## Diagnosis\n\n{steps}{END}"


def scenarios(count: int) -> str:
    """Return so many scenarios, each with other answers of the systems than the one before."""
    looks = [f"look-{step}" for step in range(1, STEPS + 1)]
    lines = ["common:", "  answers: {verify-1: all is well}", "scenarios:"]
    for number in range(count):
        replies = [f"{look}: {{stdout: {(number + place) % 100}}}" for place, look in enumerate(looks)]
        lines.append(f"  - name: number {number}")
        lines.append(f"    commands: {{{', '.join(replies)}}}")
        lines.append(f"    expect: {{path: [{', '.join(looks)}, verify-1], outcome: resolved}}")
    return "\n".join(lines) + "\n"


def walked(folder: Path, seconds: float) -> float:
    """Return the seconds that one walk takes with its commands run."""
    file = folder / "real.md"
    file.write_text(runbook(seconds), encoding="utf-8")
    store = str(folder / "journal.db")
    return statistics.median(timed(PROGRAM, "run", str(file), "--auto", "--store", store) for _ in range(TIMES))


def main(count: int) -> int:
    """Measure, and print a line for each comparison."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        os.environ |= {"HOME": made, "XDG_STATE_HOME": made, "XDG_CACHE_HOME": str(folder / "cache")}
        (folder / "bench.md").write_text(runbook(0.2), encoding="utf-8")
        (folder / "bench.scenarios.yaml").write_text(scenarios(count), encoding="utf-8")
        told = subprocess.run([PROGRAM, "test", "--json", str(folder / "bench.md")], capture_output=True, check=True)
        result = json.loads(told.stdout)
        if result["passed"] != count:
            raise SystemExit(f"{result['passed']} of {count} passed")
        whole = timed(PROGRAM, "test", str(folder / "bench.md"))
        print(f"{count} scenarios in {whole:.1f} s, start and reading of the file among it", flush=True)
        good = True
        for name, seconds in (("commands of a fifth of a second", 0.2), ("commands that take no time", 0.0)):
            share = 100 * whole / (count * walked(folder, seconds))
            good &= tell(f"test / run --auto, {name}", share, GOAL, "%")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
