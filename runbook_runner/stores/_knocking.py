"""Tries a store that is away, now and then, while its user goes on without it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from itertools import chain, repeat
from typing import Protocol

from runbook_runner.errors import StoreAway, StoreFull, StoreLocked
from runbook_runner.ports import Store

PAUSES = (2.0, 4.0, 8.0, 15.0)
"""Seconds between two tries, the last one for ever; a little more or less, so that not all come at once."""


class Knocks(Protocol):
    """What tries a store that is away, however it does so."""

    tries: int

    def answer(self) -> Store | None:
        """Return the store once it is there."""

    def stop(self) -> None:
        """Try no more."""


class Knocking:
    """Opens a store in a thread of its own as soon as it answers: nobody waits for it."""

    def __init__(self, opens: Callable[[], Store], done: int = 0) -> None:
        self.tries = done
        """How often it was tried in vain, before this too: the pauses go on where they were."""
        self._open = opens
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._found: Store | None = None
        threading.Thread(target=self._work, daemon=True, name="knocking").start()

    def answer(self) -> Store | None:
        """Return the store once it is there; it belongs to whoever takes it."""
        with self._lock:
            found, self._found = self._found, None
            return found

    def stop(self) -> None:
        """Try no more."""
        with self._lock:
            self._over.set()
            if self._found is not None:
                self._found.close()
                self._found = None

    def _work(self) -> None:
        for pause in chain(PAUSES[min(self.tries, len(PAUSES) - 1) :], repeat(PAUSES[-1])):
            if self._over.wait(pause * random.uniform(0.75, 1.25)):  # noqa: S311 - no secret
                return
            self.tries += 1
            try:
                store = self._open()
            except (StoreAway, StoreFull, StoreLocked):
                continue
            except Exception:  # noqa: BLE001 - another password, a newer version: the next command tells
                return
            with self._lock:
                if self._over.is_set():
                    store.close()
                else:
                    self._found = store
            return
