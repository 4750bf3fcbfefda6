"""Which objects an order means: kinds by discovery, namespaces, lists in pieces, the pods behind a workload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from runbook_runner.errors import InputError
from runbook_runner.executors._kubernetes_client import Cluster, Refused
from runbook_runner.executors._kubernetes_fence import Order
from runbook_runner.executors._kubernetes_kinds import YOUNG, Resource, known

PIECE = 500
"""Objects asked for at once."""
MOST = 5000
"""Objects beyond which a list is refused: nobody reads them, and a part of them would prove nothing."""
_TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


class Listing(Struct):
    """Some objects as data, and as the server tabulates them."""

    objects: list[dict[str, Any]] = field(default_factory=list)
    columns: list[dict[str, Any]] = field(default_factory=list)
    cells: list[list[Any]] = field(default_factory=list)


def resource_of(cluster: Cluster, word: str) -> Resource:
    """Return the kind of objects that a word means; InputError when the cluster has none."""
    found = known(word)
    if found is None:
        return _discovered(cluster, word.lower())
    return _served(cluster, found) if found.name in YOUNG else found


def _served(cluster: Cluster, wanted: Resource) -> Resource:
    """Return a kind in the version that the cluster serves: an old one has it in an earlier version only."""
    try:
        if _has(wanted, _kinds(cluster, f"/apis/{wanted.api}")):
            return wanted
        group = next((each for each in _groups(cluster) if each["name"] == wanted.group), {})
        for version in _versions(group):
            if _has(wanted, _kinds(cluster, f"/apis/{wanted.group}/{version}")):
                return replace(wanted, version=version)
    except Refused:
        return wanted  # where nobody may ask what there is, the usual one is tried
    return wanted  # so that the server says that there is none


def _has(wanted: Resource, kinds: Sequence[Mapping[str, Any]]) -> bool:
    return any(each["name"] == wanted.name for each in kinds)


def listing(cluster: Cluster, resource: Resource, path: str, query: Mapping[str, str | int]) -> Listing:
    """Ask for objects, in pieces; Refused as the server says."""
    found = Listing()
    # A secret's values are none of a runbook's business.
    part = "Metadata" if resource.name == "secrets" and not resource.group else "Object"
    asked: dict[str, str | int] = {**query, "includeObject": part}
    while True:
        answer = cluster.json(path, asked, accept=_TABLE)
        _take(found, answer, resource, only_metadata=part == "Metadata")
        following = (answer.get("metadata") or {}).get("continue")
        if not following:
            return found
        if len(found.objects) >= MOST:
            raise InputError(f"there are more than {MOST} {resource.name}", "narrow them by namespace or selector")
        asked = {**asked, "continue": following}


def list_query(order: Order) -> dict[str, str | int]:
    """Return the query of a list."""
    query: dict[str, str | int] = {"limit": PIECE}
    if selector := order.options.get("selector"):
        query["labelSelector"] = selector
    if fields := order.options.get("field_selector"):
        query["fieldSelector"] = fields
    return query


def plain(cluster: Cluster, resource: Resource, namespace: str, query: Mapping[str, str | int]) -> list[dict[str, Any]]:
    """Return objects as data, without a table; InputError where there are too many."""
    answer = cluster.json(resource.path(namespace), {"limit": MOST, **query})
    if (answer.get("metadata") or {}).get("continue"):
        raise InputError(f"there are more than {MOST} {resource.name}", "narrow them by namespace or selector")
    return [typed(item, resource) for item in answer.get("items") or []]


def namespace_of(cluster: Cluster, resource: Resource, order: Order) -> str:
    """Return the namespace that an order is about; empty for all, and for what has none."""
    if not resource.namespaced or order.on("all_namespaces"):
        return ""
    return order.options.get("namespace") or cluster.identity.namespace


def selector_of(workload: Mapping[str, Any]) -> str:
    """Return the selector of a workload's pods as a query writes it; empty when it has none."""
    selector = (workload.get("spec") or {}).get("selector") or {}
    if not isinstance(selector, Mapping):
        return ""
    labels = selector.get("matchLabels", {} if "matchExpressions" in selector else selector)
    terms = [f"{key}={value}" for key, value in (labels or {}).items()]
    for term in selector.get("matchExpressions") or ():
        key, values = term["key"], ",".join(term.get("values") or ())
        written = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": key}
        terms.append(written.get(term["operator"], f"!{key}"))
    return ",".join(terms)


def pods_of(cluster: Cluster, resource: Resource, namespace: str, name: str) -> list[dict[str, Any]]:
    """Return the pods of a workload, or the pod itself."""
    pods = known("pods")
    assert pods is not None  # noqa: S101 - of the table
    found = cluster.json(resource.path(namespace, name))
    if resource == pods:
        return [typed(found, resource)]
    selector = selector_of(found)
    if not selector:
        raise InputError(f"{resource.name}/{name} has no pods of its own", "name a pod, or a selector")
    return plain(cluster, pods, namespace, {"labelSelector": selector})


