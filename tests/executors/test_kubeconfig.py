"""The cluster that a change would touch, told before the yes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from runbook_runner.executors._kubeconfig import context
from runbook_runner.executors.shell import EXECUTOR
from runbook_runner.model.command import Effect
from runbook_runner.ports import Where
from tests.build import command

CONFIG = """\
apiVersion: v1
clusters:
- cluster:
    server: https://10.0.0.1
  name: one
contexts:
- context:
    cluster: one
    namespace: payments
    user: ann
  name: prod-eu
- context:
    cluster: one
    user: ann
  name: staging
current-context: CURRENT
kind: Config
"""


def told(tmp_path: Path, current: str) -> str:
    file = tmp_path / "config"
    file.write_text(CONFIG.replace("CURRENT", current))
    return context({"KUBECONFIG": f"{tmp_path}/missing:{file}"})


def test_context_and_namespace_are_named(tmp_path: Path) -> None:
    assert told(tmp_path, "prod-eu") == "kube context prod-eu, namespace payments"
    assert told(tmp_path, '"staging"') == "kube context staging, namespace default"


FLOW = """\
contexts:
- {name: other, context: {cluster: one, user: ann, namespace: wrong}}
- name: real
  context: {cluster: one, user: ann, namespace: shop}
current-context: real
"""


@pytest.mark.parametrize(
    "text", [FLOW, json.dumps(yaml.safe_load(FLOW)), json.dumps(yaml.safe_load(FLOW), indent=2), FLOW + "users: []\n"]
)
def test_files_that_kubectl_did_not_write(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    assert context({"KUBECONFIG": str(file)}) == "kube context real, namespace shop"
    assert context({"KUBECONFIG": str(file)}, "other") == "kube context other, namespace wrong"


@pytest.mark.parametrize("text", ["{", "[1]", "{contexts: [3, {name: a}], current-context: }", "{contexts: 3}"])
def test_files_that_nobody_can_read_name_no_context(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    assert context({"KUBECONFIG": str(file)}) == "no kube context is set"


def test_no_context_is_said(tmp_path: Path) -> None:
    assert told(tmp_path, "") == "no kube context is set"
    assert context({}) == "no kube context is set"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("kubectl delete pod x", "kube context prod-eu, namespace payments"),
        ('kubectl -n "$NAMESPACE" delete pod x', "kube context prod-eu, namespace shop"),
        ("kubectl delete pod x --namespace=${NAMESPACE}", "kube context prod-eu, namespace shop"),
        ("kubectl delete pod x -nweb", "kube context prod-eu, namespace web"),
        ("kubectl delete pod x -n 'a b'", "kube context prod-eu, namespace a b"),
        ("kubectl --context staging delete pod x", "kube context staging, namespace default"),
        ("helm --kube-context=staging -n web rollback x", "kube context staging, namespace web"),
        ("sudo kubectl -n web delete pod x", "kube context prod-eu, namespace web"),
        ("kubectl delete pods --all -A", "kube context prod-eu, all namespaces"),
        ("kubectl exec x -- rm -n web", "kube context prod-eu, namespace payments"),
        ("kubectl -n $UNKNOWN delete pod x", "kube context prod-eu, namespace $UNKNOWN"),
        ("NAMESPACE=own; kubectl -n $NAMESPACE delete pod x", "kube context prod-eu, namespace $NAMESPACE"),
        (
            "kubectl -n a delete pod x; kubectl -n b delete pod x; kubectl -n a get pods",
            "kube context prod-eu, namespace a; kube context prod-eu, namespace b",
        ),
        ("KUBECONFIG=other kubectl delete pod x", "a cluster by the KUBECONFIG that it sets"),
        ("bash -c 'kubectl delete pod x'", "kube context prod-eu, namespace payments"),
        ("ssh host kubectl delete pod x", ""),
        ("command -v kubectl; rm x", ""),
        ("rm kubectl", ""),
    ],
)
def test_what_a_command_names_itself_counts(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "config"
    file.write_text(CONFIG.replace("CURRENT", "prod-eu"))
    analysis = EXECUTOR.analyse(text, "sh")
    run = replace(command(text, Effect.CHANGE), analysis=analysis)
    assert EXECUTOR.reach(run, Where({"KUBECONFIG": str(file), "NAMESPACE": "shop"})) == place
