"""The kubectl line that does what a `kubernetes` fence does, for pasting. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote

from runbook_runner.executors._kubernetes_fence import Order
from runbook_runner.executors._kubernetes_kinds import WORKLOADS, known

_FLAGS: Mapping[str, str] = {
    "selector": "-l",
    "field_selector": "--field-selector",
    "container": "-c",
    "since": "--since",
    "tail": "--tail",
    "previous": "--previous",
    "timestamps": "--timestamps",
    "all_containers": "--all-containers",
    "wide": "-o wide",
    "all_namespaces": "-A",
    "for": "--for",
    "timeout": "--timeout",
    "to_revision": "--to-revision",
    "replicas": "--replicas",
    "current_replicas": "--current-replicas",
    "grace_period": "--grace-period",
    "cascade": "--cascade",
}


def line(order: Order, *, files: str = "", context: str = "", namespace: str = "") -> str:
    """Return the line, quoted for a shell; the namespace is where the order itself names none."""
    where = [f"--kubeconfig={files}"] if files and ":" not in files else []
    where += [f"--context={context}"] if context else []
    if namespace and not order.on("all_namespaces"):
        where += ["-n", namespace]
    words = ["kubectl", *where, *_verb(order), *_options(order)]
    if order.command:
        words += ["--", *order.command]
    text = " ".join(quote(word) for word in words)
    if files and ":" in files:
        text = f"KUBECONFIG={quote(files)} {text}"
    return text


def _verb(order: Order) -> list[str]:
    what = f"{order.type}/{order.name}" if order.name else order.type
    match order.verb:
        case "rollout_restart" | "rollout_undo":
            return ["rollout", order.verb.removeprefix("rollout_"), what]
        case "wait" if order.options["for"] == "rollout":
            return ["rollout", "status", what]
        case "logs":
            return ["logs", *_pods(order)]
        case "events":
            return ["events", *([] if order.type == "all" else [f"--types={order.type}"])]
        case "cordon" | "uncordon":
            return [order.verb, order.name]
        case "exec":
            return ["exec", what]
        case "delete":
            return ["delete", what, "--wait=false"]
        case _:
            return [order.verb, what]


def _pods(order: Order) -> list[str]:
    if not order.name:
        return ["--prefix", "--max-log-requests=50", *([] if "tail" in order.options else ["--tail=-1"])]
    resource = known(order.type)
    several = resource is not None and resource.name in WORKLOADS
    return [f"{order.type}/{order.name}", *(["--all-pods"] if several else [])]


def _options(order: Order) -> list[str]:
    words: list[str] = []
    for key, value in order.options.items():
        flag = _FLAGS.get(key)
        if flag is None or value == "false" or (key == "for" and value == "rollout"):
            continue
        if value == "true":
            words += flag.split()
        elif flag.startswith("--"):
            words.append(f"{flag}={value}")
        else:
            words += [flag, value]
    return words
