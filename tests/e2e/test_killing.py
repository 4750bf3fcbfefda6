"""Runner, wrapper and command are killed at random moments: nothing is lost, invented or done twice."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from runbook_runner.model.chain import verify
from runbook_runner.model.events import Event
from tests.e2e.program import ANSWERS, Program, call, children, events, of

SEED = int(os.environ.get("RUNBOOK_SEED", "20261123"))
RUNBOOK = """\
# Kill me

## Diagnosis

1. Look:

   ```sh {id=look}
   printf 'looked\\n'
   ```

## Mitigation

Change it.

```sh {id=change effect=change}
echo start $$ >> effect.txt
sleep 0.3
echo end $$ >> effect.txt
```
"""
"""Each mark bears the pid of its shell, which the record of a start bears too."""
WHOLE = 20
"""Events of a walk that nobody disturbs, about."""
STARTED = -1
"""Not after so many events, but when the change has started."""


class Blow(Struct, frozen=True):
    """One signal at one moment."""

    target: str
    number: signal.Signals
    after: int
    """Events that were told before it."""
    delay: float

    def now(self, told: list[bytes]) -> bool:
        """Say whether its moment has come."""
        if self.after == STARTED:
            return any(b'"attempt_started"' in line and b'"change"' in line for line in told)
        return len(told) >= self.after

    def strike(self, runner: int) -> bool:
        """Send it; False where there is nobody to hit."""
        wrappers = children(runner)
        commands = [pid for wrapper in wrappers for pid in children(wrapper)]
        found = {"runner": [runner], "wrapper": wrappers, "command": commands}[self.target]
        for pid in found[:1]:
            with suppress(ProcessLookupError):
                os.kill(pid, self.number)
                return True
        return False


def blow(seed: int) -> Blow:
    """Return the blow of a seed: most of them while the change runs, where there is most to lose."""
    rng = random.Random(seed)
    number = rng.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGHUP, signal.SIGTERM))
    target = rng.choice(("runner", "runner", "wrapper", "command"))
    if rng.random() < 0.6:
        return Blow(target, number, STARTED, rng.uniform(0, 0.45))
    return Blow(target, number, rng.randrange(WHOLE + 1), rng.uniform(0, 0.03))


def walk(folder: Path, hit: Blow) -> None:
    """Walk, be hit, look at what is left, resume to the end, look again."""
    (folder / "kill.md").write_text(RUNBOOK)
    store, effect = folder / "journal.db", folder / "effect.txt"
    first = Program(store, "run", "kill.md")
    first.until(hit.now, hit.delay)
    struck = hit.strike(first.process.pid)
    code = first.finish()
    told = [json.loads(line)["digest"] for line in first.lines]
    before = events(store)
    missing = set(told) - {event.digest for event in before}
    assert not missing, f"{len(missing)} of {len(told)} events that were told are lost"
    assert verify(before) == []
    hit = hit if struck else Blow("nobody", hit.number, hit.after, hit.delay)
    if hit.target != "runner":
        assert code == 0, first.said
    yeses = first.yeses
    if not before:
        assert call(store, "resume", "--plain").returncode == 2
        assert not effect.exists()
        return
    after = before
    if not of(before, "run_ended"):
        assert code == {signal.SIGKILL: -9, signal.SIGHUP: 129, signal.SIGTERM: 143}[hit.number], first.said
        second = Program(store, "resume")
        assert second.finish() == 0, second.said
        yeses += second.yeses
        after = events(store)
        assert after[: len(before)] == before, "what was recorded before has changed"
    check(after, effect, yeses, hit)


def check(recorded: list[Event], effect: Path, yeses: int, hit: Blow) -> None:
    """Hold the record against what really happened to the file."""
    assert verify(recorded) == []
    assert of(recorded, "run_ended")[0]["outcome"] == "resolved"
    starts, ends = of(recorded, "attempt_started"), of(recorded, "attempt_ended")
    assert sorted(end["attempt"] for end in ends) == sorted(start["attempt"] for start in starts), (
        "an end too few or many"
    )
    changes = {start["attempt"]: start["pid"] for start in starts if start["step"] == "change"}
    wait_for_the_end(effect)
    marks = [line.split() for line in (effect.read_text().splitlines() if effect.exists() else ())]
    began = [int(pid) for word, pid in marks if word == "start"]
    done = [int(pid) for word, pid in marks if word == "end"]
    assert len(set(began)) == len(began) <= yeses, "it ran without a yes"
    assert set(began) <= set(changes.values()), "it ran, and no start was recorded"
    mine = {end["attempt"]: end for end in ends if end["attempt"] in changes}
    for attempt, pid in changes.items():
        one_end(mine[attempt], hit, began=pid in began, done=pid in done)
    hurt = [end for end in mine.values() if end["reason"] == "lost" or end["signal"] is not None]
    assert len(hurt) <= (hit.target in ("wrapper", "command")), f"one blow, and so many are hurt: {hurt}"


def one_end(end: dict[str, Any], hit: Blow, *, began: bool, done: bool) -> None:
    """Hold how one change ended by the record against its marks, and what is not simply so against the blow."""
    match end:
        case {"reason": "not started"}:
            assert not began, "it ran, and the record says that it did not"
        case {"reason": "exit", "signal": None}:
            assert began, "a start was invented"
            assert done, "an end was invented"
            assert end["exit_code"] == 0
        case {"reason": "exit", "signal": number}:
            # Its shell was killed, perhaps before its first word; what it had begun may be half done.
            assert (hit.target, hit.number) == ("command", number), "nobody sent it that signal"
        case {"reason": "lost"}:
            assert hit.target == "wrapper", "its end is known to somebody"
            assert hit.number == signal.SIGKILL, "a wrapper minds no other signal"
        case _:
            raise AssertionError(f"an end out of nowhere: {end}")


LOOKS = 12


def walk_alone(folder: Path, seed: int) -> None:
    """Let a walk of reads go on by itself, hit it, look at what is left, resume to the end."""
    rng = random.Random(seed)
    number = rng.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM))
    hit = Blow(rng.choice(("runner", "runner", "wrapper", "command")), number, rng.randrange(60), rng.uniform(0, 0.004))
    steps = "".join(f"Look {n}:\n\n```sh {{effect=read}}\n./look.sh {n} $$\n```\n\n" for n in range(LOOKS))
    (folder / "looks.md").write_text(f"# Look\n\n## Diagnosis\n\n{steps}")
    (folder / "look.sh").write_text('#!/bin/sh\necho "$1 $2" >> effect.txt\necho seen "$1"\n')
    (folder / "look.sh").chmod(0o755)
    store, effect = folder / "journal.db", folder / "effect.txt"
    first = Program(store, "run", "looks.md", "--auto")
    first.until(hit.now, hit.delay)
    hit.strike(first.process.pid)
    first.finish()
    told = [json.loads(line)["digest"] for line in first.lines]
    before = events(store)
    assert set(told) <= {event.digest for event in before}, "events that were told are lost"
    assert verify(before) == []
    if not before:
        assert not effect.exists()
        return
    second = Program(store, "resume", answers={**ANSWERS, r"Run it\? ": "r"})
    assert second.finish() == 0, second.said
    after = events(store)
    assert after[: len(before)] == before, "what was recorded before has changed"
    assert verify(after) == []
    assert of(after, "run_ended")[0]["outcome"] == "resolved"
    starts, ends = of(after, "attempt_started"), of(after, "attempt_ended")
    assert sorted(end["attempt"] for end in ends) == [start["attempt"] for start in starts]
    marks = [tuple(line.split()) for line in effect.read_text().splitlines()]
    assert [pid for _, pid in marks] == [str(start["pid"]) for start in starts if named(start) in marks], "in order"
    assert set(marks) <= {named(start) for start in starts}, "it ran, and no start was recorded"
    printed = {output["attempt"]: output["head"] for output in of(after, "output")}
    judged = {each["attempt"]: each["verdict"] for each in of(after, "judged")}
    for start, end in zip(starts, ends, strict=True):
        attempt, mark = start["attempt"], named(start)
        if end["exit_code"] == 0:
            assert mark in marks, "an end was invented"
            known = hit.target == "runner" or end["found_by"] == "runner"
            if known:
                assert printed.get(attempt) == f"seen {mark[0]}\n", "what it printed is lost"
                assert judged[attempt] == "passed", "what is known of it was not used"
        elif end["reason"] == "not started":
            assert mark not in marks, "it ran, and the record says that it did not"
        else:
            assert hit.target in ("wrapper", "command"), f"nobody hurt it: {end}"
    hurt = [end for end in ends if end["exit_code"] != 0 and end["reason"] != "not started"]
    assert len(hurt) <= 1, hurt


def named(start: dict[str, Any]) -> tuple[str, str]:
    """Return what a look leaves as its mark."""
    return start["text"].split()[1], str(start["pid"])


def wait_for_the_end(effect: Path) -> None:
    """Give a change that nobody waits for any more the time that it needs."""
    end = time.monotonic() + 0.6
    while time.monotonic() < end and effect.exists() and effect.read_text().count("end") < 1:
        time.sleep(0.02)


@pytest.mark.parametrize("seed", range(SEED, SEED + 10))
def test_a_kill_at_any_moment_loses_nothing_and_repeats_nothing(seed: int, tmp_path: Path) -> None:
    walk(tmp_path, blow(seed))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(SEED + 10, SEED + 200, 10))
def test_two_hundred_kills(first: int, tmp_path: Path) -> None:
    def one(seed: int) -> None:
        folder = tmp_path / str(seed)
        folder.mkdir()
        walk(folder, blow(seed))

    with ThreadPoolExecutor(3) as pool:  # most of it is waiting
        walks = {seed: pool.submit(one, seed) for seed in range(first, first + 10)}
    failed = {seed: error for seed, each in walks.items() if (error := each.exception()) is not None}
    assert not failed


@pytest.mark.parametrize("seed", range(SEED, SEED + 6))
def test_a_walk_that_goes_on_by_itself_is_killed(seed: int, tmp_path: Path) -> None:
    walk_alone(tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEED + 6, SEED + 50))
def test_fifty_kills_of_a_walk_that_goes_on_by_itself(seed: int, tmp_path: Path) -> None:
    walk_alone(tmp_path, seed)


def test_a_timeout_holds_though_the_runner_was_killed_and_the_resume_says_so(tmp_path: Path) -> None:
    slow = RUNBOOK.replace("effect=change", "effect=change timeout=3s").replace("sleep 0.3", "sleep 37.1")
    (tmp_path / "kill.md").write_text(slow)
    store, effect = tmp_path / "journal.db", tmp_path / "effect.txt"
    first = Program(store, "run", "kill.md")
    while not (effect.exists() and effect.read_text()):
        assert first.step(0.01)
    os.kill(first.process.pid, signal.SIGKILL)
    assert first.finish() == -9
    shell = int(effect.read_text().split()[1])
    limit = time.monotonic() + 60
    while Path(f"/proc/{shell}").exists() and time.monotonic() < limit:
        time.sleep(0.02)
    assert time.monotonic() < limit, "nobody ended it"
    second = Program(store, "resume")
    assert second.finish() == 0, second.said
    assert "went on without us: it ran into its timeout" in " ".join(second.said.split())
    recorded = events(store)
    ends = [end for end in of(recorded, "attempt_ended") if end["reason"] != "exit"]
    assert [(end["reason"], end["found_by"]) for end in ends] == [("timeout", "wrapper")]
    assert second.yeses == 0
    assert effect.read_text() == f"start {shell}\n"


@pytest.mark.parametrize("delay", [0.05, 0.28, 0.6])
def test_the_end_of_a_change_whose_runner_was_killed_is_known_to_the_resume(delay: float, tmp_path: Path) -> None:
    (tmp_path / "kill.md").write_text(RUNBOOK.replace("sleep 0.3", "sleep 0.5"))
    store, effect = tmp_path / "journal.db", tmp_path / "effect.txt"
    first = Program(store, "run", "kill.md")
    while not (effect.exists() and effect.read_text()):
        assert first.step(0.01)
    os.kill(first.process.pid, signal.SIGKILL)
    assert first.finish() == -9
    time.sleep(delay)
    second = Program(store, "resume")
    assert second.finish() == 0, second.said
    recorded = events(store)
    attempt = next(start["attempt"] for start in of(recorded, "attempt_started") if start["step"] == "change")
    ends = [end for end in of(recorded, "attempt_ended") if end["attempt"] == attempt]
    assert [(end["reason"], end["exit_code"], end["found_by"]) for end in ends] == [("exit", 0, "wrapper")]
    assert [line.split()[0] for line in effect.read_text().splitlines()] == ["start", "end"]
    assert second.yeses == 0
