"""A whole run against a cluster: the change behind its yes, nothing secret kept, a runner that dies in the middle.

The walks through a shipped runbook run against the cluster that KUBECONFIG names as well, where `-m cluster` asks for
that: as users of their own, who have the rights that they are given there and no others.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from runbook_runner.model.events import Event
from tests import kube_server
from tests.e2e.program import ANSWERS, Program, call, events, of
from tests.kube import Kube, kube, rule
from tests.kube_state import KINDS, STATE, Deployed

pytestmark = pytest.mark.slow
KNOWN = {**ANSWERS, r"The runbook says that this is over\. Is it\? ": ""}
UNDO = {
    r"(?s)3: Undo the rollout, otherwise.*Which way on\? ": "3",
    r"(?s)3: next: Go back to the version before, otherwise.*Which way on\? ": "3",
    r"Did you reach [^\n]*\? ": "y",
    r"(?s)e: hand over.*What now\? ": "e",
    **KNOWN,
}
"""Of somebody who undoes a rollout whose image nobody can push."""
RUNBOOKS = Path(__file__).parents[2] / "runbooks"
READER = (rule("get list watch", "pods", "events"), rule("get list watch", "deployments", "replicasets", group="apps"))
RUNBOOK = """\
# Restart it

## Diagnosis

```kubernetes {id=look timeout=20s}
get: deploy/web
```

Expected: `objects[0].status.readyReplicas == 2`

## Mitigation

```kubernetes {id=restart timeout=20s}
rollout_restart: deploy/web
```

Rollback: none

## Verify

```kubernetes {id=again timeout=20s}
wait: deploy/web
for: rollout
```

Expected: `exit_code == 0`

- If `exit_code == 0`, resolved.
- Otherwise, escalate.
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[kube_server.Server]:
    with kube_server.server() as running:
        (tmp_path / ".kube").mkdir()
        running.kubeconfig(tmp_path / ".kube" / "config")
        running.deploy(Deployed("web", 2))
        (tmp_path / "web.md").write_text(RUNBOOK, "utf-8")
        yield running


def restarted(cluster: kube_server.Server) -> bool:
    template = cluster.state.get(KINDS["apps", "deployments"], "shop", "web")["spec"]["template"]
    return bool(template["metadata"].get("annotations"))


def test_from_the_look_to_the_end(tmp_path: Path, cluster: kube_server.Server) -> None:
    store = tmp_path / "journal.db"
    program = Program(store, "run", "web.md", answers=KNOWN)
    assert program.finish() == 0, program.said
    assert program.yeses == 1
    assert restarted(cluster)
    assert "kube context test, namespace shop: deployment web, 2 replicas (2 ready), 2 pods" in program.said
    recorded = events(store)
    assert [each["reason"] for each in of(recorded, "attempt_ended")] == ["exit"] * 3
    everything = b"".join(file.read_bytes() for file in tmp_path.rglob("journal*") if file.is_file())
    assert kube_server.ADMIN.encode() not in everything
    assert not list(tmp_path.rglob("lent/*")), "what was pinned goes with the run"


def test_a_runner_that_dies_while_a_change_is_under_way(tmp_path: Path, cluster: kube_server.Server) -> None:
    store = tmp_path / "journal.db"
    cluster.hanging.add("PATCH")
    program = Program(store, "run", "web.md", answers=KNOWN)
    program.until(lambda _: any(line.startswith("PATCH") for line in cluster.asked))
    program.process.kill()
    program.finish()
    cluster.hanging.clear()
    told = call(store, "resume", "--plain", stdin="")
    assert b"outcome unknown" in told.stdout + told.stderr
    assert sum(line.startswith("PATCH") for line in cluster.asked) == 1, "a change is never run again unasked"
    second = Program(store, "resume", answers=KNOWN)
    assert second.finish() == 0, second.said


@pytest.fixture(params=["ours", pytest.param("real", marks=pytest.mark.cluster)])
def stuck(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kube]:
    """A cluster where a new version of `web` waits for an image that does not come."""
    with kube(request, tmp_path, real=request.param == "real") as made:
        made.deploy(Deployed("web", 2))
        template = {
            "metadata": {"annotations": {STATE: "ImagePullBackOff"}},
            "spec": {"containers": [{"name": "app", "image": "nginx:does-not-exist"}]},
        }
        path = f"/apis/apps/v1/namespaces/{made.namespace}/deployments/web"
        content = "application/strategic-merge-patch+json"
        made.admin.json(path, method="PATCH", body={"spec": {"template": template}}, content=content)
        made.until(lambda: any("ImagePull" in state for state in states(made)))  # a real kubelet tries it first
        yield made


def states(cluster: Kube) -> list[str]:
    return [str(each["state"]) for pod in cluster.pods("web") for each in pod["status"].get("containerStatuses") or ()]


def walked(cluster: Kube, who: Path) -> tuple[int, Program, list[Event]]:
    """Walk through the runbook of a rollout that does not get on, as somebody."""
    home = cluster.folder / "home"
    (home / ".kube").mkdir(parents=True)
    (home / ".kube" / "config").write_bytes(who.read_bytes())
    name = "kubernetes-rollout-stuck.md"
    (home / name).write_bytes((RUNBOOKS / name).read_bytes())
    given = {"NAMESPACE": cluster.namespace, "DEPLOYMENT": "web", "SELECTOR": "app=web", "NODE": "none"}
    words = [word for key, value in given.items() for word in ("--param", f"{key}={value}")]
    program = Program(home / "journal.db", "run", name, *words, answers=UNDO)
    return program.finish(), program, events(home / "journal.db")


def taken(recorded: list[Event]) -> list[str]:
    return [each["destination"].removeprefix("step:") for each in of(recorded, "branch_taken")]


def test_who_may_undo_a_rollout_gets_to_the_end(stuck: Kube) -> None:
    who = stuck.somebody(*READER, rule("patch", "deployments", group="apps"))
    code, program, recorded = walked(stuck, who)
    assert code == 0, program.said
    assert taken(recorded) == [
        "deployment", "pods", "pulling", "versions", "undo", "undone", "again", "finish:resolved",
    ]  # fmt: skip
    (_, _, image, *_) = of(recorded, "branch_taken")
    assert "ImagePullBackOff" in image["evidence"]
    assert "from revision 2 back to 1 (nginx:1.27); its disruption budgets may not be read" in program.said
    assert "nginx:1.27" in str(stuck.get("deployments", "web")["spec"]["template"])


def test_who_may_only_look_calls_somebody(stuck: Kube) -> None:
    code, program, recorded = walked(stuck, stuck.somebody(*READER))
    assert code == 1, program.said
    assert taken(recorded)[-2:] == ["undo", "escalate:service-owner"]
    assert of(recorded, "branch_taken")[-1]["evidence"] == "1 != 0"
    assert 'cannot patch resource "deployments"' in program.said
    assert "does-not-exist" in str(stuck.get("deployments", "web")["spec"]["template"])
