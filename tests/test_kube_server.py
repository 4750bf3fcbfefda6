"""Our Kubernetes server is held to the recorded answers of a real one: each field that it gives, the real one gives."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runbook_runner.executors._kubernetes_client import Refused
from tests import kube_server
from tests.kube import Kube, kube
from tests.kube_state import KINDS, Deployed

RECORDED = Path(__file__).parents[2] / "shared" / "kubernetes"
pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not here")


@pytest.fixture(scope="module")
def running() -> Iterator[kube_server.Server]:
    with kube_server.server() as made:
        made.deploy(Deployed("web", 2))
        made.deploy(Deployed("pull", 1, "ImagePullBackOff"))
        made.deploy(Deployed("crash"))
        item = made.state.get(KINDS["apps", "deployments"], "shop", "crash")
        item["spec"]["template"]["metadata"]["annotations"] = {"fakelet/state": "CrashLoopBackOff"}
        made.state.replace(KINDS["apps", "deployments"], item)
        about = {
            "kind": "Pod",
            "name": "x",
            "namespace": "shop",
            "uid": "1",
            "apiVersion": "v1",
            "resourceVersion": "1",
        }
        event: dict[str, object] = {
            "metadata": {"name": "x.1"},
            "involvedObject": about,
            "reason": "Killing",
            "message": "m",
        }
        event |= {"source": {"component": "c"}, "type": "Normal", "count": 1, "eventTime": None}
        at = {"firstTimestamp": "2026-11-23T00:31:14Z", "lastTimestamp": "2026-11-23T00:31:14Z"}
        made.state.create(KINDS["", "events"], "shop", event | at)
        made.tokens["viewer"] = "viewer"
        yield made


def answered(
    running: kube_server.Server, path: str, token: str = kube_server.ADMIN, accept: str = "", body: Any = None
) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Accept": accept, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{running.url}{path}", data, headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        return json.load(error)


def shape(value: Any, place: str = "") -> set[str]:
    """Return each field with the type of its value; maps that users fill are one field."""
    match value:
        case dict() if place.rpartition(".")[2] in ("labels", "annotations", "matchLabels", "capacity", "allocatable"):
            return {f"{place} map"}
        case dict():
            return {each for key, inner in value.items() for each in shape(inner, f"{place}.{key}")} | {f"{place} map"}
        case list():
            return {each for inner in value for each in shape(inner, f"{place}[]")} | {f"{place} list"}
        case None:
            return set()
        case _:
            return {f"{place} {type(value).__name__}"}


TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


@pytest.mark.parametrize(
    ("file", "path", "accept", "left_out"),
    [
        ("version", "/version", "", ()),
        ("api", "/api", "", ()),
        ("apis", "/apis", "", ()),
        ("api-v1", "/api/v1", "", (".resources[].group", ".resources[].version", ".resources[].categories")),
        ("apps-v1", "/apis/apps/v1", "", (".resources[].group", ".resources[].version", ".resources[].categories")),
        (
            "pods",
            "/api/v1/namespaces/shop/pods",
            "",
            (".volume", ".toleration", "service", "preempt", "priority", "containerID"),
        ),
        ("deployments", "/apis/apps/v1/namespaces/shop/deployments", "", ()),
        ("nodes", "/api/v1/nodes", "", (".annotations",)),
        ("events", "/api/v1/namespaces/shop/events", "", (".action", ".reporting", ".eventTime")),
        ("pods-table", "/api/v1/namespaces/shop/pods", TABLE, ()),
    ],
)
def test_the_same_fields_of_the_same_types(
    running: kube_server.Server, file: str, path: str, accept: str, left_out: tuple[str, ...]
) -> None:
    recorded = shape(json.loads((RECORDED / f"{file}.json").read_text("utf-8")))
    ours = shape(answered(running, path, accept=accept))
    assert ours - recorded == set(), "the real one gives no such field"
    missing = {each for each in recorded - ours if "managedFields" not in each}
    known = {each for each in missing if any(part.lower() in each.lower() for part in left_out)}
    assert missing == known, "what it leaves out is listed"


@pytest.mark.parametrize(
    ("file", "path", "token"),
    [
        ("status-401", "/api/v1/namespaces/shop/pods", "wrong"),
        ("status-403", "/api/v1/namespaces/shop/pods", "viewer"),
        ("status-404", "/api/v1/namespaces/shop/pods/nope", kube_server.ADMIN),
    ],
)
def test_the_same_refusals_word_for_word(running: kube_server.Server, file: str, path: str, token: str) -> None:
    assert answered(running, path, token) == json.loads((RECORDED / f"{file}.json").read_text("utf-8"))


def test_the_same_words_for_what_is_wrong_with_each_field(running: kube_server.Server) -> None:
    bare = {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "web"}, "spec": {}}
    found = answered(running, "/apis/apps/v1/namespaces/empty/deployments", body=bare)
    assert found == json.loads((RECORDED / "status-422.json").read_text("utf-8"))


def test_the_same_kinds_of_objects(running: kube_server.Server) -> None:
    """What the executor knows by heart is what the real server says."""
    from runbook_runner.executors._kubernetes_kinds import known

    for file in ("api-v1", "apps-v1"):
        recorded = json.loads((RECORDED / f"{file}.json").read_text("utf-8"))
        for each in recorded["resources"]:
            found = known(each["name"])
            if found is None:
                continue
            assert (found.name, found.kind, found.namespaced) == (each["name"], each["kind"], each["namespaced"])
            assert found.api == recorded["groupVersion"]
            for word in (each["singularName"], *each.get("shortNames", ())):
                assert known(word) == found, word


# --- the cluster that KUBECONFIG names, where `-m cluster` asks for it -------------------------------

WEB = "/apis/apps/v1/namespaces/NS/deployments/web"
MERGE, STRATEGIC = "application/merge-patch+json", "application/strategic-merge-patch+json"
OLD = {"name": "web", "namespace": "NS", "resourceVersion": "1"}
IMAGELESS = {"template": {"spec": {"containers": [{"name": "app", "image": ""}]}}}


@pytest.fixture
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Kube, Kube]]:
    """A real cluster, and ours."""
    (tmp_path / "real").mkdir()
    with kube(request, tmp_path / "real", real=True) as real, kube(request, tmp_path, real=False) as ours:
        for each in (real, ours):
            each.deploy(Deployed("web"))
        yield real, ours


@pytest.mark.cluster
def test_a_real_one_refuses_the_same(both: tuple[Kube, Kube]) -> None:
    for method, path, body, content in (
        ("GET", "/api/v1/namespaces/NS/pods/nope", None, ""),
        ("GET", "/api/v1/namespaces/NS/pods/nope/log", None, ""),
        ("GET", "/apis/no.such/v1/things", None, ""),
        ("DELETE", "/apis/apps/v1/namespaces/NS/deployments/nope", None, ""),
        ("POST", "/api/v1/namespaces/NS/pods", {"metadata": {"name": "x"}, "spec": {"containers": []}}, ""),
        ("PATCH", WEB, {"spec": {"replicas": -1}}, STRATEGIC),
        ("PATCH", f"{WEB}/scale", {"spec": {"replicas": -1}}, MERGE),
        ("PATCH", WEB, {"spec": IMAGELESS}, STRATEGIC),
        ("PATCH", WEB, {"metadata": OLD, "spec": {"replicas": 2}}, MERGE),
        ("PATCH", WEB, [{"op": "test", "path": "/spec/replicas", "value": 99}], "application/json-patch+json"),
        ("PUT", f"{WEB}/scale", {"metadata": OLD, "spec": {"replicas": 2}}, ""),
        ("GET", "/api/v1/namespaces/NS/pods?fieldSelector=spec.nope%3Dx", None, ""),
    ):
        real, ours = (refused(each, method, path, body, content) for each in both)
        assert ours == real, f"{method} {path} {body}"


def refused(cluster: Kube, method: str, path: str, body: Any, content: str) -> Any:
    """Return the status that a request is refused with; how a field is wrong, each version says in its own words."""
    text = json.dumps(body).replace("NS", cluster.namespace)
    place = path.replace("NS", cluster.namespace)
    with pytest.raises(Refused) as no:
        cluster.admin.json(place, method=method, body=json.loads(text), content=content or "application/json")
    found = json.loads(json.dumps(no.value.status).replace(cluster.namespace, "NS"))
    if found.get("code") in (400, 422):
        for each in (found, *found.get("details", {}).get("causes", ())):
            del each["message"]
    return found
