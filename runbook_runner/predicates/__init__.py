"""CEL: parse, evaluate with evidence. Pure."""

from __future__ import annotations

from runbook_runner.predicates.burning import windows
from runbook_runner.predicates.evaluation import Evaluation, evaluate
from runbook_runner.predicates.nodes import Expression, PredicateError, free_names
from runbook_runner.predicates.spotting import known_names, looks_like_predicate, meant_as_predicate, parse

__all__ = [
    "Evaluation",
    "Expression",
    "PredicateError",
    "evaluate",
    "free_names",
    "known_names",
    "looks_like_predicate",
    "meant_as_predicate",
    "parse",
    "windows",
]
