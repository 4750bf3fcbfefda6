"""What every store asks of events and leases before it takes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runbook_runner.errors import HeadMoved, HeldElsewhere, StoreError
from runbook_runner.model.chain import flaws
from runbook_runner.model.events import Event
from runbook_runner.ports import Holder, Lease


def check_lease(lease: Lease, current: Lease | None) -> None:
    """Raise HeldElsewhere unless the lease is the current one; a lapsed one that nobody took still holds."""
    if current is None or current.token != lease.token:
        raise held(lease.run, current)


def check_claim(run: str, holder: Holder, current: Lease | None, *, now: float, take: bool, over: int) -> None:
    """Raise HeldElsewhere if somebody else holds the run and it is not to be taken."""
    if current is None or take or current.holder.writer == holder.writer:
        return
    if current.expires > now and current.token != over:
        raise held(run, current)


def held(run: str, current: Lease | None) -> HeldElsewhere:
    """Return the error for a run that somebody else drives."""
    hint = f"`runbook watch {run}` looks on, `runbook takeover {run}` takes it over"
    if current is None:
        return HeldElsewhere(f"this process no longer holds run {run}: its lease was given back", hint)
    by = current.holder
    return HeldElsewhere(f"run {run} is driven by {by.who} on {by.host} (pid {by.pid})", hint)


def moved(run: str) -> HeadMoved:
    """Return the error for an append that does not follow the run's head."""
    return HeadMoved(f"run {run} has moved on", f"`runbook show {run}` says what happened")


def refused(event: Event, wrong: Sequence[str]) -> StoreError:
    """Return the error for an event that does not belong where it is put."""
    return StoreError(f"event {event.writer}-{event.seq} of run {event.run} was refused: {'; '.join(wrong)}")


def unknown(run: str, writer: str, seq: int) -> StoreError:
    """Return the error for an event that is not there."""
    return StoreError(f"run {run} has no event {writer}-{seq}", f"`runbook show {run}` lists them")


def check_chain(events: Sequence[Event], head: str, last_seq: Callable[[str], int]) -> None:
    """Raise HeadMoved unless the events start at the head, StoreError unless they are sound and chained.

    `last_seq` says how far a writer has come in the run.
    """
    run = events[0].run
    if events[0].parent != head:
        raise moved(run)
    writers: dict[str, int] = {}
    for event in events:
        if event.writer not in writers:
            writers[event.writer] = last_seq(event.writer)
        expected = writers[event.writer] + 1
        wrong = flaws(event)
        if event.run != run:
            wrong.append("it belongs to another run")
        if event.parent != head:
            wrong.append("it does not follow the event before it")
        if event.seq != expected:
            wrong.append(f"its number should be {expected}")
        if wrong:
            raise refused(event, wrong)
        head, writers[event.writer] = event.digest, event.seq
