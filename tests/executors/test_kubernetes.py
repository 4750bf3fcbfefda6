"""Kubernetes fences, against our server and, where that is asked for, against the cluster that KUBECONFIG names.

    KUBECONFIG=~/.kube/test-cluster pytest -m cluster

or, beside all other tests, with RUNBOOK_TEST_CLUSTER=1. Its current context must be one that may do everything: each
test makes a namespace `runbook-test-…` with users of its own, and deletes it; a node is cordoned and uncordoned, so use
none that others need. It takes an API server of 1.20 or later with its controllers and scheduler, token requests, and
the images `nginx:1.27` and `busybox` (any that serve and have a shell, under these names); `nginx:does-not-exist` must
not be there. Real kubelets do, and so does a fake one that makes a pod what its annotation `fakelet/state` says (empty
for ready, `CrashLoopBackOff`, `ImagePullBackOff`) and answers for its logs with what `fakelet/logs` holds.
"""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from runbook_runner.executors._kubernetes_client import Refused
from runbook_runner.executors.kubernetes import EXECUTOR
from runbook_runner.model.command import Command
from runbook_runner.model.target import Target
from runbook_runner.ports import Ending, Executor, Place, Where
from tests import kube_server
from tests.build import command
from tests.contracts.executors import ExecutorContract, Recorder
from tests.kube import Kube, kube, rule
from tests.kube_checks import Cause
from tests.kube_state import KINDS, Deployed, No, deployment, invalid

READER = (rule("get list watch", "pods", "pods/log", "events"), rule("get list watch", "deployments", group="apps"))


@pytest.fixture(params=["ours", pytest.param("real", marks=pytest.mark.cluster)])
def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kube]:
    with kube(request, tmp_path, real=request.param == "real") as made:
        yield made


@pytest.fixture
def ours(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kube]:
    """One that can be broken."""
    with kube(request, tmp_path, real=False) as made:
        yield made


