"""The kinds of objects that every cluster has, by all their names; others are found by asking. Pure."""

from __future__ import annotations

from functools import cache

from msgspec import Struct

_CLUSTERED = frozenset(
    {"nodes", "namespaces", "persistentvolumes", "storageclasses", "volumeattachments", "csidrivers", "csinodes"}
    | {"clusterroles", "clusterrolebindings", "ingressclasses", "priorityclasses", "certificatesigningrequests"}
    | {"customresourcedefinitions", "apiservices"}
)
_TABLE = """\
v1 pods Pod po
v1 services Service svc
v1 configmaps ConfigMap cm
v1 secrets Secret
v1 events Event ev
v1 endpoints Endpoints ep
v1 nodes Node no
v1 namespaces Namespace ns
v1 persistentvolumes PersistentVolume pv
v1 persistentvolumeclaims PersistentVolumeClaim pvc
v1 serviceaccounts ServiceAccount sa
v1 replicationcontrollers ReplicationController rc
v1 resourcequotas ResourceQuota quota
v1 limitranges LimitRange limits
apps/v1 deployments Deployment deploy
apps/v1 replicasets ReplicaSet rs
apps/v1 statefulsets StatefulSet sts
apps/v1 daemonsets DaemonSet ds
apps/v1 controllerrevisions ControllerRevision
batch/v1 jobs Job
batch/v1 cronjobs CronJob cj
autoscaling/v2 horizontalpodautoscalers HorizontalPodAutoscaler hpa
policy/v1 poddisruptionbudgets PodDisruptionBudget pdb
networking.k8s.io/v1 ingresses Ingress ing
networking.k8s.io/v1 ingressclasses IngressClass
networking.k8s.io/v1 networkpolicies NetworkPolicy netpol
storage.k8s.io/v1 storageclasses StorageClass sc
storage.k8s.io/v1 volumeattachments VolumeAttachment
storage.k8s.io/v1 csidrivers CSIDriver
storage.k8s.io/v1 csinodes CSINode
rbac.authorization.k8s.io/v1 roles Role
rbac.authorization.k8s.io/v1 rolebindings RoleBinding
rbac.authorization.k8s.io/v1 clusterroles ClusterRole
rbac.authorization.k8s.io/v1 clusterrolebindings ClusterRoleBinding
coordination.k8s.io/v1 leases Lease
discovery.k8s.io/v1 endpointslices EndpointSlice
scheduling.k8s.io/v1 priorityclasses PriorityClass pc
certificates.k8s.io/v1 certificatesigningrequests CertificateSigningRequest csr
apiextensions.k8s.io/v1 customresourcedefinitions CustomResourceDefinition crd crds
apiregistration.k8s.io/v1 apiservices APIService"""
YOUNG = frozenset({"poddisruptionbudgets", "cronjobs", "horizontalpodautoscalers", "endpointslices"})
"""Kinds that a cluster before 1.25 may serve in an earlier version alone: it is asked which."""
WORKLOADS = frozenset({"deployments", "statefulsets", "daemonsets", "replicasets", "replicationcontrollers", "jobs"})
"""Kinds that have pods of their own, by a selector."""


class Resource(Struct, frozen=True):
    """A kind of objects, as the API knows it."""

    name: str
    """Plural, lower case: what a path holds."""
    kind: str
    group: str = ""
    version: str = "v1"
    namespaced: bool = True

    @property
    def api(self) -> str:
        """Return what an object's `apiVersion` says."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def shown(self) -> str:
        """Return what kubectl calls one object of it: `deployment.apps`, `pod`."""
        return self.kind.lower() + (f".{self.group}" if self.group else "")

    def path(self, namespace: str, name: str = "", sub: str = "") -> str:
        """Return the path of its objects, of one, or of a part of one; all namespaces for an empty one."""
        base = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        parts = [base, *(("namespaces", namespace) if self.namespaced and namespace else ()), self.name, name, sub]
        return "/".join(part for part in parts if part)


def known(word: str) -> Resource | None:
    """Return what every cluster calls so: plural, singular, short name or `deployments.apps`; None for others."""
    name, _, group = word.lower().partition(".")
    found = _by_name().get(name)
    if found is None or (group and group not in (found.group, f"{found.version}.{found.group}")):
        return None
    return found


@cache
def _by_name() -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    for line in _TABLE.splitlines():
        api, plural, kind, *short = line.split()
        group, _, version = api.rpartition("/")
        resource = Resource(plural, kind, group, version, plural not in _CLUSTERED)
        found.update(dict.fromkeys((plural, kind.lower(), *short), resource))
    return found
