from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from runbook_runner.model import events as e
from runbook_runner.model.chain import canonical, decode, encode, payload_digest, seal, verify
from runbook_runner.model.events import Body, Event


def chain(*bodies: Body, parent: str = "", writer: str = "w", first: int = 1) -> list[Event]:
    events: list[Event] = []
    for seq, body in enumerate(bodies, first):
        events.append(
            seal(
                body,
                run="r",
                writer=writer,
                seq=seq,
                parent=parent,
                wall=1.0 + seq,
                mono=2.0,
                boot="b",
                salt=f"salt{seq}",
            )
        )
        parent = events[-1].digest
    return events


CHAIN = chain(*(e.Noted(text) for text in "abcde"))
FORGED = chain(e.Noted("forged"), parent=CHAIN[1].digest, writer="x")[0]


def resealed(event: Event) -> Event:
    """The event with another text, its digests made to fit."""
    return chain(e.Noted("other"), parent=event.parent, first=event.seq)[0]


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (lambda c: [*c[:2], replace(c[2], payload={"text": "x", "visit": None}), *c[3:]], "payload was changed"),
        (lambda c: [*c[:2], replace(c[2], wall=9.0), *c[3:]], "it was changed"),
        (lambda c: [*c[:2], replace(c[2], salt="x"), *c[3:]], "payload was changed"),
        (lambda c: [*c[:2], replace(c[2], salt="", payload=None), *c[3:]], "no event says why"),
        (lambda c: [*c[:2], resealed(c[2]), *c[3:]], "is missing"),
        (lambda c: [*c[:2], *c[3:]], "is missing"),
        (lambda c: c[1:], "is missing"),
        (lambda c: [*c[:2], FORGED, *c[2:]], "never merged"),
        (lambda c: [*c, FORGED], "never merged"),
        (lambda c: [c[0], c[2], c[1], *c[3:]], "is missing"),
        (lambda c: [*c, c[4]], "comes after number 5"),
        (lambda c: c[:4], "last events are missing"),
        (lambda c: [], "last events are missing"),
        (lambda c: [*c, replace(c[4], run="q")], "several runs"),
    ],
)
def test_finds_what_was_changed_dropped_or_put_in(tamper: Callable[[list[Event]], list[Event]], says: str) -> None:
    assert verify(CHAIN, head=CHAIN[-1].digest) == []
    problems = verify(tamper(CHAIN), head=CHAIN[-1].digest)
    assert any(says in problem for problem in problems), problems


def test_branches_that_were_merged_are_whole() -> None:
    ours = chain(e.Noted("a"), e.Noted("b"))
    theirs = chain(e.Noted("c"), parent=ours[0].digest, writer="x")
    merge = chain(e.Merged((theirs[0].digest,)), parent=ours[1].digest, first=3)
    assert verify([*ours, *theirs]) != []
    assert verify([*ours, *theirs, *merge]) == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(codec=None)), json_values, max_size=4))
def test_any_payload_survives_and_hashes_alike(labels: dict[str, str]) -> None:
    (event,) = chain(e.RunStarted("p", "t", "d", "s", "w", "h", 1.0, labels=labels))
    assert verify([event]) == []
    assert event.payload is not None
    assert payload_digest(event.salt, event.payload) == event.payload_digest
    assert decode(event) == e.RunStarted("p", "t", "d", "s", "w", "h", 1.0, labels=labels)


def test_sequences_come_back_as_tuples() -> None:
    body = e.AttemptEnded(1, "exit", 0, None, 0.5, statuses=(0, 1), leftovers=("1 x",))
    (event,) = chain(body)
    assert decode(event) == body
    assert canonical(encode(body)) == canonical(event.payload)


def test_reads_what_other_versions_wrote() -> None:
    (event,) = chain(e.Noted("a"))
    assert decode(replace(event, payload={"text": "a"})) == e.Noted("a")
    assert decode(replace(event, payload={"text": "a", "visit": 1, "mood": "calm"})) == e.Noted("a", 1)
    assert decode(replace(event, payload={"mood": "calm"})) == e.Unreadable("noted", scrubbed=False)
