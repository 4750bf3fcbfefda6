"""What a run leaves running: told when it is paused, and hers to end when it is over, in whichever process."""

from __future__ import annotations

import os
from pathlib import Path

from tests.e2e.program import call
from tests.sshd import living

MARKER = f"87.5{os.getpid()}"
BOOK = """\
# Background

## Diagnosis

1. Watch:

   ```sh {id=watch background}
   sleep MARKER
   ```

2. Look:

   ```sh {id=look}
   MY_TOKEN=tulip9131; true
   ```
"""


def running() -> bool:
    return bool(living(f"sleep\0{MARKER}\0"))


def test_it_is_ended_by_the_process_that_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "book.md").write_text(BOOK.replace("MARKER", MARKER))
    store = tmp_path / "journal.db"
    paused = call(store, "run", "book.md", "--plain", stdin="r\n\nr\n\np\n")
    assert paused.returncode == 3
    assert b"still running in the background: " in paused.stdout
    assert running()
    private = list((tmp_path / "journal.db.runs").rglob("*.json"))
    assert any(b"tulip9131" in path.read_bytes() for path in private), "what is secret is kept while the run goes on"
    ended = call(store, "resume", "--plain", stdin="r\n\nk\n")
    assert ended.returncode == 0, ended
    assert b"Still running in the background" in ended.stdout
    assert not running()
    assert list((tmp_path / "journal.db.runs").iterdir()) == []


def test_what_it_says_to_type_names_the_journal(tmp_path: Path) -> None:
    (tmp_path / "book.md").write_text(BOOK.replace("MARKER", MARKER).replace("sleep", "echo"))
    store, named = tmp_path / "a.db", ("--plain", "--store", "another.db")
    assert call(store, "run", "book.md", *named, stdin="r\n\nr\n\np\n").returncode == 3
    again = call(store, "resume", *named, stdin="p\n")
    assert b" --store another.db` tells all)" in again.stdout
