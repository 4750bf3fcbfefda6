"""A `kubernetes` fence: a small YAML mapping with one verb. Pure.

YAML decides where a scalar begins and ends; only then are parameters put into it, so that no value becomes YAML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from shlex import quote
from typing import TYPE_CHECKING

from msgspec import Struct, field

from runbook_runner.errors import InputError
from runbook_runner.executors._kubernetes_slots import Slot, fits_part
from runbook_runner.model.command import Placeholder, Problem
from runbook_runner.regex import regex
from runbook_runner.syntax.placeholders import parameter_name

if TYPE_CHECKING:
    from yaml.nodes import Node

_PARAMETER = regex(
    r"(?P<dollar>\$\$)|\$\{(?P<braced>[A-Za-z_]\w*)\}|\$(?P<bare>[A-Za-z_]\w*)|<(?P<angled>[A-Za-z][\w .-]{0,60})>"
)
_SHELLS = regex(r"(?:.*/)?(?:ba|da|a|k|z)?sh")
_SCRIPT = regex(r"-[a-z]*c")
_OPTIONS: Mapping[str, Slot] = {
    "namespace": Slot.LABEL,
    "all_namespaces": Slot.FLAG,
    "name": Slot.NAME,
    "selector": Slot.SELECTOR,
    "field_selector": Slot.FIELDS,
    "wide": Slot.FLAG,
    "container": Slot.LABEL,
    "all_containers": Slot.FLAG,
    "since": Slot.DURATION,
    "tail": Slot.NUMBER,
    "previous": Slot.FLAG,
    "timestamps": Slot.FLAG,
    "timeout": Slot.DURATION,
    "command": Slot.ARGUMENTS,
    "to_revision": Slot.NUMBER,
    "replicas": Slot.NUMBER,
    "current_replicas": Slot.NUMBER,
    "grace_period": Slot.NUMBER,
    "cascade": Slot.CASCADE,
}


class Verb(Struct, frozen=True):
    """What a verb takes."""

    what: Slot
    """Of what stands behind it."""
    options: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...] = ()
    """Of each of these, at least one; `/` is a name behind the verb."""


_ONE = (("name", "/"),)
VERBS: Mapping[str, Verb] = {
    "get": Verb(Slot.OBJECTS, ("name", "namespace", "all_namespaces", "selector", "field_selector", "wide")),
    "logs": Verb(
        Slot.OBJECTS,
        ("name", "namespace", "selector", "container", "all_containers", "since", "tail", "previous", "timestamps"),
        (("name", "selector", "/"),),
    ),
    "events": Verb(Slot.EVENTS, ("for", "namespace", "all_namespaces")),
    "wait": Verb(
        Slot.OBJECTS,
        ("name", "namespace", "selector", "for", "timeout"),
        (("for",), ("name", "selector", "/")),
    ),
    "exec": Verb(Slot.OBJECTS, ("name", "namespace", "container", "command"), (("command",), *_ONE)),
    "rollout_restart": Verb(Slot.OBJECTS, ("name", "namespace"), _ONE),
    "rollout_undo": Verb(Slot.OBJECTS, ("name", "namespace", "to_revision"), _ONE),
    "scale": Verb(Slot.OBJECTS, ("name", "namespace", "replicas", "current_replicas"), (("replicas",), *_ONE)),
    "cordon": Verb(Slot.NODE, ()),
    "uncordon": Verb(Slot.NODE, ()),
    "delete": Verb(
        Slot.OBJECTS,
        ("name", "namespace", "selector", "grace_period", "cascade"),
        (("name", "selector", "/"),),
    ),
}


class Scalar(Struct, frozen=True):
    """A text of the fence, with parameters in it."""

    text: str
    line: int
    column: int
    slot: Slot
    verbatim: bool = False
    """A script of another shell, whose variables are its own."""

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Return the parameters in it: as written, and by name."""
        if self.verbatim:
            return ()
        return tuple((found[0], _named(found)) for found in _PARAMETER.finditer(self.text) if not found["dollar"])

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the text with the values in it; InputError when one is missing or does not fit there."""
        if self.verbatim:
            return self.text
        whole = _PARAMETER.fullmatch(self.text)
        text = _PARAMETER.sub(lambda found: self._value(found, values, part=not whole), self.text)
        if wanted := self.slot.refuses(text):
            raise InputError(f"line {self.line}: {_shown(text)} is not {wanted}", "correct the value of the parameter")
        return text

    def _value(self, found: re.Match[str], values: Mapping[str, str], *, part: bool) -> str:
        if found["dollar"]:
            return "$"
        name = _named(found)
        if name not in values:
            raise InputError(f"line {self.line}: {name} has no value", f"give it: --param {name}=…")
        value = values[name]
        if part and not fits_part(self.slot, value):
            raise InputError(
                f"line {self.line}: the value of {name} cannot stand in `{self.text}`",
                "a part of a text cannot bring another one with it: make the whole of it the parameter",
            )
        return value

    def shell(self) -> str:
        """Return it as a word of a shell command, in which the parameters are variables."""
        if self.verbatim:
            return quote(self.text)
        pieces, at = [], 0
        for found in _PARAMETER.finditer(self.text):
            pieces.append(quote(self.text[at : found.start()]) if found.start() > at else "")
            pieces.append("'$'" if found["dollar"] else f'"${{{_named(found)}}}"')
            at = found.end()
        pieces.append(quote(self.text[at:]) if at < len(self.text) or not pieces else "")
        return "".join(pieces)


class Fence(Struct):
    """What a fence says, and what is wrong with it."""

    verb: str = ""
    what: Scalar | None = None
    options: dict[str, Scalar] = field(default_factory=dict)
    command: tuple[Scalar, ...] = ()
    problems: list[Problem] = field(default_factory=list)

    @property
    def scalars(self) -> tuple[Scalar, ...]:
        """Return every text in it, in order."""
        first = (self.what,) if self.what is not None else ()
        return (*first, *self.options.values(), *self.command)

    @property
    def uses(self) -> tuple[str, ...]:
        """Return the names of the parameters, each once."""
        return tuple(dict.fromkeys(name for one in self.scalars for _, name in one.parameters))

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        """Return the parameters that are written as `<name>`."""
        return tuple(
            Placeholder(written, name, one.line, one.column)
            for one in self.scalars
            for written, name in one.parameters
            if written[0] == "<"
        )


class Order(Struct, frozen=True):
    """A fence whose values are filled in and fit."""

    verb: str
    type: str = ""
    """As written: `po`, `deployments.apps`; `nodes` for cordon, all, Warning or Normal for events."""
    name: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()

    def on(self, option: str) -> bool:
        """Say whether an option is switched on."""
        return self.options.get(option) == "true"

    def number(self, option: str) -> int | None:
        """Return a number, if it is given."""
        return int(self.options[option]) if option in self.options else None


def read(text: str) -> Fence:
    """Read a fence; whatever is wrong is among its problems."""
    fence = Fence()
    root = _composed(text, fence)
    if root is None:
        return fence
    entries = _entries(root, fence)
    verbs = [key for key, _, _ in entries if key in VERBS]
    if not verbs:
        _no_verb(fence, entries)
        return fence
    fence.verb = verbs[0]
    for key, node, place in entries:
        if key in VERBS and key != fence.verb:
            _problem(fence, f"`{key}` is a second verb beside `{fence.verb}`", place, "write one fence for each")
        else:
            _take(fence, key, node, place)
    _missing(fence, entries)
    return fence


def fill(fence: Fence, values: Mapping[str, str]) -> Order:
    """Return what a fence orders with some values; InputError for what must not be sent."""
    if fence.problems:
        first = fence.problems[0]
        raise InputError(f"line {first.line}: {first.message}", first.hint)
    what = fence.what.filled(values) if fence.what is not None else ""
    options = {key: one.filled(values) for key, one in fence.options.items()}
    type_, _, name = what.partition("/")
    if VERBS[fence.verb].what is Slot.NODE:
        type_, name = "nodes", name or type_
    if name and "name" in options:
        raise InputError(f"the name is given twice: {name} and {options['name']}", "leave one out")
    name = name or options.pop("name", "")
    if (name and "selector" in options) or ("namespace" in options and options.get("all_namespaces") == "true"):
        raise InputError("a name and a selector, or a namespace and all of them, exclude each other", "leave one out")
    return Order(fence.verb, type_, name, options, tuple(one.filled(values) for one in fence.command))


def _named(found: re.Match[str]) -> str:
    return found["braced"] or found["bare"] or parameter_name(found["angled"])


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…")


def _problem(fence: Fence, message: str, place: tuple[int, int], hint: str = "") -> None:
    fence.problems.append(Problem("kubernetes-fence", message, *place, hint))


def _composed(text: str, fence: Fence) -> Node | None:
    import yaml

    try:
        return yaml.compose(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        why = getattr(error, "problem", None) or str(error).splitlines()[0]
        _problem(fence, f"this is no YAML: {why}", place, "write `get: pods`, and below it a line for each option")
        return None


def _entries(root: Node, fence: Fence) -> list[tuple[str, Node, tuple[int, int]]]:
    from yaml.nodes import MappingNode, ScalarNode

    if not isinstance(root, MappingNode):
        _problem(fence, "this is no mapping", _place(root), "write `get: pods`, and below it a line for each option")
        return []
    entries: dict[str, tuple[str, Node, tuple[int, int]]] = {}
    for key, value in root.value:
        if not isinstance(key, ScalarNode):
            _problem(fence, "a key is one word", _place(key))
        elif key.value in entries:
            _problem(fence, f"`{key.value}` is given twice", _place(key), "leave one out")
        else:
            entries[key.value] = (key.value, value, _place(key))
    return list(entries.values())


def _place(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _no_verb(fence: Fence, entries: Sequence[tuple[str, Node, tuple[int, int]]]) -> None:
    if fence.problems and not entries:
        return
    place = entries[0][2] if entries else (1, 1)
    if {"apiVersion", "kind"} & {key for key, _, _ in entries}:
        _problem(fence, "this is a manifest, not a command", place, "put manifests into `yaml` fences")
        return
    near = next((hint for key, _, _ in entries if (hint := _near(key, VERBS))), "")
    _problem(fence, "no verb stands here", place, near or f"one of: {', '.join(VERBS)}")


def _near(key: str, known: Sequence[str] | Mapping[str, object]) -> str:
    wanted = key.lower().replace("-", "_")
    close = [wanted] if wanted in known else get_close_matches(wanted, list(known), 1, 0.7)
    return f"did you mean `{close[0]}`?" if close else ""


def _take(fence: Fence, key: str, node: Node, place: tuple[int, int]) -> None:
    verb = VERBS[fence.verb]
    if key == fence.verb:
        fence.what = _scalar(fence, key, node, verb.what)
    elif key not in verb.options:
        known = f"it takes: {', '.join(verb.options)}" if verb.options else "it takes no option"
        _problem(fence, f"`{key}` is no option of `{fence.verb}`", place, _near(key, verb.options) or known)
    elif key == "command":
        fence.command = _arguments(fence, node)
    else:
        slot = _OPTIONS.get(key) or (Slot.CONDITION if fence.verb == "wait" else Slot.OBJECT)
        if (one := _scalar(fence, key, node, slot)) is not None:
            fence.options[key] = one


def _scalar(fence: Fence, key: str, node: Node, slot: Slot) -> Scalar | None:
    from yaml.nodes import ScalarNode

    if not isinstance(node, ScalarNode):
        _problem(fence, f"`{key}` is {slot.value[1]}", _place(node), "write it behind the colon")
        return None
    one = Scalar(node.value.strip(), *_place(node), slot)
    if not one.parameters and (wanted := slot.refuses(one.text)):
        _problem(fence, f"{_shown(one.text)} is not {wanted}", _place(node))
    return one


def _arguments(fence: Fence, node: Node) -> tuple[Scalar, ...]:
    from yaml.nodes import ScalarNode, SequenceNode

    if not isinstance(node, SequenceNode) or not node.value:
        _problem(fence, "`command` is a list of words", _place(node), "write command: [df, -h, /data]")
        return ()
    found: list[Scalar] = []
    shell = False
    for item in node.value:
        if not isinstance(item, ScalarNode):
            _problem(fence, "a word of the command is a text", _place(item), "put it into quotes")
            continue
        script = shell and bool(found) and _SCRIPT.fullmatch(found[-1].text) is not None
        one = Scalar(item.value, *_place(item), Slot.ARGUMENTS, script)
        if script and (inside := [each for each in _PARAMETER.finditer(one.text) if each["angled"]]):
            hint = "write $1 there, and behind the script a word for $0 and the value"
            _problem(fence, f"{inside[0][0]} stands in a script, where a value would be code", _place(item), hint)
        shell = shell or _SHELLS.fullmatch(one.text) is not None
        found.append(one)
    return tuple(found)


def _missing(fence: Fence, entries: Sequence[tuple[str, Node, tuple[int, int]]]) -> None:
    given = {key for key, _, _ in entries}
    if fence.what is not None and ("/" in fence.what.text or VERBS[fence.verb].what is Slot.NODE):
        given.add("/")
    place = next(place for key, _, place in entries if key == fence.verb)
    for wanted in VERBS[fence.verb].needs:
        # A parameter alone may bring TYPE/NAME.
        bare = "/" in wanted and fence.what is not None and _PARAMETER.fullmatch(fence.what.text)
        if not given & set(wanted) and not bare:
            names = " or ".join(f"`{each}`" for each in wanted if each != "/")
            hint = f"write `{fence.verb}: TYPE/NAME`" if "/" in wanted else ""
            _problem(fence, f"`{fence.verb}` needs {names}", place, hint)
