"""How far a rollout is, in kubectl's words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from runbook_runner.errors import InputError

ROLLED = ("deployments", "statefulsets", "daemonsets")
"""The kinds that have rollouts."""


class Progress(Struct, frozen=True):
    """Where a rollout stands."""

    said: str
    done: bool = False
    failed: bool = False
    """It will not go on by itself."""


def rollout(item: Mapping[str, Any]) -> Progress:
    """Say how far a workload's rollout is; InputError for what has none."""
    kind, status = str(item.get("kind", "")), item.get("status") or {}
    meta = item.get("metadata") or {}
    name = f'"{meta.get("name", "")}"'
    if kind not in ("Deployment", "StatefulSet", "DaemonSet"):
        raise InputError(f"a {kind} has no rollout", "a Deployment, StatefulSet or DaemonSet has")
    if int(status.get("observedGeneration") or 0) < int(meta.get("generation") or 0):
        return Progress(f"Waiting for {kind.lower()} {name} spec update to be observed...")
    judge = {"Deployment": _deployment, "StatefulSet": _stateful, "DaemonSet": _daemon}[kind]
    return judge(name, item.get("spec") or {}, status)


def _deployment(name: str, spec: Mapping[str, Any], status: Mapping[str, Any]) -> Progress:
    for each in status.get("conditions") or ():
        if each.get("type") == "Progressing" and each.get("reason") == "ProgressDeadlineExceeded":
            return Progress(f"deployment {name} exceeded its progress deadline", failed=True)
    wanted = _number(spec, "replicas", 1)
    updated, all_, ready = (_number(status, key) for key in ("updatedReplicas", "replicas", "availableReplicas"))
    wait = f"Waiting for deployment {name} rollout to finish:"
    if updated < wanted:
        return Progress(f"{wait} {updated} out of {wanted} new replicas have been updated...")
    if all_ > updated:
        return Progress(f"{wait} {all_ - updated} old replicas are pending termination...")
    if ready < updated:
        return Progress(f"{wait} {ready} of {updated} updated replicas are available...")
    return Progress(f"deployment {name} successfully rolled out", done=True)


def _stateful(name: str, spec: Mapping[str, Any], status: Mapping[str, Any]) -> Progress:
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        raise InputError(f"statefulset {name} is updated by hand (OnDelete)", "its pods show how far it is")
    wanted, ready = _number(spec, "replicas", 1), _number(status, "readyReplicas")
    if ready < wanted:
        return Progress(f"Waiting for {wanted - ready} pods to be ready...")
    rolling = strategy.get("rollingUpdate") or {}
    part = _number(rolling, "partition")
    updated = _number(status, "updatedReplicas")
    if "partition" in rolling:  # a real server writes down that it is 0, and kubectl then says the same
        if updated < wanted - part:
            return Progress(f"Waiting for partitioned roll out to finish: {updated} out of {wanted - part} new pods...")
        return Progress(f"partitioned roll out complete: {updated} new pods have been updated...", done=True)
    if status.get("updateRevision") != status.get("currentRevision"):
        return Progress(f"waiting for statefulset rolling update to complete {updated} pods at the new revision...")
    return Progress(f"statefulset {name} rolling update complete {ready} pods", done=True)


def _daemon(name: str, spec: Mapping[str, Any], status: Mapping[str, Any]) -> Progress:
    if (spec.get("updateStrategy") or {}).get("type") == "OnDelete":
        raise InputError(f"daemonset {name} is updated by hand (OnDelete)", "its pods show how far it is")
    wanted, updated = _number(status, "desiredNumberScheduled"), _number(status, "updatedNumberScheduled")
    ready = _number(status, "numberAvailable")
    wait = f"Waiting for daemon set {name} rollout to finish:"
    if updated < wanted:
        return Progress(f"{wait} {updated} out of {wanted} new pods have been updated...")
    if ready < wanted:
        return Progress(f"{wait} {ready} of {wanted} updated pods are available...")
    return Progress(f"daemon set {name} successfully rolled out", done=True)


def _number(where: Mapping[str, Any], key: str, usual: int = 0) -> int:
    value = where.get(key)
    return usual if value is None else int(value)
