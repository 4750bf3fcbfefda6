"""A program that asks one question at its terminal: `python -m tests.cli.terminal.demo choose`."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence

from runbook_runner.cli.terminal.picker import pick
from runbook_runner.cli.terminal.plain import PlainPrompt
from runbook_runner.cli.terminal.prompt import TerminalPrompt
from runbook_runner.ports import Found, HungUp, Interrupted, Menu, Notice, Option

MENU = Menu(
    "What now?",
    (
        Option("r", "run it again"),
        Option("x", "restart the worker", word="yes"),
        Option("m", "go to Mitigation", hint=True),
        Option("s", "skip"),
        Option("n", "note"),
        Option("q", "hidden", quiet=True),
    ),
    (
        'kubectl -n "$NAMESPACE" logs deploy/payments-worker --since=5m | grep -c "waiting for lock" | sort | uniq -c',
        "FAILED: exit 0, but !stdout.contains(...) is false",
        "If stdout.contains('waiting for lock'), go to Mitigation: holds",
    ),
)
FOUND = tuple(
    Found(f"runbooks/{name}.md", title, (alert,))
    for name, title, alert in (
        ("disk", "A disk that fills up", "DiskFull"),
        ("memory", "Memory pressure", "OomKill"),
        ("silent", "A service that does not answer", "Down"),
    )
)


class Later:
    """One notice, so many seconds after the start."""

    def __init__(self, after: float, key: str) -> None:
        self.when: float | None = time.monotonic() + after if after else None
        self.key = key

    def due(self) -> Sequence[Notice]:
        if self.when is None or time.monotonic() < self.when:
            return ()
        self.when = None
        return (Notice("10 min since the page: call dba-oncall", Option(self.key, "call dba-oncall")),)


def main(what: str, after: str = "0", key: str = "d") -> str:
    later = Later(float(after), key)
    time.sleep(float(os.environ.get("BEFORE", "0")))
    prompt = PlainPrompt(0, sys.stdout) if what.startswith("plain-") else TerminalPrompt(0, sys.stdout)
    match what.removeprefix("plain-"):
        case "choose":
            return prompt.choose(MENU, later)
        case "poll":
            return prompt.choose(Menu(MENU.question, MENU.options, MENU.lines, poll=float(os.environ["POLL"])), later)
        case "line":
            return repr(prompt.line("Namespace", later, default="payments"))
        case "secret":
            return repr(prompt.line("Token", later, secret=True))
        case "edit":
            return repr(prompt.edit("echo one\necho two"))
        case "pick":
            return str(pick(FOUND, 0, sys.stdout))
    raise AssertionError(what)


if __name__ == "__main__":
    if os.environ.get("IGNORE_HUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        print("ANSWER", main(*sys.argv[1:]))
    except Interrupted:
        print("INTERRUPTED")
    except HungUp:
        sys.exit(129)
    time.sleep(float(os.environ.get("AFTER", "0")))
