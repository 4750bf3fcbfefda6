"""What somebody did to a run while the journal was out of reach, told to whoever drives it."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.model.state import OutOfTouch


def beside(of: OutOfTouch) -> Iterator[str]:
    """Yield lines on a branch: who walked it, and which changes were made there that this one does not know of."""
    yield f"{of.who} on {of.host} went on with this run too, out of touch with the journal; what counts is this branch"
    for attempt in of.state.attempts.values():
        if attempt.start.effect == "read":
            continue
        end = attempt.end
        if end is not None and end.reason in ("not started", "refused"):
            continue
        code = f"exit {end.exit_code}" if end is not None and end.exit_code is not None else "its end is not known"
        yield f"  {of.who} ran `{attempt.start.step}` ({attempt.start.effect}) there: {code}"
    if of.state.ended is not None:
        yield f"  {of.who} ended it there as {of.state.ended.outcome}"
