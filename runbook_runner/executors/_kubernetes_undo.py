"""Which revision a workload goes back to, and by which patch: the same that kubectl sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from runbook_runner.errors import InputError
from runbook_runner.executors._kubernetes_client import Cluster
from runbook_runner.executors._kubernetes_find import plain, selector_of
from runbook_runner.executors._kubernetes_kinds import Resource, known
from runbook_runner.executors._kubernetes_table import meta

_HASH = "pod-template-hash"
_REVISION = "deployment.kubernetes.io/revision"
_KEPT = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        _REVISION,
        "deployment.kubernetes.io/revision-history",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
        "deprecated.deployment.rollback.to",
    }
)
"""Annotations that belong to the deployment, whatever its revision."""


class Undo(Struct, frozen=True):
    """The way back."""

    revision: int
    now: int
    body: Any = None
    """The patch; None where that revision runs already."""
    content: str = ""


def earlier(cluster: Cluster, resource: Resource, workload: Mapping[str, Any], wanted: int) -> Undo:
    """Return the way back to a revision, 0 for the one before; InputError when there is none."""
    deployment = resource.name == "deployments"
    kept = known("replicasets" if deployment else "controllerrevisions")
    assert kept is not None  # noqa: S101 - of the table
    query = {"labelSelector": selector_of(workload)}
    owned = [each for each in plain(cluster, kept, meta(workload, "namespace"), query) if _owned(each, workload)]
    revisions = {revision: each for each in owned if (revision := _revision(each, deployment=deployment))}
    order = sorted(revisions, reverse=True)
    if wanted and wanted not in revisions:
        known_ = ", ".join(map(str, sorted(order))) or "none"
        raise InputError(f"there is no revision {wanted} of {meta(workload, 'name')}", f"there are: {known_}")
    if not wanted and len(order) < 2:
        raise InputError(f"there is no earlier revision of {meta(workload, 'name')}", "nothing to go back to")
    revision = wanted or order[1]
    chosen = revisions[revision]
    if deployment:
        return _of_deployment(workload, chosen, revision, order)
    return Undo(revision, order[0], chosen.get("data"), "application/strategic-merge-patch+json")


def _of_deployment(workload: Mapping[str, Any], chosen: Mapping[str, Any], revision: int, order: Sequence[int]) -> Undo:
    template = dict(chosen["spec"]["template"])
    metadata = dict(template.get("metadata") or {})
    metadata["labels"] = {key: value for key, value in (metadata.get("labels") or {}).items() if key != _HASH}
    template["metadata"] = metadata
    if _alike(template, workload["spec"]["template"]):
        return Undo(revision, order[0])
    own = {k: v for k, v in ((workload.get("metadata") or {}).get("annotations") or {}).items() if k in _KEPT}
    theirs = {k: v for k, v in ((chosen.get("metadata") or {}).get("annotations") or {}).items() if k not in _KEPT}
    body = [
        {"op": "replace", "path": "/spec/template", "value": template},
        {"op": "replace", "path": "/metadata/annotations", "value": {**theirs, **own}},
    ]
    return Undo(revision, order[0], body, "application/json-patch+json")


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(_without_nothing(one) == _without_nothing(other))


def _without_nothing(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: kept for key, each in value.items() if (kept := _without_nothing(each)) not in (None, {}, [])}
    return value


def _owned(item: Mapping[str, Any], workload: Mapping[str, Any]) -> bool:
    owners = (item.get("metadata") or {}).get("ownerReferences") or ()
    return any(each.get("uid") == meta(workload, "uid") and each.get("controller") for each in owners)


def _revision(item: Mapping[str, Any], *, deployment: bool) -> int:
    annotations = (item.get("metadata") or {}).get("annotations") or {}
    text = str((annotations.get(_REVISION) if deployment else item.get("revision")) or "")
    return int(text) if text.isdigit() else 0
