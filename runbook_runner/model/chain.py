"""The journal's chain: bodies to payloads and back, and the hashes that hold events together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined]
from typing import Any, get_args

from runbook_runner.model.branches import lifted
from runbook_runner.model.events import Body, Event, Unreadable

# The interpreter's own, where it has one: OpenSSL's takes twice as long for texts of this size, and 5 ms to load.
try:
    from _sha2 import sha256  # type: ignore[import-not-found, unused-ignore]
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found, no-redef, unused-ignore]
    except ImportError:
        from hashlib import sha256

VERSION = 1
_CLASSES: dict[str, type[Any]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower(): cls for cls in get_args(Body) if cls is not Unreadable
}
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False)
# Made once: an encoder makes one anew for each text otherwise, which is half of its time.
_ENCODE = c_make_encoder and c_make_encoder(
    None, _CANONICAL.default, encode_basestring, None, ":", ",", True, False, True
)
_SCALARS = frozenset({str, int, float, bool, type(None)})
_sealed: dict[str, tuple[Event, str]] = {}
"""The last events that were sealed here, with their payload's text: a store need not work both out again."""
_REMEMBERED = 64
_NAMES = {cls: name for name, cls in _CLASSES.items()}


def type_name(body: Body | type[Any]) -> str:
    """Return the event type of a body or of its class: `attempt_started` for AttemptStarted."""
    return _NAMES[body if isinstance(body, type) else type(body)]


def encode(body: Body) -> dict[str, Any]:
    """Return a body's payload, JSON values only."""
    return {name: getattr(body, name) for name in body.__struct_fields__}


def decode(event: Event) -> Body:
    """Return an event's body; `Unreadable` where it was scrubbed or comes from a newer program.

    Keys that this version does not know are left out, keys that are missing take their defaults.
    """
    cls = _CLASSES.get(event.type)
    if event.payload is None or cls is None:
        return Unreadable(event.type, event.payload is None)
    values: dict[str, Any] = {}
    for name in cls.__struct_fields__:
        if name in event.payload:
            value = event.payload[name]
            values[name] = tuple(value) if isinstance(value, list) else value
    try:
        body: Body = cls(**values)
    except TypeError:
        return Unreadable(event.type, scrubbed=False)
    return body


def seal(
    body: Body, *, run: str, writer: str, seq: int, parent: str, wall: float, mono: float, boot: str, salt: str
) -> Event:
    """Return the event that says so, with its digests."""
    payload = encode(body)
    text = canonical(payload)
    if not _SCALARS.issuperset(map(type, payload.values())):
        # Through JSON, so that an event is the same before and after it was stored: no tuples, no enums.
        payload = json.loads(text)
    name, stands = type_name(body), _sha256(f"{salt}\n{text}")
    digest = event_digest(
        run=run,
        writer=writer,
        seq=seq,
        parent=parent,
        wall=wall,
        mono=mono,
        boot=boot,
        type=name,
        version=VERSION,
        payload_digest=stands,
    )
    event = Event(run, writer, seq, parent, wall, mono, boot, name, VERSION, stands, digest, salt, payload)
    if len(_sealed) >= _REMEMBERED:
        _sealed.clear()
    _sealed[digest] = event, text
    return event


def sealed_text(event: Event) -> str | None:
    """Return the canonical text of an event's payload if it was sealed here a moment ago; None for any other."""
    known = _sealed.get(event.digest)
    return known[1] if known is not None and known[0] is event else None


def flaws(event: Event) -> list[str]:
    """Say what is wrong with an event by itself; a payload that was scrubbed is not."""
    if sealed_text(event) is not None:
        return []
    found = []
    digest = event_digest(
        run=event.run,
        writer=event.writer,
        seq=event.seq,
        parent=event.parent,
        wall=event.wall,
        mono=event.mono,
        boot=event.boot,
        type=event.type,
        version=event.version,
        payload_digest=event.payload_digest,
    )
    if digest != event.digest:
        found.append("it was changed")
    if event.payload is not None and payload_digest(event.salt, event.payload) != event.payload_digest:
        found.append("its payload was changed")
    return found


def verify(events: Iterable[Event], *, head: str | None = None) -> list[str]:
    """Say what is wrong with a run's events: changed, dropped, put in later, or scrubbed without a word.

    Nothing in the events themselves tells that the last ones are missing; `head`, kept elsewhere, does.
    """
    proof = _Proof()
    for place, event in enumerate(events, 1):
        proof.see(event, f"event {place} ({event.type}, {event.writer}-{event.seq})")
    return proof.end(head)


