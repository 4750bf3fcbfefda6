"""One test, two clusters: ours on loopback, and the one that KUBECONFIG names where that is asked for."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec import Struct

from runbook_runner.executors._kubernetes_client import Refused, connect
from runbook_runner.executors._kubernetes_find import resource_of
from runbook_runner.executors._kubernetes_kinds import known
from runbook_runner.executors.kubernetes import EXECUTOR
from runbook_runner.ports import Finished, Place, Request, Where
from tests import kube_server
from tests.contracts.executors import Recorder
from tests.kube_state import Deployed, deployment

PATIENCE = 120
"""Seconds: a container that does not listen to its end is given thirty by a real kubelet, one after the other."""


class Ran(Struct):
    """What became of a fence."""

    finished: Finished
    stdout: str
    stderr: str

    @property
    def code(self) -> int | None:
        return self.finished.exit_code

    @property
    def objects(self) -> Any:
        return self.finished.values.get("objects")


class Kube(Struct):
    """A cluster, a namespace of its own in it, and what a test does there."""

    config: Path
    namespace: str
    folder: Path
    ours: kube_server.Server | None = None
    """Where it is a server of ours, what breaks it."""
    admin: Any = None
    """A `Cluster` that may do everything."""

    def where(self, config: Path | None = None) -> Where:
        return Where({"KUBECONFIG": str(config or self.config), "HOME": str(self.folder)})

    def run(self, text: str, *, config: Path | None = None, timeout: float | None = 30, **values: str) -> Ran:
        return self.fill(text, values, config, timeout)

    def fill(self, text: str, values: Mapping[str, str], config: Path | None = None, timeout: float | None = 30) -> Ran:
        session = EXECUTOR.open(Place(self.folder, str(self.folder), "r", self.where(config)))
        sink = Recorder()
        finished = session.execute(Request(1, text, "kubernetes", values, timeout), sink)
        return Ran(finished, sink.stdout, sink.stderr)

    def create(self, type_: str, item: dict[str, Any]) -> Any:
        resource = resource_of(self.admin, type_)
        body = {"kind": resource.kind, "apiVersion": resource.api, **item}
        return self.admin.json(resource.path(self.namespace), method="POST", body=body)

    def deploy(self, *wanted: Deployed) -> None:
        """Make deployments, and wait until their controllers have seen them."""
        for each in wanted:
            self.create("deployments", deployment(each))
        for each in wanted:
            self.until(lambda each=each: len(self.pods(each.name)) >= each.replicas)  # type: ignore[misc]
            if not each.state:
                self.until(lambda each=each: self._available(each))  # type: ignore[misc]

    def _available(self, wanted: Deployed) -> bool:
        status = self.get("deployments", wanted.name).get("status") or {}
        return bool(status.get("availableReplicas", 0) == wanted.replicas)

    def get(self, type_: str, name: str) -> Any:
        resource = known(type_)
        assert resource is not None
        return self.admin.json(resource.path(self.namespace, name))

    def pods(self, app: str) -> list[Any]:
        resource = known("pods")
        assert resource is not None
        found: list[Any] = self.admin.json(resource.path(self.namespace), {"labelSelector": f"app={app}"})["items"]
        return found

    def until(self, holds: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, "it did not come true"
            time.sleep(0.05)

    def somebody(self, *rules: dict[str, Any]) -> Path:
        """Return the kubeconfig of a user who may do just that, in this namespace."""
        name = f"user-{uuid.uuid4().hex[:6]}"
        self.create("serviceaccounts", {"metadata": {"name": name}})
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
        subject = {"kind": "ServiceAccount", "name": name, "namespace": self.namespace}
        self.create("roles", {"metadata": {"name": name}, "rules": list(rules)})
        self.create("rolebindings", {"metadata": {"name": name}, "subjects": [subject], "roleRef": role})
        resource = known("serviceaccounts")
        assert resource is not None
        body = {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "spec": {"expirationSeconds": 3600}}
        path = resource.path(self.namespace, name, "token")
        token = self.admin.json(path, method="POST", body=body)["status"]["token"]
        return self.with_token(token)

    def with_token(self, token: str) -> Path:
        whole = yaml.safe_load(self.config.read_text("utf-8"))
        whole["users"] = [{"name": each["name"], "user": {"token": token}} for each in whole["users"]]
        path = self.folder / f"config-{uuid.uuid4().hex[:6]}"
        path.write_text(yaml.safe_dump(whole), "utf-8")
        return path


def rule(verbs: str, *resources: str, group: str = "") -> dict[str, Any]:
    return {"apiGroups": [group], "resources": list(resources), "verbs": verbs.split()}


@contextmanager
def kube(request: pytest.FixtureRequest, folder: Path, *, real: bool) -> Iterator[Kube]:
    """Give a test a cluster with a fresh namespace, which goes with it."""
    if not real:
        with kube_server.server() as running:
            config = running.kubeconfig(folder / "config")
            made = Kube(config, "shop", folder, running)
            made.admin = connect(made.where())
            yield made
        return
    if not os.environ.get("KUBECONFIG"):
        pytest.skip("KUBECONFIG names no cluster")
    name = f"runbook-test-{uuid.uuid4().hex[:6]}"
    config = _pinned(folder / "config", name)
    made = Kube(config, name, folder)
    made.admin = connect(made.where())
    made.admin.json(
        "/api/v1/namespaces", method="POST", body={"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name}}
    )
    try:
        yield made
    finally:
        with suppress(Refused):
            made.admin.json(f"/api/v1/namespaces/{name}", method="DELETE")


def wanted(config: pytest.Config) -> bool:
    """Say whether tests may speak to the cluster that KUBECONFIG names: never by accident."""
    chosen = str(config.getoption("markexpr") or "")
    return ("cluster" in chosen and "not cluster" not in chosen) or bool(os.environ.get("RUNBOOK_TEST_CLUSTER"))


def _pinned(path: Path, namespace: str) -> Path:
    """Write the first file of KUBECONFIG again, with a namespace of ours in its current context."""
    source = Path(os.environ["KUBECONFIG"].split(":")[0])
    whole = yaml.safe_load(source.read_text("utf-8"))
    current = whole["current-context"]
    for each in whole["contexts"]:
        if each["name"] == current:
            each["context"]["namespace"] = namespace
    for each in (*whole["clusters"], *whole["users"]):
        for part in (each.get("cluster"), each.get("user")):
            for key in ("certificate-authority", "client-certificate", "client-key", "tokenFile"):
                if part and part.get(key):
                    part[key] = str(source.parent / part[key])
    path.write_text(yaml.safe_dump(whole), "utf-8")
    path.chmod(0o600)
    return path