def revision(cluster: Kube) -> str:
    found: str = cluster.get("deployments", "web")["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
    return found


def fence(*texts: str) -> Command:
    return replace(command("x"), language="kubernetes", parts=texts)


# --- looking ----------------------------------------------------------------------------------------


def test_objects_are_shown_as_kubectl_does_and_handed_on_as_data(cluster: Kube) -> None:
    cluster.deploy(Deployed("web", 2), Deployed("api"))
    ran = cluster.run("get: pods\nselector: app=$APP", APP="web")
    assert (ran.finished.ending, ran.code) == (Ending.EXIT, 0)
    head, *rows = ran.stdout.splitlines()
    assert head.split() == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert len(rows) == len(ran.objects) == 2
    for pod in ran.objects:
        assert (pod["kind"], pod["apiVersion"]) == ("Pod", "v1")
        assert pod["metadata"]["labels"]["app"] == "web"
        assert "managedFields" not in pod["metadata"]
        assert pod["status"]["containerStatuses"][0]["restartCount"] == 0


def test_the_kubectl_line_comes_first_and_can_be_pasted(cluster: Kube) -> None:
    ran = cluster.run("get: po\nselector: app in (web, api)\nwide: true")
    line = ran.stderr.splitlines()[0]
    assert line.startswith("kubectl --context=")
    assert line.endswith(f"-n {cluster.namespace} get po -l 'app in (web, api)' -o wide")


def test_nothing_found_is_no_error(cluster: Kube) -> None:
    ran = cluster.run("get: sts")
    assert (ran.code, ran.objects, ran.stdout) == (0, [], "")
    assert f"No resources found in {cluster.namespace} namespace." in ran.stderr


def test_one_object_that_is_not_there(cluster: Kube) -> None:
    ran = cluster.run("get: deploy/nope")
    assert (ran.code, ran.objects) == (1, [])
    assert 'Error from server (NotFound): deployments.apps "nope" not found' in ran.stderr


def test_nodes_and_wide_columns(cluster: Kube) -> None:
    ran = cluster.run("get: nodes\nwide: true")
    assert ran.code == 0
    assert all(any(c["type"] == "Ready" for c in each["status"]["conditions"]) for each in ran.objects)
    assert "-n" not in ran.stderr.split()[:4] or ran.objects


def test_what_the_cluster_has_no_name_for(cluster: Kube) -> None:
    ran = cluster.run("get: unheardof")
    assert ran.code == 1
    assert "the cluster has no objects called unheardof" in ran.stderr


def test_an_api_that_is_down_takes_its_own_kinds_with_it_and_no_others(ours: Kube) -> None:
    assert ours.ours is not None
    ours.ours.failing["GET /apis/policy/v1"] = No(503, "ServiceUnavailable", "the server is currently unable")
    assert ours.run("get: certs").code == 0
    ours.ours.failing["GET /apis/cert-manager.io/v1"] = No(503, "ServiceUnavailable", "the server is currently unable")
    for word in ("certs", "certificates.cert-manager.io"):
        ran = ours.run(f"get: {word}")
        assert (ran.code, ran.objects) == (1, None)
        assert (
            f"whether the cluster has objects called {word} is not known: no answer from cert-manager.io/v1"
            in ran.stderr
        )
        assert "`kubectl get apiservices`" in ran.stderr


def test_a_word_for_several_kinds_names_them(cluster: Kube) -> None:
    ran = cluster.run("get: all")
    assert ran.code == 1
    assert "all means several kinds of objects (name one of them: " in ran.stderr
    assert "deployments, " in ran.stderr


def test_what_this_cluster_is_too_old_for(ours: Kube) -> None:
    for word in ("ingresses", "cronjobs"):  # groups that our server does not have
        ran = ours.run(f"get: {word}")
        assert (ran.code, ran.objects) == (1, None)
        assert "this cluster has no such objects" in ran.stderr


def test_secrets_stay_where_they_are(cluster: Kube) -> None:
    cluster.create("secrets", {"metadata": {"name": "db"}, "data": {"password": "aHVudGVyMg=="}})
    ran = cluster.run("get: secrets\nname: db")
    assert ran.objects[0]["metadata"]["name"] == "db"
    assert "aHVudGVyMg" not in repr(ran.objects) + ran.stdout


def test_custom_resources_are_found_by_asking(ours: Kube) -> None:
    assert ours.ours is not None
    ours.ours.state.create(KINDS["cert-manager.io", "certificates"], "shop", {"metadata": {"name": "tls"}})
    for word in ("certs", "certificate", "certificates.cert-manager.io", "certificates.v1.cert-manager.io"):
        ran = ours.run(f"get: {word}/tls")
        assert ran.objects[0]["kind"] == "Certificate", ran.stderr


def test_a_long_list_comes_in_pieces(ours: Kube) -> None:
    assert ours.ours is not None
    for number in range(1100):
        ours.ours.state.create(KINDS["", "configmaps"], "shop", {"metadata": {"name": f"m{number:04}"}})
    ran = ours.run("get: cm")
    assert [each["metadata"]["name"] for each in ran.objects] == [f"m{number:04}" for number in range(1100)]
    assert sum("configmaps" in line for line in ours.ours.asked) == 3


def test_logs_of_all_pods_of_a_workload(cluster: Kube) -> None:
    cluster.deploy(Deployed("web", 2, logs="one\ntwo\nthree"))
    names = {each["metadata"]["name"] for each in cluster.pods("web")}
    ran = cluster.run("logs: deploy/web\ntail: 2")
    assert ran.code == 0
    assert "logs deploy/web --all-pods --tail=2" in ran.stderr
    assert {line.split("/")[1] for line in ran.stdout.splitlines()} == names
    if cluster.ours:  # elsewhere a container prints what it likes
        assert sorted(line.split()[1] for line in ran.stdout.splitlines()) == ["three", "three", "two", "two"]


def test_logs_of_one_pod_have_no_prefix(ours: Kube) -> None:
    ours.deploy(Deployed("web", logs="one\ntwo"))
    name = ours.pods("web")[0]["metadata"]["name"]
    assert ours.run(f"logs: {name}\nnamespace: shop").code is None  # a bare word is a type
    assert ours.run("logs: pod/$POD", POD=name).stdout == "one\ntwo\n"
    assert ours.run("logs: pods\nselector: app=web").stdout == "one\ntwo\n"


def test_logs_that_a_container_does_not_have(ours: Kube) -> None:
    ours.deploy(Deployed("web"))
    ran = ours.run("logs: deploy/web\nprevious: true")
    assert ran.code == 1
    assert "previous terminated container" in ran.stderr


def test_logs_of_a_node_that_does_not_answer_leave_the_others(ours: Kube) -> None:
    assert ours.ours is not None
    ours.deploy(Deployed("web", 3, logs="one"))
    first, *others = sorted(each["metadata"]["name"] for each in ours.pods("web"))
    ours.ours.failing[f"{first}/log"] = No(500, "", 'Get "https://n:10250/logs": dial tcp: i/o timeout')
    ran = ours.run("logs: deploy/web")
    assert (ran.code, len(ran.objects)) == (1, 3), "a part of the logs proves nothing"
    assert [line.split("/")[1] for line in ran.stdout.splitlines()] == others
    assert f'{first}/app: Error from server: Get "https://n:10250/logs": dial tcp: i/o timeout' in ran.stderr


def test_logs_of_pods_that_are_ready_come_first(ours: Kube) -> None:
    same = {"tier": "web"}
    ours.deploy(
        Deployed("a", state="CrashLoopBackOff", logs="one", labels=same), Deployed("b", logs="one", labels=same)
    )
    ran = ours.run("logs: pods\nselector: tier=web")
    assert [line.removeprefix("[pod/")[0] for line in ran.stdout.splitlines()] == ["b", "a"], ran.stdout


def test_events_are_sorted_and_about_one_object(cluster: Kube) -> None:
    for name, kind, last in (("b", "Warning", "2026-11-25T03:00:00Z"), ("a", "Normal", "2026-11-25T02:00:00Z")):
        about = {"kind": "Pod", "name": "x", "namespace": cluster.namespace}
        event = {"metadata": {"name": name}, "involvedObject": about, "type": kind, "reason": f"R{name}"}
        times = {"firstTimestamp": "2026-11-25T01:00:00Z", "lastTimestamp": last}
        cluster.create("events", {**event, "message": f"says {name}", **times, "count": 3})
    ran = cluster.run("events: all\nfor: pod/x")
    assert [each["reason"] for each in ran.objects] == ["Ra", "Rb"]
    assert ran.stdout.splitlines()[0].split() == ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert " (x3 over " in ran.stdout
    assert "Pod/x" in ran.stdout
    assert [each["reason"] for each in cluster.run("events: Warning\nfor: pod/x").objects] == ["Rb"]
    assert cluster.run("events: all\nfor: pod/y").objects == []


# --- waiting ----------------------------------------------------------------------------------------


def test_waiting_for_what_holds_and_what_does_not(cluster: Kube) -> None:
    cluster.deploy(Deployed("web"))
    assert "deployment.apps/web condition met" in cluster.run("wait: deploy/web\nfor: condition=Available").stdout
    begun = time.monotonic()
    ran = cluster.run("wait: deploy/web\nfor: condition=Available=False\ntimeout: 1s")
    assert ran.code == 1
    assert "timed out waiting for condition=Available=False" in ran.stderr
    assert 0.9 < time.monotonic() - begun < 20


def test_waiting_sees_what_happens_meanwhile(cluster: Kube) -> None:
    cluster.deploy(Deployed("web"))
    later = threading.Timer(0.5, lambda: cluster.run("scale: deploy/web\nreplicas: 0"))
    later.start()
    ran = cluster.run("wait: pods\nselector: app=web\nfor: delete\ntimeout: 25s")
    later.join()
    assert ran.code == 0, ran.stderr
    assert cluster.run("wait: deploy/web\nfor: rollout\ntimeout: 10s").code == 0


def test_waiting_for_nothing_is_an_error(cluster: Kube) -> None:
    ran = cluster.run("wait: deploy/nope\nfor: condition=Available")
    assert ran.code == 1
    assert "there is no deployment.apps nope" in ran.stderr
    assert cluster.run("wait: deploy/nope\nfor: delete").code == 0


def test_a_rollout_is_followed_in_kubectls_words(ours: Kube) -> None:
    assert ours.ours is not None
    ours.deploy(Deployed("web", 2))
    ours.ours.state.delay = 2.0
    assert "deployment.apps/web restarted" in ours.run("rollout_restart: deploy/web").stdout
    ran = ours.run("wait: deploy/web\nfor: rollout\ntimeout: 10s")
    assert ran.stdout.splitlines()[0].startswith('Waiting for deployment "web" rollout to finish:')
    assert ran.stdout.splitlines()[-1] == 'deployment "web" successfully rolled out'
    assert ran.objects[0]["status"]["updatedReplicas"] == 2


def test_a_rollout_past_its_deadline_is_not_waited_for(ours: Kube) -> None:
    ours.deploy(Deployed("bad", state="ImagePullBackOff", deadline=1))
    begun = time.monotonic()
    ran = ours.run("wait: deploy/bad\nfor: rollout\ntimeout: 60s")
    assert (ran.code, time.monotonic() - begun < 40) == (1, True)
    assert 'deployment "bad" exceeded its progress deadline' in ran.stderr


def test_who_may_not_watch_waits_all_the_same(ours: Kube) -> None:
    ours.deploy(Deployed("web"))
    who = ours.somebody(rule("get list", "deployments", group="apps"))
    later = threading.Timer(0.5, lambda: ours.run("delete: deploy/web"))
    later.start()
    assert ours.run("wait: deploy/web\nfor: delete\ntimeout: 10s", config=who).code == 0
    later.join()


def test_a_server_that_ends_each_watch_is_not_asked_without_a_pause(ours: Kube) -> None:
    assert ours.ours is not None
    ours.deploy(Deployed("web"))
    for broken in (0, 1):
        before = len(ours.ours.asked)
        if broken:
            ours.ours.failing["watch=true"] = 429
        else:
            ours.ours.state.compacted = 1 << 30
        ran = ours.run("wait: deploy/web\nfor: delete\ntimeout: 300ms")
        assert (ran.code, "timed out waiting" in ran.stderr) == (1, True)
        assert len(ours.ours.asked) - before < 5


# --- changing ---------------------------------------------------------------------------------------


def test_a_restart_replaces_the_pods(cluster: Kube) -> None:
    cluster.deploy(Deployed("web", 2))
    before = {each["metadata"]["uid"] for each in cluster.pods("web")}
    assert cluster.run("rollout_restart: deploy/$NAME", NAME="web").code == 0
    assert cluster.run("wait: deploy/web\nfor: rollout\ntimeout: 25s").code == 0
    cluster.until(lambda: not before & {each["metadata"]["uid"] for each in cluster.pods("web")})
    template = cluster.get("deployments", "web")["spec"]["template"]
    assert template["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"].endswith("Z")
    assert template["spec"]["containers"][0]["image"] == "nginx:1.27"


def test_undo_goes_back_to_the_earlier_template(cluster: Kube) -> None:
    cluster.deploy(Deployed("web"))
    assert "there is no earlier revision of web" in cluster.run("rollout_undo: deploy/web").stderr
    cluster.run("rollout_restart: deploy/web")
    cluster.until(lambda: revision(cluster) == "2")
    ran = cluster.run("rollout_undo: deploy/web")
    assert "rolled back to revision 1" in ran.stdout, ran.stderr
    template = cluster.get("deployments", "web")["spec"]["template"]
    assert not template["metadata"].get("annotations")
    assert template["metadata"]["labels"] == {"app": "web"}
    cluster.until(lambda: revision(cluster) == "3")
    assert "there is no revision 77" in cluster.run("rollout_undo: deploy/web\nto_revision: 77").stderr
    assert "to revision 2" in cluster.run("rollout_undo: deploy/web\nto_revision: 2").stdout


def test_scale_and_its_precondition(cluster: Kube) -> None:
    cluster.deploy(Deployed("web", 2))
    assert cluster.run("scale: deploy/web\nreplicas: 3").stdout == "deployment.apps/web scaled to 3\n"
    assert cluster.get("deployments", "web")["spec"]["replicas"] == 3
    ran = cluster.run("scale: deploy/web\nreplicas: 0\ncurrent_replicas: 2")
    assert ran.code == 1
    assert "there are 3 replicas, not 2" in ran.stderr
    assert cluster.run("scale: deploy/web\nreplicas: 1\ncurrent_replicas: 3").code == 0
    assert cluster.get("deployments", "web")["spec"]["replicas"] == 1


def test_what_cannot_be_scaled_is_not_said_to_be_gone(ours: Kube) -> None:
    assert ours.ours is not None
    ours.ours.state.create(KINDS["cert-manager.io", "certificates"], "shop", {"metadata": {"name": "tls"}})
    for more in ("", "\ncurrent_replicas: 1"):
        ran = ours.run(f"scale: cert/tls\nreplicas: 2{more}")
        assert (ran.code, ran.objects) == (1, None)
        assert "error: certificates cannot be scaled" in ran.stderr
        gone = ours.run(f"scale: cert/nope\nreplicas: 2{more}")
        assert (gone.code, gone.objects, '"nope" not found' in gone.stderr) == (1, [], True)


def test_cordon_and_back(cluster: Kube) -> None:
    node = cluster.run("get: nodes").objects[0]["metadata"]["name"]
    try:
        assert cluster.run("cordon: $NODE", NODE=node).stdout == f"node/{node} cordoned\n"
        assert cluster.run("cordon: $NODE", NODE=node).stdout == f"node/{node} already cordoned\n"
        assert cluster.run(f"get: node/{node}").objects[0]["spec"]["unschedulable"] is True
    finally:
        assert cluster.run("uncordon: $NODE", NODE=node).stdout == f"node/{node} uncordoned\n"
    assert "unschedulable" not in cluster.run(f"get: node/{node}").objects[0]["spec"]


def test_delete_by_name_and_by_selector(cluster: Kube) -> None:
    cluster.deploy(Deployed("web", 2), Deployed("api"))
    one = cluster.pods("web")[0]["metadata"]["name"]
    assert cluster.run("delete: pod/$POD", POD=one).stdout == f'pod "{one}" deleted\n'
    assert cluster.run("delete: deploy\nselector: app=web").stdout == 'deployment.apps "web" deleted\n'
    assert cluster.run("get: deploy/web").objects == []
    assert cluster.run("get: deploy/api").code == 0


def test_a_command_in_a_container(cluster: Kube) -> None:
    cluster.deploy(Deployed("web"))
    ran = cluster.run("exec: deploy/web\ncommand: [sh, -c, 'echo out; echo err >&2; exit 3']")
    if "error dialing backend" in ran.stderr:
        pytest.skip("no kubelet that runs commands")
    assert (ran.code, ran.stdout) == (3, "out\n")
    assert ran.stderr.splitlines()[1:] == ["err"]
    assert cluster.run("exec: deploy/web\ncommand: [no-such-program]").code == 1


def test_of_several_containers_the_usual_one_is_taken_and_named(ours: Kube) -> None:
    manifest = deployment(Deployed("web", logs="one"))
    template = manifest["spec"]["template"]
    template["spec"]["containers"].append({"name": "proxy", "image": "envoy:1"})
    template["spec"]["initContainers"] = [{"name": "init", "image": "busybox"}]
    ours.create("deployments", manifest)
    ours.until(lambda: ours.pods("web"))
    text = "exec: deploy/web\ncommand: [echo, hello]"
    ran = ours.run(text)
    assert (ran.code, ran.stdout) == (0, "hello\n"), ran.stderr
    assert 'Defaulted container "app" out of: app, proxy, init (init)' in ran.stderr
    assert 'Defaulted container "app" out of: app, proxy, init (init)' in ours.run("logs: deploy/web").stderr
    assert "Defaulted" not in ours.run(f"{text}\ncontainer: proxy").stderr
    (pod,) = ours.pods("web")
    pod["metadata"].setdefault("annotations", {})["kubectl.kubernetes.io/default-container"] = "proxy"
    assert ours.ours is not None
    ours.ours.state.replace(KINDS["", "pods"], {**pod, "kind": "Pod", "apiVersion": "v1"})
    assert 'Defaulted container "proxy"' in ours.run(text).stderr
    assert "container=proxy" in ours.ours.asked[-1]
    assert "container nope is not valid" in ours.run(f"{text}\ncontainer: nope").stderr


@pytest.mark.parametrize("verbs", ["create", "get"])
def test_a_command_wants_two_rights(cluster: Kube, verbs: str) -> None:
    cluster.deploy(Deployed("web"))
    read = rule("get list", "pods"), rule("get", "deployments", group="apps")
    who = cluster.somebody(*read, rule(verbs, "pods/exec"))
    text = "exec: deploy/web\ncommand: [echo, hello]"
    rights: dict[str, bool | None] = {}

    def reviewed() -> bool:
        rights.update({each.name: each.ok for each in EXECUTOR.preflight([fence(text)], cluster.where(who))})
        return len(rights) > 1  # one line alone says that the answers came too late

    cluster.until(reviewed)
    for verb in ("create", "get"):
        assert rights[f"kubernetes: {verb} pods/exec in {cluster.namespace}"] is (verb == verbs)
    if verbs == "get" and cluster.ours is None:
        return  # enough for a cluster before 1.35
    ran = cluster.run(text, config=who)
    missing = "get" if verbs == "create" else "create"
    assert (ran.code, f'cannot {missing} resource "pods/exec"' in ran.stderr) == (1, True)
    assert "a command wants `get` and `create` on pods/exec" in ran.stderr


# --- honest about what goes wrong -------------------------------------------------------------------


def test_who_is_not_known(cluster: Kube) -> None:
    ran = cluster.run("get: pods", config=cluster.with_token("nobody"))
    assert (ran.code, ran.objects) == (1, None)
    assert "Error from server (Unauthorized): Unauthorized" in ran.stderr
    assert "log in again" in ran.stderr


def test_who_may_not(cluster: Kube) -> None:
    cluster.deploy(Deployed("web"))
    who = cluster.somebody(*READER)
    assert cluster.run("get: pods", config=who).code == 0
    ran = cluster.run("rollout_restart: deploy/web", config=who)
    assert (ran.finished.ending, ran.code) == (Ending.EXIT, 1)
    assert "(Forbidden)" in ran.stderr
    assert 'cannot patch resource "deployments"' in ran.stderr
    assert "annotations" not in cluster.get("deployments", "web")["spec"]["template"]["metadata"]


def test_an_invalid_change_names_the_field(ours: Kube) -> None:
    assert ours.ours is not None
    ours.deploy(Deployed("web"))
    missing = Cause("FieldValueRequired", "Required value", "spec.template.spec.containers[0].image")
    ours.ours.failing["PATCH"] = invalid("Deployment", "apps", "web", [missing])
    ran = ours.run("rollout_restart: deploy/web")
    assert (ran.finished.ending, ran.code) == (Ending.EXIT, 1)
    assert 'Error from server (Invalid): Deployment.apps "web" is invalid: spec.template' in ran.stderr
    assert "  spec.template.spec.containers[0].image: Required value" in ran.stderr.splitlines()


def test_a_status_that_is_written_meanwhile_is_in_nobodys_way(ours: Kube) -> None:
    with written_before_each_scale(ours, times=2, replicas=2):
        ran = ours.run("scale: deploy/web\nreplicas: 3\ncurrent_replicas: 2")
    assert (ran.code, ran.stdout) == (0, "deployment.apps/web scaled to 3\n"), ran.stderr


def test_somebody_else_was_faster(ours: Kube) -> None:
    with written_before_each_scale(ours, times=1, replicas=5):
        ran = ours.run("scale: deploy/web\nreplicas: 3\ncurrent_replicas: 2")
    assert (ran.finished.ending, ran.code) == (Ending.EXIT, 1)
    assert "there are 5 replicas, not 2" in ran.stderr
    assert ours.get("deployments", "web")["spec"]["replicas"] == 5


def test_one_that_is_written_all_the_time_is_left_alone(ours: Kube) -> None:
    with written_before_each_scale(ours, times=99, replicas=2):
        ran = ours.run("scale: deploy/web\nreplicas: 3\ncurrent_replicas: 2")
    assert (ran.finished.ending, ran.code) == (Ending.EXIT, 1)
    assert "(Conflict)" in ran.stderr
    assert "look again" in ran.stderr
    assert ours.get("deployments", "web")["spec"]["replicas"] == 2


@contextmanager
def written_before_each_scale(ours: Kube, *, times: int, replicas: int) -> Iterator[None]:
    """Let somebody write the deployment between the look and the change, so often."""
    assert ours.ours is not None
    ours.deploy(Deployed("web", 2))
    state, kind = ours.ours.state, KINDS["apps", "deployments"]
    left = iter(range(times))

    def first(line: str) -> None:
        if line.startswith("PUT") and next(left, None) is not None:
            item = state.get(kind, "shop", "web")
            item["metadata"]["annotations"]["looked"] = str(time.monotonic())
            item["spec"]["replicas"] = replicas
            state.replace(kind, item)

    ours.ours.first = first
    yield


@pytest.mark.parametrize(
    ("text", "hangs"),
    [("get: pods", "/pods"), ("wait: deploy/web\nfor: condition=X\ntimeout: 1h", "watch=true"), ("get: zzz", "/apis")],
)
def test_a_server_that_hangs_is_left_at_once(ours: Kube, text: str, hangs: str) -> None:
    assert ours.ours is not None
    ours.deploy(Deployed("web"))
    ours.ours.hanging.add(hangs)
    begun = time.monotonic()
    ran = ours.run(text, timeout=0.5)
    assert ran.finished.ending is Ending.TIMEOUT
    assert time.monotonic() - begun < 25


def test_ctrl_c_ends_a_wait(ours: Kube) -> None:
    ours.deploy(Deployed("web"))
    session = EXECUTOR.open(Place(ours.folder, str(ours.folder), "r", ours.where()))
    begun = time.monotonic()
    text = "wait: deploy/web\nfor: delete\ntimeout: 1h"
    finished = session.execute(ExecutorContract.request(Contract(), text), Recorder(patience=0.4))
    assert finished.ending is Ending.STOPPED
    assert time.monotonic() - begun < 25


def test_a_lost_answer_to_a_change_leaves_its_outcome_unknown(ours: Kube) -> None:
    assert ours.ours is not None
    ours.deploy(Deployed("web"))
    ours.ours.dropped.add("PATCH")
    ran = ours.run("scale: deploy/web\nreplicas: 0")
    assert ran.finished.ending is Ending.LOST
    assert "not known" in ran.finished.note
    assert sum(line.startswith("PATCH") for line in ours.ours.asked) == 1, "a change is never sent twice"
    assert ours.get("deployments", "web")["spec"]["replicas"] == 0


def test_an_answer_lost_while_only_looking_is_a_failure(ours: Kube) -> None:
    assert ours.ours is not None
    ours.deploy(Deployed("web"))
    ours.ours.dropped.add("GET /apis/apps/v1")
    ran = ours.run("rollout_restart: deploy/web")
    assert (ran.finished.ending, ran.code) == (Ending.EXIT, 1)
    assert not [line for line in ours.ours.asked if line.startswith("PATCH")]


def test_a_change_that_the_server_failed_at_is_unknown(ours: Kube) -> None:
    assert ours.ours is not None
    ours.deploy(Deployed("web"))
    ours.ours.failing["PATCH"] = 500
    assert ours.run("scale: deploy/web\nreplicas: 0").finished.ending is Ending.LOST


def test_a_command_whose_connection_breaks_is_unknown(ours: Kube) -> None:
    assert ours.ours is not None
    ours.deploy(Deployed("web"))
    ours.ours.dropped.add("EXEC sleep 1")
    ran = ours.run("exec: deploy/web\ncommand: [sleep, '1']")
    assert ran.finished.ending is Ending.LOST


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificates with openssl")
def test_over_tls_all_is_the_same(tmp_path: Path) -> None:
    certificate = kube_server.certificate(tmp_path)
    with kube_server.server(certificate) as running:
        config = running.kubeconfig(tmp_path / "config")
        safe = Kube(config, "shop", tmp_path, running)
        running.deploy(Deployed("web", logs="one"))
        assert safe.run("get: deploy/web").code == 0
        assert safe.run("logs: deploy/web").stdout == "one\n"
        assert safe.run("exec: deploy/web\ncommand: [echo, hello]").stdout == "hello\n"
        running.hanging.add("/pods")
        begun = time.monotonic()
        assert safe.run("get: pods", timeout=0.4).finished.ending is Ending.TIMEOUT
        assert time.monotonic() - begun < 20
        other = tmp_path / "other"
        other.mkdir()
        config.write_text(
            config.read_text("utf-8").replace(str(certificate[0]), str(kube_server.certificate(other)[0]))
        )
        ran = safe.run("scale: deploy/web\nreplicas: 0")
        assert (ran.finished.ending, ran.code) == (Ending.EXIT, 1), "nothing was sent: its outcome is known"
        assert "is not who it should be" in ran.stderr


def test_a_handshake_that_never_ends_is_left_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        config = kube_server.write_kubeconfig(tmp_path / "c", url, "t", context="x", namespace="n")
        begun = time.monotonic()
        ran = Kube(config, "n", tmp_path).run("get: pods", timeout=0.3)
    assert ran.finished.ending is Ending.TIMEOUT
    assert time.monotonic() - begun < 25


@pytest.mark.slow
@pytest.mark.parametrize("balanced", [False, True])
def test_a_server_that_is_away_for_a_moment_does_not_end_a_wait(ours: Kube, balanced: bool) -> None:
    assert ours.ours is not None
    server = ours.ours
    ours.deploy(Deployed("web"))
    server.failing["watch=true"] = 500
    looks = iter(("there", "away", "back"))

    def first(line: str) -> None:
        look = next(looks, "") if "watch=true" not in line else ""
        if look == "away" and balanced:  # a load balancer answers for it
            server.failing["GET"] = 503
        elif look == "away":
            server.dropped.add("GET")
        elif look == "back":
            server.dropped.clear()
            server.failing.pop("GET", None)
            server.state.delete(KINDS["apps", "deployments"], "shop", "web")

    server.first = first
    ran = ours.run("wait: deploy/web\nfor: delete\ntimeout: 20s")
    assert (ran.code, ran.stdout) == (0, "deployment.apps is gone: none is left\n"), ran.stderr
    assert ran.stderr.count("looking again until the time is over") == 1


def test_nobody_there(tmp_path: Path) -> None:
    from tests.kube_server import write_kubeconfig

    path = write_kubeconfig(tmp_path / "c", "http://127.0.0.1:1", "t", context="x", namespace="n")
    dead = Kube(path, "n", tmp_path)
    ran = dead.run("delete: pod/x")
    assert (ran.finished.ending, ran.code) == (Ending.EXIT, 1)
    assert "cannot be reached" in ran.stderr
    none = Kube(tmp_path / "missing", "n", tmp_path).run("get: pods")
    assert none.finished.ending is Ending.NOT_STARTED
    assert "there is no kubeconfig" in none.finished.note


# --- before anything runs ---------------------------------------------------------------------------


def test_a_target_names_context_and_namespace(ours: Kube) -> None:
    ours.deploy(Deployed("web"))
    target = Target("prod", "kubernetes", {"kubeconfig": str(ours.config), "context": "test", "namespace": "other"})
    session = EXECUTOR.open(Place(ours.folder, "/", "r", Where({}, target)))
    sink = Recorder()
    session.execute(ExecutorContract.request(Contract(), "get: pods"), sink)
    assert f"kubectl --kubeconfig={ours.config} --context=test -n other get pods" in sink.stderr
    assert "No resources found in other namespace" in sink.stderr
    wrong = Target("prod", "kubernetes", {"kubeconfig": str(ours.config), "context": "nope"})
    (check,) = EXECUTOR.preflight((), Where({}, wrong))
    assert (check.ok, "there is no context nope" in check.detail) == (False, True)


def test_reach_says_what_a_change_would_touch(cluster: Kube) -> None:
    cluster.deploy(Deployed("web", 3))
    told = EXECUTOR.reach(fence("rollout_restart: deploy/web"), cluster.where())
    assert f", namespace {cluster.namespace}: deployment web, 3 replicas (3 ready), 3 pods" in told
    assert ", to 0" in EXECUTOR.reach(fence("scale: deploy/web\nreplicas: 0"), cluster.where())
    pod = cluster.pods("web")[0]["metadata"]["name"]
    assert f"pod {pod} (Running), of replicaset web-" in EXECUTOR.reach(fence(f"delete: pod/{pod}"), cluster.where())
    assert "3 pods: web-" in EXECUTOR.reach(fence("delete: pods\nselector: app=web"), cluster.where())
    assert "not found" in EXECUTOR.reach(fence("delete: pod/nope"), cluster.where())
    node = cluster.run("get: nodes").objects[0]["metadata"]["name"]
    assert f": node {node}; its " in EXECUTOR.reach(fence(f"cordon: {node}"), cluster.where())


def test_reach_says_what_goes_with_a_namespace(cluster: Kube) -> None:
    cluster.deploy(Deployed("web", 3))
    told = EXECUTOR.reach(fence(f"delete: ns/{cluster.namespace}"), cluster.where())
    assert f": namespace {cluster.namespace}; 3 pods in it, and all else there, go with it" in told
    assert ", namespace" not in told, "it lies in none itself"


def test_reach_names_the_budgets_that_a_restart_does_not_ask(cluster: Kube) -> None:
    cluster.deploy(Deployed("web", 3))
    budget = {"metadata": {"name": "web"}, "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}}
    try:
        cluster.create("poddisruptionbudgets", budget)
    except Refused as refused:
        told = EXECUTOR.reach(fence("rollout_restart: deploy/web"), cluster.where())
        assert "its disruption budgets are not known" in told
        pytest.skip(f"a cluster before 1.21: {refused}")
    if cluster.ours is None:
        cluster.until(lambda: "allows 1" in EXECUTOR.reach(fence("rollout_restart: deploy/web"), cluster.where()))
    told = EXECUTOR.reach(fence("rollout_restart: deploy/web"), cluster.where())
    assert "3 pods; disruption budget web allows " in told
    told = EXECUTOR.reach(fence("exec: deploy/web\ncommand: [rm, -f, x]"), cluster.where())
    assert told.endswith("3 pods"), "a command in a container asks no budget, and takes no pod away"


def test_reach_says_what_it_may_not_read(cluster: Kube) -> None:
    cluster.deploy(Deployed("web"))
    told = EXECUTOR.reach(fence("scale: deploy/web\nreplicas: 0"), cluster.where(cluster.somebody(*READER)))
    assert "deployment web, 1 replica (1 ready), to 0, 1 pod; its disruption budgets may not be read; " in told
    assert told.endswith("its autoscalers may not be read")


def test_reach_does_not_wait_for_a_server_that_hangs(ours: Kube) -> None:
    assert ours.ours is not None
    ours.ours.hanging.add("/deployments")
    begun = time.monotonic()
    told = EXECUTOR.reach(fence("rollout_restart: deploy/web"), ours.where())
    assert "kube context test, namespace shop: what it would touch is not known" in told
    assert time.monotonic() - begun < 25


def test_preflight_asks_what_we_may(cluster: Kube) -> None:
    who = cluster.somebody(*READER)
    texts = ("get: pods", "logs: deploy/web", "rollout_restart: deploy/web", "cordon: n1", "get: pods\nnamespace: $NS")
    found = {each.name: each.ok for each in EXECUTOR.preflight([fence(text) for text in texts], cluster.where(who))}
    assert found[f"kubernetes: list pods in {cluster.namespace}"] is True
    assert found[f"kubernetes: get pods/log in {cluster.namespace}"] is True
    assert found[f"kubernetes: patch deployments in {cluster.namespace}"] is False
    assert found["kubernetes: patch nodes"] is False
    assert found["kubernetes: list pods"] is None, "its namespace is not known yet"


@pytest.mark.slow
def test_a_program_for_credentials_that_hangs_holds_nobody_up(ours: Kube) -> None:
    text = ours.config.read_text("utf-8")
    program = (
        "    exec: {apiVersion: client.authentication.k8s.io/v1, command: sleep, args: ['60'], interactiveMode: Never}"
    )
    ours.config.write_text(text.replace("    token: admin-token", program), "utf-8")
    begun = time.monotonic()
    assert ours.run("get: pods", timeout=0.3).finished.ending is Ending.TIMEOUT
    assert "is not known" in EXECUTOR.reach(fence("delete: pod/x"), ours.where())
    (check,) = EXECUTOR.preflight([fence("get: pods")], ours.where())
    assert check.ok is None
    assert time.monotonic() - begun < 50


def test_preflight_is_bounded(ours: Kube) -> None:
    assert ours.ours is not None
    ours.ours.hanging.add("selfsubjectaccessreviews")
    begun = time.monotonic()
    (check,) = EXECUTOR.preflight([fence(f"get: pod/x{n}") for n in range(20)], ours.where())
    assert check.ok is None
    assert time.monotonic() - begun < 25


def test_a_target_that_answers_says_its_version(cluster: Kube) -> None:
    (check,) = EXECUTOR.preflight((), cluster.where())
    assert check.ok is True
    assert ", v1." in check.detail
    (check,) = EXECUTOR.preflight((), cluster.where(cluster.with_token("nobody")))
    assert check.ok is False


# --- the suite of all executors ---------------------------------------------------------------------


class Contract(ExecutorContract):
    language = "kubernetes"
    succeeds = "get: pods"
    fails = "get: pod/nope"
    waits = "wait: deploy/web\nfor: delete\ntimeout: 30s"

    def executor(self) -> Executor:
        return EXECUTOR


class TestContract(Contract):
    @pytest.fixture
    def place(self, tmp_path: Path, ours: Kube) -> Place:
        private = tmp_path / "private"
        private.mkdir(mode=0o700)
        ours.deploy(Deployed("web"))
        return Place(private, str(tmp_path), "r", ours.where())

    def touches(self, path: Path) -> str:
        return f"exec: deploy/web\ncommand: [touch, {path}]"
