"""The kube context that a run began with holds for all of its commands, whatever becomes current elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_runner.executors._kubeconfig import context
from runbook_runner.executors.kubernetes import EXECUTOR
from runbook_runner.model.target import Target
from runbook_runner.ports import Lender, Place, Where
from tests.e2e.program import call, events, of
from tests.executors.test_kubeconfig import CONFIG

KUBECTL = """\
#!/bin/sh
# Says what the real one would take for current, and then somebody switches in another terminal.
for file in $(echo "$KUBECONFIG" | tr : ' '); do
  found=$(sed -n 's/^current-context: *//p' "$file" | tr -d '"')
  [ -n "$found" ] && break
done
echo "$found $(grep -c token "${KUBECONFIG%%:*}") $(stat -c %a "${KUBECONFIG%%:*}")"
sed -i 's/^current-context: .*/current-context: staging/' "$HOME/config"
"""
STEPS = """\
# Look

## Diagnosis

First:

```sh {id=first}
kubectl get pods
```

Then:

```sh {id=second}
kubectl get pods
```

Another one, set by the step itself:

```sh {id=own}
KUBECONFIG="$HOME/config" kubectl get pods
```
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config"
    path.write_text(CONFIG.replace("CURRENT", "prod-eu") + "users:\n- name: ann\n  user:\n    token: t0p\n", "utf-8")
    return path


def printed(store: Path) -> list[str]:
    return [each["head"].strip() for each in of(events(store), "output") if each["stream"] == "stdout"]


def program(tmp_path: Path, text: str, *arguments: str) -> Path:
    (tmp_path / "bin").mkdir()
    tool = tmp_path / "bin" / "kubectl"
    tool.write_text(KUBECTL, "utf-8")
    tool.chmod(0o755)
    (tmp_path / "look.md").write_text(text, "utf-8")
    store = tmp_path / "journal.db"
    path = f"{tmp_path / 'bin'}:/usr/bin:/bin"
    ran = call(store, "run", "look.md", "--auto", *arguments, PATH=path, KUBECONFIG=str(tmp_path / "config"))
    assert b"pinned for this run" in ran.stdout + ran.stderr, ran.stdout + ran.stderr
    return store


@pytest.mark.slow
def test_somebody_who_switches_elsewhere_redirects_nothing(tmp_path: Path, config: Path) -> None:
    store = program(tmp_path, STEPS)
    assert printed(store) == ["prod-eu 0 600", "prod-eu 0 600", "staging 1 644"]
    assert "current-context: staging" in config.read_text("utf-8")


@pytest.mark.slow
def test_a_target_of_the_run_is_what_shell_steps_get(tmp_path: Path, config: Path) -> None:
    (tmp_path / "runbook.toml").write_text(
        f'[targets.east]\nkind = "kubernetes"\nkubeconfig = "{config}"\ncontext = "staging"\nnamespace = "shop"\n'
    )
    store = program(tmp_path, "---\ntargets: [east]\n---\n" + STEPS)
    assert printed(store)[:2] == ["staging 0 600", "staging 0 600"]


def lent(tmp_path: Path, **settings: str) -> str:
    private = tmp_path / "private"
    private.mkdir(mode=0o700, exist_ok=True)
    target = Target("t", "kubernetes", settings) if settings else None
    environment = {"KUBECONFIG": str(tmp_path / "config"), "HOME": str(tmp_path)}
    assert isinstance(EXECUTOR, Lender)
    given = EXECUTOR.lend(Place(private, "/", "r", Where(environment, target)))
    return given.environment["KUBECONFIG"] if given else ""


def test_it_holds_when_the_run_is_taken_up_again(tmp_path: Path, config: Path) -> None:
    files = lent(tmp_path)
    assert context({"KUBECONFIG": files}) == "kube context prod-eu, namespace payments"
    config.write_text(CONFIG.replace("CURRENT", "staging"), "utf-8")
    assert context({"KUBECONFIG": lent(tmp_path)}) == "kube context prod-eu, namespace payments"
    assert files.endswith(f":{config}")


def test_a_step_may_still_name_another_one(tmp_path: Path, config: Path) -> None:
    assert context({"KUBECONFIG": lent(tmp_path)}, "staging") == "kube context staging, namespace default"
    assert context({"KUBECONFIG": lent(tmp_path)}, "", "web") == "kube context prod-eu, namespace web"


def test_a_namespace_of_the_target_goes_before_the_contexts(tmp_path: Path, config: Path) -> None:
    assert context({"KUBECONFIG": lent(tmp_path, namespace="web")}) == "kube context prod-eu, namespace web"


def test_a_file_that_kubectl_did_not_write_is_understood(tmp_path: Path, config: Path) -> None:
    flow = "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: []\nusers: []\n"
    config.write_text(flow, "utf-8")
    files = lent(tmp_path)
    text = Path(files.split(":")[0]).read_text("utf-8")
    assert '    cluster: "c"' in text
    assert '    user: "u"' in text


def test_where_nothing_is_current_nothing_is_pinned(tmp_path: Path) -> None:
    assert lent(tmp_path) == ""
