"""Runs with requests and queries: what is asked before, what is sent, and what is nowhere to be read afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import web
from tests.e2e.program import ANSWERS, Program, call, events, of

TOKEN = "tulip-Harbour-9131-quartz"
KEY = "maple-Lantern-4402-onyx"
RUNBOOK = """\
---
targets: [api]
parameters:
  ORDER: {pattern: '[\\s\\S]*'}
---
# An order that hangs

## Diagnosis

See whether it is there:

```http {id=look timeout=10s}
GET /orders/{{ORDER}}
```

Expected: `status == 200`

## Mitigation

Send it again:

```http {id=again timeout=10s}
POST /orders/{{ORDER}}/retry

{"order": "{{ORDER}}"}
```

Rollback: none.
"""


class Echo(web.Handler):
    """Says what it was sent, secrets and all."""

    def handle_one(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.web.got.append(web.Got(self.command, self.path, headers, body))
        self.reply(200, json.dumps({"headers": headers}), "application/json")

    do_GET = do_POST = handle_one  # noqa: N815


@pytest.fixture
def server() -> Iterator[web.Web]:
    with web.web(handler=Echo) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path, server: web.Web) -> Path:
    (tmp_path / "order.md").write_text(RUNBOOK, encoding="utf-8")
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    (tmp_path / "key").write_text(KEY, encoding="utf-8")
    (tmp_path / "runbook.toml").write_text(
        f'[targets.api]\nkind = "http"\nurl = "{server.url}"\ntoken = "file:token"\n'
        'headers = {X-Api-Key = "file:key", X-Scope-OrgID = "blue"}\n',
        encoding="utf-8",
    )
    return tmp_path / "journal.db"


def left(store: Path) -> bytes:
    files = [each for each in store.parent.rglob("*") if each.is_file() and each.name not in ("token", "key")]
    return b"".join(each.read_bytes() for each in files)


def test_a_change_is_sent_after_its_yes_and_no_secret_stays(store: Path, server: web.Web) -> None:
    hostile = 'x"/../..\n$(touch X)'
    answers = {**ANSWERS, r"(?:after|skip)[^\n]*\? ": "x"}
    program = Program(store, "run", "order.md", "--param", f"ORDER={hostile}", answers=answers)
    program.finish()
    said = b"\n".join(program.lines) + program.said.encode()
    assert [got.method for got in server.got] == ["GET", "POST"]
    assert server.got[1].path == "/orders/x%22%2F..%2F..%0A%24%28touch%20X%29/retry"
    assert json.loads(server.got[1].body) == {"order": hostile}
    assert server.got[1].headers["authorization"] == f"Bearer {TOKEN}"
    assert server.got[1].headers["x-api-key"] == KEY
    ended = of(events(store), "attempt_ended")
    assert [each["exit_code"] for each in ended] == [0, 0]
    everything = said + left(store)
    assert TOKEN.encode() not in everything
    assert KEY.encode() not in everything
    report = call(store, "report", "--format", "markdown").stdout
    assert TOKEN.encode() not in report


def test_a_password_that_the_server_says_back_is_hidden(store: Path, server: web.Web) -> None:
    import base64

    (store.parent / "password").write_text("opal-Meadow-7719", encoding="utf-8")
    (store.parent / "runbook.toml").write_text(
        f'[targets.api]\nkind = "http"\nurl = "{server.url}"\nusername = "bob"\npassword = "file:password"\n'
    )
    done = call(store, "run", "order.md", "--auto", "--param", "ORDER=7")
    sent = base64.b64encode(b"bob:opal-Meadow-7719")
    assert server.got[0].headers["authorization"] == f"Basic {sent.decode()}"
    (store.parent / "password").unlink()
    for secret in (sent, b"opal-Meadow-7719"):
        assert secret not in done.stdout + done.stderr + left(store)


def test_without_a_yes_nothing_is_sent(store: Path, server: web.Web) -> None:
    done = call(store, "run", "order.md", "--auto", "--param", "ORDER=7")
    assert done.returncode == 3
    assert [got.method for got in server.got] == ["GET"]


def test_a_name_in_the_headers_that_is_a_secret_is_no_text_of_the_file(store: Path) -> None:
    file = store.parent / "runbook.toml"
    file.write_text(file.read_text().replace('"file:key"', '"maple"'))
    done = call(store, "targets")
    assert done.returncode == 2
    assert b"`headers.X-Api-Key` is a secret" in done.stderr


def test_targets_are_tried(store: Path, server: web.Web) -> None:
    done = call(store, "targets", "--check")
    assert done.returncode == 0
    assert b"answers" in done.stdout
    assert TOKEN.encode() not in done.stdout
    assert server.got == []
