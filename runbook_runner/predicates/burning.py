"""Burn rates: how many times faster than allowed an error budget is being spent.

`burn_rate(0.999)` is the error ratio that a query gave (`value`, 0 to 1), divided by the budget that the objective
leaves (1 - 0.999). A rate of 1 spends the whole budget in just the objective's period; 14.4 spends 2 % of thirty days'
budget in one hour. `burn_rate(0.999, "1h")` takes the ratio over that window (`windows["1h"]`): the query says
`$window` where the window belongs, and is asked once for each window that the predicates of its step name. What is no
ratio (no data, NaN because there were no requests, several series) has no rate: the predicate is undetermined.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runbook_runner.predicates.nodes import Call, Expression, Literal, Name, Node, PredicateError, children
from runbook_runner.predicates.values import EvaluationError, kind, no_match
from runbook_runner.regex import regex

FUNCTION = "burn_rate"
_WINDOW = regex(r"(?:[1-9][0-9]*(?:ms|[smhdwy]))+")
_USAGE = 'burn_rate() takes an objective and perhaps a window, as in burn_rate(0.999) or burn_rate(0.999, "1h")'


def burning(column: int, args: tuple[Node, ...]) -> Call:
    """Make the call that is meant by `burn_rate(…)`: of the objective and of the error ratio that it is about."""
    match args:
        case (objective,):
            ratio: Node = Name(column, "value")
        case (objective, Literal(value=str(window)) as written):
            if not _WINDOW.fullmatch(window):
                raise PredicateError(f'"{window}" is no window, such as "5m" or "1h"', written.column)
            ratio = Call(column, "[]", (Name(column, "windows"), written))
        case (_, other):
            raise PredicateError('a window is written out, as in burn_rate(0.999, "1h")', other.column)
        case _:
            raise PredicateError(_USAGE, column)
    if isinstance(objective, Literal) and not _objective(objective.value):
        raise PredicateError("an objective lies between 0 and 1, such as 0.999", objective.column)
    return Call(column, FUNCTION, (objective, ratio))


def rate(objective: Any, ratio: Any) -> float:
    """Return the burn rate of an error ratio; EvaluationError where there is none."""
    if kind(objective) != "double":
        raise no_match(FUNCTION, objective)
    if not _objective(objective):
        raise EvaluationError("an objective lies between 0 and 1, such as 0.999")
    if kind(ratio) == "string":
        raise EvaluationError(f"there is no error ratio: {ratio}")
    if kind(ratio) not in ("int", "double"):
        raise EvaluationError(f"an error ratio is a number, not {kind(ratio)}")
    if not 0 <= ratio <= 1:  # NaN, too
        raise EvaluationError(f"an error ratio lies between 0 and 1, and this one is {ratio:.6g}")
    return float(ratio) / budget(objective)


def budget(objective: float) -> float:
    """Return what an objective leaves for errors: of 0.999 that is 0.001, not 0.0010000000000000009."""
    return round(1.0 - objective, 12) or 1.0 - objective


def windows(expression: Expression) -> tuple[str, ...]:
    """Return the windows over which a predicate asks for the error ratio, in order, each once."""
    return tuple(dict.fromkeys(_windows(expression.root)))


def _windows(node: Node) -> Iterator[str]:
    match node:
        case Call(function="[]", args=(Name(name="windows"), Literal(value=str(window)))):
            yield window
        case _:
            for child in children(node):
                yield from _windows(child)


def told(call: Call, objective: Any, ratio: Any, found: Any) -> str:
    """Say how a burn rate came about, in few words, since they stand on a narrow screen beside others."""
    _, over = call.args
    window = over.args[1].value if isinstance(over, Call) and isinstance(over.args[1], Literal) else ""
    within = f" over {window}" if window else ""
    return f"error ratio {ratio:.4g}{within} / budget {budget(objective):.4g} = {found:.4g}"


def _objective(value: object) -> bool:
    return isinstance(value, float) and 0 < value < 1
