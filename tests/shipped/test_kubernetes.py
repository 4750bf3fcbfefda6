"""The Kubernetes runbooks, each step run for real: the right branch, for the right reason.

Against our server, and against the cluster that KUBECONFIG names where that is asked for. States that a fake kubelet
takes from annotations are made by those; a real one is left out of what it cannot be made to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.cli.config import load
from runbook_runner.cli.library import Files
from runbook_runner.model.runbook import Branch, Continue, Escalate, Finish, Runbook, Step, ToAnchor
from runbook_runner.run.judge import Observed, deciding, judge
from tests import kube_server
from tests.kube import Kube, Ran, kube, rule
from tests.kube_state import KINDS, LOGS, STATE, Deployed, No

RUNBOOKS = Path(__file__).parents[2] / "runbooks"


class Decided(Struct):
    """Where a step leads, and why."""

    to: str
    because: str
    ran: Ran


@pytest.fixture(params=["ours", pytest.param("real", marks=pytest.mark.cluster)])
def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kube]:
    with kube(request, tmp_path, real=request.param == "real") as made:
        yield made


@pytest.fixture
def ours(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kube]:
    with kube(request, tmp_path, real=False) as made:
        yield made


def book(name: str) -> Runbook:
    return Files(load(RUNBOOKS.parent)).load(str(RUNBOOKS / f"kubernetes-{name}.md"))


def take(cluster: Kube, name: str, step_id: str, **values: str) -> Decided:
    """Run one step of a runbook, and say where its evidence leads."""
    step: Step = next(each for each in book(name).steps if each.id == step_id)
    assert step.command is not None
    (text,) = step.command.parts
    ran = cluster.fill(text, {"NAMESPACE": cluster.namespace, **values})
    seen: dict[str, Any] = {"NAMESPACE": cluster.namespace, **values, "exit_code": ran.code, "duration": 0.1}
    seen |= {"stdout": ran.stdout, "stderr": ran.stderr, "output": ran.stdout + ran.stderr, **ran.finished.values}
    judged = judge(step, 1, 1, Observed(ran.code, seen, (ran.code or 0,)), lambda _: None)
    index = deciding(step, judged)
    evidence = next((str(entry["evidence"]) for entry in judged.branches if entry["index"] == index), "")
    return Decided(_place(step.branches[index]) if index is not None else judged.verdict, evidence, ran)


def _place(branch: Branch) -> str:
    match branch.destination:
        case ToAnchor(anchor=anchor):
            return anchor
        case Escalate(to=to):
            return f"escalate {to}"
        case Finish(outcome=outcome):
            return str(outcome)
        case Continue():
            return "continue"


def roll(cluster: Kube, name: str, state: str, logs: str = "", image: str = "nginx:does-not-exist") -> None:
    """Roll out a new version whose pods fare so."""
    path = f"/apis/apps/v1/namespaces/{cluster.namespace}/deployments/{name}"
    container: dict[str, Any] = {"name": "app", "image": image}
    if state == "CrashLoopBackOff":
        container |= {"image": "busybox", "command": ["sh", "-c", f"echo '{logs}'; exit 1"]}
    template = {"metadata": {"annotations": {STATE: state, LOGS: logs}}, "spec": {"containers": [container]}}
    content = "application/strategic-merge-patch+json"
    cluster.admin.json(path, method="PATCH", body={"spec": {"template": template}}, content=content)
    cluster.until(lambda: waiting(cluster, name, state))


def waiting(cluster: Kube, app: str, reason: str) -> list[str]:
    """Return the pods with a container that waits for a reason."""
    return [
        pod["metadata"]["name"]
        for pod in cluster.pods(app)
        for each in pod["status"].get("containerStatuses") or ()
        if (each["state"].get("waiting") or {}).get("reason") == reason
    ]


def test_a_new_version_that_crashes_is_undone(cluster: Kube) -> None:
    cluster.deploy(Deployed("web", 2))
    roll(cluster, "web", "CrashLoopBackOff", "FATAL: bad setting LEDGER_URL")
    (pod, *_) = waiting(cluster, "web", "CrashLoopBackOff")
    name = "crash-looping"
    assert take(cluster, name, "pod", POD=pod).to == "why-it-ends"
    said = take(cluster, name, "last-words", POD=pod)
    assert (said.to, "FATAL: bad setting" in said.ran.stdout) == ("continue", True)
    assert take(cluster, name, "events", POD=pod).to == "continue"
    rollout = take(cluster, name, "rollout", DEPLOYMENT="web")
    assert rollout.to == "undo-the-rollout"
    assert "1 < 3" in rollout.because
    assert "rolled back to revision 1" in take(cluster, name, "undo", DEPLOYMENT="web").ran.stdout
    assert take(cluster, name, "undone", DEPLOYMENT="web").to == "verify"
    cluster.until(lambda: take(cluster, name, "again", DEPLOYMENT="web").to == "it-stays-up")
    cluster.until(lambda: not waiting(cluster, "web", "CrashLoopBackOff"))  # it ends after the rollout does


def test_what_it_needs_is_not_there(cluster: Kube) -> None:
    cluster.deploy(Deployed("web"))
    roll(cluster, "web", "CrashLoopBackOff", "FATAL: could not connect to db")
    (pod, *_) = waiting(cluster, "web", "CrashLoopBackOff")
    found = take(cluster, "crash-looping", "last-words", POD=pod)
    assert found.to == "what-it-needs-is-not-there"
    assert "could not connect" in found.because


def test_a_pod_that_is_gone_and_one_that_is_well(cluster: Kube) -> None:
    cluster.deploy(Deployed("web"))
    gone = take(cluster, "crash-looping", "pod", POD="web-nope")
    assert (gone.to, "(NotFound)" in gone.because) == ("the-pod-is-gone", True)
    assert take(cluster, "crash-looping", "others").to == "resolved"
    well = cluster.pods("web")[0]["metadata"]["name"]
    assert take(cluster, "crash-looping", "pod", POD=well).to == "it-runs-just-now"
    roll(cluster, "web", "CrashLoopBackOff", "x")
    assert take(cluster, "crash-looping", "others").to == "another-pod-crashes"


def test_memory_and_a_probe(ours: Kube) -> None:
    assert ours.ours is not None
    ours.deploy(Deployed("web"))
    pod = ours.pods("web")[0]
    name = pod["metadata"]["name"]
    status = pod["status"]["containerStatuses"][0]
    status["ready"], status["lastState"] = False, {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    ours.ours.state.replace(KINDS["", "pods"], {**pod, "kind": "Pod", "apiVersion": "v1"}, status=True)
    found = take(ours, "crash-looping", "pod", POD=name)
    assert (found.to, "OOMKilled" in found.because) == ("it-needs-more-memory", True)
    about = {"kind": "Pod", "name": name, "namespace": "shop"}
    event = {"metadata": {"name": "e"}, "involvedObject": about, "type": "Warning", "reason": "Unhealthy"}
    ours.create("events", {**event, "message": "Liveness probe failed: timeout"})
    assert take(ours, "crash-looping", "events", POD=name).to == "the-liveness-probe-kills-it"


def test_an_image_that_does_not_come_is_undone(cluster: Kube) -> None:
    cluster.deploy(Deployed("web", 2))
    roll(cluster, "web", "ImagePullBackOff")
    name = "rollout-stuck"
    assert take(cluster, name, "deployment", DEPLOYMENT="web").to == "continue"
    pods = take(cluster, name, "pods", SELECTOR="app=web")
    assert (pods.to, "ImagePullBackOff" in pods.because) == ("the-image-does-not-come", True)
    images = {each["metadata"]["name"]: each["spec"]["containers"][0]["image"] for each in cluster.pods("web")}
    pod = next(name for name, image in images.items() if "does-not-exist" in image)
    assert take(cluster, "crash-looping", "pod", POD=pod).to == "it-never-starts"
    take(cluster, name, "undo", DEPLOYMENT="web")
    assert take(cluster, name, "undone", DEPLOYMENT="web").to == "verify"
    cluster.until(lambda: take(cluster, name, "deployment", DEPLOYMENT="web").to == "verify")
    assert take(cluster, name, "again", DEPLOYMENT="web").to == "resolved"


def test_new_pods_that_crash_and_a_rollout_that_is_paused(cluster: Kube) -> None:
    cluster.deploy(Deployed("web", 2))
    roll(cluster, "web", "CrashLoopBackOff", "panic: no setting")
    assert take(cluster, "rollout-stuck", "pods", SELECTOR="app=web").to == "new-pods-crash"
    assert "panic: no setting" in take(cluster, "rollout-stuck", "last-words", DEPLOYMENT="web").ran.stdout
    path = f"/apis/apps/v1/namespaces/{cluster.namespace}/deployments/web"
    content = "application/merge-patch+json"
    cluster.admin.json(path, method="PATCH", body={"spec": {"paused": True}}, content=content)
    assert take(cluster, "rollout-stuck", "deployment", DEPLOYMENT="web").to == "it-is-paused"
    ran = take(cluster, "rollout-stuck", "undo", DEPLOYMENT="web").ran
    assert (ran.code, "is paused and cannot be rolled back" in ran.stderr) == (1, True)


def test_a_deployment_of_another_namespace(cluster: Kube) -> None:
    found = take(cluster, "rollout-stuck", "deployment", DEPLOYMENT="nope")
    assert found.to == "the-cluster-does-not-say"


def test_a_pod_without_a_node_and_a_node_kept_free(ours: Kube) -> None:
    assert ours.ours is not None
    pod = {
        "metadata": {"name": "lost", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "app", "image": "web:1"}]},
    }
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    ours.ours.state.create(
        KINDS["", "pods"], "shop", {**pod, "status": {"phase": "Pending", "conditions": [condition]}}
    )
    assert take(ours, "rollout-stuck", "pods", SELECTOR="app=web").to == "no-node-takes-them"
    assert take(ours, "rollout-stuck", "nodes").to == "escalate platform-oncall"
    ours.run("cordon: fake-1")
    assert take(ours, "rollout-stuck", "nodes").to == "a-node-is-kept-free"
    assert "node/fake-1 uncordoned" in take(ours, "rollout-stuck", "uncordon", NODE="fake-1").ran.stdout


def test_who_may_not_see_the_nodes_calls_somebody_who_may(cluster: Kube) -> None:
    who = cluster.somebody(rule("get list", "pods"))
    assert take(replace(cluster, config=who), "rollout-stuck", "nodes").to == "escalate platform-oncall"


def test_nodes_that_are_ready_silent_and_gone(ours: Kube) -> None:
    assert ours.ours is not None
    state, kind = ours.ours.state, KINDS["", "nodes"]
    assert take(ours, "node-not-ready", "nodes").to == "continue"
    assert take(ours, "node-not-ready", "node", NODE="fake-1").to == "verify"
    assert take(ours, "node-not-ready", "again", NODE="fake-1").to == "continue"
    broken = kube_server.node("fake-1", ready=False)["status"]
    state.replace(kind, {**state.get(kind, "", "fake-1"), "status": broken})
    silent = take(ours, "node-not-ready", "node", NODE="fake-1")
    assert (silent.to, "Unknown" in silent.because) == ("the-kubelet-is-silent", True)
    assert take(ours, "node-not-ready", "nodes").to == "continue"
    for each in broken["conditions"]:
        each["status"] = {"Ready": "False", "DiskPressure": "True"}.get(each["type"], "False")
    state.replace(kind, {**state.get(kind, "", "fake-1"), "status": broken})
    assert take(ours, "node-not-ready", "node", NODE="fake-1").to == "it-is-short-of-something"
    state.replace(kind, {**state.get(kind, "", "fake-0"), "status": broken})
    assert take(ours, "node-not-ready", "nodes").to == "escalate platform-oncall"
    assert "node/fake-1 cordoned" in take(ours, "node-not-ready", "cordon", NODE="fake-1").ran.stdout


def test_a_node_that_is_gone_and_the_pods_of_one_that_is_there(cluster: Kube) -> None:
    assert take(cluster, "node-not-ready", "node", NODE="no-such-node").to == "the-node-is-gone"
    node = cluster.run("get: nodes").objects[0]["metadata"]["name"]
    cluster.deploy(Deployed("web", 2))
    pods = take(cluster, "node-not-ready", "pods", NODE=node)
    assert {each["spec"]["nodeName"] for each in pods.ran.objects} <= {node}
    assert pods.ran.code == 0


def test_a_volume(ours: Kube) -> None:
    assert ours.ours is not None
    state, kind = ours.ours.state, KINDS["", "persistentvolumeclaims"]
    claim = {"metadata": {"name": "data"}, "spec": {}, "status": {"phase": "Bound", "capacity": {"storage": "100Gi"}}}
    ours.create("pvc", claim)
    assert take(ours, "volume-filling", "claim", PVC="data").to == "continue"
    assert take(ours, "volume-filling", "grown", PVC="data", SIZE="100Gi").to == "verify"
    pending = {"conditions": [{"type": "FileSystemResizePending", "status": "True"}]}
    found = state.get(kind, "shop", "data")
    state.replace(kind, {**found, "status": {**found["status"], **pending}})
    assert take(ours, "volume-filling", "claim", PVC="data").to == "it-is-being-made-larger"
    assert take(ours, "volume-filling", "grown", PVC="data", SIZE="150Gi").to == "failed", "it waits a while"
    assert take(ours, "volume-filling", "still", PVC="data", SIZE="150Gi").to == "let-it-begin-anew"
    for name, more in (("ssd", {"allowVolumeExpansion": True}), ("local", {})):
        state.create(KINDS["storage.k8s.io", "storageclasses"], "", {"metadata": {"name": name}, **more})
    assert take(ours, "volume-filling", "class", CLASS="ssd").to == "continue"
    assert take(ours, "volume-filling", "class", CLASS="local").to == "escalate platform-oncall"


def test_a_volume_is_measured_from_within(ours: Kube, tmp_path: Path) -> None:
    """The containers of our server run their commands on this machine: real `df`, `du` and `rm`."""
    ours.deploy(Deployed("db"))
    where = {"POD": ours.pods("db")[0]["metadata"]["name"], "CONTAINER": "app"}
    found = take(ours, "volume-filling", "space", **where, MOUNT="/tmp")
    assert (found.ran.code, "IUse%" in found.ran.stdout or "IUsed" in found.ran.stdout) == (0, True)
    (tmp_path / "dump.sql").write_bytes(b"x" * 100_000)
    biggest = take(ours, "volume-filling", "biggest", **where, MOUNT=str(tmp_path))
    assert "dump.sql" in biggest.ran.stdout
    assert take(ours, "volume-filling", "remove", **where, FILE=str(tmp_path / "dump.sql")).ran.code == 0
    assert not (tmp_path / "dump.sql").exists()
    assert take(ours, "volume-filling", "space", **where, MOUNT="/no/such").to == "make-it-larger"


def test_a_volume_on_a_node_that_does_not_answer(ours: Kube) -> None:
    assert ours.ours is not None
    ours.deploy(Deployed("db"))
    ours.ours.failing["/exec"] = No(500, "", "error dialing backend: dial tcp: lookup node-0: no such host")
    where = {"POD": ours.pods("db")[0]["metadata"]["name"], "CONTAINER": "app", "MOUNT": "/tmp"}
    found = take(ours, "volume-filling", "space", **where)
    assert found.to == "the-cluster-does-not-say"
    assert "Error from server: error dialing backend" in found.ran.stderr
    ours.ours.failing["/exec"] = No(500, "", 'container not found ("app")')
    assert take(ours, "volume-filling", "space", **where).to == "make-it-larger", "it is down because it cannot write"


def test_workers_that_wait_are_restarted(cluster: Kube) -> None:
    cluster.deploy(Deployed("worker", 2, logs="waiting for lock ledger-7"))
    name = "worker-deadlocked"
    assert take(cluster, name, "workers", DEPLOYMENT="worker").to == "continue"
    before = {pod["metadata"]["uid"] for pod in cluster.pods("worker")}
    waits = take(cluster, name, "waiting", DEPLOYMENT="worker")
    if "waiting for lock" in waits.ran.stdout:  # a real kubelet's containers print what they like
        assert waits.to == "all-of-them-wait"
    assert take(cluster, name, "restart", DEPLOYMENT="worker").ran.code == 0
    assert take(cluster, name, "restarted", DEPLOYMENT="worker").to == "verify"
    cluster.until(lambda: not before & {pod["metadata"]["uid"] for pod in cluster.pods("worker")})


def test_workers_that_work_say_nothing_or_are_off(ours: Kube) -> None:
    for app, logs, where in (
        ("a", "job finished", "they-work"),
        ("b", "started", "they-say-nothing"),
        ("c", "waiting for lock x\njob finished", "failed"),
    ):
        ours.deploy(Deployed(app, logs=logs))
        assert take(ours, "worker-deadlocked", "waiting", DEPLOYMENT=app).to == where
    ours.deploy(Deployed("off", 0))
    assert take(ours, "worker-deadlocked", "workers", DEPLOYMENT="off").to == "they-were-switched-off"
    assert take(ours, "worker-deadlocked", "again", DEPLOYMENT="a").to == "they-work"
