"""List items and sentences that say: under this condition, go there."""

from __future__ import annotations

import re

from msgspec import Struct

from runbook_runner.markdown.flat import CODE, LINK, Flat
from runbook_runner.markdown.guards import NONE, OPENING, Predicates, conditions, guard_of
from runbook_runner.markdown.numbers import MARK
from runbook_runner.model.prose import Link
from runbook_runner.model.runbook import (
    Branch,
    Continue,
    Destination,
    Escalate,
    Finish,
    Outcome,
    ToAnchor,
)
from runbook_runner.model.span import Span
from runbook_runner.regex import has_one, regex

_GO = (
    r"(?:go (?:back )?to|see|follow|continue (?:with|at|to|in|from)|jump to|proceed (?:to|with)|refer to|skip to"
    r"|move (?:on )?to|return to|start (?:with|at)|use|run|try|read|check|consult|perform|do|apply"
    r"|(?:repeat|retry|redo|resume|start again|start over|restart)(?: from| at| with)?)"
)
_ARROW = r"(?:->|=>|→|⇒|➜)"
_RESOLVED = regex(
    r"(?:then\s+)?(?:(?:it|this|the (?:alert|incident|issue|problem))(?: is|'s)|you(?: are|'re)|we are"
    r"|(?:mark|close)(?: it| this| the (?:alert|incident|issue))?(?: as)?)?\s*"
    r"(resolved|done|finished|mitigated|(?:a )?false[ -](?:alarm|positive))(?:\b.*)?$",
    re.I,
)
_CONTINUE = regex(
    r"(?:then\s+|please\s+)?(?:(?:continue|go on|carry on|proceed)(?: (?:with|to) (?:the )?(?:next|remaining|following)"
    r" (?:steps?|section)| below| on)?|(?:go|move|skip|jump)(?: on| ahead)? to (?:the )?next (?:step|section))[.!]?$",
    re.I,
)
_ESCALATE = regex(
    r"(?:then\s+|please\s+|immediately\s+)*escalate(?: (?:it|this|the \w+))?(?: (?:straight|directly|immediately))?"
    rf"(?: to (?:the )?({CODE}|{LINK}|[@#]?[\w/-]+(?: [\w/-]+){{0,4}}?))?"
    r"(?=$|[.,;:!(]|\s(?:via|by|on|in|with|using|and|if|at|so)\b)",
    re.I,
)
_CONTACT = regex(
    r"(?:then\s+|please\s+|immediately\s+)*(?:contact|reach out to|page|wake(?: up)?|call|phone|engage|involve)\s+"
    rf"(?:(?:the|your|our|an?)\s+)?({CODE}|{LINK}|[@#][\w/-]+|(?:[\w/&-]+\s+){{0,4}}?(?:team|on-?call(?:\s+\w+)?|support"
    r"|engineers?|leads?|managers?|owners?|sres?|dbas?|noc|vendor|admins?|administrators?|squad))(?![\w-])",
    re.I,
)
_BELOW = regex(r"\b(?:any|one|either|all|some) of (?:these|those|the|them)\b|\bthe following\b", re.I)
_ASKED = regex(r"\b(?:questions?|suggestions?|feedback|interested|doubts?|curious)\b", re.I)
_SEVERITY = regex(r"critical|warning|major|high|highest|p\d|p\d/p\d|sev-?\d|severity \d|incident|major incident", re.I)
"""What a thing is escalated to that is nobody."""
_PAGE = regex(rf"(?:then\s+|please\s+|immediately\s+)*(?:page|wake|call)\s+(?:the )?({CODE}|@[\w/-]+)", re.I)
_LEAD = regex(
    r"(otherwise|else|if not(?=\s*[,:;])"
    rf"|{NONE}(?=\s*[,:;→-]|\s+(?:then|go|see|escalate|page|call|contact|resolved)\b|$)"
    r"|in all other cases)\b[,:;]?\s*(?:then\s+)?",
    re.I,
)
_AFTER_LEAD = regex(r"(after [^,:]{1,60})[,:]\s*", re.I)
_ANSWER = regex(rf"(yes|no|{CODE})\s*(?:[:,;–—-]|{_ARROW})\s*", re.I)
_LABELLED = regex(
    r"(?!(?:note|tip|warning|important|caution|example|hint|see also|next|then|finally|action|fix"
    r"|solution|escalation)\b)"
    r"([^,.:;]{2,60}):\s+(?=(?:go|jump|skip|proceed|move|return|escalate|page)\b)",
    re.I,
)
_ARROWED = regex(rf"(.{{1,300}}?)\s*{_ARROW}\s*(.+)$", re.S)
_REVERSED = regex(rf"(?:please\s+)?{_GO}\b[^,]*?{LINK}[^,]*?,?\s+((?:if|when|in case)\b.+)$", re.I | re.S)
_REVERSED_CALL = regex(
    r"(?:please\s+)?((?:escalate|page|contact|reach out to|call)\b[^,]*?),?\s+((?:if|when|in case|after|unless)\b.+)$",
    re.I | re.S,
)
_ALTERNATIVE = regex(r"\s*[,;]\s+(?=(?:otherwise|else)\b)", re.I)
_NO = regex(
    r"\b(?:do not|don['’]t|never|not to|without|before|until|instead of)(?:\s+\w+){0,4}\s*$",
    re.I,
)
_STEP_VERB = regex(rf"(?:\b{_GO}|{_ARROW}|^)\s*(?:the\s+)?$", re.I)


