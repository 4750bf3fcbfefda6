"""What rights a `kubernetes` fence needs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runbook_runner.errors import InputError
from runbook_runner.executors._kubectl import EVERYWHERE, Need
from runbook_runner.executors._kubernetes_fence import Fence, Scalar
from runbook_runner.executors._kubernetes_kinds import known


def needs(fence: Fence, values: Mapping[str, str]) -> tuple[Need, ...]:
    """Return the rights; what stands in parameters that have no value yet is left open."""
    if fence.problems or fence.what is None:
        return ()
    what = _known(fence.what, values)
    if what is None:
        return ()
    type_, _, name = what.partition("/")
    name = name or _known(fence.options.get("name"), values) or ""
    named = "/" in fence.what.text or "name" in fence.options
    space: str | None = ""
    if "all_namespaces" in fence.options:
        space = EVERYWHERE
    elif "namespace" in fence.options:
        space = _known(fence.options["namespace"], values)
    return tuple(_of(fence, type_, name, space, named=named))


def _of(fence: Fence, type_: str, name: str, space: str | None, *, named: bool) -> Iterator[Need]:
    match fence.verb:
        case "get":
            yield Need("get" if named else "list", type_, "", space, name)
        case "logs":
            yield from _pods(type_, name, space, named=named)
            yield Need("get", "pods", "log", space)
        case "events":
            yield Need("list", "events", "", space)
        case "wait":
            yield from (Need(verb, type_, "", space, name) for verb in ("list", "watch"))
        case "exec":
            yield from _pods(type_, name, space, named=named)
            # A web socket begins with a GET: `get` is asked for by every version, `create` as well since 1.35.
            yield from (Need(verb, "pods", "exec", space) for verb in ("get", "create"))
        case "rollout_restart" | "rollout_undo":
            yield from (Need(verb, type_, "", space, name) for verb in ("get", "patch"))
            yield from _revisions(type_, space) if fence.verb == "rollout_undo" else ()
        case "scale":
            verbs = ("get", "update") if "current_replicas" in fence.options else ("patch",)
            yield from (Need(verb, type_, "scale", space, name) for verb in verbs)
        case "cordon" | "uncordon":
            yield from (Need(verb, "nodes", "", "", name or type_) for verb in ("get", "patch"))
        case "delete":
            yield from () if named else (Need("list", type_, "", space),)
            yield Need("delete", type_, "", space, name)


def _revisions(type_: str, space: str | None) -> Iterator[Need]:
    resource = known(type_)
    kept = "replicasets" if resource and resource.name == "deployments" else "controllerrevisions"
    yield Need("list", kept, "", space)


def _pods(type_: str, name: str, space: str | None, *, named: bool) -> Iterator[Need]:
    resource = known(type_)
    if named:
        yield Need("get", type_, "", space, name)
    if not named or resource is None or resource.name != "pods":
        yield Need("list", "pods", "", space)


def _known(one: Scalar | None, values: Mapping[str, str]) -> str | None:
    if one is None:
        return None
    try:
        return one.filled(values)
    except InputError:
        # The type stands before the part that is not known: `deploy/$NAME`.
        head = one.text.partition("/")[0]
        return head if "/" in one.text and not Scalar(head, 1, 1, one.slot).parameters else None
