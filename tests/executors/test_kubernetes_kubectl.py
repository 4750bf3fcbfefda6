"""The kubectl line that is shown does the same: the real kubectl, where there is one, on the same cluster."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests import kube_server
from tests.kube import Kube
from tests.kube_state import Deployed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("kubectl") is None, reason="there is no kubectl here"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="kubectl sends its token over TLS only"),
]
READS = (
    "get: pods\nselector: app in (web)\nwide: true",
    "get: deploy/web",
    "get: nodes",
    "get: pods\nall_namespaces: true",
    "get: certs",
    "get: deploy/nope",
    "logs: deploy/web\ntail: 1",
    "logs: pods\nselector: app=web",
    "events: Warning",
    "wait: deploy/web\nfor: condition=Available\ntimeout: 3s",
    "wait: deploy/web\nfor: rollout\ntimeout: 3s",
    "exec: deploy/web\ncommand: [sh, -c, 'echo \"$1\"; exit 3', sh, $VALUE]",
)
CHANGES = (
    "rollout_restart: deploy/web",
    "rollout_undo: deploy/web",
    "scale: deploy/web\nreplicas: 3",
    "cordon: fake-1",
    "uncordon: fake-1",
    "delete: pods\nselector: app=web\ngrace_period: 1",
    "delete: deploy/web\ncascade: foreground",
)
VALUE = 'it\'s $(id) "a"; b\n*'


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kube]:
    folder = tmp_path_factory.mktemp("kube")
    with kube_server.server(kube_server.certificate(folder)) as running:
        yield Kube(running.kubeconfig(folder / "config"), "shop", folder, running)


def pasted(cluster: Kube, line: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "KUBECONFIG": str(cluster.config), "HOME": str(cluster.folder)}
    return subprocess.run(
        ["bash", "-c", line], env=environment, capture_output=True, text=True, timeout=180, check=False
    )


def shown(stderr: str) -> str:
    """Return the line as it stands on the screen, where a value may have brought a line's end with it."""
    lines = stderr.split("\n")
    for end in range(1, len(lines) + 1):
        text = "\n".join(lines[:end])
        if subprocess.run(["bash", "-n", "-c", text], capture_output=True, check=False).returncode == 0:
            return text
    raise AssertionError(stderr)


@pytest.mark.parametrize("text", READS, ids=lambda text: text.replace("\n", " ")[:40])
def test_a_line_that_reads_prints_the_same(cluster: Kube, text: str) -> None:
    assert cluster.ours is not None
    if not cluster.ours.pods(app="web"):
        cluster.ours.deploy(Deployed("web", 2, logs="one\ntwo"))
    ran = cluster.run(text, VALUE=VALUE)
    done = pasted(cluster, shown(ran.stderr))
    # The logs of several pods come in the order in which kubectl happens to get them.
    assert sorted(map(str.split, done.stdout.splitlines())) == sorted(map(str.split, ran.stdout.splitlines())), (
        done.stderr
    )
    assert done.returncode == ran.code


def prepare(cluster: Kube, text: str) -> None:
    assert cluster.ours is not None
    if cluster.run("get: deploy/web").objects == []:
        cluster.ours.deploy(Deployed("web", 2))
    if text.startswith("rollout"):
        time.sleep(1.1)  # a restart is known by its second
    first = {"rollout_undo": "rollout_restart: deploy/web", "uncordon": "cordon: fake-1", "cordon": "uncordon: fake-1"}
    if (verb := text.partition(":")[0]) in first:
        assert cluster.run(first[verb]).code == 0


@pytest.mark.parametrize("text", CHANGES, ids=lambda text: text.replace("\n", " ")[:40])
def test_a_line_that_changes_asks_for_the_same(cluster: Kube, text: str) -> None:
    prepare(cluster, text)
    own = changes(cluster)
    ran = cluster.run(text)
    ours = changes(cluster)[len(own) :]
    prepare(cluster, text)
    before = changes(cluster)
    done = pasted(cluster, shown(ran.stderr))
    assert (ran.code, done.returncode) == (0, 0), ran.stderr + done.stderr
    assert ours
    assert changes(cluster)[len(before) :] == ours


def changes(cluster: Kube) -> list[str]:
    """Return what was sent that changes something; which of the pods is the controllers' choice."""
    assert cluster.ours is not None
    sent = [each.partition("?")[0] for each in cluster.ours.asked if not each.startswith("GET")]
    return [each.rpartition("/")[0] if "/pods/" in each else each for each in sent]
