"""The writer's side of the journal: keeps the chain, and appends decisions and observations."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from runbook_runner.errors import HeadMoved
from runbook_runner.model.chain import VERSION, encode, event_digest, payload_digest, type_name
from runbook_runner.model.events import Body, Event
from runbook_runner.ports import Clock, Lease, Store


class Journal:
    def __init__(self, store: Store, run: str, clock: Clock, lease: Lease | None = None) -> None:
        self.store, self.run, self.clock, self.lease = store, run, clock, lease
        self.writer = secrets.token_hex(4)
        self.seq = 0
        self.head: str | None = None
        self.on_event: Callable[[Event], None] | None = None

    def decide(self, *bodies: Body) -> list[Event]:
        return self._append(bodies, self.lease)

    def observe(self, *bodies: Body) -> list[Event]:
        while True:
            try:
                return self._append(bodies, None)
            except HeadMoved:
                self.head = None

    def _append(self, bodies: Sequence[Body], lease: Lease | None) -> list[Event]:
        if self.head is None:
            self.head = self.store.head(self.run)
        head, events, boot = self.head, [], self.clock.boot()
        for place, body in enumerate(bodies, 1):
            payload, salt = encode(body), secrets.token_hex(8)
            digest = payload_digest(salt, payload)
            kind, wall, mono = type_name(body), self.clock.wall(), self.clock.mono()
            name = event_digest(
                run=self.run, writer=self.writer, seq=self.seq + place, parent=head, wall=wall, mono=mono, boot=boot,
                type=kind, version=VERSION, payload_digest=digest,
            )
            events.append(Event(self.run, self.writer, self.seq + place, head, wall, mono, boot, kind, VERSION, digest, name, salt, payload))
            head = name
        self.store.append(events, lease=lease)
        self.seq += len(events)
        self.head = head
        return events


def new_run_id(clock: Clock) -> str:
    import time

    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return time.strftime("%Y%m%d-%H%M-", time.gmtime(clock.wall())) + "".join(secrets.choice(alphabet) for _ in range(4))