def ready(pod: Mapping[str, Any]) -> bool:
    """Say whether a pod is ready; none is on a node that does not answer."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)


def usual_container(pod: Mapping[str, Any]) -> str:
    """Return the container that is meant where none is named: the one that the pod marks, or its first."""
    names = [str(each["name"]) for each in (pod.get("spec") or {}).get("containers") or ()]
    marked = ((pod.get("metadata") or {}).get("annotations") or {}).get("kubectl.kubernetes.io/default-container")
    return str(marked) if marked in names else next(iter(names), "")


def choice(pod: Mapping[str, Any]) -> str:
    """Say which container was taken of several, as kubectl does; empty where there is no choice."""
    spec = pod.get("spec") or {}
    names = [str(each["name"]) for each in spec.get("containers") or ()]
    early = [f"{each['name']} (init)" for each in spec.get("initContainers") or ()]
    if len(names) + len(early) < 2:
        return ""
    return f'Defaulted container "{usual_container(pod)}" out of: {", ".join([*names, *early])}'


def typed(item: dict[str, Any], resource: Resource) -> dict[str, Any]:
    """Return an object as its own answer would have it: a list leaves out what all have in common."""
    clean = {"apiVersion": resource.api, "kind": resource.kind, **item}
    if isinstance(metadata := clean.get("metadata"), dict):
        clean["metadata"] = {key: value for key, value in metadata.items() if key != "managedFields"}
    return clean


def _take(found: Listing, answer: Mapping[str, Any], resource: Resource, *, only_metadata: bool) -> None:
    if answer.get("kind") == "Table":
        found.columns = found.columns or list(answer.get("columnDefinitions") or [])
        for row in answer.get("rows") or []:
            found.cells.append(list(row.get("cells") or []))
            found.objects.append(_object(row.get("object") or {}, resource, only_metadata=only_metadata))
        return
    items: list[dict[str, Any]] = answer.get("items", [answer]) or []
    for item in items:
        found.objects.append(_object(item, resource, only_metadata=only_metadata))


def _object(item: dict[str, Any], resource: Resource, *, only_metadata: bool) -> dict[str, Any]:
    if only_metadata:
        item = {"metadata": item.get("metadata") or {}}
    elif item.get("kind") == "PartialObjectMetadata":
        item = {**item, "kind": resource.kind, "apiVersion": resource.api}
    return typed(item, resource)


def _discovered(cluster: Cluster, word: str) -> Resource:
    """Ask the cluster for its kinds of objects; the groups all at the same time."""
    name, _, group = word.partition(".")
    apis = [f"{each['name']}/{version}" for each in _groups(cluster) for version in _versions(each)]
    # A group is asked for its preferred version first, but what is new in it may be there in another one alone.
    paths = ([] if group else ["/api/v1"]) + [f"/apis/{api}" for api in apis if not group or _is(group, api)]
    silent: set[str] = set()
    with ThreadPoolExecutor(8) as several:
        lists = list(several.map(lambda path: _kinds(cluster, path, silent), paths))
    grouped: dict[str, None] = {}
    for path, kinds in zip(paths, lists, strict=True):
        for each in kinds:
            if name in (each.get("categories") or ()):
                grouped[each["name"]] = None
            names = (each["name"], each.get("singularName"), each["kind"].lower(), *(each.get("shortNames") or ()))
            if "/" not in each["name"] and name in names:
                owner, _, version = _api(path).rpartition("/")
                return Resource(each["name"], each["kind"], owner, version, bool(each["namespaced"]))
    if down := sorted(map(_api, silent)):
        said = f"whether the cluster has objects called {word} is not known: no answer from {', '.join(down)}"
        raise InputError(said, "`kubectl get apiservices` shows what is down")
    if grouped:
        raise InputError(f"{word} means several kinds of objects", f"name one of them: {', '.join(sorted(grouped))}")
    raise InputError(f"the cluster has no objects called {word}", "`kubectl api-resources` lists what it has")


def _groups(cluster: Cluster) -> Sequence[Mapping[str, Any]]:
    return cluster.json("/apis").get("groups") or []


def _versions(group: Mapping[str, Any]) -> Sequence[str]:
    """Return the versions of a group, the preferred one first."""
    first = (group.get("preferredVersion") or {}).get("version")
    found = [each["version"] for each in group.get("versions") or ()]
    return sorted(found, key=lambda version: version != first)


def _is(group: str, api: str) -> bool:
    owner, _, version = api.rpartition("/")
    return group in (owner, f"{version}.{owner}")


def _api(path: str) -> str:
    return path.removeprefix("/apis/").removeprefix("/api/")


def _kinds(cluster: Cluster, path: str, silent: set[str] | None = None) -> Sequence[Mapping[str, Any]]:
    """Return the kinds of a version; an aggregated API that is down takes only its own with it, and is noted."""
    try:
        return cluster.json(path).get("resources") or []
    except Refused as refused:
        if refused.code not in (404, 503):
            raise
        if refused.code == 503 and silent is not None:
            silent.add(path)
        return []
