"""Conditions as people write them -> guards."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

from runbook_runner.markdown.durations import PHRASE, seconds
from runbook_runner.markdown.flat import CODE, Flat
from runbook_runner.model.prose import CodeSpan
from runbook_runner.model.runbook import Guard, Otherwise, Predicate, Question, Recurrence, Timer
from runbook_runner.model.span import Defect, Span
from runbook_runner.regex import has_one, regex

OPENING = regex(r"(?:only\s+)?(if|when|whenever|unless|in case(?: of)?|in the event(?: that| of)?|should)\b\s*", re.I)
_SIGNS = ("if", "when", "unless", "should", "in case", "in the event", "optional")
"""What a guard begins with: most texts hold none of them."""
OPTIONAL = regex(r"\(?optional(?:ly)?\)?\s*[:,—–-]?\s*", re.I)
_LEAD_IN = regex(
    r"(?:additionally|alternatively|also|finally|then|now|next|again|similarly|however|but|and|or|note that|likewise"
    r"|first|second|third|lastly),?\s+(?=(?:if|when|in case)\b)",
    re.I,
)
_LABEL = regex(r"[^.:;,?!]{2,40}:\s+(?=(?:if|when|unless|in case)\b)", re.I)
_WHEN_TO = regex(r"when (?:to|not to)\b|if so\b", re.I)
_IF_NEEDED = regex(r"if (?:necessary|needed|required|applicable|desired|possible)\b,?\s*", re.I)
NONE = (
    r"if none(?: of (?:these|those|them|the above)(?: \w+s)?)?"
    r"(?: (?:do |does |did |has |have |is |are |was |were )?(?:appl(?:y|ies|ied)|holds?|held|match(?:es|ed)?|works?"
    r"|worked|helps?|helped|fits?|fixe?[sd]?|resolved?s?|succeed(?:s|ed)?|true|so|the case)(?: (?:it|this|the \w+))?)?"
)
"""None of the branches before it; "If none of the disks is slow" asks of something else."""
_OTHERWISE = regex(rf"(?:otherwise|else|if not|{NONE}|in all other cases)$", re.I)
_CLAUSE = regex(
    r"(?:please|then|first|next|also|just|you|we|it|this|that|there|see|go|run|use|try|check|re-?start|stop|start|kill"
    r"|delete|remove|drop|scale|roll|drain|cordon|wait|set|add|open|look|take|make|do|apply|ask|tell|inform|notify|call"
    r"|page|contact|escalate|increase|raise|lower|reduce|disable|enable|move|copy|free|clear|clean|flush|fix|force|verify"
    r"|confirm|investigate|identify|find|follow|read|consult|perform|proceed|continue|jump|skip|return|note|record|fence"
    r"|mark|fail|switch|promote|demote|rebuild|replace|reboot|reload|re-?create|re-?deploy|resize|extend|expand|edit"
    r"|change|update|upgrade|create|get|put|ensure|make|consider|compare|collect|save|take)\b",
    re.I,
)
"""What begins a sentence of its own after `If …,`; not one more condition."""
_MORE = regex(r"(?:or|and|nor|but)\b", re.I)
_RECURS = regex(
    r".*\b(?:re-?occurs?|recurs?|returns?|repeats?|comes? back|happens again|fires again)\b"
    rf".*?\b(?:within|in)\s+({PHRASE})",
    re.I,
)
_AFTER = regex(rf"(?:after|once)\s+(?:another\s+|about\s+|waiting\s+)?({PHRASE})(?:\s+have passed)?$", re.I)
_NOT_WITHIN = regex(
    r".*(?:\b(?:not|no|nothing|none|neither|still|persists?|continues?|remains?|unresolved)\b|n['’]t\b)"
    rf".*?\b(?:within|after|for(?: more than)?|in)\s+({PHRASE})",
    re.I,
)
_ASKS = regex(r"[=!<>&|?(\[+*/%-]|\b(?:in|contains|matches)\b", re.I)
"""What a predicate has at least one of; reading it closely takes 25 ms to load."""
_TAKES = regex(rf".*\b(?:step \d+|this(?: step)?) takes (?:longer|more) than ({PHRASE})$", re.I)
_JOINS = regex(r"\b(?:or|and|nor)\b", re.I)


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
        source = code.text.strip()
        if len(source) > 2000 or not _ASKS.search(source):
            return None
        from runbook_runner.predicates.nodes import PredicateError
        from runbook_runner.predicates.spotting import looks_like_predicate, meant_as_predicate, parse

        if not (looks_like_predicate(source, self.names) or meant_as_predicate(source)):
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


def conditions(text: str, cuts: list[re.Match[str]]) -> int:
    """Return which of some places ends the condition: the commas of `If a, b or c happened, …` do not."""
    best = 0
    for at, (cut, following) in enumerate(itertools.pairwise(cuts), 1):
        part = text[cut.end() : following.start()].strip()
        if cut[0].strip() != "," or following[0].strip() not in {",", ", then"} or _CLAUSE.match(part):
            break
        if _MORE.match(part) or _JOINS.search(part):
            best = at
    return best


def step_guard(flat: Flat, span: Span, predicates: Predicates, *, announces: bool = False) -> Guard | None:
    """Return the guard that a title or an introduction begins with; None when it has none.

    Where it announces a command, its last sentence may begin with the guard: `It gets stuck. If that happens, run:`.
    """
    text = flat.text.strip()
    if not has_one(text.lower(), _SIGNS):
        return None
    if announces and text.endswith(":") and not OPENING.match(text):
        text = [text, *flat.sentences()][-1]
    for before in (_LABEL, _LEAD_IN):
        if match := before.match(text):
            text = text[match.end() :]
    if match := OPTIONAL.match(text):
        rest = text[match.end() :]
        if match[0].startswith("(") or ":" in match[0] or match[0].lower().startswith("optionally"):
            return Question(f"optional: {flat.show(rest)}".rstrip(": "), span)
        return None
    if match := _IF_NEEDED.match(text):
        return Question(f"optional: {flat.show(text[match.end() :])}".rstrip(": "), span)
    if not OPENING.match(text) or text.endswith("?") or _WHEN_TO.match(text):
        return None
    text = text.rstrip(":")
    cuts = list(re.finditer(r",\s|:\s|\.\s|\.$|\s(?:then|go to)\s", text))
    if not cuts:  # where nothing else ends it, what is to be done does: not "if you want to use it"
        cuts = list(re.finditer(r"(?<!\sto)(?<!\syou)\s(?:run|use|check)(?:\s|$)", text))
    condition = text[: cuts[conditions(text, cuts)].start()] if cuts else text
    return guard_of(condition, flat, span, predicates)
