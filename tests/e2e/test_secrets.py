"""A secret is neither on the screen, nor in the journal's bytes, nor in a report."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.program import call, events, of
from tests.e2e.terminal import Terminal

DECLARED = "tulip-Harbour-9131-quartz"
KEY = "AKIA" + "IOSFODNN7EXAMPLE"
BEARER = "q7Rk2mXw9" + "Zt4Lb8Vn1Ys6Hd3"
RUNBOOK = """\
---
parameters:
  DOOR: {secret: true, pattern: '[A-Za-z0-9-]+'}
---
# Secrets

## Diagnosis

1. Say it in two pieces:

   ```sh {id=declared}
   printf 'door %s' "${DOOR:0:9}"; sleep 0.3; printf '%s done\\n' "${DOOR:9}"
   ```

2. Say others:

   ```sh {id=shapes}
   printf 'key AKIAIOSF'; sleep 0.3; printf 'ODNN7EXAMPLE done\\n'
   printf 'Authorization: Bearer q7Rk2mXw9'; sleep 0.3; printf 'Zt4Lb8Vn1Ys6Hd3\\n' >&1
   printf 'https://bob:hunter2' >&2; sleep 0.3; printf 'abc@db.example/ done\\n' >&2
   ```
"""
SECRETS = [DECLARED, DECLARED[9:], KEY, BEARER, "hunter2abc"]


def journal_bytes(store: Path) -> bytes:
    return b"".join(path.read_bytes() for path in store.parent.glob(f"{store.name}*") if path.is_file())


def all_bytes(store: Path) -> bytes:
    """Return what is left on the disk when nothing runs, private files too."""
    files = [path for path in store.parent.rglob("*") if path.is_file() and path.name != "secret.md"]
    return b"".join(path.read_bytes() for path in files)


def check(store: Path, *screens: bytes) -> None:
    texts = [*screens, journal_bytes(store)]
    for arguments in (["report"], ["report", "--json"], ["show"], ["show", "--json"]):
        done = call(store, *arguments)
        assert b"done" in done.stdout or arguments == ["show"]
        texts += [done.stdout, done.stderr]
    for secret in SECRETS:
        for place, text in enumerate(texts):
            assert secret.encode() not in text, f"{secret} in text {place}"


def test_secrets_through_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text(RUNBOOK)
    store = tmp_path / "journal.db"
    answers = "r\n\nr\n\nr\n\n"
    for more in ([], ["--json"]):
        store.unlink(missing_ok=True)
        done = call(store, "run", "secret.md", "--plain", *more, "--param", f"DOOR={DECLARED}", stdin=answers)
        assert done.returncode == 0, done
        assert b"done" in done.stdout
        assert of(events(store), "parameter_set")[0]["value"] is None
        check(store, done.stdout, done.stderr, all_bytes(store))


def test_a_secret_typed_at_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text(RUNBOOK)
    store = tmp_path / "journal.db"
    with Terminal(store, "run", "secret.md") as terminal:
        terminal.until("help")
        terminal.keys("r")
        terminal.until("DOOR")
        terminal.word(DECLARED)
        terminal.until("door")
        terminal.until("Which way on?")
        terminal.keys("\r")
        terminal.until("help")
        terminal.keys("r")
        terminal.until("Which way on?")
        check(store, terminal.raw)
        terminal.keys("\r")
        terminal.until("How did it end?")
        terminal.keys("r")
        terminal.until("the review")
        terminal.keys("\r")
        assert terminal.code() == 0
    check(store, terminal.raw, all_bytes(store))


def test_a_run_that_is_paused_keeps_no_declared_secret_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text(RUNBOOK)
    store = tmp_path / "journal.db"
    done = call(store, "run", "secret.md", "--plain", "--param", f"DOOR={DECLARED}", stdin="r\np\n")
    assert done.returncode in (0, 3), done
    assert of(events(store), "detached")[-1]["reason"] == "paused"
    assert DECLARED.encode() not in all_bytes(store)
    again = call(store, "resume", "--plain", stdin=f"r\n{DECLARED}\n\ns\nr\n\n")
    assert again.returncode == 0, again
    assert b"DOOR:" in again.stdout, "it is asked for again"
    assert len(of(events(store), "attempt_ended")) == 2