_LEADS_ON = (
    *("escalat", "page", "wake", "call", "contact", "reach", "phone", "engage", "involve"),
    *("resolved", "done", "finished", "mitigated", "false"),
    *("contin", "proceed", "go on", "carry on", "next"),
)
"""Every destination that is no link says one of these: most paragraphs have neither, and are not looked at closely."""
_LEADS = regex(rf"(?:then\s+)?{_GO}\b[^,]*{LINK}|{LINK}[.!]?$", re.I)
_CUTS = regex(rf",\s*(?:then\s+)?|:\s+|\s[–—-]+\s|\s*{_ARROW}\s*|\s+then\s+")
_LEADING_VERB = regex(rf"\s({_GO}\s[^,]*{LINK}|(?:escalate|contact|page|reach out to)\b)", re.I)
_CONDITION = regex(r"\b(?:if|when|unless)\b", re.I)
_LINK = regex(LINK)


class Found(Struct, frozen=True):
    """The branches of a paragraph, and whether it holds anything else."""

    branches: tuple[Branch, ...]
    whole: bool
    """Every sentence of it is part of a branch."""


def local(link: Link) -> ToAnchor | None:
    """Return where a link leads in this or another runbook; None when it leads out."""
    target = link.target
    path, _, anchor = target.partition("#")
    if not path:
        return ToAnchor(_decoded(anchor)) if anchor else None
    if "://" in target or target.startswith(("mailto:", "/", "//")) or not path.lower().endswith((".md", ".markdown")):
        return None
    return ToAnchor(_decoded(anchor), _decoded(path))


def _decoded(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)


