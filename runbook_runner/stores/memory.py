"""A journal that lives and dies with the process: for tests and dry runs."""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec.structs import replace

from runbook_runner.model.events import Event
from runbook_runner.ports import Holder, Lease, Live, OpenStore, Store, Wanted
from runbook_runner.stores._rules import check_chain, check_claim, check_lease, held, unknown


class MemoryStore:
    """A store in memory."""

    away = ""

    def __init__(self) -> None:
        self._runs: dict[str, list[Event]] = {}
        self._leases: dict[str, Lease] = {}
        self._tokens: dict[str, int] = {}
        self._live: dict[str, Live] = {}

    def append(self, events: Sequence[Event], *, lease: Lease | None) -> None:
        """Append events of one run, all or none."""
        if not events:
            return
        run = events[0].run
        if lease:
            check_lease(lease, self._leases.get(run))
        kept = self._runs.get(run, [])
        check_chain(events, self.head(run), lambda writer: sum(1 for e in kept if e.writer == writer))
        self._runs.setdefault(run, []).extend(events)

    def events(self, run: str, *, after: int = 0) -> list[Event]:
        """Return a run's events in order of arrival, but for the first so many."""
        return self._runs.get(run, [])[after:]

    def head(self, run: str) -> str:
        """Return the digest of the run's last event; empty when it has none."""
        kept = self._runs.get(run)
        return kept[-1].digest if kept else ""

    def select(self, types: Sequence[str], *, since: float = 0.0) -> list[Event]:
        """Return all runs' events of some types, at or after a wall time, oldest first."""
        found = [e for run in sorted(self._runs) for e in self._runs[run] if e.type in types and e.wall >= since]
        return sorted(found, key=lambda event: event.wall)

    def matching(self, prefix: str) -> list[str]:
        """Return the runs whose id begins so, newest first."""
        found = [(kept[0].wall, run) for run, kept in self._runs.items() if run.startswith(prefix)]
        return [run for _, run in sorted(found, reverse=True)]

    def runs(self) -> list[str]:
        """Return every run, by id."""
        return sorted(self._runs)

    def find(self, wanted: Wanted, *, limit: int = 0) -> list[str]:
        """Return the runs that are wanted, newest first."""
        found = [
            run
            for run in self.matching("")
            if _is_wanted(self._runs[run], wanted)
            and (not wanted.held or (run in self._leases and self._leases[run].expires > wanted.held))
        ]
        return found[: limit or None]

    def containing(self, text: str, types: Sequence[str], *, since: float = 0.0) -> list[Event]:
        """Return events of some types, newest first: all of them may hold the text."""
        return self.select(types, since=since)[::-1]

    def wait(self, seconds: float) -> None:
        """Wait: nobody else can append."""
        time.sleep(seconds)

    def claim(self, run: str, holder: Holder, *, now: float, ttl: float, take: bool = False, over: int = 0) -> Lease:
        """Take the lease, or raise HeldElsewhere."""
        check_claim(run, holder, self._leases.get(run), now=now, take=take, over=over)
        self._tokens[run] = self._tokens.get(run, 0) + 1
        self._leases[run] = Lease(run, self._tokens[run], holder, now + ttl)
        return self._leases[run]

    def renew(self, lease: Lease, *, now: float, ttl: float) -> Lease:
        """Prolong the lease, or raise HeldElsewhere."""
        current = self._leases.get(lease.run)
        if current is None or current.token != lease.token:
            raise held(lease.run, current)
        self._leases[lease.run] = replace(current, expires=now + ttl)
        return self._leases[lease.run]

    def release(self, lease: Lease) -> None:
        """Give the lease back, if it is still ours."""
        current = self._leases.get(lease.run)
        if current is not None and current.token == lease.token:
            del self._leases[lease.run]

    def lease(self, run: str) -> Lease | None:
        """Return who holds the run; None when nobody does."""
        return self._leases.get(run)

    def show(self, run: str, live: Live | None) -> None:
        """Let others see what the run's command prints."""
        self._live.pop(run, None)
        if live is not None:
            self._live[run] = live

    def shown(self, run: str) -> Live | None:
        """Return what the run's command has printed so far."""
        return self._live.get(run)

    def scrub(self, run: str, writer: str, seq: int) -> None:
        """Remove one event's payload and salt for good."""
        self._live.pop(run, None)
        kept = self._runs.get(run, [])
        for place, event in enumerate(kept):
            if (event.writer, event.seq) == (writer, seq):
                kept[place] = replace(event, salt="", payload=None)
                return
        raise unknown(run, writer, seq)

    def empty(self, runs: Sequence[str]) -> None:
        """Remove the payloads of whole runs for good."""
        for run in runs:
            self._live.pop(run, None)
            kept = self._runs.get(run, [])
            kept[:] = [e if e.type == "pruned" else replace(e, salt="", payload=None) for e in kept]

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


def _is_wanted(events: Sequence[Event], wanted: Wanted) -> bool:
    first = events[0].payload or {}
    drivers = [event.payload or {} for event in events if event.type == "driver_changed"]
    ends = [event.payload or {} for event in events if event.type == "run_ended"]
    named = f"{first.get('title', '')}\n{first.get('path', '')}".lower()
    return (
        events[0].wall >= wanted.since
        and wanted.service in ("", first.get("service"))
        and wanted.runbook.lower() in named
        and (not wanted.who or any(each.get("who") == wanted.who for each in (first, *drivers)))
        and (not wanted.outcome or wanted.outcome in ([end.get("outcome") for end in ends] or ["open"]))
    )


def _open(_target: str) -> Store:
    return MemoryStore()


OPEN: OpenStore = _open
