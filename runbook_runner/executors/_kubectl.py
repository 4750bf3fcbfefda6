"""What a kubectl line asks of the cluster: verb, kind of objects, namespace. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from runbook_runner.executors._kubeconfig import client_at, place_flags, value_of

EVERYWHERE = "*"
"""All namespaces."""
_ASKS = frozenset({"kubectl", "oc", "k", "kubecolor"})
_VALUED = frozenset(
    {"-n", "--namespace", "--context", "--cluster", "--kubeconfig", "-s", "--server", "--user", "--token", "--as"}
    | {"--as-group", "--request-timeout", "-l", "--selector", "-f", "--filename", "-o", "--output", "-c", "--container"}
    | {"--field-selector", "--sort-by", "--since", "--since-time", "--tail", "--for", "--timeout", "--patch", "-p"}
    | {"--type", "--replicas", "--image", "--grace-period", "-k", "--kustomize", "--max-log-requests", "--to-revision"}
    | {"--template", "--overrides", "--restart", "--labels", "-L", "--label-columns", "--types", "--current-replicas"}
    | {"--subresource", "--field-manager"}
)
_FLAGGED_P = frozenset({"logs"})
"""Where `-p` has no value."""
_LISTED = frozenset({"-l", "--selector", "--field-selector"})
_MADE = {"run": "pods", "autoscale": "hpa", "expose": "services"}


class Need(Struct, frozen=True):
    """A right that a command needs."""

    verb: str
    type: str
    """As written: `po`, `deployments.apps`."""
    sub: str = ""
    namespace: str | None = ""
    """Empty for the context's own, `*` for all; None where it is not known yet."""
    name: str = ""


class Line(Struct, frozen=True):
    """What one line needs, and of which cluster."""

    needs: tuple[Need, ...]
    context: str = ""
    files: str = ""


def line_of(words: Sequence[str], environment: Mapping[str, str]) -> Line | None:
    """Return what a command needs of a cluster; None when it asks none.

    `words` are as written; variables in them are looked up in `environment`.
    """
    place = client_at(words) if words else None
    if place is None or words[place].rpartition("/")[2] not in _ASKS:
        return None
    rest = words[place + 1 :]
    flags = {name: value_of(text, environment) for name, text in place_flags(rest).items()}
    namespace: str | None = flags.get("namespace", "")
    if namespace and namespace[:1] == "-":
        namespace = EVERYWHERE
    elif namespace and "$" in namespace:
        namespace = None
    if any("$" in flags.get(name, "") for name in ("context", "file")):
        return None
    found = tuple(_needs(rest, environment, namespace))
    return Line(found, flags.get("context", ""), flags.get("file", "")) if found else None


class _Said(Struct):
    """The words behind a verb."""

    verb: str
    rest: list[str]
    space: str | None
    listed: bool
    """A selector selects the objects."""

    def on(self, verb: str, sub: str = "") -> Iterator[Need]:
        """Yield a right on each object that the words name."""
        return (Need(verb, type_, sub, self.space, name) for type_, name in _objects(self.rest))


def _needs(words: Sequence[str], environment: Mapping[str, str], namespace: str | None) -> Iterator[Need]:
    given, listed = _split(words, environment)
    if not given or any(word.startswith("--dry-run") for word in words):
        return iter(())
    said = _Said(given[0], given[1:], namespace, listed)
    found = _BY_VERB.get(said.verb)
    return found(said) if found is not None else iter(())


def _shown(said: _Said) -> Iterator[Need]:
    for type_, name in _objects(said.rest):
        yield Need("get" if name and not said.listed else "list", type_, "", said.space, name)


def _watched(said: _Said) -> Iterator[Need]:
    for verb in ("list", "watch"):
        yield from said.on(verb)


def _entered(said: _Said) -> Iterator[Need]:
    sub = {"attach": "attach", "port-forward": "portforward"}.get(said.verb, "exec")
    yield Need("create", "pods", sub, said.space)


def _events(said: _Said) -> Iterator[Need]:
    yield Need("list", "events", "", said.space)


