"""What a small Kubernetes refuses of an object, in the words of a real one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

Object = Mapping[str, Any]
_REQUIRED = "FieldValueRequired"
_INVALID = "FieldValueInvalid"


class Cause(Struct, frozen=True):
    """What is wrong with one field."""

    reason: str
    message: str
    field: str


def wrong(kind: str, item: Object) -> list[Cause]:
    """Return what is wrong with an object, in the order of a real server."""
    checks = {"Deployment": _deployment, "Pod": _pod, "Scale": _replicas}
    return list(checks[kind](item)) if kind in checks else []


def told(causes: list[Cause]) -> str:
    """Return the causes as the message of a refusal lists them."""
    each = [f"{cause.field}: {cause.message}" for cause in causes]
    return each[0] if len(each) == 1 else f"[{', '.join(each)}]"


def _deployment(item: Object) -> Iterator[Cause]:
    yield from _replicas(item)
    spec = item.get("spec") or {}
    selector, template = spec.get("selector"), spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels")
    if not selector:
        yield Cause(_REQUIRED, "Required value", "spec.selector")
    wanted = (selector or {}).get("matchLabels") or {}
    if not labels or any(labels.get(key) != value for key, value in wanted.items()):
        shown = "null" if labels is None else str(labels).replace("'", '"')
        said = f"Invalid value: {shown}: `selector` does not match template `labels`"
        yield Cause(_INVALID, said, "spec.template.metadata.labels")
    yield from _containers(template, "spec.template.spec")


def _pod(item: Object) -> Iterator[Cause]:
    yield from _containers(item, "spec")


def _replicas(item: Object) -> Iterator[Cause]:
    replicas = (item.get("spec") or {}).get("replicas", 1)
    if replicas < 0:
        said = f"Invalid value: {replicas}: must be greater than or equal to 0"
        yield Cause(_INVALID, said, "spec.replicas")


def _containers(item: Object, place: str) -> Iterator[Cause]:
    containers = (item.get("spec") or {}).get("containers")
    if not containers:
        yield Cause(_REQUIRED, "Required value", f"{place}.containers")
    for number, each in enumerate(containers or ()):
        if not each.get("image"):
            yield Cause(_REQUIRED, "Required value", f"{place}.containers[{number}].image")
