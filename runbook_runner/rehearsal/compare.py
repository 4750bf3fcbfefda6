"""What a scenario expects against what was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runbook_runner.model.scenario import Expect
from runbook_runner.model.verdicts import Difference
from runbook_runner.rehearsal.rehearse import Seen
from runbook_runner.run.interrupts import clock_text


def differences(expect: Expect, seen: Seen, seconds: Callable[[str], float]) -> tuple[Difference, ...]:
    """Return what came out otherwise; what the scenario does not say is not looked at."""
    return tuple(_differences(expect, seen, seconds))


def _differences(expect: Expect, seen: Seen, seconds: Callable[[str], float]) -> Iterator[Difference]:
    if expect.path is not None and expect.path != seen.path:
        yield Difference("path", expect.path, seen.path)
    if expect.branches is not None:
        wanted = tuple((b.at, b.to, b.because) for b in expect.branches)
        if not _alike(wanted, seen.branches):
            yield Difference("branches", tuple(map(_branch, wanted)), tuple(map(_branch, seen.branches)))
    for step, evidence in expect.because.items():
        seen_there = tuple(because for at, _, because in seen.branches if at == step)
        if not any(evidence in because for because in seen_there):
            yield Difference(f"because, at {step}", (evidence,), seen_there or ("no branch was taken",))
    if expect.outcome and expect.outcome.replace(" ", "_") != seen.outcome:
        yield Difference("outcome", (expect.outcome,), (seen.outcome or "none: the run did not end",))
    if expect.failed is not None and expect.failed != seen.failed:
        yield Difference("failed", expect.failed, seen.failed)
    if expect.changed is not None and expect.changed != seen.changed:
        yield Difference("changed", expect.changed, seen.changed)
    if expect.called is not None:
        wanted_calls = tuple((each.to, seconds(each.at) if each.at else None) for each in expect.called)
        if not _same_calls(wanted_calls, seen.called):
            texts = tuple(f"{to}{f' at {clock_text(at)}' if at is not None else ''}" for to, at in wanted_calls)
            yield Difference("called", texts, tuple(f"{to} at {clock_text(at)}" for to, at in seen.called))
    if expect.took and clock_text(seconds(expect.took)) != clock_text(seen.seconds):
        yield Difference("took", (expect.took,), (clock_text(seen.seconds),))


def _alike(wanted: tuple[tuple[str, str, str], ...], seen: tuple[tuple[str, str, str], ...]) -> bool:
    return len(wanted) == len(seen) and all(
        at == seen_at and to == seen_to and because in evidence
        for (at, to, because), (seen_at, seen_to, evidence) in zip(wanted, seen, strict=True)
    )


def _branch(branch: tuple[str, str, str]) -> str:
    at, to, because = branch
    return f"{at} -> {to}{f'  ({because})' if because else ''}"


# Times are compared as they are written: to the second, above an hour to the minute.


def _same_calls(wanted: tuple[tuple[str, float | None], ...], seen: tuple[tuple[str, float], ...]) -> bool:
    return len(wanted) == len(seen) and all(
        to == whom and (at is None or clock_text(at) == clock_text(when))
        for (to, at), (whom, when) in zip(wanted, seen, strict=True)
    )
