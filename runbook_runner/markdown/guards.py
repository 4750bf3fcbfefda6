"""Conditions as people write them -> guards."""

from __future__ import annotations

import re
from collections.abc import Callable

from runbook_runner.markdown.durations import PHRASE, seconds
from runbook_runner.markdown.flat import CODE, Flat
from runbook_runner.model.prose import CodeSpan
from runbook_runner.model.runbook import Guard, Otherwise, Predicate, Question, Recurrence, Timer
from runbook_runner.model.span import Defect, Span

OPENING = re.compile(
    r"(?:only\s+)?(if|when|whenever|unless|in case(?: of)?|in the event(?: that| of)?|should)\b\s*", re.I
)
OPTIONAL = re.compile(r"\(?optional(?:ly)?\)?\s*[:,—–-]?\s*", re.I)
_LEAD_IN = re.compile(r"(?:additionally|alternatively|also|finally|then|now|next),?\s+(?=(?:if|when)\b)", re.I)
_OTHERWISE = re.compile(
    r"(?:otherwise|else|if not|if none(?: of (?:these|those|the above))?(?: \w+)?|in all other cases)$", re.I
)
_RECURS = re.compile(
    r".*\b(?:re-?occurs?|recurs?|returns?|repeats?|comes? back|happens again|fires again)\b"
    rf".*?\b(?:within|in)\s+({PHRASE})",
    re.I,
)
_AFTER = re.compile(rf"(?:after|once)\s+(?:another\s+|about\s+|waiting\s+)?({PHRASE})(?:\s+have passed)?$", re.I)
_NOT_WITHIN = re.compile(
    r".*(?:\b(?:not|no|still|persists?|continues?|remains?|unresolved)\b|n['’]t\b)"
    rf".*?\b(?:within|after|for(?: more than)?|in)\s+({PHRASE})",
    re.I,
)
_TAKES = re.compile(rf".*\b(?:step \d+|this(?: step)?) takes (?:longer|more) than ({PHRASE})$", re.I)


class Predicates:
    """Reads code spans as predicates, and collects what is wrong with them."""

    def __init__(self, names: frozenset[str], report: Callable[[Defect], None]) -> None:
        self.names = names
        """Captured names and parameters."""
        self.report = report
        self.seen: dict[tuple[int, int], Predicate | None] = {}

    def read(self, code: CodeSpan) -> Predicate | None:
        """Return the predicate that a code span is, defective or not; None when it is prose."""
        key = (code.span.line, code.span.column)
        if key not in self.seen:
            self.seen[key] = self._read(code)
        return self.seen[key]

    def _read(self, code: CodeSpan) -> Predicate | None:
        from runbook_runner.predicates.nodes import PredicateError
        from runbook_runner.predicates.spotting import looks_like_predicate, meant_as_predicate, parse

        source = code.text.strip()
        if len(source) > 2000 or not (looks_like_predicate(source, self.names) or meant_as_predicate(source)):
            return None
        try:
            expression = parse(source)
        except PredicateError as error:
            place = code.span
            # the span begins at its backticks
            ticks = (
                max((place.end_column - place.column - len(code.text)) // 2, 1) if place.line == place.end_line else 1
            )
            column = place.column + ticks + error.column - 1
            span = Span(place.line, column, place.line, column + 1)
            self.report(Defect("bad-predicate", f"`{source}`: {error.message}", span))
            return Predicate(source, code.span, error.message)
        unknown = [name for name in sorted(expression.names) if name not in self.names and not self._known(name)]
        if unknown:
            message = f"`{source}` asks for `{unknown[0]}`, which nothing sets"
            hint = "names: exit_code, stdout, stderr, output, duration, a `capture=` or a parameter"
            self.report(Defect("unknown-name", message, code.span, hint))
            return Predicate(source, code.span, f"nothing sets `{unknown[0]}`")
        return Predicate(source, code.span)

    @staticmethod
    def _known(name: str) -> bool:
        from runbook_runner.predicates.spotting import known_names

        return name in known_names


def guard_of(words: str, flat: Flat, span: Span, predicates: Predicates) -> Guard:
    """Return the guard that a condition's words say, the opening If left out or not."""
    words = words.strip().rstrip(",:;.").strip()
    bare = OPENING.sub("", words, count=1) if OPENING.match(words) else words
    shown = flat.show(words)
    if re.fullmatch(CODE, bare) and not words.lower().startswith("unless"):
        predicate = predicates.read(flat.code(bare))
        if predicate is not None:
            return predicate
    if _OTHERWISE.fullmatch(words):
        return Otherwise(shown, span)
    if match := _RECURS.match(words):
        return Recurrence(seconds(match[1]) or 0.0, shown, span)
    if match := (_AFTER.match(words) or _NOT_WITHIN.match(words) or _TAKES.match(shown)):
        return Timer(seconds(match[1]) or 0.0, shown, span)
    text = flat.show(bare) if bare and not words.lower().startswith(("unless", "should", "in ")) else shown
    return Question(text, span)


def step_guard(flat: Flat, span: Span, predicates: Predicates, *, announces: bool = False) -> Guard | None:
    """Return the guard that a title or an introduction begins with; None when it has none.

    Where it announces a command, its last sentence may begin with the guard: `It gets stuck. If that happens, run:`.
    """
    text = _LEAD_IN.sub("", flat.text.strip())
    if announces and text.endswith(":") and not OPENING.match(text):
        text = _LEAD_IN.sub("", ([text, *flat.sentences()])[-1])
    if match := OPTIONAL.match(text):
        rest = text[match.end() :]
        if match[0].startswith("(") or ":" in match[0] or match[0].lower().startswith("optionally"):
            return Question(f"optional: {flat.show(rest)}".rstrip(": "), span)
        return None
    if not OPENING.match(text) or text.endswith("?"):
        return None
    text = text.rstrip(":")
    condition = re.split(r",\s|:\s|\.\s|\.$|\s(?:then|go to)\s", text, maxsplit=1)[0]
    if condition == text:  # where nothing else ends it, what is to be done does: not "if you want to use it"
        condition = re.split(r"(?<!\sto)(?<!\syou)\s(?:run|use|check)(?:\s|$)", text, maxsplit=1)[0]
    return guard_of(condition, flat, span, predicates)
