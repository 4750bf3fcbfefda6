"""The verb that waits: for a condition, a rollout, for an object to be there or gone; never longer than it is told."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from runbook_runner.executors._conversation import Result
from runbook_runner.executors._kubernetes_client import READ, Broken, Cancelled, Refused
from runbook_runner.executors._kubernetes_find import typed
from runbook_runner.executors._kubernetes_job import Job
from runbook_runner.executors._kubernetes_kinds import Resource
from runbook_runner.executors._kubernetes_rollout import Progress, rollout
from runbook_runner.executors._kubernetes_slots import seconds
from runbook_runner.executors._kubernetes_table import meta

_USUAL = "30s"
_POLL = 1.0
_BUSY = 429
_LONGEST = 300
"""Seconds that one watch may last."""
Objects = dict[str, dict[str, Any]]


class _Looked(Struct):
    objects: Objects
    version: str


class _Over(Struct):
    """How a wait ended."""

    code: int
    said: str


def wait(job: Job) -> Result:
    """Wait until what is asked for holds of all objects."""
    waiting = _Waiting(job)
    over = waiting.until()
    if over.code:
        job.complain(over.said)
    elif over.said:
        job.say(over.said)
    return Result(over.code, {"objects": list(waiting.objects.values())})


class _Waiting:
    def __init__(self, job: Job) -> None:
        order = job.order
        self._job = job
        self._resource: Resource = job.resource()
        self._path = self._resource.path(job.namespace(self._resource))
        self._wanted = order.options["for"]
        self._patience = seconds(order.options.get("timeout", _USUAL))
        self._end = time.monotonic() + self._patience
        selector = order.options.get("selector")
        self._query = {"labelSelector": selector} if selector else {"fieldSelector": f"metadata.name={order.name}"}
        self._told = ""
        self._answered = False
        self.objects: Objects = {}

    def until(self) -> _Over:
        watching = True
        while True:
            looked = self._look_on()
            self.objects = looked.objects
            if (over := self._judged(first=True)) is not None:
                return over
            try:
                for _ in self._watch(looked.version) if watching else self._pause():
                    if (over := self._judged(first=False)) is not None:
                        return over
            except Refused as refused:
                watching = watching and refused.code != 403  # who may look but not watch looks again and again
                self._rest()
            if time.monotonic() >= self._end:
                return self._late()

    def _late(self) -> _Over:
        names = ", ".join(sorted(self.objects)) or self._job.order.name or "anything"
        return _Over(1, f"error: timed out waiting for {self._wanted} on {self._resource.name}/{names}")

    def _look_on(self) -> _Looked:
        """Look, and once it has answered go on asking one that is away: an API server is replaced within seconds."""
        told = False
        while True:
            try:
                found = self._look()
            except (Broken, Refused) as away:
                # Where a load balancer, or another server, stands before it, that one answers for it.
                final = isinstance(away, Refused) and away.code < 500 and away.code != _BUSY
                if final or not self._answered or time.monotonic() >= self._end:
                    raise
                if not told:
                    self._job.complain(f"{away}; looking again until the time is over")
                told = True
                self._rest()
                continue
            self._answered = True
            return found

    def _look(self) -> _Looked:
        left = max(self._end - time.monotonic(), 0.0) + 2.0
        answer = self._job.cluster.json(self._path, self._query, read=min(left, READ))
        items = [typed(item, self._resource) for item in answer.get("items") or []]
        version = str((answer.get("metadata") or {}).get("resourceVersion") or "")
        return _Looked({meta(item, "name"): item for item in items}, version)

    def _pause(self) -> Iterator[None]:
        self._rest()
        yield from ()

    def _rest(self) -> None:
        if self._job.cluster.cancelled.wait(min(_POLL, max(self._end - time.monotonic(), 0.0))):
            raise Cancelled

    def _watch(self, version: str) -> Iterator[None]:
        """Yield after each change of the objects, until it is time to look anew."""
        left = max(self._end - time.monotonic(), 0.0)
        lasts = min(int(left) + 1, _LONGEST)
        query: dict[str, str | int] = {
            **self._query, "watch": "true", "resourceVersion": version, "timeoutSeconds": lasts,
        }  # fmt: skip
        rest = b""
        begun = time.monotonic()
        try:
            for piece in self._job.cluster.lines(self._path, query, read=left + 0.2):
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    if line.strip() and not self._happened(json.loads(line)):
                        self._rest()  # it is too late for this watch, or the server has enough to do
                        return
                    yield
                if time.monotonic() >= self._end:
                    return
        except Broken:
            if time.monotonic() < self._end:  # the link broke: looking again shows whether the server is there
                yield from self._pause()
            return
        if time.monotonic() - begun < _POLL:
            yield from self._pause()  # a server that ends each watch at once is not asked without a pause

    def _happened(self, event: Mapping[str, Any]) -> bool:
        if event.get("type") == "ERROR":
            return False
        item = typed(event["object"], self._resource)
        if event["type"] == "DELETED":
            self.objects.pop(meta(item, "name"), None)
        else:
            self.objects[meta(item, "name")] = item
        return True

    def _judged(self, *, first: bool) -> _Over | None:
        """Return how it ended, if it has."""
        kind = self._resource.shown
        match self._wanted:
            case "delete":
                return None if self.objects else _Over(0, f"{kind} is gone: none is left")
            case "create":
                return _Over(0, f"{kind}/{', '.join(self.objects)} is there") if self.objects else None
        if not self.objects:
            if not first:
                return _Over(1, f"error: {kind} is gone: there is nothing to wait for")
            name = self._job.order.name or self._job.order.options.get("selector", "")
            return _Over(1, f"error: there is no {kind} {name} to wait for")
        if self._wanted == "rollout":
            return self._rolled()
        _, _, condition = self._wanted.partition("=")
        if all(holds(item, condition) for item in self.objects.values()):
            return _Over(0, "\n".join(f"{kind}/{name} condition met" for name in self.objects))
        return None

    def _rolled(self) -> _Over | None:
        progress: list[Progress] = [rollout(item) for item in self.objects.values()]
        if failed := [each for each in progress if each.failed]:
            return _Over(1, f"error: {failed[0].said}")
        said = "\n".join(each.said for each in progress)
        if all(each.done for each in progress):
            return _Over(0, said)
        if said != self._told:
            self._told = said
            self._job.say(said)
        return None


def holds(item: Mapping[str, Any], condition: str) -> bool:
    """Say whether an object has a condition, `Ready` or `Ready=False`, as of its latest generation."""
    name, _, value = condition.partition("=")
    status = item.get("status") or {}
    generation = (item.get("metadata") or {}).get("generation")
    seen = status.get("observedGeneration")
    if generation is not None and seen is not None and seen < generation:
        return False
    wanted = (value or "True").lower()
    found = (each for each in status.get("conditions") or () if str(each.get("type", "")).lower() == name.lower())
    return any(str(each.get("status", "")).lower() == wanted for each in found)
