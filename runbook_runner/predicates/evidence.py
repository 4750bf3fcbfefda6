"""Say what decided a predicate: the values beside its operators, on one line."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from runbook_runner.predicates import burning
from runbook_runner.predicates.functions import matched_at
from runbook_runner.predicates.nodes import Call, Macro, Node, Select
from runbook_runner.predicates.values import EvaluationError

if TYPE_CHECKING:
    from runbook_runner.predicates.evaluation import Machine

WIDTH = 80
"""Columns of an excerpt."""
SHORT = 40
"""Columns of one value."""
_WINDOW = 4096
"""Characters of an endless line that are looked at around a match."""
_INFIX = frozenset(("==", "!=", "<", "<=", ">", ">=", "in"))


class Witness:
    """Tells the evidence of one evaluation."""

    def __init__(self, machine: Machine, redact: Callable[[str], str]) -> None:
        self._seen = machine.seen
        self._deciding = machine.deciding
        self._redact = redact

    def tell(self, node: Node) -> str:
        """Render the evidence for the value that a node had."""
        match node:
            case Call(function="&&" | "||"):
                return self._sides(node)
            case Call(function="!_", args=(operand,)):
                return self.tell(operand)
            case Call(function="?:", args=(condition, then, other)):
                chosen = then if self._seen.get(id(condition)) else other
                return _joined([self.tell(condition), self.tell(chosen)])
            case Call(args=(left, right)) if node.function in _INFIX:
                return f"{self._value(left)} {node.function} {self._value(right)}"
            case Call(args=(text, part)) if node.function.removeprefix(".") in _TEXT:
                return self._text(node.function.removeprefix("."), text, part)
            case Macro(kind="all" | "exists" | "exists_one"):
                return self._macro(node)
            case Select(test=True):
                return self._presence(node)
            case _:
                return self._value(node)

    def _sides(self, node: Call) -> str:
        """Keep the operands that agree with the whole: of a failed `&&` only the one that failed it."""
        whole = self._seen.get(id(node))
        return _joined([self.tell(arg) for arg in node.args if self._seen.get(id(arg)) is whole])

    def _value(self, node: Node) -> str:
        if id(node) not in self._seen:
            return "?"
        if isinstance(node, Call) and node.function == burning.FUNCTION:
            objective, ratio = (self._seen.get(id(arg)) for arg in node.args)
            return burning.told(node, objective, ratio, self._seen[id(node)])
        return self._shown(self._seen[id(node)])

    def _shown(self, value: Any, room: int = SHORT) -> str:
        """Write a value as CEL would, shortened."""
        match value:
            case str():
                return self._quoted(value, room)
            case None | bool():
                return json.dumps(value)
            case int() | float():
                return repr(value) if abs(value) < 2**64 or isinstance(value, float) else "a huge number"
            case Mapping() | list() | tuple() if room < 4:
                return "…"
            case Mapping():
                pairs = [f"{self._shown(k, room)}: {self._shown(v, room // 2)}" for k, v in list(value.items())[:3]]
                return "{" + _listed(pairs, len(value), room) + "}"
            case list() | tuple():
                items = [self._shown(item, room // 2) for item in value[:5]]
                return "[" + _listed(items, len(value), room) + "]"
            case _:
                return type(value).__name__

    def _quoted(self, value: str, room: int) -> str:
        if len(value) <= _WINDOW:
            value = self._redact(value)
            return '"' + shortened(escaped(value, '"'), max(room, 8)) + '"'
        return f"{len(value)} characters"

    def _text(self, function: str, text_node: Node, part_node: Node) -> str:
        """Show the line that a search found, or in how much it found nothing."""
        text, part = self._seen.get(id(text_node)), self._seen.get(id(part_node))
        if not isinstance(text, str) or not isinstance(part, str):
            return "?"
        begin, end = _found(function, text, part)
        if begin is None:
            return self._missed(function, text)
        low = text.rfind("\n", 0, begin) + 1
        high = text.find("\n", end)
        line = text[max(low, begin - _WINDOW // 2) : min(high if high >= 0 else len(text), end + _WINDOW // 2)]
        before = self._redact(text[max(low, begin - _WINDOW // 2) : begin])
        excerpt = around(escaped(self._redact(line)), len(escaped(before)), WIDTH)
        number = text.count("\n", 0, low) + 1
        return f"line {number}: {excerpt}" if "\n" in text else excerpt

    def _missed(self, function: str, text: str) -> str:
        if not text:
            return "not in an empty text"
        lines = text.rstrip("\n").count("\n") + 1
        if function == "startsWith":
            first = text.partition("\n")[0]
            return f"starts with {self._quoted(first, WIDTH)}"
        if function == "endsWith":
            return f"ends with {self._quoted(text.rpartition(chr(10))[2], WIDTH)}"
        return f"not in {self._shown(text, WIDTH)}" if lines == 1 else f"not in {lines} lines"

    def _macro(self, node: Macro) -> str:
        deciding = self._deciding.get(id(node))
        if deciding is None:
            return self._value(node)
        if node.kind == "exists_one":
            return f"{deciding.matching} of {deciding.total}"
        if deciding.index is not None:
            return f"item {deciding.index + 1} of {deciding.total}: {self.tell(node.body)}"
        if deciding.total == 0:
            return "no items"
        return f"{'all' if node.kind == 'all' else 'none of'} {deciding.total}"

    def _presence(self, node: Select) -> str:
        operand = self._seen.get(id(node.operand))
        if self._seen.get(id(node)):
            value = operand[node.field] if isinstance(operand, Mapping) else None
            return f"{node.field} is {self._shown(value)}"
        keys = (
            [escaped(self._redact(str(key)))[:SHORT] for key in list(operand)[:5]]
            if isinstance(operand, Mapping)
            else []
        )
        return f"no {node.field} among {', '.join(keys)}" if keys else f"no {node.field}"


_TEXT = frozenset(("contains", "startsWith", "endsWith", "matches"))


def _found(function: str, text: str, part: str) -> tuple[int | None, int]:
    """Find where a search succeeded; of a pattern only the end is known, which gives its last line."""
    match function:
        case "contains":
            begin = text.find(part)
        case "startsWith":
            begin = 0 if text.startswith(part) else -1
        case "endsWith":
            begin = len(text) - len(part) if text.endswith(part) else -1
        case _:
            try:
                end = matched_at(text, part)
            except EvaluationError:
                end = None
            begin = -1 if end is None else max(end - 1, 0)
            return (None, 0) if begin < 0 else (begin, begin)
    return (None, 0) if begin < 0 else (begin, min(begin + len(part), begin + WIDTH))


def escaped(text: str, quote: str = "") -> str:
    """Make control characters visible, so that the evidence stays one line and cannot move the cursor."""
    if text.isprintable() and "\\" not in text and not (quote and quote in text):
        return text
    return "".join(_visible(char, quote) for char in text)


def _visible(char: str, quote: str) -> str:
    if char == quote:
        return f"\\{quote}"
    if char.isprintable():
        return char
    # No `\\` is doubled outside quotes: a path of Windows should read as it is.
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char) or char.encode("unicode_escape").decode("ascii")


def shortened(text: str, room: int) -> str:
    """Cut the end off."""
    return text if len(text) <= room else text[: room - 1] + "…"


def around(text: str, at: int, room: int) -> str:
    """Cut both ends off, so that a place stays in sight with some of what stands before it."""
    if len(text) <= room:
        return text
    low = max(0, min(at - room // 3, len(text) - room))
    part = text[low : low + room]
    return ("…" + part[1:] if low else part)[: room - 1] + ("…" if low + room < len(text) else part[-1])


def _listed(parts: list[str], total: int, room: int) -> str:
    text = ", ".join(parts) + (", …" if total > len(parts) else "")
    return text if len(text) <= room * 2 else f"{total} items"


def _joined(parts: list[str]) -> str:
    return "; ".join(dict.fromkeys(part for part in parts if part))
