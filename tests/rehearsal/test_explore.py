"""Planted weaknesses are found with the shortest way to each, and a sound runbook has none."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.cli.config import Config
from runbook_runner.cli.library import Files
from runbook_runner.markdown import read
from runbook_runner.markdown.durations import seconds
from runbook_runner.model.exploration import Weakness
from runbook_runner.model.graph import build
from runbook_runner.rehearsal.explore import explore
from runbook_runner.rehearsal.rehearse import Theatre, rehearse

SOUND = """\
---
parameters:
  SHARE: {type: integer}
  NAME: {pattern: 'web-[0-9]{2}'}
escalation:
  - {after: 30m, to: storage}
---
## Diagnosis

```sh {id=measure}
df --output=pcent "$SHARE" "$NAME"
```

- If `int(stdout) >= 90`, go to [Mitigation](#mitigation).
- Otherwise, resolved.

## Mitigation

```sh {id=clean}
rm -rf /var/tmp/old
```

Rollback: none.

## Verify

```sh {id=again every=30s}
df --output=pcent "$SHARE"
```

Expected: `int(stdout) < 80`

- If `int(stdout) < 80`, resolved.
- After 5m, escalate to `storage`.
- Otherwise, escalate.
"""


def found(text: str) -> list[Weakness]:
    with tempfile.TemporaryDirectory() as private:
        folder = Path(private)
        theatre = Theatre(Files(Config(folder)), registry.executor, lambda t: seconds(t) or 0.0, folder)
        graph = build(read(text.encode(), "book.md", registry.executor))
        return list(explore(graph, lambda s: rehearse(graph, s, theatre, folder), {}).weaknesses)


def test_a_sound_runbook_has_no_weakness() -> None:
    assert found(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "says", "path"),
    [
        ("#mitigation", "#mend", "dead-end", "`measure` leads to #mend, which is not there", ["measure"]),
        (
            "- If `int(stdout) < 80`, resolved.\n- After 5m, escalate to `storage`.\n- Otherwise, escalate.\n",
            "- If `int(stdout) < 80`, resolved.\n",
            "undecided",
            "no branch of `again` holds",
            ["measure", "clean", "again"],
        ),
        (
            "Rollback: none.\n",
            "",
            "no-rollback",
            "`clean` changes the system, and nothing says how to undo",
            ["measure"],
        ),
        (
            SOUND[SOUND.index("## Verify") :],
            "",
            "unverified-change",
            "`clean` changes the system, and the run ends without a word",
            ["measure", "clean"],
        ),
        (
            "- Otherwise, resolved.",
            "- Otherwise, go to [Diagnosis](#diagnosis).",
            "endless-loop",
            "the run goes round for as long as the systems answer alike: measure > measure",
            ["measure"],
        ),
        (
            "After 5m, escalate to `storage`",
            "After 40m, resolved",
            "nobody-called",
            "after 40m of waiting storage",
            None,
        ),
    ],
)
def test_a_planted_weakness_is_found(old: str, new: str, code: str, says: str, path: list[str] | None) -> None:
    assert old in SOUND
    (weakness,) = [each for each in found(SOUND.replace(old, new)) if each.code == code]

    assert weakness.message.startswith(says)
    assert weakness.confirmed
    assert path is None or [leg.step for leg in weakness.path] == path


TOLD = """\
## Diagnosis

1. Look into it:

   ```sh {id=inside}
   kubectl exec -it worker -- sh
   ```

2. If it is stuck, note it down.

## Mitigation

### Restart it

```sh {id=restart}
kubectl delete pod "$POD"
```

### Scale it

```sh {id=scale}
kubectl scale deployment/worker --replicas=3
```
"""


def test_what_is_found_behind_a_terminal_a_question_and_a_choice_is_confirmed() -> None:
    weaknesses = found(TOLD)

    assert {(each.code, each.path[-1].step) for each in weaknesses if each.code == "unverified-change"} == {
        ("unverified-change", "restart"),
        ("unverified-change", "scale"),
    }
    assert [each.message for each in weaknesses if not each.confirmed] == []


def test_waiting_is_forgotten_once_she_chose_to_begin_again() -> None:
    book = """\
---
escalation:
  - {after: 10m, to: storage}
---
## Diagnosis

```sh {id=look every=30s}
uptime
```

- If `stdout.contains("up")`, resolved.
- After 6m, go to [Fix](#fix).

## Fix

```sh {id=fix}
sync
```

Rollback: none.

## Verify

- If it is well, resolved.
- If it is not, go to [Diagnosis](#diagnosis).
"""
    assert [each.code for each in found(book) if each.code == "nobody-called"] == []
    again = book.replace("- If it is not,", "- After 1m,")
    assert [each.code for each in found(again) if each.code == "nobody-called"] == ["nobody-called"]
