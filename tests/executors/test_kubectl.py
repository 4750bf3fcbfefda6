"""Which rights kubectl lines need, and what is told of them before step 1."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from runbook_runner.executors._access import of_shell
from runbook_runner.executors._kubectl import line_of
from runbook_runner.ports import Where
from runbook_runner.syntax.shell import analyse, written_commands
from tests.build import command
from tests.kube import Kube, kube, rule


def needs(text: str, **values: str) -> list[str]:
    found = []
    for words in written_commands(text):
        line = line_of(words, values)
        for need in line.needs if line else ():
            place = "?" if need.namespace is None else need.namespace
            found.append(f"{need.verb} {need.type}{'/' + need.sub if need.sub else ''} {need.name}@{place}")
    return found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("kubectl get pods", ["list pods @"]),
        ("kubectl get pod web -o json | jq .", ["get pod web@"]),
        ("kubectl -n shop get po,svc -l app=x", ["list po @shop", "list svc @shop"]),
        ("kubectl get deploy/a deploy/b", ["get deploy a@", "get deploy b@"]),
        ("kubectl get pods -A", ["list pods @*"]),
        ("kubectl get --namespace=$NS pods", ["list pods @?"]),
        ("kubectl -n shop logs deploy/x --since=5m", ["get pods/log @shop", "list pods @shop"]),
        ("kubectl logs -p web", ["get pods/log @"]),
        ("kubectl exec -it web -- rm -rf /", ["create pods/exec @"]),
        ("sudo kubectl delete pod web --wait=false", ["delete pod web@"]),
        ("kubectl delete pods -l app=x", ["list pods @", "delete pods @"]),
        ("kubectl rollout restart deploy/x", ["get deploy x@", "patch deploy x@"]),
        ("kubectl rollout undo deploy x --to-revision 2", ["get deploy x@", "patch deploy x@", "list replicasets @"]),
        ("kubectl scale deployment/x --replicas=0", ["patch deployment/scale x@"]),
        (
            "kubectl drain n1 --ignore-daemonsets",
            [
                "get nodes @",
                "patch nodes @",
                "list pods @*",
                "get pods @*",
                "create pods/eviction @*",
                "get daemonsets @*",
            ],
        ),
        ("kubectl cordon n1", ["get nodes @", "patch nodes @"]),
        ("kubectl top pods", ["list pods.metrics.k8s.io @"]),
        ("kubectl set image deploy/x a=b", ["patch deploy x@"]),
        ("kubectl label node n1 a=b", ["patch node n1@"]),
        ("kubectl wait --for=condition=Ready pod/x", ["list pod x@", "watch pod x@"]),
        ("kubectl apply -f x.yaml", []),
        ("kubectl delete -f x.yaml", []),
        ("kubectl delete pod x --dry-run=client", []),
        ("kubectl config use-context x", []),
        ("echo kubectl get pods", []),
    ],
)
def test_what_a_line_needs(text: str, wanted: list[str]) -> None:
    assert needs(text) == wanted


def test_variables_are_looked_up() -> None:
    assert needs('kubectl -n "$NS" delete pod "$POD"', NS="shop", POD="web") == ["delete pod web@shop"]


def test_flags_name_the_cluster() -> None:
    (words,) = written_commands("kubectl --context=prod --kubeconfig /c get pods")
    line = line_of(words, {})
    assert line is not None
    assert (line.context, line.files) == ("prod", "/c")
    (words,) = written_commands('kubectl --context "$CTX" get pods')
    assert line_of(words, {}) is None


@pytest.fixture
def ours(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kube]:
    with kube(request, tmp_path, real=False) as made:
        yield made


def told(where: Where, *texts: str) -> dict[str, bool | None]:
    commands = [replace(command("x"), parts=(text,), analysis=analyse(text)) for text in texts]
    return {check.name: check.ok for check in of_shell(commands, where)}


def test_shell_lines_are_checked_against_the_cluster(ours: Kube) -> None:
    who = ours.somebody(rule("get list", "pods"))
    found = told(
        ours.where(who), "kubectl get pods; kubectl delete pod x", "kubectl -n other get pods", "kubectl get pods"
    )
    assert found == {
        "kubernetes: list pods in shop": True,
        "kubernetes: delete pods in shop": False,
        "kubernetes: list pods in other": False,
    }


def test_a_context_that_is_not_there_is_said(ours: Kube) -> None:
    assert told(ours.where(), "kubectl --context=nope get pods") == {"kubernetes": False}


def test_without_kubectl_nothing_is_asked(ours: Kube) -> None:
    assert ours.ours is not None
    assert told(ours.where(), "df -h") == {}
    assert ours.ours.asked == []
