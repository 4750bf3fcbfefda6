"""Which run a person means."""

from __future__ import annotations

from runbook_runner.errors import InputError
from runbook_runner.ports import Store, Wanted


def choose_run(store: Store, prefix: str, *, open_only: bool) -> str:
    """Return the run that a prefix names, or the newest; InputError when it is none or several."""
    if not prefix:
        if newest := store.find(Wanted(outcome="open" if open_only else ""), limit=1):
            return newest[0]
        if open_only and store.find(Wanted(), limit=1):
            raise InputError("there is no run that waits", _LISTED)
        raise InputError(f"there is no run yet in {_journal()}", "--store names another journal")
    runs = store.matching(prefix)
    if prefix in runs:
        return prefix
    if len(runs) > 1:
        raise InputError(f"{prefix!r} may be any of {', '.join(runs[:5])}", "type more of it")
    if runs:
        return runs[0]
    raise InputError(f"there is no run {prefix!r} in {_journal()}", f"{_LISTED}; --store names another journal")


_LISTED = "`runbook runs` lists all that are there"


def _journal() -> str:
    """Return which journal was looked into, as the command line or the configuration names it."""
    from runbook_runner.cli.journal import named

    return named()
