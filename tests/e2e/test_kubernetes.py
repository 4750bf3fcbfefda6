"""A whole run against a cluster: the change behind its yes, nothing secret kept, a runner that dies in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import kube_server
from tests.e2e.program import ANSWERS, Program, call, events, of
from tests.kube_state import KINDS, Deployed

pytestmark = pytest.mark.slow
KNOWN = {**ANSWERS, r"The runbook says that this is over\. Is it\? ": ""}
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
