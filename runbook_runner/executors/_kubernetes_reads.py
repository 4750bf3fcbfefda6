"""The verbs that look: get, logs, events."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from runbook_runner.errors import InputError
from runbook_runner.executors._conversation import Result
from runbook_runner.executors._kubernetes_client import Refused
from runbook_runner.executors._kubernetes_find import (
    choice,
    list_query,
    listing,
    plain,
    pods_of,
    ready,
    usual_container,
)
from runbook_runner.executors._kubernetes_job import Job
from runbook_runner.executors._kubernetes_kinds import known
from runbook_runner.executors._kubernetes_slots import seconds
from runbook_runner.executors._kubernetes_table import events_table, last_seen, meta, table

_LOGS = 50
"""Pods whose logs are read at most."""


def get(job: Job) -> Result:
    """Show objects as kubectl does, and hand them on as data."""
    order = job.order
    resource = job.resource()
    path = resource.path(job.namespace(resource), order.name)
    found = listing(job.cluster, resource, path, {} if order.name else list_query(order))
    if found.objects:
        everywhere = order.on("all_namespaces") and resource.namespaced
        job.write("stdout", table(found, wide=order.on("wide"), everywhere=everywhere).encode())
    else:
        namespace = job.namespace(resource)
        job.complain(f"No resources found{f' in {namespace} namespace.' if namespace else ''}")
    return Result(0, {"objects": found.objects})


def events(job: Job) -> Result:
    """Show what the cluster says of its objects, the latest last."""
    order = job.order
    resource = known("events")
    assert resource is not None  # noqa: S101 - of the table
    namespace = job.namespace(resource)
    fields = [] if order.type == "all" else [f"type={order.type}"]
    if about := order.options.get("for"):
        word, _, name = about.partition("/")
        fields += [f"involvedObject.kind={job.resource(word).kind}", f"involvedObject.name={name}"]
    query = {"fieldSelector": ",".join(fields)} if fields else {}
    found = sorted(plain(job.cluster, resource, namespace, query), key=last_seen)
    if found:
        everywhere = order.on("all_namespaces")
        job.write("stdout", events_table(found, datetime.now(UTC), everywhere=everywhere).encode())
    else:
        job.complain(f"No events found{f' in {namespace} namespace' if namespace else ''}.")
    return Result(0, {"objects": found})


def logs(job: Job) -> Result:
    """Print the logs of a pod, or of all pods of a workload or selector."""
    pods = _pods(job)
    if not pods:
        job.complain("No pods found.")
        return Result(1, {"objects": []})
    if len(pods) > _LOGS:
        raise InputError(f"there are {len(pods)} pods, more than {_LOGS}", "narrow them by a selector")
    pods.sort(key=lambda pod: not ready(pod))  # the server waits ten seconds for each of a node that is dead
    streams = [(pod, container) for pod in pods for container in _containers(job, pod)]
    if not job.order.options.get("container") and not job.order.on("all_containers") and (said := choice(pods[0])):
        job.complain(said)
    read = failed = 0
    for pod, container in streams:
        try:
            _print(job, pod, container, prefix=len(streams) > 1)
            read += 1
        except Refused as refused:
            absent = refused.code in (400, 404)
            if not absent and refused.code < 500:
                raise
            # A node that does not answer the server has pods of its own only: the others say what they can.
            job.complain(f"{meta(pod, 'name')}/{container}: {refused}")
            # Most pods of a healthy workload have no earlier container.
            failed += not (absent and job.order.on("previous"))
    return Result(0 if read and not failed else 1, {"objects": pods})


def _pods(job: Job) -> list[dict[str, Any]]:
    resource = job.resource()
    namespace = job.namespace(resource)
    if job.order.name:
        return pods_of(job.cluster, resource, namespace, job.order.name)
    if resource.name != "pods":
        raise InputError("a selector selects pods", "write `logs: pods`")
    return plain(job.cluster, resource, namespace, {"labelSelector": job.order.options["selector"]})


def _containers(job: Job, pod: Mapping[str, Any]) -> Sequence[str]:
    if named := job.order.options.get("container"):
        return [named]
    spec = pod.get("spec") or {}
    names = [str(each["name"]) for each in spec.get("containers") or ()]
    if job.order.on("all_containers"):
        return [*(str(each["name"]) for each in spec.get("initContainers") or ()), *names]
    return [usual_container(pod)]


def _print(job: Job, pod: Mapping[str, Any], container: str, *, prefix: bool) -> None:
    order = job.order
    resource = known("pods")
    assert resource is not None  # noqa: S101 - of the table
    query: dict[str, str | int] = {"container": container}
    if since := order.options.get("since"):
        query["sinceSeconds"] = max(math.ceil(seconds(since)), 1)
    if (tail := order.number("tail")) is not None:
        query["tailLines"] = tail
    query |= {key: "true" for key in ("previous", "timestamps") if order.on(key)}
    path = resource.path(meta(pod, "namespace"), meta(pod, "name"), "log")
    begin = f"[pod/{meta(pod, 'name')}/{container}] ".encode() if prefix else b""
    rest = b""
    for piece in job.cluster.lines(path, query):
        if not begin:
            job.write("stdout", piece)
            rest = piece[-1:]
            continue
        *lines, rest = (rest + piece).split(b"\n")
        if lines:
            job.write("stdout", b"".join(begin + line + b"\n" for line in lines))
    if begin and rest:
        job.write("stdout", begin + rest + b"\n")
    elif rest and rest != b"\n":
        job.write("stdout", b"\n")  # what follows begins on a line of its own
