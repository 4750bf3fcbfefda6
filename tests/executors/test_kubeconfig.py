"""The cluster that a change would touch, told before the yes."""

from __future__ import annotations

from pathlib import Path

from runbook_runner.executors._kubeconfig import context

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


def test_no_context_is_said(tmp_path: Path) -> None:
    assert told(tmp_path, "") == "no kube context is set"
    assert context({}) == "no kube context is set"
