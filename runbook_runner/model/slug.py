"""The anchors that a forge makes of headings."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.regex import regex

_NO_SLUG = regex(r"[^\w\- ]")
_HEADING = regex(r"<h([1-6])(?:\s[^<>]{0,300})?>(.{1,400}?)</h\1\s*>", 16)  # DOTALL
_TAB = regex(r"^[ \t]*===[!+]* +\"([^\"\n]+)\"", 8)  # MULTILINE
_TAG = regex(r"<[^<>]*>")


def slug(title: str) -> str:
    """Return GitHub's anchor for a heading's text."""
    text = title.strip().lower()
    if not text.replace(" ", "").isalnum():  # most are words alone
        text = _NO_SLUG.sub("", text)
    return text.replace(" ", "-")


def untagged(title: str) -> str:
    """Return a heading's text without the tags of HTML in it."""
    return _TAG.sub("", title)


def unbraced(title: str) -> str:
    """Return a heading's text without the attributes in braces at its end, whatever they say."""
    return title.rpartition("{")[0].rstrip() if title.endswith("}") else title


def unprefixed(anchor: str) -> str:
    """Return an anchor without what forges put before the names of their headings."""
    return anchor.removeprefix("user-content-").removeprefix("markdown-header-")


def other_slugs(text: str) -> Iterator[str]:
    """Yield the anchors of headings in HTML, `<summary><h3>Fix</h3></summary>` too, and of the tabs of MkDocs."""
    if '=== "' in text or '===+ "' in text or '===! "' in text:
        yield from map(slug, _TAB.findall(text))
    if "</h" not in text:
        return
    from html import unescape

    for _, inner in _HEADING.findall(text):
        if name := slug(" ".join(unescape(untagged(inner)).split())):
            yield name
