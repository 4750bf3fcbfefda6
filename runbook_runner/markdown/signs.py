"""Words that say what a paragraph is for: expectation, sample, rollback."""

from __future__ import annotations

import re

from runbook_runner.markdown.flat import Flat
from runbook_runner.markdown.guards import Predicates
from runbook_runner.model.runbook import Expectation
from runbook_runner.model.span import Span
from runbook_runner.regex import has_one, regex

_EXPECTED = regex(
    r"(?:expected(?: output| result| response)?|expect(?: output)?"
    r"|(?:the )?(?:output|result|response) (?:should|must) (?:be|look|show|contain)"
    r"|you (?:should|will|must)(?: now| then)? (?:see|get))\b\s*(?:something |output )*"
    r"(?:(?:similar to|like)(?: this| the following)?|the following)?\s*[:,]?\s*",
    re.I,
)
_EXAMPLE = regex(
    r"\b(?:looks?|looking) (?:something |roughly |a bit |much )?like\b|\bsimilar (?:like|to)\b",
    re.I,
)
_LAST = regex(r"(?<=[.!?])\s+")
_FOR_EXAMPLE = regex(r"(?:for )?examples?\s*:?$|(?:e\.g\.?|i\.e\.?)\s*:?$", re.I)
_OUTPUT = regex(
    r"\b(?:example|sample|expected) (?:\w+ ){0,2}(?:output|response|result|alert|log|error|config\w*|file)\b"
    r"|\boutputs?\b[^.]{0,60}:$|^output\b|\byou will (?:see|get)\b"
    r"|\bshould (?:see|look|return|show|get|output|print|give)\b"
    r"|\bsave (?:this|the following)\b|\bthe (?:output|result) is (?:this|the following|as follows):$",
    re.I,
)
_MAYBE = regex(
    r"\bexamples?\b|\b(?:logged|logs? (?:is|are|show|line)|errors?|messages?|response|result|returns?|prints?"
    r"|displays?|shows?)(?: \w+){0,6}\s*:$|\b(?:following|this) (?:error|message|output|log)\b",
    re.I,
)
_SHOWN = (
    *("output", "example", "sample", "expected", "you will", "should", "save"),
    *("log", "error", "message", "response", "result", "return", "print", "display", "show"),
)
"""Each way to announce what is printed, or may be, holds one of these."""
_RUNNING = regex(r"\b(?:run|running|execute|executing|using|use|enter|type|with the following command)\b", re.I)
_COMMAND = regex(r"\b(?:commands?|quer(?:y|ies)) (?:\w+ ){0,3}(?:looks?|looking)\b", re.I)
_PRINTED = regex(r"\b(?:outputs?|results?|responses?|prints?|returns?|shows?|errors?)\b", re.I)
_EXPLAINS = regex(
    r"(?:why (?:this|it|that)\b|what (?:actually )?happen(?:s|ed)\b)[^.]{0,60}[:?]$"
    r"|.*\b(?:which|that)(?: \w+)?:$"
    r"|(?:(?:this|it|the|an?|[a-z]+ing) [^.!?]*\b\w+s|[A-Z]\w+ing\b[^.!?]*\b\w+s)\b[^.!?]{0,80}\bby:$"
    r"|.*\b(?:causes|reasons|phases|scenarios|culprits|caveats|benefits|assumptions|limitations|factors|symptoms"
    r"|contents|components|goals|objectives|principles)(?: (?:are|is|for|of|include)\b[^.:]{0,40})?:$"
    r"|(?:.*\b(?:consists? of|includes?|means|occurs? (?:in|when)|because|works (?:as follows|like this)|involves"
    r"|same [\w ]{1,30}(?:flow|process))(?: the following)?(?: [^.:]{0,40})?:$)"
    r"|(?:this|the) (?:script|command|tool|job|process|runbook|playbook|pipeline|workflow|alert|guide|document)"
    r"(?: (?:will |then )?\w+s?[^.!?]{0,80})?:$",
    re.I,
)
_STEPS = regex(r"\b(?:steps?|procedure|instructions|actions)\b[^.]*$|^to\b", re.I)
_FILE = regex(r"[\w./-]+\.(?:sh|bash|py|rb|pl|js|ya?ml|json|tf|conf|toml|ini|txt)$")
_ROLLBACK = regex(
    r"(?:rollback|roll back|undo|to (?:undo|roll back|revert)(?: this| it)?|revert)\s*[:,]",
    re.I,
)


def explains(text: str) -> bool:
    """Tell whether a paragraph says that what follows it explains: `Why this happens:`."""
    text = text.strip()
    if not text.endswith((":", "?")) or _STEPS.search(text):
        return False
    return _EXPLAINS.match(text) is not None


def is_expectation(flat: Flat) -> bool:
    """Tell whether a paragraph says what success looks like."""
    return _EXPECTED.match(flat.text.strip()) is not None


def announces(flat: Flat, following: str) -> str:
    """Tell whether what follows a paragraph is output, a log or a file: `sure`, `example`, `maybe` or empty."""
    text = flat.show(flat.text).strip()
    last = _LAST.split(text)[-1]
    name = _FILE.fullmatch(last.rstrip(":")) if "." in last else None
    if name:
        typed = re.match(rf"\s*(?:\$ +\S|\S*{re.escape(name[0])}\b)", following)
        return "" if typed else "sure"
    if _EXPECTED.match(text):
        return "sure"
    lower = last.lower()
    if has_one(lower, ("example", "e.g", "i.e")) and _FOR_EXAMPLE.search(last):
        return "example"
    if has_one(lower, ("like", "similar")) and _EXAMPLE.search(last):
        return "maybe" if _COMMAND.search(last) and not _PRINTED.search(last) else "sure"
    if not has_one(lower, _SHOWN) or _RUNNING.search(last):
        return ""
    if _OUTPUT.search(last):
        return "sure"
    return "maybe" if _MAYBE.search(last) else ""


def is_rollback(flat: Flat) -> bool:
    """Tell whether a paragraph says how to undo the step before it."""
    return _ROLLBACK.match(flat.text.strip()) is not None


def rollback_announces(flat: Flat) -> bool:
    """Tell whether the way to undo follows the paragraph instead of standing in it."""
    return not flat.codes and flat.text.rstrip().endswith(":")


def expectations(flat: Flat, span: Span, predicates: Predicates) -> tuple[Expectation, ...]:
    """Return what a paragraph expects: its predicates, else its words."""
    found = tuple(
        Expectation(predicate.span, predicate)
        for code in flat.codes
        if (predicate := predicates.read(code)) is not None
    )
    if found:
        return found
    match = _EXPECTED.match(flat.text.strip())
    rest = flat.text.strip()[match.end() :] if match else flat.text
    words = flat.show(rest).strip(" :")
    return (Expectation(span, None, words),) if words else ()
