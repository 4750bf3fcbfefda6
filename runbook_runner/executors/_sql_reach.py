"""Which database a change would touch: asked once, remembered for a short while, never waited for twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from runbook_runner.executors._sql_connect import connect, described, facts_of
from runbook_runner.model.target import Target

PATIENCE = 2.0
"""Seconds that the first question to a database may take."""
_AGAIN = 0.1
"""Seconds for each further question to one that was silent: she is at a prompt, and it may be back."""
FRESH = 30.0
"""Seconds for which an answer holds; a primary may have become a replica meanwhile."""
_MOST = 16

Facts = Mapping[str, Any]


class _Asked(Struct):
    """What is known of one database."""

    facts: Facts | None = None
    at: float = float("-inf")
    """When they were found."""
    silent: bool = False
    """It did not answer, or refused, when it was last asked."""
    asking: threading.Thread | None = None


class Reach(Struct):
    """Asks databases who they are, each in the background, so that no prompt waits for a silent one."""

    ask: Callable[[Target], Facts | None]
    clock: Callable[[], float] = time.monotonic
    patience: float = PATIENCE
    known: dict[str, _Asked] = field(default_factory=dict)

    def told(self, target: Target) -> str:
        """Name the database, the host, the role, and whether it is the primary, as far as is known now."""
        key = repr(target)
        if key not in self.known:
            while len(self.known) >= _MOST:
                self.known.pop(next(iter(self.known)))
            self.known[key] = _Asked()
        asked = self.known[key]
        if asked.facts is None or self.clock() - asked.at > FRESH:
            if asked.asking is None or not asked.asking.is_alive():
                asked.asking = threading.Thread(target=self._find, args=(target, asked), daemon=True)
                asked.asking.start()
            asked.asking.join(_AGAIN if asked.silent else self.patience)
            asked.silent = asked.asking.is_alive() or asked.facts is None
        return described(target, asked.facts if self.clock() - asked.at <= FRESH else None)

    def _find(self, target: Target, asked: _Asked) -> None:
        asked.facts, asked.at = self.ask(target), self.clock()


def _facts(target: Target) -> Facts | None:
    from psycopg import Error

    try:
        with connect(target, "", patience=PATIENCE) as connection:
            return facts_of(connection)
    except Error:
        return None


REACH = Reach(_facts)
