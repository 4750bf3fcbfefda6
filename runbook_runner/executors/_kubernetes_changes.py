"""The verbs that change: rollout restart and undo, scale, cordon, delete; each as kubectl does it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from runbook_runner.errors import InputError
from runbook_runner.executors._conversation import Result
from runbook_runner.executors._kubernetes_client import Cancelled, Refused
from runbook_runner.executors._kubernetes_find import plain, typed
from runbook_runner.executors._kubernetes_job import Job
from runbook_runner.executors._kubernetes_kinds import Resource
from runbook_runner.executors._kubernetes_rollout import ROLLED
from runbook_runner.executors._kubernetes_table import meta
from runbook_runner.executors._kubernetes_undo import earlier

STRATEGIC = "application/strategic-merge-patch+json"
_RESTARTED = "kubectl.kubernetes.io/restartedAt"
MERGE = "application/merge-patch+json"
_CONFLICT, _ABSENT = 409, 404
_TRIES = 5
_PAUSE = 0.1
"""Seconds until a controller has written what it was about to."""


def rollout_restart(job: Job) -> Result:
    """Replace the pods of a workload one after the other."""
    resource, path = _workload(job)
    found = job.cluster.json(path)
    _not_paused(found, resource, "restarted")
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    there = ((found["spec"]["template"].get("metadata") or {}).get("annotations") or {}).get(_RESTARTED)
    if there == now:
        raise InputError(f"{job.order.name} was restarted within this second", "wait a moment, then look again")
    annotations = {_RESTARTED: now}
    body = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
    return _done(job, job.change("PATCH", path, body, STRATEGIC), resource, "restarted")


def rollout_undo(job: Job) -> Result:
    """Go back to an earlier revision of a workload."""
    resource, path = _workload(job)
    found = typed(job.cluster.json(path), resource)
    _not_paused(found, resource, "rolled back")
    undo = earlier(job.cluster, resource, found, job.order.number("to_revision") or 0)
    if undo.body is None:
        job.say(f"{resource.shown}/{job.order.name} is as revision {undo.revision} already: nothing was changed")
        return Result(0, {"objects": [found]})
    changed = job.change("PATCH", path, undo.body, undo.content)
    return _done(job, changed, resource, f"rolled back to revision {undo.revision}")


def scale(job: Job) -> Result:
    """Set the number of replicas, if it still is what the order says."""
    order = job.order
    resource = job.resource()
    path = resource.path(job.namespace(resource), order.name, "scale")
    replicas, expected = order.number("replicas"), order.number("current_replicas")
    try:
        if expected is None:
            answer = job.change("PATCH", path, {"spec": {"replicas": replicas}}, MERGE)
        else:
            answer = _scaled_from(job, path, expected, replicas)
    except Refused as refused:
        if refused.code == _ABSENT:
            job.cluster.json(resource.path(job.namespace(resource), order.name))  # or it is not there, which says so
            raise InputError(f"{resource.name} cannot be scaled", "they have no number of replicas") from refused
        raise
    job.say(f"{resource.shown}/{order.name} scaled to {replicas}")
    return Result(0, {"objects": [answer]})


def _scaled_from(job: Job, path: str, expected: int, replicas: int | None) -> Any:
    """Set the number of replicas where it is the expected one.

    A controller that writes the status between the two requests is a conflict, too, and no reason to give up: what
    counts is looked at again.
    """
    tries = 0
    while True:
        found = job.cluster.json(path)
        there = (found.get("spec") or {}).get("replicas", 0)
        if there != expected:
            raise InputError(f"there are {there} replicas, not {expected}", "look again, then decide anew")
        found["spec"] = {**(found.get("spec") or {}), "replicas": replicas}
        try:
            return job.change("PUT", path, found)
        except Refused as refused:
            tries += 1
            if refused.code != _CONFLICT or tries == _TRIES:
                raise
        if job.cluster.cancelled.wait(_PAUSE):
            raise Cancelled


def cordon(job: Job) -> Result:
    """Keep new pods away from a node."""
    return _schedulable(job, unschedulable=True)


def uncordon(job: Job) -> Result:
    """Let new pods onto a node again."""
    return _schedulable(job, unschedulable=False)


def delete(job: Job) -> Result:
    """Delete an object, or those that a selector selects; what owns them may make new ones."""
    order = job.order
    resource = job.resource()
    namespace = job.namespace(resource)
    if order.name:
        names = [order.name]
    else:
        selected = plain(job.cluster, resource, namespace, {"labelSelector": order.options["selector"]})
        names = [meta(each, "name") for each in selected]
    body: dict[str, Any] = {"kind": "DeleteOptions", "apiVersion": "v1"}
    body["propagationPolicy"] = order.options.get("cascade", "background").capitalize()
    if (grace := order.number("grace_period")) is not None:
        body["gracePeriodSeconds"] = grace
    if not names:
        job.complain(f"No resources found{f' in {namespace} namespace.' if namespace else ''}")
    for name in names:
        job.change("DELETE", resource.path(namespace, name), body)
        job.say(f'{resource.shown} "{name}" deleted')
    return Result(0, {"objects": [{"metadata": {"name": name, "namespace": namespace}} for name in names]})


def _workload(job: Job) -> tuple[Resource, str]:
    resource = job.resource()
    if resource.name not in ROLLED:
        raise InputError(f"{resource.name} have no rollout", "a deployment, stateful set or daemon set has")
    return resource, resource.path(job.namespace(resource), job.order.name)


def _not_paused(found: Mapping[str, Any], resource: Resource, what: str) -> None:
    if (found.get("spec") or {}).get("paused"):
        name = f"{resource.shown}/{meta(found, 'name')}"
        raise InputError(f"{name} is paused and cannot be {what}", f"kubectl rollout resume {name}")


def _schedulable(job: Job, *, unschedulable: bool) -> Result:
    resource = job.resource()
    path = resource.path("", job.order.name)
    found = typed(job.cluster.json(path), resource)
    what = "cordoned" if unschedulable else "uncordoned"
    if bool((found.get("spec") or {}).get("unschedulable")) == unschedulable:
        job.say(f"node/{job.order.name} already {what}")
        return Result(0, {"objects": [found]})
    body = {"spec": {"unschedulable": True if unschedulable else None}}
    return _done(job, job.change("PATCH", path, body, STRATEGIC), resource, what)


def _done(job: Job, changed: Any, resource: Resource, what: str) -> Result:
    job.say(f"{resource.shown}/{job.order.name} {what}")
    return Result(0, {"objects": [typed(changed, resource)]})
