"""The verb that runs a command in a container."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from runbook_runner.errors import InputError
from runbook_runner.executors._conversation import Result
from runbook_runner.executors._kubernetes_client import CONNECT, Broken, Cancelled, Cluster, Refused
from runbook_runner.executors._kubernetes_find import choice, pods_of, ready, usual_container
from runbook_runner.executors._kubernetes_job import Job
from runbook_runner.executors._kubernetes_kinds import known
from runbook_runner.executors._kubernetes_table import meta

if TYPE_CHECKING:
    from kubernetes.stream.ws_client import WSClient

_OUT, _ERR, _END = 1, 2, 3
_TICK = 0.2
_FORBIDDEN = 403


def exec_(job: Job) -> Result:
    """Run a command in a container, and end as it ends."""
    order = job.order
    resource = job.resource()
    pod = _chosen(pods_of(job.cluster, resource, job.namespace(resource), order.name), order.name)
    pods = known("pods")
    assert pods is not None  # noqa: S101 - of the table
    query = [("stdout", "true"), ("stderr", "true"), *(("command", word) for word in order.command)]
    container = order.options.get("container")
    if not container and (said := choice(pod)):
        job.complain(said)
    # The server takes none of several by itself: kubectl names the usual one, too.
    query.append(("container", container or usual_container(pod)))
    path = pods.path(meta(pod, "namespace"), meta(pod, "name"), "exec")
    stream = _opened(job, f"{path}?{urlencode(query)}")
    try:
        return _followed(job, stream, pod)
    finally:
        stream.close()


def _chosen(pods: list[dict[str, Any]], name: str) -> Mapping[str, Any]:
    running = [each for each in pods if (each.get("status") or {}).get("phase") == "Running"]
    if not running:
        raise InputError(f"{name} has no running pod", "`get: pods` shows why")
    return min(running, key=lambda each: not ready(each))


def _opened(job: Job, path: str) -> WSClient:
    import websocket
    from kubernetes.stream.ws_client import WSClient

    cluster: Cluster = job.cluster
    websocket.setdefaulttimeout(2 * CONNECT)
    url = f"ws{cluster.configuration.host.removeprefix('http')}{path}"
    try:
        return WSClient(cluster.configuration, url, cluster.headers(), capture_all=False, binary=True)
    except websocket.WebSocketBadStatusException as error:
        if error.status_code == _FORBIDDEN:
            job.complain("over a web socket a command wants `get` and `create` on pods/exec; kubectl may need only one")
        raise Refused(error.status_code, _status(error.resp_body)) from error
    except (websocket.WebSocketException, OSError) as error:
        job.changed = True  # a command begins before the answer to it
        raise Broken(f"{cluster.configuration.host}: {error}", sent=not isinstance(error, ConnectionError)) from error


def _followed(job: Job, stream: WSClient, pod: Mapping[str, Any]) -> Result:
    import websocket

    job.changed = True
    ended = b""
    try:
        while stream.is_open():
            if job.cluster.cancelled.is_set():
                raise Cancelled
            stream.update(timeout=_TICK)
            _passed_on(job, stream)
    except (websocket.WebSocketException, OSError) as error:
        _passed_on(job, stream)
        if not stream.peek_channel(_END):
            raise Broken(f"the connection broke: {error}", sent=True) from error
    _passed_on(job, stream)
    ended = stream.read_channel(_END)
    if not ended:
        raise Broken("the connection was closed before the command had ended", sent=True)
    return Result(_code(job, _status(ended)), {"objects": [dict(pod)]})


def _passed_on(job: Job, stream: WSClient) -> None:
    buffers: dict[int, bytes] = stream._channels
    for channel, name in ((_OUT, "stdout"), (_ERR, "stderr")):
        if data := buffers.pop(channel, b""):
            job.write(name, data)


def _code(job: Job, status: Mapping[str, Any]) -> int:
    if status.get("status") == "Success":
        return 0
    found = (status.get("details") or {}).get("causes") or ()
    codes = [str(each.get("message")) for each in found if each.get("reason") == "ExitCode"]
    if codes and codes[0].isdigit():
        return int(codes[0])
    job.complain(f"error: {status.get('message') or 'the command could not be run'}")
    return 1


def _status(raw: bytes | None) -> Mapping[str, Any]:
    try:
        found = json.loads(raw or b"")
    except ValueError:
        return {"message": (raw or b"").decode(errors="replace")[:300] or "without a word"}
    return found if isinstance(found, dict) else {}
