"""What a change would touch, asked of the cluster before it is confirmed."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from runbook_runner.errors import RunbookError
from runbook_runner.executors._kubernetes_client import Broken, Cancelled, Cluster, Refused, connect, identify
from runbook_runner.executors._kubernetes_fence import Order
from runbook_runner.executors._kubernetes_find import namespace_of, plain, resource_of, selector_of
from runbook_runner.executors._kubernetes_kinds import WORKLOADS, Resource, known
from runbook_runner.executors._kubernetes_table import meta
from runbook_runner.executors._kubernetes_undo import earlier
from runbook_runner.ports import Where

_PATIENCE = 2.0
_NAMED = 4
"""Objects that are named; of more only the number is said."""


def reach(where: Where, order: Order) -> str:
    """Name context and namespace, and what the cluster says stands there now, within two seconds."""
    who = identify(where)
    cancelled = threading.Event()
    kind = known(order.type)
    lies_in = kind is None or kind.namespaced
    place = who.told(order.options.get("namespace", "")) if lies_in else who.where
    found: list[str] = []

    def ask() -> None:
        try:
            with closing(connect(where, who, cancelled)) as cluster:
                found.append(_touched(cluster, order))
        except Refused as refused:
            found.append(str(refused))
        except Broken as broken:
            found.append(f"what it would touch is not known: {broken}")
        except Cancelled:
            return
        except RunbookError as error:
            found.append(error.message)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    if not found:
        cancelled.set()
        return f"{place}: what it would touch is not known, the cluster did not answer within {_PATIENCE:g} s"
    return f"{place}: {found[0]}"


def _touched(cluster: Cluster, order: Order) -> str:
    resource = resource_of(cluster, order.type)
    namespace = namespace_of(cluster, resource, order)
    if not order.name:
        found = plain(cluster, resource, namespace, {"labelSelector": order.options.get("selector", "")})
        text = _several([meta(each, "name") for each in found], resource.name)
        return "; ".join([text, *_budgets(cluster, namespace, found)]) if resource.name == "pods" else text
    found = cluster.json(resource.path(namespace, order.name))
    parts = [_one(resource, found)]
    match order.verb:
        case "scale":
            parts[0] += f", to {order.options['replicas']}"
        case "rollout_undo":
            undo = earlier(cluster, resource, found, order.number("to_revision") or 0)
            parts.append(f"from revision {undo.now} back to {undo.revision}{_images(undo.body)}")
        case "cordon" | "uncordon":
            pods = _pods(cluster, "", {"fieldSelector": f"spec.nodeName={order.name}"})
            parts.append(f"its {len(pods)} pods stay")
            return "; ".join(parts)
    if resource.name == "namespaces" and order.verb == "delete":
        parts.append(f"{len(_pods(cluster, order.name, {}))} pods in it, and all else there, go with it")
    if resource.name in WORKLOADS and (selector := selector_of(found)):
        pods = _pods(cluster, namespace, {"labelSelector": selector})
        parts[0] += f", {len(pods)} pod{'s' if len(pods) != 1 else ''}"
        parts += _budgets(cluster, namespace, pods) if order.verb != "exec" else []
        if order.verb == "scale":
            parts += _autoscalers(cluster, resource, namespace, order.name)
    elif resource.name == "pods" and order.verb != "exec":
        parts += _budgets(cluster, namespace, [found])
    return "; ".join(parts)


def _one(resource: Resource, found: Mapping[str, Any]) -> str:
    status, spec = found.get("status") or {}, found.get("spec") or {}
    text = f"{resource.kind.lower()} {meta(found, 'name')}"
    if "replicas" in spec:
        ready = status.get("readyReplicas") or 0
        replicas = spec["replicas"]
        return f"{text}, {replicas} replica{'s' if replicas != 1 else ''} ({ready} ready)"
    if "desiredNumberScheduled" in status:
        return f"{text}, on {status['desiredNumberScheduled']} nodes"
    if resource.name == "pods":
        owners = (found.get("metadata") or {}).get("ownerReferences") or ()
        owner = f"of {str(owners[0]['kind']).lower()} {owners[0]['name']}" if owners else "nobody makes a new one"
        return f"{text} ({status.get('phase', 'unknown')}), {owner}"
    return text


def _several(names: Sequence[str], what: str) -> str:
    if len(names) == 1:
        return f"1 {what.removesuffix('s')}: {names[0]}"
    return f"{len(names)} {what}" + (f": {', '.join(names)}" if 0 < len(names) <= _NAMED else "")


def _pods(cluster: Cluster, namespace: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
    pods = known("pods")
    assert pods is not None  # noqa: S101 - of the table
    return plain(cluster, pods, namespace, query)


def _budgets(cluster: Cluster, namespace: str, pods: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the disruption budgets of some pods: a restart or a deletion does not ask them, so she must."""
    try:
        resource = resource_of(cluster, "poddisruptionbudgets")
        budgets = plain(cluster, resource, namespace, {})
    except Refused as refused:
        return [f"its disruption budgets {_unread(refused)}"]
    found = []
    for each in budgets:
        selector = (each.get("spec") or {}).get("selector")
        if selector is None or (not selector and resource.version == "v1beta1"):
            continue  # that selects nothing, unlike an empty one since
        if any(selects(selector, (pod.get("metadata") or {}).get("labels") or {}) for pod in pods):
            allowed = (each.get("status") or {}).get("disruptionsAllowed", 0)
            found.append(f"disruption budget {meta(each, 'name')} allows {allowed}")
    return found


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Say whether a selector of the API selects what has some labels."""
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    for term in selector.get("matchExpressions") or ():
        there, values = term["key"] in labels, term.get("values") or ()
        holds = {
            "In": there and labels[term["key"]] in values,
            "NotIn": not there or labels[term["key"]] not in values,
            "Exists": there,
            "DoesNotExist": not there,
        }
        if not holds.get(term["operator"], False):
            return False
    return True


def _autoscalers(cluster: Cluster, resource: Resource, namespace: str, name: str) -> list[str]:
    try:
        found = plain(cluster, resource_of(cluster, "horizontalpodautoscalers"), namespace, {})
    except Refused as refused:
        return [f"its autoscalers {_unread(refused)}"]
    specs = [(meta(each, "name"), each.get("spec") or {}) for each in found]
    return [
        f"autoscaler {own} ({spec.get('minReplicas', 1)} to {spec.get('maxReplicas')}) may change it again"
        for own, spec in specs
        if (spec.get("scaleTargetRef") or {}).get("kind") == resource.kind and spec["scaleTargetRef"]["name"] == name
    ]


def _unread(refused: Refused) -> str:
    return "may not be read" if refused.code == 403 else "are not known"


def _images(body: Any) -> str:
    """Name the images that a patch brings back."""
    template = body[0]["value"] if isinstance(body, list) else ((body or {}).get("spec") or {}).get("template") or {}
    names = [str(each.get("image")) for each in (template.get("spec") or {}).get("containers") or ()]
    return f" ({', '.join(names)})" if names else ""
