"""Whether we may do what a runbook will ask of a cluster: one review for each right, all at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runbook_runner.errors import InputError, RunbookError
from runbook_runner.executors._kubeconfig import uses_client
from runbook_runner.executors._kubectl import EVERYWHERE, Line, Need, line_of
from runbook_runner.executors._kubernetes_kinds import known
from runbook_runner.model.command import Command
from runbook_runner.model.target import Target
from runbook_runner.ports import Check, Where

if TYPE_CHECKING:
    from runbook_runner.executors._kubernetes_client import Cluster

PATIENCE = 1.8
"""Seconds for all reviews of one cluster; the preflight waits for two."""
_AT_ONCE = 8
_LATE = "what you may do there is not known: no answer in time"
_REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def of_shell(commands: Sequence[Command], where: Where) -> tuple[Check, ...]:
    """Return what is known of the rights that the kubectl lines of some shell commands need."""
    if not any(uses_client(command.analysis.tools) for command in commands):
        return ()
    from runbook_runner.syntax.shell import written_commands

    texts = [(text, command) for command in commands for text in command.parts if "KUBECONFIG=" not in text]
    clusters: dict[tuple[str, str], dict[Need, None]] = {}
    for text, command in texts:
        outside = {name: value for name, value in where.environment.items() if name not in command.analysis.sets}
        for line in _lines(written_commands(text), outside):
            clusters.setdefault((line.context, line.files), {}).update(dict.fromkeys(line.needs))
    found: list[Check] = []
    for (context, files), needs in clusters.items():
        settings = {key: value for key, value in (("context", context), ("kubeconfig", files)) if value}
        found += review(Where(where.environment, Target(context, "kubernetes", settings)), list(needs))
    return tuple(found)


def review(where: Where, needs: Sequence[Need]) -> tuple[Check, ...]:
    """Ask a cluster for each of some rights; what does not answer in time is not known."""
    from runbook_runner.executors._kubernetes_client import connect, identify

    begun = time.monotonic()
    try:
        who = identify(where)
        name = who.context or "the cluster"
        cluster = _within(PATIENCE, lambda: connect(where, who))
    except RunbookError as error:
        return (Check("kubernetes", False, error.message),)
    except TimeoutError:
        return (Check(f"kubernetes: {name}", None, _LATE),)
    left = max(PATIENCE - (time.monotonic() - begun), 0.5)
    with closing(cluster):
        return _answers(cluster, list(dict.fromkeys(map(_plain, needs))), name, left)


def _answers(cluster: Cluster, needs: Sequence[Need], name: str, left: float) -> tuple[Check, ...]:
    from runbook_runner.executors._kubernetes_client import Broken, Refused

    def ask(need: Need) -> Check:
        try:
            return _asked(cluster, need)
        except Refused as refused:
            return Check(f"kubernetes: {_told(need, cluster.identity.namespace)}", None, f"{refused} {refused.hint}")
        except InputError as error:
            return Check(f"kubernetes: {_told(need, cluster.identity.namespace)}", None, error.message)

    several = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="access")
    waiting = [several.submit(ask, need) for need in needs]
    done, late = wait(waiting, left)
    several.shutdown(wait=False, cancel_futures=True)
    if late:
        cluster.cancel()
        return (Check(f"kubernetes: {name}", None, _LATE),)
    broken = next((each.exception() for each in waiting if isinstance(each.exception(), Broken)), None)
    if broken is not None:
        return (Check(f"kubernetes: {name}", False, str(broken)),)
    assert len(done) == len(waiting)  # noqa: S101 - none is late
    return tuple(each.result() for each in waiting)


def _plain(need: Need) -> Need:
    """Return a right with its kind spelled as the cluster does: `deploy` and `deployment` are one."""
    found = known(need.type) if "." not in need.type else None
    return replace(need, type=found.name) if found else need


def _within(seconds: float, call: Callable[[], Cluster]) -> Cluster:
    """Return what a call returns, or TimeoutError; a program that it waits for keeps nobody from leaving."""
    found: list[Cluster | RunbookError] = []

    def work() -> None:
        try:
            found.append(call())
        except RunbookError as error:
            found.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        raise TimeoutError
    if isinstance(found[0], RunbookError):
        raise found[0]
    return found[0]


def _lines(commands: Iterable[Sequence[str]], environment: Mapping[str, str]) -> Iterable[Line]:
    return (line for words in commands if (line := line_of(words, environment)) is not None)


def _asked(cluster: Cluster, need: Need) -> Check:
    from runbook_runner.executors._kubernetes_find import resource_of

    name = f"kubernetes: {_told(need, cluster.identity.namespace)}"
    resource = resource_of(cluster, need.type)
    if resource.namespaced and need.namespace is None:
        return Check(name, None, "its namespace is not known yet")
    space = "" if need.namespace == EVERYWHERE or not resource.namespaced else need.namespace
    attributes = {
        "verb": need.verb,
        "group": resource.group,
        "resource": resource.name,
        "subresource": need.sub,
        "namespace": cluster.identity.namespace if space == "" and _in_own(need, resource.namespaced) else space,
        "name": need.name if "$" not in need.name else "",
    }
    body = {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}},
    }
    answer = cluster.json(_REVIEW, method="POST", body=body, read=PATIENCE)
    status = answer.get("status") or {}
    if status.get("allowed"):
        return Check(name, True, "allowed")
    why = status.get("reason") or status.get("evaluationError") or ""
    return Check(name, False, "you have no right to" + (f": {why}" if why else ""))


def _in_own(need: Need, namespaced: bool) -> bool:
    return namespaced and need.namespace == ""


def _told(need: Need, own: str) -> str:
    what = f"{need.type}/{need.sub}" if need.sub else need.type
    place = {"": f" in {own}", EVERYWHERE: " in all namespaces", None: ""}.get(need.namespace, f" in {need.namespace}")
    clustered = need.type in ("nodes", "node", "no", "pv", "persistentvolumes", "namespaces", "ns")
    return f"{need.verb} {what}{'' if clustered else place}"