class _Proof:
    """What is known of a chain, event by event."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._known = {""}
        self._heads = {"": ""}
        """Events that none follows, with their names."""
        self._seqs: dict[str, int] = {}
        self._apart: dict[str, int] = {}
        """How far writers have come in other branches."""
        self._gone = False
        """An event of another branch was scrubbed: what followed it is not known by its hash."""
        self._scrubbed: dict[tuple[str, int], str] = {}
        self._excused: set[tuple[str, int]] = set()
        self._runs: set[str] = set()

    def see(self, event: Event, name: str) -> None:
        """Take the next event of the journal."""
        self._itself(event, name)
        if event.seq != self._seqs.get(event.writer, 0) + 1:
            self.found.append(f"{name}: comes after number {self._seqs.get(event.writer, 0)} of its writer")
        if event.parent not in self._known:
            self.found.append(f"{name}: the event before it is missing")
        self._seqs[event.writer] = event.seq
        self._follows(event, name)
        if event.type == "apart":
            self._keeps(event, name)
        elif event.type == "merged" and event.payload is not None:
            self._joins(event.payload.get("heads", ()), name)

    def _itself(self, event: Event, name: str) -> None:
        self.found.extend(f"{name}: {flaw}" for flaw in flaws(event))
        self._runs.add(event.run)
        payload = event.payload
        if payload is None:
            self._scrubbed[event.writer, event.seq] = name
        elif event.type == "pruned":
            self._excused.update(self._scrubbed)
        elif event.type == "scrubbed":
            self._excused.add((payload.get("writer", ""), payload.get("seq", 0)))

    def _follows(self, event: Event, name: str) -> None:
        self._known.add(event.digest)
        self._heads.pop(event.parent, None)
        self._heads[event.digest] = name

    def _keeps(self, event: Event, name: str) -> None:
        """Take an event of another branch, as the journal keeps it: it has a chain of its own."""
        kept = lifted(event)
        if kept is None:
            self._gone = True
            if event.payload is not None:
                self.found.append(f"{name}: it keeps no event")
            return
        name = f"{name[:-1]}: {kept.type}, {kept.writer}-{kept.seq})"
        self._itself(kept, name)
        last = max(self._seqs.get(kept.writer, 0), self._apart.get(kept.writer, 0))
        if kept.seq != last + 1 and not self._gone:
            self.found.append(f"{name}: comes after number {last} of its writer")
        if kept.parent not in self._known and not self._gone:
            self.found.append(f"{name}: the event before it is missing")
        self._apart[kept.writer] = kept.seq
        self._follows(kept, name)

    def _joins(self, heads: Iterable[str], name: str) -> None:
        for joined in heads:
            if joined not in self._known and not self._gone:
                self.found.append(f"{name}: a branch that it joins is missing")
            self._heads.pop(joined, None)
        if self._gone:
            self._heads = {digest: known for digest, known in self._heads.items() if known == name}

    def end(self, head: str | None) -> list[str]:
        """Return all that is wrong, now that there are no more events."""
        for key, name in self._scrubbed.items():
            if key not in self._excused:
                self.found.append(f"{name}: its payload is gone, and no event says why")
        if len(self._runs) > 1:
            self.found.append("events of several runs: " + ", ".join(sorted(self._runs)))
        if len(self._heads) > 1:
            self.found.extend(f"{name}: a branch that was never merged" for name in self._heads.values())
        if head is not None and head not in self._heads:
            self.found.append("the last events are missing")
        return self.found


def canonical(value: Any) -> str:
    """Return the one JSON text that stands for a value in hashes."""
    if _ENCODE is None:
        return _CANONICAL.encode(value)
    pieces: Iterable[str] = _ENCODE(value, 0)
    return "".join(pieces)


def payload_digest(salt: str, payload: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a salted payload, hexadecimal."""
    return _sha256(f"{salt}\n{canonical(payload)}")


def event_digest(
    *,
    run: str,
    writer: str,
    seq: int,
    parent: str,
    wall: float,
    mono: float,
    boot: str,
    type: str,
    version: int,
    payload_digest: str,
) -> str:
    """Return the SHA-256 that names an event, over everything but its payload's text."""
    return _sha256(canonical([run, writer, seq, parent, wall, mono, boot, type, version, payload_digest]))


def _sha256(text: str) -> str:
    return str(sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
