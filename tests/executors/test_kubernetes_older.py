"""Clusters that serve some kinds in an earlier version alone: what they have is found, and shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from runbook_runner.executors.kubernetes import EXECUTOR
from runbook_runner.model.command import Command
from tests.build import command
from tests.kube import Kube, kube
from tests.kube_state import KINDS, Deployed

SCALE = "scale: deploy/web\nreplicas: 0"


@pytest.fixture
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kube]:
    with kube(request, tmp_path, real=False) as made:
        assert made.ours is not None
        made.ours.older |= {"poddisruptionbudgets": "v1beta1", "horizontalpodautoscalers": "v1"}
        yield made


def fence(text: str) -> Command:
    return replace(command("x"), language="kubernetes", parts=(text,))


def budget(cluster: Kube, name: str, selector: object) -> None:
    assert cluster.ours is not None
    item = {"metadata": {"name": name}, "spec": {"selector": selector} if selector is not None else {}}
    cluster.ours.state.create(KINDS["policy", "poddisruptionbudgets"], "shop", item)


def test_what_an_old_cluster_has_in_an_earlier_version_is_found(old: Kube) -> None:
    budget(old, "web", {"matchLabels": {"app": "web"}})
    for word in ("pdb", "poddisruptionbudgets", "poddisruptionbudget.policy"):
        ran = old.run(f"get: {word}")
        assert (ran.code, [each["metadata"]["name"] for each in ran.objects]) == (0, ["web"]), ran.stderr
    assert old.run("delete: pdb/web").code == 0
    assert old.run("wait: pdb/web\nfor: delete").code == 0


def test_a_kind_in_a_version_that_its_group_does_not_prefer_is_found(old: Kube) -> None:
    assert old.ours is not None
    old.ours.state.create(KINDS["cert-manager.io", "challenges"], "shop", {"metadata": {"name": "acme"}})
    for word in ("challenges", "challenge.cert-manager.io", "challenges.v1beta1.cert-manager.io"):
        ran = old.run(f"get: {word}")
        assert (ran.code, [each["metadata"]["name"] for each in ran.objects]) == (0, ["acme"]), ran.stderr


def test_its_budgets_and_autoscalers_are_named_before_a_change(old: Kube) -> None:
    assert old.ours is not None
    old.deploy(Deployed("web"))
    budget(old, "web", {"matchLabels": {"app": "web"}})
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 5}
    item = {"metadata": {"name": "auto"}, "spec": spec}
    old.ours.state.create(KINDS["autoscaling", "horizontalpodautoscalers"], "shop", item)
    told = EXECUTOR.reach(fence(SCALE), old.where())
    assert "1 pod; disruption budget web allows 0; autoscaler auto (2 to 5) may change it again" in told


def test_an_empty_selector_is_none_there_and_all_since(old: Kube) -> None:
    assert old.ours is not None
    old.deploy(Deployed("web"))
    budget(old, "empty", {})
    budget(old, "without", None)
    assert "disruption budget" not in EXECUTOR.reach(fence(SCALE), old.where())
    old.ours.older.clear()
    told = EXECUTOR.reach(fence(SCALE), old.where())
    assert "disruption budget empty allows 0" in told
    assert "without" not in told
