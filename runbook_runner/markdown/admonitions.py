"""Notes and cautions in any of the usual notations."""

from __future__ import annotations

from runbook_runner.model.prose import Admonition, Block, Break, Emphasis, Inline, Paragraph, Quote, Text, plain
from runbook_runner.model.span import Span
from runbook_runner.regex import regex

KINDS = {
    "note": "note", "notice": "note", "nb": "note", "info": "note", "n.b.": "note", "seealso": "note",
    "tip": "tip", "hint": "tip",
    "important": "important", "attention": "important",
    "warning": "warning", "warn": "warning", "warning/danger": "warning",
    "caution": "caution",
    "danger": "danger", "error": "danger", "critical": "danger", "danger/warning": "danger",
}  # fmt: skip
"""What authors write, and the model's word for it."""
_ALERT = regex(r"\[!(\w+)\]\s*")
_PREFIX = regex(r"\s*(?:⚠️?|❗|🚨|ℹ️?)?\s*([A-Za-z./]+)\s*[:!]\s*(?=\S|$)")
_SHOUTED = regex(r"\s*(?:⚠️?|❗|🚨|ℹ️?)?\s*(WARNING|CAUTION|DANGER|NOTE|IMPORTANT|NB|Warning|Caution|Note)\b\s*[:!]\s*")
_SIGN = regex(r"\s*(⚠️?|❗|🚨)")
_BEGIN = frozenset("⚠❗🚨ℹWCDNI")
"""What the two begin with."""


def make(word: str, title: str, blocks: tuple[Block, ...], span: Span) -> Block:
    """Return an admonition; a container with any other word is a quotation that begins with its title."""
    if kind := KINDS.get(word.lower()):
        return Admonition(kind, title, blocks, span)
    place = Span(span.line, span.column, span.line, span.column)
    head = (Paragraph((Emphasis("strong", (Text(title),)),), place),) if title else ()
    return Quote((*head, *blocks), span)


def from_quote(blocks: tuple[Block, ...], span: Span) -> Block:
    """Return a block quotation, or the admonition that it is."""
    first = blocks[0] if blocks else None
    if isinstance(first, Paragraph) and first.inlines and isinstance(first.inlines[0], Text):
        match = _ALERT.match(first.inlines[0].text)
        if match and match[1].lower() in KINDS:
            rest = first.inlines[0].text[match.end() :]
            inlines = ((Text(rest),) if rest else ()) + first.inlines[1:]
            while inlines and isinstance(inlines[0], Break):
                inlines = inlines[1:]
            body = (Paragraph(inlines, first.span),) if inlines else ()
            return Admonition(KINDS[match[1].lower()], "", (*body, *blocks[1:]), span)
    if len(blocks) == 1 and isinstance(first, Admonition):
        return first
    return Quote(blocks, span)


def from_paragraph(paragraph: Paragraph) -> Block:
    """Return a paragraph, or the admonition that its first word makes it (`**Note:**`, `WARNING:`)."""
    inlines = paragraph.inlines
    if not inlines:
        return paragraph
    first, rest = inlines[0], inlines[1:]
    if type(first) is Emphasis and first.kind == "strong":
        label = plain(first.children).strip()
        kind = KINDS.get(label.rstrip(":!").strip().lower().lstrip("⚠️❗🚨 "))
        if kind:
            return Admonition(kind, "", (Paragraph(_after_colon(rest), paragraph.span),), paragraph.span)
        match = _PREFIX.match(label)
        if match and match[1].lower() in KINDS:
            return Admonition(KINDS[match[1].lower()], "", (paragraph,), paragraph.span)
    if type(first) is Text and first.text.lstrip()[:1] in _BEGIN:
        match = _SHOUTED.match(first.text)
        if match:
            body: tuple[Inline, ...] = (Text(first.text[match.end() :]), *rest)
            return Admonition(KINDS[match[1].lower()], "", (Paragraph(body, paragraph.span),), paragraph.span)
        if _SIGN.match(first.text):
            return Admonition("warning", "", (paragraph,), paragraph.span)
    return paragraph


def _after_colon(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    if inlines and isinstance(inlines[0], Text):
        return (Text(inlines[0].text.lstrip(" :-–—")), *inlines[1:])
    if inlines and isinstance(inlines[0], Break):
        return inlines[1:]
    return inlines
