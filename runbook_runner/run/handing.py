"""Handing a run to somebody else, from whichever terminal."""

from __future__ import annotations

from collections.abc import Callable

from runbook_runner.errors import HeldElsewhere, InputError
from runbook_runner.model import events as e
from runbook_runner.model.state import RunState, fold
from runbook_runner.ports import Clock, Holder, Lease, Store
from runbook_runner.run.gone import is_gone
from runbook_runner.run.journal import Journal
from runbook_runner.run.walk import LEASE


def driver(store: Store, clock: Clock, run: str, host: str) -> Lease | None:
    """Return the lease of who drives a run now; None when nobody does."""
    lease = store.lease(run)
    if lease is None or lease.expires <= clock.wall() or is_gone(lease.holder, host, clock.boot()):
        return None
    return lease


def topmost(store: Store, state: RunState) -> RunState:
    """Return the run that a run was walked from, as far up as it goes: they are driven as one."""
    while state.started and state.started.parent_run:
        above = fold(state.started.parent_run, store.events(state.started.parent_run))
        if above.started is None:
            break
        state = above
    return state


def hand_over(
    store: Store, clock: Clock, state: RunState, handed: e.HandedOver, own: Callable[[Journal], Holder]
) -> None:
    """Record that a run is handed over, and end its lease: who drives it in another terminal decides no more."""
    lease = driver(store, clock, state.run, own(Journal(store, state.run, clock)).host)
    if lease and lease.holder.who != handed.who:
        raise HeldElsewhere(
            f"run {state.run} is driven by {lease.holder.who} on {lease.holder.host}: it is not yours to hand over",
            f"`runbook takeover {state.run}` takes it over",
        )
    if state.ended:
        raise InputError(f"run {state.run} has ended: {state.outcome}", f"`runbook show {state.run}` shows it")
    journal = Journal(store, state.run, clock)
    # Taken before it is said: what the former driver decides in between would stand below it.
    leases = [store.claim(state.run, own(journal), now=clock.wall(), ttl=LEASE, take=True)]
    child = state.child
    while child:
        leases.append(store.claim(child, own(journal), now=clock.wall(), ttl=LEASE, take=True))
        child = fold(child, store.events(child)).child
    journal.observe(handed)
    for each in leases:
        store.release(each)
