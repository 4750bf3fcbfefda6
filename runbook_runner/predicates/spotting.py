"""Tell a predicate from the other things that stand in code spans: commands, flags, file names."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from runbook_runner.predicates.burning import FUNCTION
from runbook_runner.predicates.check import BOOL, DYN, KNOWN, check
from runbook_runner.predicates.nodes import (
    Call,
    Expression,
    Literal,
    Macro,
    Name,
    Node,
    PredicateError,
    Select,
    children,
    unbound,
)
from runbook_runner.predicates.parser import Parser
from runbook_runner.regex import regex

known_names: frozenset[str] = frozenset(KNOWN)
"""The names of evidence that a predicate can read, whatever the runbook captures besides."""

_RELATIONS = frozenset(("==", "!=", "<", "<=", ">", ">=", "in"))
_EQUALITIES = frozenset(("==", "!="))
_STRONG = regex(
    r"(?<![\w$./{-])(?<!>)(?<!> )(?:exit_?code|std_?(?:out|err)|row_?count)(?![\w/]|\.\w+\b(?!\())", re.IGNORECASE
)
_WEAK = regex(
    rf"[!(\s]*(?:size\(\s*)?(?:{'|'.join(sorted(KNOWN))})\s*\)?\s*"
    r"(?:[=!<>]=|[<>]\s*[\d\"'-]|\.\w+\(|\s(?:contains|matches)\b)"
)
_OPERATOR = regex(r"[=!<>]=|[<>=!+*/%?]|&&|\|\||\.\w+\(|\b(?:in|contains|matches)\b|\bsize\(")
_STRING = regex(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")


@lru_cache(512)
def parse(source: str) -> Expression:
    """Read a predicate, or raise a PredicateError that says what is wrong and in which column."""
    expression, kind = parse_value(source)
    if kind not in (BOOL, DYN) or _arithmetic(expression.root):
        raise PredicateError("it is a value, not a yes or no: compare it with something", expression.root.column)
    return expression


def parse_value(source: str) -> tuple[Expression, object]:
    """Read an expression of any type; return it with its type."""
    root = Parser(source).parse()
    kind = check(root, KNOWN)
    return Expression(source, root, unbound(root)), kind


def looks_like_predicate(text: str, names: Collection[str] | None = None) -> bool:
    """Tell whether a code span is a predicate: it parses, has an operator or a call, and reads like one.

    `names` are the captured names and parameters. Where they are given, a predicate over other names than
    these and the evidence is prose (`up == 0` is PromQL); where not, any name will do.
    """
    try:
        expression = parse(text)
    except PredicateError:
        return False
    ours = known_names | frozenset(names or ())
    if names is not None and not expression.names <= ours:
        return False
    return _asks(expression.root, ours)


def meant_as_predicate(text: str) -> bool:
    """Tell whether a code span was clearly meant as a predicate, right or wrong.

    One that was meant and does not parse is a defect. `exit_code`, `stdout` and their misspellings with an
    operator are enough; names that are common words (`status`, `rows`) must begin it, as in `rows >= 3`.
    """
    bare = _STRING.sub('""', text)
    if not _OPERATOR.search(bare) or "\n" in text.strip():
        return False
    if _WEAK.match(bare):
        return True
    found = _STRONG.search(bare)
    # `cmd > stdout.log` and `foo --stdout=x` begin with a command; a predicate's words are joined by operators.
    return found is not None and not re.search(r"[\w$}\])]\s+(?!in\b)[\w$-]*[A-Za-z$]\w*(?!\()", bare[: found.end()])


def _asks(node: Node, ours: frozenset[str]) -> bool:
    """Tell whether a node says more than a word or a redirection would."""
    match node:
        case Macro():
            return True
        case Select(test=True):
            return True
        case Call(function=function) if function in _EQUALITIES:
            return True
        case Call(function="<" | ">", args=(Name(name=command), Name() | Select())) if command not in ours:
            return False  # `cmd > stdout`
        case Call(function=function) if function in _RELATIONS:
            # `mysql < dump` and `sort > out` parse, too: a literal, a call or a known name tells them apart.
            return bool(unbound(node) & ours) or _has(node, Literal) or any(_calls(arg) for arg in node.args)
        case Call(function="&&" | "||" | "!_" | "?:"):
            return any(_asks(arg, ours) for arg in node.args) or unbound(node) <= ours
        case Call(function="[]"):
            return False
        case Call():
            return True
        case _:
            return False


def _arithmetic(node: Node) -> bool:
    return isinstance(node, Call) and node.function in {"+", "-", "*", "/", "%", "-_", FUNCTION}


def _calls(node: Node) -> bool:
    return any(isinstance(each, Call) and each.function.strip(".").isidentifier() for each in _below(node))


def _has(node: Node, kind: type[Literal]) -> bool:
    return any(isinstance(each, kind) for each in _below(node))


def _below(node: Node) -> list[Node]:
    return [node, *(each for child in children(node) for each in _below(child))]
