"""What a small Kubernetes holds: objects, their versions and history, patches, selectors, and the controllers' work."""

from __future__ import annotations

import copy
import hashlib
import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, field

from tests import kube_checks

Object = dict[str, Any]
BROKEN = ("CrashLoopBackOff", "ImagePullBackOff")
STATE, LOGS = "fakelet/state", "fakelet/logs"
"""Annotations of a pod's template that say how its containers fare, and what they print."""
_HASH = "pod-template-hash"
_REVISION = "deployment.kubernetes.io/revision"


class Kind(Struct, frozen=True):
    name: str
    kind: str
    group: str
    version: str
    namespaced: bool
    short: tuple[str, ...] = ()
    subs: tuple[str, ...] = ()

    @property
    def api(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


def _kinds() -> Iterator[Kind]:
    yield Kind("namespaces", "Namespace", "", "v1", False, ("ns",), ("status",))
    yield Kind("nodes", "Node", "", "v1", False, ("no",), ("status",))
    yield Kind("pods", "Pod", "", "v1", True, ("po",), ("log", "exec", "eviction", "status"))
    yield Kind("services", "Service", "", "v1", True, ("svc",), ("status",))
    yield Kind("events", "Event", "", "v1", True, ("ev",))
    yield Kind("secrets", "Secret", "", "v1", True)
    yield Kind("configmaps", "ConfigMap", "", "v1", True, ("cm",))
    yield Kind("persistentvolumeclaims", "PersistentVolumeClaim", "", "v1", True, ("pvc",), ("status",))
    yield Kind("serviceaccounts", "ServiceAccount", "", "v1", True, ("sa",), ("token",))
    yield Kind("deployments", "Deployment", "apps", "v1", True, ("deploy",), ("scale", "status"))
    yield Kind("replicasets", "ReplicaSet", "apps", "v1", True, ("rs",), ("scale", "status"))
    yield Kind("statefulsets", "StatefulSet", "apps", "v1", True, ("sts",), ("scale", "status"))
    yield Kind("daemonsets", "DaemonSet", "apps", "v1", True, ("ds",), ("status",))
    yield Kind("controllerrevisions", "ControllerRevision", "apps", "v1", True)
    yield Kind("horizontalpodautoscalers", "HorizontalPodAutoscaler", "autoscaling", "v2", True, ("hpa",), ("status",))
    yield Kind("poddisruptionbudgets", "PodDisruptionBudget", "policy", "v1", True, ("pdb",), ("status",))
    yield Kind("roles", "Role", "rbac.authorization.k8s.io", "v1", True)
    yield Kind("rolebindings", "RoleBinding", "rbac.authorization.k8s.io", "v1", True)
    yield Kind("clusterroles", "ClusterRole", "rbac.authorization.k8s.io", "v1", False)
    yield Kind("clusterrolebindings", "ClusterRoleBinding", "rbac.authorization.k8s.io", "v1", False)
    yield Kind("storageclasses", "StorageClass", "storage.k8s.io", "v1", False, ("sc",))
    yield Kind("leases", "Lease", "coordination.k8s.io", "v1", True)
    # Of a custom resource: nobody knows it but by asking.
    yield Kind("certificates", "Certificate", "cert-manager.io", "v1", True, ("cert", "certs"), ("status",))
    yield Kind("challenges", "Challenge", "cert-manager.io", "v1beta1", True)


KINDS = {(kind.group, kind.name): kind for kind in _kinds()}


class No(Exception):
    """The server refuses."""

    def __init__(self, code: int, reason: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.plain = ""
        """What is sent instead of the status."""
        self.status = {
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
            "reason": reason, "details": details, "code": code,
        }  # fmt: skip
        if not details:
            del self.status["details"]


def invalid(kind: str, group: str, name: str, causes: list[kube_checks.Cause]) -> No:
    """Return the refusal of an object, which names each field."""
    shown = f"{kind}.{group}" if group else kind
    more = {"group": group} if group else {}
    listed = [{"reason": each.reason, "message": each.message, "field": each.field} for each in causes]
    said = f'{shown} "{name}" is invalid: {kube_checks.told(causes)}'
    return No(422, "Invalid", said, name=name, **more, kind=kind, causes=listed)


class State:
    """All objects, and what happened to them."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.version = 100
        self.objects: dict[tuple[str, str, str, str], Object] = {}
        self.history: list[tuple[int, str, Kind, Object]] = []
        self.compacted = 0
        """A watch that begins at an earlier version is told that it is too old."""
        self.delay = 0.0
        """Seconds until a new pod is ready."""
        self._ready_at: dict[str, float] = {}
        self._serial = 0

    # --- objects ------------------------------------------------------------------------------

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        with self.lock:
            found = self.objects.get((kind.group, kind.name, namespace, name))
            if found is None:
                shown = f"{kind.name}.{kind.group}" if kind.group else kind.name
                more = {"group": kind.group} if kind.group else {}
                raise No(404, "NotFound", f'{shown} "{name}" not found', name=name, **more, kind=kind.name)
            return copy.deepcopy(found)

    def all(self, kind: Kind, namespace: str, holds: Callable[[Object], bool] = lambda _: True) -> list[Object]:
        with self.lock:
            keys = sorted(key for key in self.objects if key[:2] == (kind.group, kind.name))
            found = [self.objects[key] for key in keys if not namespace or key[2] == namespace]
            return [copy.deepcopy(each) for each in found if holds(each)]

    def create(self, kind: Kind, namespace: str, item: Object) -> Object:
        with self.lock:
            item = copy.deepcopy(item)
            meta = item.setdefault("metadata", {})
            name = meta.setdefault("name", meta.get("generateName", "x-") + self._suffix())
            if (kind.group, kind.name, namespace, name) in self.objects:
                raise No(409, "AlreadyExists", f'{kind.name} "{name}" already exists', name=name, kind=kind.name)
            if causes := kube_checks.wrong(kind.kind, item):
                raise invalid(kind.kind, kind.group, name, causes)
            if kind.namespaced:
                meta["namespace"] = namespace
            meta["uid"] = str(uuid.uuid4())
            meta["creationTimestamp"] = now()
            if "spec" in item and kind.name not in ("namespaces", "nodes"):
                meta["generation"] = 1
            item["kind"], item["apiVersion"] = kind.kind, kind.api
            self._keep("ADDED", kind, item)
            self.reconcile()
            return self.get(kind, namespace, name)

    def replace(self, kind: Kind, item: Object, *, status: bool = False) -> Object:
        with self.lock:
            meta = item["metadata"]
            before = self.get(kind, meta.get("namespace", ""), meta["name"])
            version = meta.get("resourceVersion")
            if version and version != before["metadata"]["resourceVersion"]:
                said = "the object has been modified; please apply your changes to the latest version and try again"
                message = f'Operation cannot be fulfilled on {kind.name}.{kind.group} "{meta["name"]}": {said}'
                raise No(409, "Conflict", message, name=meta["name"], group=kind.group, kind=kind.name)
            if not status and (causes := kube_checks.wrong(kind.kind, item)):
                raise invalid(kind.kind, kind.group, meta["name"], causes)
            item = copy.deepcopy(item)
            if not status and before.get("spec") != item.get("spec") and "generation" in meta:
                item["metadata"]["generation"] = before["metadata"]["generation"] + 1
            if before != item:
                self._keep("MODIFIED", kind, item)
            self.reconcile()
            return self.get(kind, meta.get("namespace", ""), meta["name"])

    def delete(self, kind: Kind, namespace: str, name: str) -> Object:
        with self.lock:
            item = self.get(kind, namespace, name)
            del self.objects[(kind.group, kind.name, namespace, name)]
            self._happened("DELETED", kind, item)
            if kind.name == "namespaces":
                for key in [key for key in self.objects if key[2] == name]:
                    self.delete(KINDS[key[:2]], key[2], key[3])
            for key, each in list(self.objects.items()):
                owners = each["metadata"].get("ownerReferences") or ()
                if key in self.objects and any(one["uid"] == item["metadata"]["uid"] for one in owners):
                    self.delete(KINDS[key[:2]], key[2], key[3])
            self.reconcile()
            return item

    def _keep(self, what: str, kind: Kind, item: Object) -> None:
        meta = item["metadata"]
        self.objects[(kind.group, kind.name, meta.get("namespace", ""), meta["name"])] = item
        self._happened(what, kind, item)

    def _happened(self, what: str, kind: Kind, item: Object) -> None:
        self.version += 1
        item["metadata"]["resourceVersion"] = str(self.version)
        self.history.append((self.version, what, kind, copy.deepcopy(item)))
        self.changed.notify_all()

    def _suffix(self) -> str:
        self._serial += 1
        return hashlib.sha256(str(self._serial).encode()).hexdigest()[:5].translate(str.maketrans("01ae", "xzwv"))

    # --- controllers --------------------------------------------------------------------------

    def reconcile(self) -> None:
        """Do what the controllers would: once, for everything."""
        with self.lock:
            for deployment in self.all(KINDS["apps", "deployments"], ""):
                self._roll(deployment)

    def _roll(self, deployment: Object) -> None:
        kind = KINDS["apps", "replicasets"]
        meta, spec = deployment["metadata"], deployment["spec"]
        space = meta["namespace"]
        sets = [each for each in self.all(kind, space) if _owned(each, deployment)]
        name = f"{meta['name']}-{_digest(spec['template'])}"
        newest = max((_revision(each) for each in sets), default=0)
        current = next((each for each in sets if each["metadata"]["name"] == name), None)
        if current is None:
            current = self._new_set(deployment, name, newest + 1)
            sets.append(current)
        elif _revision(current) < newest:
            current["metadata"]["annotations"][_REVISION] = str(newest + 1)
            self._keep("MODIFIED", kind, current)
        wanted = int(spec.get("replicas", 1))
        old = [each for each in sets if each["metadata"]["name"] != name]
        there = sum(len(self._pods(each)) for each in old)
        broken = _state(spec["template"]) in BROKEN
        if broken and there and wanted:
            # A new version that never gets ready stops the rollout half way.
            self._fill(current, min(max(-(-wanted // 4), 1), wanted))
            self._shrink(old, wanted - wanted // 4)
        else:
            ready = self._fill(current, wanted)
            self._shrink(old, 0 if ready or not wanted else wanted - wanted // 4)
        self._tell(deployment, current, sets)

    def _new_set(self, deployment: Object, name: str, revision: int) -> Object:
        meta, spec = deployment["metadata"], deployment["spec"]
        template = copy.deepcopy(spec["template"])
        digest = name.rpartition("-")[2]
        template.setdefault("metadata", {}).setdefault("labels", {})[_HASH] = digest
        item: Object = {
            "kind": "ReplicaSet",
            "apiVersion": "apps/v1",
            "metadata": {
                "name": name,
                "namespace": meta["namespace"],
                "uid": str(uuid.uuid4()),
                "creationTimestamp": now(),
                "generation": 1,
                "labels": dict(template["metadata"]["labels"]),
                "annotations": {_REVISION: str(revision)},
                "ownerReferences": [_owner(deployment)],
            },
            "spec": {
                "replicas": 0, "selector": {"matchLabels": dict(template["metadata"]["labels"])}, "template": template,
            },
            "status": {"replicas": 0},
        }  # fmt: skip
        self._keep("ADDED", KINDS["apps", "replicasets"], item)
        return item

    def _pods(self, owner: Object) -> list[Object]:
        kind = KINDS["", "pods"]
        return [each for each in self.all(kind, owner["metadata"]["namespace"]) if _owned(each, owner)]

    def _fill(self, owner: Object, wanted: int) -> bool:
        """Make pods or take some away; say whether all of them are ready."""
        pods = self._pods(owner)
        for pod in pods[wanted:]:
            self._drop(pod)
        for _ in range(wanted - len(pods)):
            self._new_pod(owner)
        for pod in self._pods(owner):
            self._grow(pod)
        return all(_ready(pod) for pod in self._pods(owner))

    def _shrink(self, owners: list[Object], wanted: int) -> None:
        pods = [pod for owner in owners for pod in self._pods(owner)]
        for pod in pods[wanted:]:
            self._drop(pod)

    def _drop(self, pod: Object) -> None:
        meta = pod["metadata"]
        del self.objects["", "pods", meta["namespace"], meta["name"]]
        self._happened("DELETED", KINDS["", "pods"], pod)

    def _new_pod(self, owner: Object) -> None:
        template = copy.deepcopy(owner["spec"]["template"])
        base = owner["metadata"]["name"]
        nodes = [each["metadata"]["name"] for each in self.all(KINDS["", "nodes"], "")] or ["fake-0"]
        spec = template.get("spec") or {}
        pod: Object = {
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": {
                **(template.get("metadata") or {}),
                "name": f"{base}-{self._suffix()}",
                "generateName": f"{base}-",
                "namespace": owner["metadata"]["namespace"],
                "uid": str(uuid.uuid4()),
                "creationTimestamp": now(),
                "generation": 1,
                "ownerReferences": [_owner(owner)],
            },
            "spec": {**spec, "nodeName": nodes[self._serial % len(nodes)]},
        }
        self._ready_at[pod["metadata"]["uid"]] = time.monotonic() + self.delay
        pod["status"] = _pod_status(pod, ready=self.delay == 0)
        self._keep("ADDED", KINDS["", "pods"], pod)

    def _grow(self, pod: Object) -> None:
        if _ready(pod) or time.monotonic() < self._ready_at.get(pod["metadata"]["uid"], 0.0):
            return
        status = _pod_status(pod, ready=True)
        if _ready({"status": status}):
            self._keep("MODIFIED", KINDS["", "pods"], {**pod, "status": status})

    def _tell(self, deployment: Object, current: Object, sets: list[Object]) -> None:
        kind = KINDS["apps", "deployments"]
        meta, spec = deployment["metadata"], deployment["spec"]
        new, old = self._pods(current), [pod for each in sets if each is not current for pod in self._pods(each)]
        ready = sum(map(_ready, [*new, *old]))
        wanted = int(spec.get("replicas", 1))
        status: Object = {
            "observedGeneration": meta["generation"], "replicas": len(new) + len(old), "updatedReplicas": len(new),
            "readyReplicas": ready, "availableReplicas": ready,
            "unavailableReplicas": max(len(new) + len(old) - ready, 0),
        }  # fmt: skip
        status = {key: value for key, value in status.items() if value}
        enough = ready >= wanted - wanted // 4
        done = len(new) == wanted and not old and ready >= wanted
        before = {each["type"]: each for each in (deployment.get("status") or {}).get("conditions") or ()}
        since = before.get("Progressing", {}).get("lastUpdateTime") or now()
        deadline = int(spec.get("progressDeadlineSeconds", 600))
        changed = (deployment.get("status") or {}).get("observedGeneration") != meta["generation"]
        late = not done and not changed and _age(since) > deadline
        why = "NewReplicaSetAvailable" if done else "ProgressDeadlineExceeded" if late else "ReplicaSetUpdated"
        said = {"NewReplicaSetAvailable": "has successfully progressed.", "ReplicaSetUpdated": "is progressing."}
        progress = f'ReplicaSet "{current["metadata"]["name"]}" {said.get(why, "has timed out progressing.")}'
        if changed or before.get("Progressing", {}).get("reason") != why:
            since = now()
        status["terminatingReplicas"] = 0
        available = "has" if enough else "does not have"
        reason = "MinimumReplicas" + ("Available" if enough else "Unavailable")
        status["conditions"] = [
            _condition("Available", enough, reason, f"Deployment {available} minimum availability."),
            {**_condition("Progressing", not late, why, progress), "lastUpdateTime": since},
        ]
        old_conditions = (deployment.get("status") or {}).get("conditions")
        if old_conditions and [(c["type"], c["status"], c["reason"]) for c in old_conditions] == [
            (c["type"], c["status"], c["reason"]) for c in status["conditions"]
        ]:
            status["conditions"] = old_conditions if not changed else status["conditions"]
        revision = str(_revision(current))
        annotations = {**(meta.get("annotations") or {}), _REVISION: revision}
        after = {**deployment, "metadata": {**meta, "annotations": annotations}, "status": status}
        if after != deployment:
            self._keep("MODIFIED", kind, after)
        replicas = len(new)
        stored = self.get(KINDS["apps", "replicasets"], meta["namespace"], current["metadata"]["name"])
        if stored["spec"]["replicas"] != replicas:
            stored["spec"]["replicas"], stored["status"] = replicas, {"replicas": replicas}
            self._keep("MODIFIED", KINDS["apps", "replicasets"], stored)


# --- words --------------------------------------------------------------------------------------


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _age(text: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds()


def _digest(template: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10]


def _state(template: Mapping[str, Any]) -> str:
    return str(((template.get("metadata") or {}).get("annotations") or {}).get(STATE, ""))


def _owner(item: Object) -> Object:
    return {
        "apiVersion": item["apiVersion"], "kind": item["kind"], "name": item["metadata"]["name"],
        "uid": item["metadata"]["uid"], "controller": True, "blockOwnerDeletion": True,
    }  # fmt: skip


def _owned(item: Object, owner: Object) -> bool:
    owners = item["metadata"].get("ownerReferences") or ()
    return any(each["uid"] == owner["metadata"]["uid"] for each in owners)


def _revision(item: Object) -> int:
    return int((item["metadata"].get("annotations") or {}).get(_REVISION, 0))


def _ready(pod: Mapping[str, Any]) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _condition(name: str, holds: bool, reason: str, message: str) -> Object:
    at = now()
    return {
        "type": name, "status": str(holds), "lastUpdateTime": at, "lastTransitionTime": at, "reason": reason,
        "message": message,
    }  # fmt: skip


def _pod_status(pod: Object, *, ready: bool) -> Object:
    state = _state(pod)
    ready = ready and state not in BROKEN
    at = now()
    conditions = [
        {"type": name, "status": str(holds), "lastProbeTime": None, "lastTransitionTime": at}
        for name, holds in (("Initialized", True), ("Ready", ready), ("ContainersReady", ready), ("PodScheduled", True))
    ]
    containers = [_container(each, state, ready=ready) for each in pod["spec"].get("containers") or ()]
    return {
        "phase": "Pending" if state == "ImagePullBackOff" else "Running",
        "conditions": conditions,
        "hostIP": "127.0.0.1",
        "podIP": "10.244.0.9",
        "podIPs": [{"ip": "10.244.0.9"}],
        "startTime": at,
        "containerStatuses": containers,
        "qosClass": "BestEffort",
    }


def _container(container: Object, state: str, *, ready: bool) -> Object:
    name, image = container["name"], container.get("image", "")
    found: Object = {"name": name, "state": {"running": {"startedAt": now()}}, "lastState": {}, "ready": ready}
    found |= {"restartCount": 0, "image": image, "imageID": "", "started": ready}
    if state == "CrashLoopBackOff":
        found["state"] = {"waiting": {"reason": state, "message": f"back-off 5m0s restarting failed container={name}"}}
        found["lastState"] = {
            "terminated": {"exitCode": 1, "reason": "Error", "startedAt": now(), "finishedAt": now()}
        }  # fmt: skip
        found["restartCount"] = 7
    elif state == "ImagePullBackOff":
        found["state"] = {"waiting": {"reason": state, "message": f'Back-off pulling image "{image}"'}}
    return found


# --- patches and selectors ----------------------------------------------------------------------


def merged(item: Any, patch: Any, *, strategic: bool) -> Any:
    """Apply a merge patch; a strategic one merges lists of named things by their names."""
    if not isinstance(patch, dict) or not isinstance(item, dict):
        return merged_list(item, patch) if strategic and _named(patch) and _named(item) else patch
    if strategic and patch.get("$patch") == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    result = dict(item)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            there = result.get(key, {} if isinstance(value, dict) else None)
            result[key] = merged(there, value, strategic=strategic)
    return result


def _named(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) and "name" in each for each in value)


def merged_list(items: list[Object], patches: list[Object]) -> list[Object]:
    found = {each["name"]: each for each in items}
    for patch in patches:
        found[patch["name"]] = merged(found.get(patch["name"], {}), patch, strategic=True)
    return list(found.values())


def operated(item: Object, operations: list[Object]) -> Object:
    """Apply a JSON patch of replace, add, remove and test."""
    result = copy.deepcopy(item)
    for each in operations:
        *path, last = [part.replace("~1", "/").replace("~0", "~") for part in each["path"].split("/")[1:]]
        where: Any = result
        for part in path:
            where = where[int(part)] if isinstance(where, list) else where[part]
        if each["op"] == "remove":
            del where[last]
        elif each["op"] == "test":
            if where.get(last) != each["value"]:
                no = No(422, "Invalid", "the server rejected our request due to an error in our request")
                no.status["details"] = {}
                raise no
        else:
            where[last] = each["value"]
    return result


def selects(text: str, labels: Mapping[str, str]) -> bool:
    """Say whether a label selector selects."""
    for term in re.split(r",(?![^(]*\))", text):
        if match := re.fullmatch(r"\s*(\S+?)\s*(==|=|!=)\s*(\S*)\s*", term):
            key, sign, value = match.groups()
            if (labels.get(key) == value) != (sign != "!="):
                return False
        elif match := re.fullmatch(r"\s*(\S+)\s+(in|notin)\s*\((.*)\)\s*", term):
            if (labels.get(match[1]) in [v.strip() for v in match[3].split(",")]) != (match[2] == "in"):
                return False
        elif term.strip().startswith("!"):
            if term.strip()[1:] in labels:
                return False
        elif term.strip() and term.strip() not in labels:
            return False
    return True


_SELECTABLE = frozenset(
    {"metadata.name", "metadata.namespace", "spec.nodeName", "status.phase", "type", "reason", "spec.unschedulable"}
    | {f"involvedObject.{part}" for part in ("kind", "name", "namespace", "uid", "fieldPath", "apiVersion")}
)
"""Of pods, nodes and events: others are refused."""


def matches_fields(text: str, item: Object) -> bool:
    """Say whether a field selector selects."""
    for term in text.split(","):
        match = re.fullmatch(r"([\w.]+)(==|=|!=)(.*)", term)
        if match is None:
            raise No(400, "BadRequest", f"invalid selector: {text}")
        if match[1] not in _SELECTABLE:
            raise No(400, "BadRequest", f"field label not supported: {match[1]}")
        value: Any = item
        for part in match[1].split("."):
            value = (value or {}).get(part)
        if (str(value or "") == match[3]) != (match[2] != "!="):
            return False
    return True


class Deployed(Struct):
    """What a deployment of a test is made of."""

    name: str
    replicas: int = 1
    state: str = ""
    logs: str = ""
    image: str = "nginx:1.27"
    deadline: int = 600
    labels: dict[str, str] = field(default_factory=dict)


def deployment(wanted: Deployed) -> Object:
    """Return a manifest."""
    labels = {"app": wanted.name, **wanted.labels}
    notes = {key: value for key, value in ((STATE, wanted.state), (LOGS, wanted.logs)) if value}
    container = {
        "name": "app", "image": wanted.image, "resources": {}, "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent",
    }  # fmt: skip
    pod = {
        "containers": [container], "restartPolicy": "Always", "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst", "securityContext": {}, "schedulerName": "default-scheduler",
    }  # fmt: skip
    meta: Object = {"labels": labels, **({"annotations": notes} if notes else {})}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": wanted.name, "labels": labels},
        "spec": {
            "replicas": wanted.replicas,
            "selector": {"matchLabels": {"app": wanted.name}},
            "template": {"metadata": meta, "spec": pod},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": wanted.deadline,
        },
    }
