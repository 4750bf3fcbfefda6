"""One order on its way to a cluster: what its verbs need, and how errors become results."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

from msgspec import Struct

from runbook_runner.errors import InputError
from runbook_runner.executors._conversation import Result, Write
from runbook_runner.executors._kubernetes_client import Broken, Cancelled, Cluster, Identity, Refused, connect, identify
from runbook_runner.executors._kubernetes_fence import Order
from runbook_runner.executors._kubernetes_find import namespace_of, resource_of
from runbook_runner.executors._kubernetes_kinds import Resource
from runbook_runner.executors._kubernetes_line import line
from runbook_runner.ports import Where

_UNKNOWN = "whether it was done is not known: look before you run it again"


class Job(Struct):
    """An order, the cluster that it is for, and where its output goes."""

    cluster: Cluster
    order: Order
    write: Write
    changed: bool = False
    """A request that changes something was sent."""

    def say(self, text: str) -> None:
        """Print a line."""
        self.write("stdout", f"{text}\n".encode(errors="replace"))

    def complain(self, text: str) -> None:
        """Print a line to the other stream."""
        self.write("stderr", f"{text}\n".encode(errors="replace"))

    def resource(self, word: str = "") -> Resource:
        """Return the kind of objects that the order, or a word in it, means."""
        return resource_of(self.cluster, word or self.order.type)

    def namespace(self, resource: Resource) -> str:
        """Return where the order looks for a kind of objects; empty for everywhere."""
        return namespace_of(self.cluster, resource, self.order)

    def change(
        self,
        method: str,
        path: str,
        body: Any,
        content: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> Any:
        """Send what changes something; a broken connection leaves its outcome unknown from here on."""
        before, self.changed = self.changed, True
        try:
            return self.cluster.json(path, query, method=method, body=body, content=content)
        except Refused as refused:
            self.changed = before or refused.code >= 500  # below that nothing was done
            raise
        except Broken as broken:
            self.changed = before or broken.sent
            raise


def shown(order: Order, who: Identity) -> str:
    """Return the kubectl line that does the same as an order."""
    namespace = "" if order.verb in ("cordon", "uncordon") else order.options.get("namespace", who.namespace)
    return line(order, files=who.files, context=who.context, namespace=namespace)


Perform = Callable[[Job], Result]


class Asked:
    """The `Work` of an order."""

    _cluster: Cluster | None = None

    def __init__(self, where: Where, order: Order, perform: Perform) -> None:
        """Make an order ready; InputError where no cluster is meant."""
        self._where = where
        self._order = order
        self._perform = perform
        self._identity = identify(where)
        self._cancelled = threading.Event()

    def perform(self, write: Write) -> Result:
        """Carry the order out; what the server refuses is a result."""
        write("stderr", f"{shown(self._order, self._identity)}\n".encode(errors="replace"))
        try:
            # Here, since it may run a program that fetches credentials.
            cluster = connect(self._where, self._identity, self._cancelled)
        except InputError as error:
            write("stderr", f"error: {error.message} ({error.hint})\n".encode(errors="replace"))
            return Result(1)
        self._cluster = cluster
        with closing(cluster):
            return self._carried_out(Job(cluster, self._order, write))

    def _carried_out(self, job: Job) -> Result:
        try:
            return self._perform(job)
        except Refused as refused:
            return _refused(job, refused)
        except Broken as broken:
            if job.changed:
                return Result(1, note=f"{broken}; {_UNKNOWN}", lost=True)
            job.complain(f"error: {broken}")
            return Result(1)
        except Cancelled:
            return Result(1, note=f"broken off; {_UNKNOWN}" if job.changed else "")
        except InputError as error:
            job.complain(f"error: {error.message}" + (f" ({error.hint})" if error.hint else ""))
            return Result(1)

    def cancel(self) -> None:
        """Break off the request."""
        self._cancelled.set()
        if self._cluster is not None:
            self._cluster.cancel()


def _refused(job: Job, refused: Refused) -> Result:
    if job.changed and refused.code >= 500:
        return Result(1, note=f"{refused}; {_UNKNOWN}", lost=True)
    job.complain(str(refused))
    for cause in causes(refused):
        job.complain(f"  {cause}")
    if refused.hint:
        job.complain(refused.hint)
    details = refused.status.get("details") or {}
    missing = refused.code == 404 and bool(details.get("name"))
    return Result(1, {"objects": []} if missing else {})


def causes(refused: Refused) -> Sequence[str]:
    """Return what is wrong with each field, of an object that the server finds invalid."""
    found = (refused.status.get("details") or {}).get("causes") or ()
    return [f"{each.get('field')}: {each.get('message')}" for each in found if each.get("field")]