class Branches:
    """Reads branches; `item` allows what only a list item may say (`Yes: …`, arrows)."""

    def __init__(self, predicates: Predicates) -> None:
        self.predicates = predicates
        self.numbers: frozenset[int] = frozenset()
        """The steps that a number stands for where the reader is."""

    def find(self, flat: Flat, span: Span, *, item: bool) -> Found:
        """Return the branches of a paragraph or an item."""
        found: list[Branch] = []
        flat = flat.numbered(self.numbers, MARK)
        if not flat.links:
            lower = flat.text.lower()
            if not has_one(lower, _LEADS_ON):
                return Found((), not lower.strip())
        sentences = [part for sentence in flat.sentences() for part in self._parts(sentence, flat, span, item=item)]
        rest = 0
        at = 0
        while at < len(sentences):
            sentence = sentences[at]
            at += 1
            branch = self._sentence(sentence, flat, span, item=item, followed=bool(found))
            asks = OPENING.match(sentence) or (item and sentence.endswith("?"))
            if branch is None and at < len(sentences) and asks:
                joined = self._joined(sentence, sentences[at], flat, span)
                if joined is not None:
                    branch = joined
                    at += 1
            if branch is None:
                rest += 1
            else:
                found.append(branch)
        return Found(tuple(found), rest == 0)

    def _parts(self, text: str, flat: Flat, span: Span, *, item: bool) -> list[str]:
        """Split `If x, [y](#y), otherwise [z](#z)`, but only where both halves lead somewhere."""
        cut = _ALTERNATIVE.search(text) if has_one(text.lower(), ("otherwise", "else")) else None
        if cut is None or self._sentence(text[: cut.start()], flat, span, item=item, followed=False) is None:
            return [text]
        rest = self._sentence(text[cut.end() :], flat, span, item=item, followed=True)
        return [text] if rest is None else [text[: cut.start()], text[cut.end() :]]

    def _sentence(self, text: str, flat: Flat, span: Span, *, item: bool, followed: bool) -> Branch | None:
        text = text.strip()
        first = text[:1].lower()
        if first in "oei" and (match := _LEAD.match(text)):
            if not (item or followed) and not match[0].lower().startswith(("otherwise", "else")):
                return None
            rest = text[match.end() :]
            if OPENING.match(rest):
                return self._conditional(rest, flat, span)  # `Otherwise, if …` is a condition like any other
            return self._made(match[1], rest, text, flat, span)
        if first == "a" and (match := _AFTER_LEAD.match(text)):
            return self._made(match[1], text[match.end() :], text, flat, span)
        if OPENING.match(text):
            return self._conditional(text, flat, span)
        if flat.links and (match := _REVERSED.match(text)):
            return self._made(match[1], text[: match.start(1)], text, flat, span)
        if match := _REVERSED_CALL.match(text):
            return self._made(match[2], match[1], text, flat, span)
        if item and (match := _ANSWER.match(text) or _LABELLED.match(text)):
            return self._made(match[1], text[match.end() :], text, flat, span)
        if item and (match := _ARROWED.match(text)):
            return self._made(match[1], match[2], text, flat, span)
        return None

    def _joined(self, condition: str, action: str, flat: Flat, span: Span) -> Branch | None:
        """Return the branch of two sentences: `If x. Go to [y](#y).`."""
        leads = _LEADS.match(action)
        if not leads and not _ESCALATE.match(action) and not _PAGE.match(action):
            return None
        return self._made(condition, action, f"{condition} {action}", flat, span)

    def _conditional(self, text: str, flat: Flat, span: Span) -> Branch | None:
        cuts = list(_CUTS.finditer(text))
        whole = conditions(text, cuts)
        for cut in [*cuts[whole:], *cuts[:whole]]:
            branch = self._made(text[: cut.start()], text[cut.end() :], text, flat, span, strict=True)
            if branch is not None:
                return branch
        verb = _LEADING_VERB.search(text)
        if verb and not _NO.search(text[: verb.start()]):
            return self._made(text[: verb.start()], text[verb.start() :].strip(), text, flat, span)
        return None

    def _made(
        self, words: str, action: str, text: str, flat: Flat, span: Span, *, strict: bool = False
    ) -> Branch | None:
        target = destination(action.strip(), flat, strict=strict)
        bare = OPENING.sub("", words.strip(), count=1).strip(" :;,.…")
        if (
            target is None
            or not bare
            or (text.endswith(":") and _BELOW.search(bare))
            or (isinstance(target, Escalate) and _ASKED.search(words))
        ):
            return None
        return Branch(guard_of(words, flat, span, self.predicates), target, flat.show(text), span)


def escalation(action: str, flat: Flat) -> str | None:
    """Return whom a sentence says to call, empty for the next on the ladder; None when it calls nobody."""
    match = _ESCALATE.match(action) or _PAGE.match(action) or _CONTACT.match(action)
    if match is None:
        return None
    name = match[1] or ""
    if any(local(link) is not None for link in flat.links_in(name)):
        return None
    shown = (flat.codes_in(name)[0].text if re.fullmatch(CODE, name) else flat.show(name)).strip()
    return "" if _SEVERITY.fullmatch(shown) else shown


def destination(action: str, flat: Flat, *, strict: bool = False) -> Destination | None:
    """Return where an action leads; None when it is something to do here."""
    if (name := escalation(action, flat)) is not None:
        return Escalate(name)
    if match := _RESOLVED.match(action):
        word = match[1].lower()
        if "false" in word:
            return Finish(Outcome.FALSE_ALARM)
        return Finish(Outcome.MITIGATED if word == "mitigated" else Outcome.RESOLVED)
    if _CONTINUE.match(action):
        return Continue()
    links = [(match.start(), flat.link(match[0])) for match in _LINK.finditer(action)]
    for start, link in links:
        # In `If a, b and see [x](#x), …` only what comes before the first comma may lead up to the link.
        if strict and _CONDITION.search(action[:start]):
            return None
        target = local(link)
        if _NO.search(action[:start]) or (
            target is not None and target.anchor.startswith(MARK) and not _STEP_VERB.search(action[:start])
        ):
            continue
        if target is not None:
            return target
    return None
