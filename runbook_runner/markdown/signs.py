"""Words that say what a paragraph is for: expectation, sample, rollback."""

from __future__ import annotations

import re

from runbook_runner.markdown.flat import Flat
from runbook_runner.markdown.guards import Predicates
from runbook_runner.model.runbook import Expectation
from runbook_runner.model.span import Span

_EXPECTED = re.compile(
    r"(?:expected(?: output| result| response)?|expect(?: output)?|(?:the )?(?:output|result|response) (?:should|must) (?:be|look|show|contain)|you (?:should|will|must)(?: now| then)? (?:see|get))\b\s*(?:something |output )*(?:(?:similar to|like)(?: this| the following)?|the following)?\s*[:,]?\s*",
    re.I,
)
_SAMPLE = re.compile(
    r"\b(?:example|sample)s?(?: \w+){0,3}:?$|\b(?:example|sample) (?:\w+ )?(?:output|response|result|alert|log|error|config\w*|file)\b|\boutputs?\b[^.]{0,60}:$|^output\b|"
    r"\bshould (?:see|look|return|show|get|output|print|give)\b|\b(?:looks?|look(?:ing)?|similar) (?:like|to)\b[^.]{0,60}:?$|\b(?:logged|logs? (?:is|are|show|line)|errors?|messages?|response|result|returns?|prints?|displays?|shows?)(?: \w+){0,6}\s*:$|\byou will (?:see|get)\b|\b(?:following|this) (?:error|message|output|log)\b", re.I
)
_ROLLBACK = re.compile(r"(?:rollback|roll back|undo|to undo(?: this| it)?|to roll back(?: this| it)?|to revert(?: this| it)?|revert)\s*[:,]", re.I)
_CAPTION = re.compile(r"(?:run|execute|using|with|by running)\b", re.I)


def is_expectation(flat: Flat) -> bool:
    """Tell whether a paragraph says what success looks like."""
    return _EXPECTED.match(flat.text.strip()) is not None


def is_sample(flat: Flat) -> bool:
    """Tell whether what follows a paragraph is output, an example or a log."""
    text = flat.show(flat.text).strip()
    last = re.split(r"(?<=[.!?])\s+", text)[-1]
    if is_expectation(Flat(())) or _EXPECTED.match(text):
        return True
    return _SAMPLE.search(last) is not None and not re.search(r"\b(?:run|execute|use|using|enter|type)\b", last, re.I)


def is_rollback(flat: Flat) -> bool:
    """Tell whether a paragraph says how to undo the step before it."""
    return _ROLLBACK.match(flat.text.strip()) is not None


def rollback_announces(flat: Flat) -> bool:
    """Tell whether the way to undo follows the paragraph instead of standing in it."""
    return not flat.codes and flat.text.rstrip().endswith(":")


def expectations(flat: Flat, span: Span, predicates: Predicates) -> tuple[Expectation, ...]:
    """Return what a paragraph expects: its predicates, else its words."""
    found = tuple(
        Expectation(predicate.span, predicate) for code in flat.codes if (predicate := predicates.read(code)) is not None
    )
    if found:
        return found
    match = _EXPECTED.match(flat.text.strip())
    rest = flat.text.strip()[match.end() :] if match else flat.text
    words = flat.show(rest).strip(" :")
    return (Expectation(span, None, words),) if words else ()