def _top(said: _Said) -> Iterator[Need]:
    nodes = said.rest[:1] and said.rest[0].startswith("no")
    if said.rest:
        yield Need("list", f"{'nodes' if nodes else 'pods'}.metrics.k8s.io", "", EVERYWHERE if nodes else said.space)


def _scaled(said: _Said) -> Iterator[Need]:
    yield from said.on("patch", "scale")


def _patched(said: _Said) -> Iterator[Need]:
    if said.verb == "set":
        said.rest = said.rest[1:]
    yield from said.on("patch")


def _deleted(said: _Said) -> Iterator[Need]:
    if said.listed:
        yield from said.on("list")
    yield from said.on("delete")


def _made(said: _Said) -> Iterator[Need]:
    type_ = _MADE.get(said.verb) or (said.rest[0] if said.rest else "")
    if type_.isalnum():  # what a manifest holds is not known
        yield Need("create", type_, "", said.space)


def _on_nodes(said: _Said) -> Iterator[Need]:
    yield from (Need(verb, "nodes") for verb in ("get", "patch"))
    if said.verb == "drain":
        yield from (Need(verb, "pods", "", EVERYWHERE) for verb in ("list", "get"))
        yield Need("create", "pods", "eviction", EVERYWHERE)
        yield Need("get", "daemonsets", "", EVERYWHERE)  # of each pod that one owns


def _logs(said: _Said) -> Iterator[Need]:
    yield Need("get", "pods", "log", said.space)
    target = said.rest[0] if said.rest else ""
    if said.listed or ("/" in target and not target.startswith(("pod/", "pods/", "po/"))):
        yield Need("list", "pods", "", said.space)


def _rollout(said: _Said) -> Iterator[Need]:
    verb, said.rest = (said.rest[0], said.rest[1:]) if said.rest else ("", [])
    yield from said.on("get")
    if verb in ("restart", "undo", "pause", "resume"):
        yield from said.on("patch")
    if verb in ("undo", "history") and said.rest:
        yield Need("list", "replicasets", "", said.space)
    if verb == "status":
        yield from _watched(said)


_BY_VERB: Mapping[str, Callable[[_Said], Iterator[Need]]] = {
    **dict.fromkeys(("get", "describe"), _shown),
    **dict.fromkeys(("exec", "rsh", "attach", "port-forward"), _entered),
    **dict.fromkeys(("edit", "patch", "label", "annotate", "set"), _patched),
    **dict.fromkeys(("create", "run", "autoscale", "expose"), _made),
    **dict.fromkeys(("cordon", "uncordon", "taint", "drain"), _on_nodes),
    "wait": _watched,
    "logs": _logs,
    "events": _events,
    "top": _top,
    "rollout": _rollout,
    "scale": _scaled,
    "delete": _deleted,
}


def _objects(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield type and name of each object that some words mean; the name is empty where it is not known."""
    if not words:
        return
    if "/" in words[0]:
        pairs = [word.partition("/")[::2] for word in words if "/" in word]
    else:
        pairs = [(each, words[1] if len(words) > 1 else "") for each in words[0].split(",")]
    for type_, name in pairs:
        kind = "pods" if type_ == "all" else type_
        if kind.replace(".", "").replace("-", "").isalnum():
            # Of a name that is not known, that there is one is known.
            yield kind, name


def _split(words: Sequence[str], environment: Mapping[str, str]) -> tuple[list[str], bool]:
    """Return the words that are no flags, and whether a selector selects the objects."""
    given: list[str] = []
    listed = False
    skip = False
    for word in words:
        if word == "--":
            break
        if skip:
            skip = False
        elif word.startswith("-") and word != "-":
            flag, equals, _ = word.partition("=")
            listed = listed or flag in _LISTED or word.startswith("-l")
            valued = flag in _VALUED and not (flag == "-p" and given[:1] and given[0] in _FLAGGED_P)
            skip = valued and not equals
        else:
            given.append(value_of(word, environment))
    return given, listed
