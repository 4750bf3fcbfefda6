"""Evaluate a predicate over what a command gave, and remember what decided it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct, field

from runbook_runner.predicates.check import DYN, KNOWN, show
from runbook_runner.predicates.functions import call
from runbook_runner.predicates.nodes import Call, Expression, ListOf, Literal, Macro, MapOf, Name, Node, Select
from runbook_runner.predicates.values import EvaluationError, computed, equal, kind, look_up, negated, ordered

_ARITHMETIC = frozenset("+-*/%")
_COMPARISONS = frozenset(("<", "<=", ">", ">="))


class Evaluation(Struct, frozen=True):
    """What came of a predicate."""

    holds: bool | None
    """None when it has no answer; `error` says why."""
    evidence: str
    """The values that decided it, on one line."""
    error: str
    names: frozenset[str]
    """The variables that were really read."""


class Deciding(Struct):
    """Which item of a macro settled it, if one did."""

    index: int | None
    total: int
    matching: int = 0


class Machine(Struct):
    """One evaluation: its budget, the names it read, and the last value of each node."""

    values: Mapping[str, Any]
    steps: int
    read: set[str] = field(default_factory=set)
    seen: dict[int, Any] = field(default_factory=dict)
    """By the identity of a node. What failed or was never reached is absent."""
    deciding: dict[int, Deciding] = field(default_factory=dict)
    _loaded: dict[str, Any] = field(default_factory=dict)

    def spend(self, steps: int) -> None:
        """Pay for work; a predicate that runs out has no answer."""
        self.steps -= steps
        if self.steps < 0:
            raise BudgetError("it takes too many steps")

    def value(self, node: Node, items: Mapping[str, Any]) -> Any:
        """Compute a node; `items` are the macro variables in scope."""
        self.seen.pop(id(node), None)
        try:
            result = self._value(node, items)
        except BudgetError:
            raise
        except EvaluationError as error:
            error.column = error.column or node.column
            raise
        self.seen[id(node)] = result
        return result

    def _value(self, node: Node, items: Mapping[str, Any]) -> Any:
        match node:
            case Literal():
                return node.value
            case Name():
                return items[node.name] if node.name in items else self._variable(node.name)
            case Select():
                return self._selected(node, self.value(node.operand, items))
            case ListOf():
                return [self.value(item, items) for item in node.items]
            case MapOf():
                return self._map(node, items)
            case Macro():
                return self._macro(node, items)
            case Call():
                return self._call(node, items)

    def _variable(self, name: str) -> Any:
        if name not in self._loaded:
            if name not in self.values:
                raise EvaluationError(f"there is no `{name}` here")
            value = self.values[name]
            if callable(value):
                try:
                    value = value()
                except (ValueError, RecursionError) as error:
                    raise EvaluationError(f"{name}: {error}") from None
            self.read.add(name)
            declared = KNOWN.get(name, DYN)
            if declared != DYN and kind(value) != declared[0]:
                raise EvaluationError(f"{name} is {kind(value)} here, not {show(declared)}")
            self._loaded[name] = value
        value = self._loaded[name]
        kind(value)
        return value

    def _selected(self, node: Select, operand: Any) -> Any:
        if kind(operand) != "map":
            raise EvaluationError(f"{kind(operand)} has no field `{node.field}`")
        found, value = look_up(operand, node.field, self.spend)
        if node.test:
            return found
        if not found:
            raise EvaluationError(f"there is no field `{node.field}`")
        return value

    def _map(self, node: MapOf, items: Mapping[str, Any]) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for key_node, value_node in node.items:
            key = self.value(key_node, items)
            if kind(key) not in {"string", "int", "bool"}:
                raise EvaluationError(f"a key of a map cannot be {kind(key)}")
            if key in result:
                # Also true beside 1, which CEL tells apart and Python's dict does not.
                raise EvaluationError("the map has a key twice")
            result[key] = self.value(value_node, items)
        return result

    def _call(self, node: Call, items: Mapping[str, Any]) -> Any:
        self.spend(1)
        match node.function:
            case "&&" | "||":
                parts = (self._attempt(arg, items) for arg in node.args)
                return self._logical(parts, node.function == "||", node.function)
            case "?:":
                condition = self._truth(self.value(node.args[0], items), "? :")
                return self.value(node.args[1 if condition else 2], items)
        args = [self.value(arg, items) for arg in node.args]
        match node.function, args:
            case "!_", [operand]:
                return not self._truth(operand, "!")
            case "-_", [operand]:
                return negated(operand)
            case "==", [left, right]:
                return equal(left, right, self.spend)
            case "!=", [left, right]:
                return not equal(left, right, self.spend)
            case "in", [item, holder]:
                return self._within(item, holder)
            case "[]", [holder, key]:
                return self._index(holder, key)
            case operator, [left, right] if operator in _COMPARISONS:
                return ordered(operator, left, right)
            case operator, [left, right] if operator in _ARITHMETIC:
                if isinstance(left, list | tuple | str) and isinstance(right, list | tuple | str):
                    self.spend((len(left) + len(right)) >> 8)
                return computed(operator, left, right)
        return call(node.function, args, self.spend)

    def _truth(self, value: Any, function: str) -> bool:
        if not isinstance(value, bool):
            raise EvaluationError(f"`{function}` needs a yes or no, not {kind(value)}")
        return value

    def _attempt(self, node: Node, items: Mapping[str, Any]) -> Any:
        """Compute an operand of a logical operator; its error waits until it is known to matter."""
        try:
            return self.value(node, items)
        except BudgetError:
            raise
        except EvaluationError as error:
            return error

    def _logical(self, parts: Iterable[Any], decisive: bool, function: str) -> bool:
        """Combine truths in any order, as CEL does: one decisive side wins even beside an error."""
        failure: EvaluationError | None = None
        for part in parts:
            if part is decisive:
                return bool(decisive)
            if isinstance(part, EvaluationError):
                failure = failure or part
            elif not isinstance(part, bool):
                failure = failure or EvaluationError(f"`{function}` needs a yes or no, not {kind(part)}")
        if failure is not None:
            raise failure
        return not decisive

    def _within(self, item: Any, holder: Any) -> bool:
        match kind(holder):
            case "list":
                return any(equal(item, each, self.spend) for each in holder)
            case "map":
                return look_up(holder, item, self.spend)[0]
            case other:
                raise EvaluationError(f"`in` needs a list or a map, not {other}")

    def _index(self, holder: Any, key: Any) -> Any:
        match kind(holder), kind(key):
            case "list", ("int" | "double") if key == int_or_none(key):
                if not 0 <= key < len(holder):
                    raise EvaluationError(f"there is no item {int(key)}, the list has {len(holder)}")
                return holder[int(key)]
            case "list", other:
                raise EvaluationError(f"a list has no item `{other}`")
            case "map", _:
                found, value = look_up(holder, key, self.spend)
                if not found:
                    raise EvaluationError("the map has no such key")
                return value
            case other, _:
                raise EvaluationError(f"{other} has no items")

    def _macro(self, node: Macro, items: Mapping[str, Any]) -> Any:
        over = self.value(node.over, items)
        if kind(over) not in {"list", "map"}:
            raise EvaluationError(f"{node.kind}() goes over a list or a map, not {kind(over)}")
        self.deciding[id(node)] = deciding = Deciding(None, len(over))
        each: Iterable[Any] = list(over)
        match node.kind:
            case "all" | "exists":
                return self._quantified(node, each, items, deciding)
            case "exists_one":
                deciding.matching = sum(
                    1 for inside in self._scopes(node, each, items) if self._kept(node.body, inside)
                )
                return deciding.matching == 1
            case "filter":
                return [i[node.item] for i in self._scopes(node, each, items) if self._kept(node.body, i)]
            case _:
                scopes = self._scopes(node, each, items)
                return [self.value(node.body, i) for i in scopes if node.keep is None or self._kept(node.keep, i)]

    def _quantified(self, node: Macro, each: Iterable[Any], items: Mapping[str, Any], deciding: Deciding) -> bool:
        decisive = node.kind == "exists"

        def parts() -> Iterable[Any]:
            for index, inside in enumerate(self._scopes(node, each, items)):
                part = self._attempt(node.body, inside)
                if part is decisive:
                    deciding.index = index
                yield part

        return self._logical(parts(), decisive, f"{node.kind}()")

    def _scopes(self, node: Macro, each: Iterable[Any], items: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        for item in each:
            self.spend(1)
            yield {**items, node.item: item}

    def _kept(self, condition: Node, inside: Mapping[str, Any]) -> bool:
        return self._truth(self.value(condition, inside), "a macro")


class BudgetError(EvaluationError):
    """The step budget is spent; no other side of an operator can make up for that."""


def int_or_none(number: float) -> int | None:
    """Return the integer that a number is, if it is one."""
    return int(number) if number == number and abs(number) != float("inf") and number == int(number) else None


def evaluate(
    expression: Expression,
    values: Mapping[str, Any],
    *,
    steps: int = 10_000,
    redact: Callable[[str], str] = str,
) -> Evaluation:
    """Answer a predicate; what cannot be answered is an Evaluation with an error, never an exception.

    A value may be a function without arguments, called when it is first read; its ValueError is the answer's error.
    `redact` is applied to texts before the evidence shortens them, since half a secret is not recognised any more.
    """
    from runbook_runner.predicates.evidence import Witness

    machine = Machine(values, steps)
    # What a command that failed does not give may stand behind `exit_code == 0 &&`; what none gives is a slip.
    missing = sorted(name for name in expression.names if name not in values and name not in KNOWN)
    if missing:
        return Evaluation(None, "", f"there is no `{missing[0]}` here", frozenset())
    try:
        holds = machine.value(expression.root, {})
        if not isinstance(holds, bool):
            raise EvaluationError(f"it gives {kind(holds)}, not a yes or no")
    except EvaluationError as error:
        where = f" (column {error.column})" if error.column else ""
        return Evaluation(None, "", f"{error.message}{where}", frozenset(machine.read))
    except RecursionError:
        return Evaluation(None, "", "the values are nested too deeply", frozenset(machine.read))
    witness = Witness(machine, redact)
    return Evaluation(holds, witness.tell(expression.root), "", frozenset(machine.read))
