"""Prose -> HTML. Text is escaped, links are resolved, and nothing that an author wrote is markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import unquote

from runbook_runner.model import prose as p
from runbook_runner.model.span import Span
from runbook_runner.regex import regex
from runbook_runner.site import paths
from runbook_runner.site.links import Kind, Links, Where, is_picture
from runbook_runner.site.text import attr, esc, esc_code

_TAGS = {"em": "em", "strong": "strong", "s": "s"}
_ALARMING = {"warning": "Warning", "caution": "Caution", "danger": "Danger", "important": "Important"}
_CALM = {"note": "Note", "tip": "Tip"}
_ADDRESS = regex(
    r"(?<![\w/.@+-])(?:(?:https?://|www\.(?=[\w-]+\.))[\w-]+(?:\.[\w-]+)*(?::\d+)?(?:[/?#][^\s<]*)?"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+(?![@/:\w-]))"
)
"""An address that stands in the text as it is; forges make links of them."""
_FOLDS = regex(
    r"&lt;summary(?: [^&]*)?&gt;((?:(?!&lt;).)*)&lt;/summary&gt;|&lt;/?(?:details|summary)(?: [^&]*)?&gt;", re.I
)
"""What folds text away on a forge; here all of it is in sight."""
_PLAIN = regex(
    r"&lt;(b|i|u|s|em|strong|kbd|sub|sup|code|small|mark)&gt;((?:(?!&lt;).)*)&lt;/\1&gt;|&lt;br ?/?&gt;", re.I
)
"""Tags that authors write into Markdown and that do nothing: they stand there without any attribute."""
Special = Callable[[Sequence[p.Block], int], tuple[str, int] | None]
"""May take over blocks from a place on: returns HTML, and how many blocks it stands for."""


class Prose:
    """Renders the blocks of one document."""

    def __init__(self, links: Links, known: Iterable[str]) -> None:
        self.links = links
        self.known = {anchor.casefold(): anchor for anchor in known}
        """Every anchor that will stand on the page."""
        self.used: set[str] = set()
        """Those that stand there already."""
        self.missing: list[tuple[Span, str]] = []
        """What was told of links that lead nowhere."""

    # --- inlines ------------------------------------------------------------------------------

    def inlines(self, inlines: Sequence[p.Inline], *, linked: bool = False) -> str:
        """Return inlines as HTML; `linked`: they are the text of a link already."""
        parts: list[str] = []
        for inline in inlines:
            match inline:
                case p.Text(text):
                    parts.append(words(text) if linked else self._text(text))
                case p.CodeSpan(text):
                    parts.append(f"<code>{esc_code(text)}</code>")
                case p.Link():
                    parts.append(self._link(inline))
                case p.Image():
                    parts.append(self._image(inline))
                case p.Emphasis(kind=kind, children=children):
                    tag = _TAGS.get(kind, "em")
                    parts.append(f"<{tag}>{self.inlines(children, linked=linked)}</{tag}>")
                case p.Break(hard):
                    parts.append("<br>\n" if hard else "\n")
        return "".join(parts)

    def _text(self, text: str) -> str:
        """Return an author's words, the addresses in them as links."""
        parts, done = list[str](), 0
        for match in _ADDRESS.finditer(text):
            address = _trimmed(match[0])
            after = text[match.start() + len(address) :][:1]
            scheme = "" if "://" in address else "https://" if address.startswith("www.") else "mailto:"
            where = self.links.resolve(scheme + address)
            if after != "<" and where.kind is Kind.OUTSIDE:  # of `https://db/<name>` only a part would be one
                parts.append(words(text[done : match.start()]))
                parts.append(f'<a href="{attr(where.href)}" rel="noreferrer" class="out bare">{esc(address)}</a>')
                done = match.start() + len(address)
        return "".join(parts) + words(text[done:])

    def _link(self, link: p.Link) -> str:
        inner = self.inlines(link.children, linked=True)
        where = self.links.resolve(link.target)
        title = f' title="{attr(link.title)}"' if link.title else ""
        if where.kind is Kind.ANCHOR:
            where = self._here(where, link.target)
        if where.href:
            rel = ' rel="noreferrer" class="out"' if where.kind is Kind.OUTSIDE else ""
            return f'<a href="{attr(where.href)}"{rel}{title}>{inner or esc(link.target)}</a>'
        self.missing.append((link.span, where.why))
        said = p.plain(link.children).strip()
        target = "" if link.target in (said, "") else f" <code>{esc_code(link.target)}</code>"
        return f'<span class="dead">{inner}</span><span class="why"> [{esc(where.why)}{target and ":"}{target}]</span>'

    def _here(self, where: Where, target: str) -> Where:
        if where.href in {"#", "#top"}:
            return where
        found = self.known.get(unquote(where.href[1:]).casefold())
        if found is None:
            return Where(Kind.MISSING, why=f"nothing here is called {target}")
        return Where(Kind.ANCHOR, paths.fragment(found))

    def _image(self, image: p.Image) -> str:
        where = self.links.resolve(image.target)
        alt = attr(image.alt)
        if where.kind is Kind.FILE and is_picture(where.to):
            return f'<img src="{attr(where.href)}" alt="{alt}" loading="lazy" decoding="async">'
        said = esc(image.alt) or "picture"
        if where.href:
            return f'<a href="{attr(where.href)}" rel="noreferrer" class="out">[picture: {said}]</a>'
        self.missing.append((image.span, where.why))
        return f'<span class="dead">[picture: {said}]</span><span class="why"> [{esc(where.why)}]</span>'

    # --- blocks -------------------------------------------------------------------------------

    def blocks(self, blocks: Sequence[p.Block], special: Special | None = None) -> str:
        """Return blocks as HTML; `special` may take over some of them."""
        parts: list[str] = []
        at = 0
        while at < len(blocks):
            taken = special(blocks, at) if special else None
            if taken is not None:
                parts.append(taken[0])
                at += taken[1]
                continue
            parts.append(self.block(blocks[at], special))
            at += 1
        return "\n".join(part for part in parts if part)

    def block(self, block: p.Block, special: Special | None = None) -> str:
        """Return one block as HTML."""
        match block:
            case p.Paragraph(inlines=inlines):
                inner = self.inlines(inlines)
                return f'<p dir="auto">{inner}</p>' if inner.strip() else ""
            case p.Heading(inlines=inlines, anchors=anchors):
                return f'<p class="minor" dir="auto">{self.anchors(anchors)}{self.inlines(inlines)}</p>'
            case p.Fence():
                return self.fence(block)
            case p.ListBlock():
                return self.list_of(block, special)
            case p.Quote(blocks=inner):
                return f"<blockquote>\n{self.blocks(inner, special)}\n</blockquote>"
            case p.Admonition():
                return self.admonition(block, special)
            case p.Table():
                return self._table(block)
            case p.Rule():
                return "<hr>"
            case p.Opaque(text=text):
                inner = self._text(text)
                return f'<p class="opaque" dir="auto">{inner}</p>' if inner.strip() else ""

    def anchors(self, anchors: Sequence[str]) -> str:
        """Return places that links can lead to; each name once on a page."""
        return "".join(f'<a id="{attr(anchor)}"></a>' for anchor in anchors if self.take(anchor))

    def take(self, anchor: str) -> bool:
        """Tell whether an anchor can stand here: it is a name, and not given yet."""
        if not anchor or anchor in self.used or any(character.isspace() for character in anchor):
            return False
        self.used.add(anchor)
        return True

    def fence(self, block: p.Fence) -> str:
        """Return a block of code that is only to be read."""
        language = block.info.split(maxsplit=1)[0].split("{")[0] if block.info.strip() else ""
        label = f'<span class="lang">{esc(language)}</span>' if language else ""
        return f'<div class="code">{label}<pre><code>{esc_code(block.text)}</code></pre></div>'

    def list_of(self, block: p.ListBlock, special: Special | None, lead: Mapping[Span, str] | None = None) -> str:
        """Return a list; `lead` goes first into the items that stand at these places."""
        tag = "ol" if block.ordered else "ul"
        start = f' start="{block.start}"' if block.ordered and block.start != 1 else ""
        items = "\n".join(self.item(item, special, (lead or {}).get(item.span, "")) for item in block.items)
        return f"<{tag}{start}>\n{items}\n</{tag}>"

    def item(self, item: p.Item, special: Special | None, lead: str = "") -> str:
        """Return an item of a list, `lead` first; a single paragraph stands in it bare."""
        box = lead + ("" if item.checked is None else _BOXES[item.checked])
        if len(item.blocks) == 1 and isinstance(item.blocks[0], p.Paragraph):
            taken = special(item.blocks, 0) if special else None
            inner = taken[0] if taken else self.inlines(item.blocks[0].inlines)
            return f"<li>{box}{inner}</li>" if taken else f'<li><p class="t" dir="auto">{box}{inner}</p></li>'
        return f"<li>{box}{self.blocks(item.blocks, special)}</li>"

    def admonition(self, block: p.Admonition, special: Special | None = None) -> str:
        """Return a note or a caution, named in words."""
        name = _ALARMING.get(block.kind) or _CALM.get(block.kind, "Note")
        icon = "i-warn" if block.kind in _ALARMING else "i-note"
        title = block.title.strip()
        more = f" {esc(title)}" if title and title.rstrip(":").casefold() != name.casefold() else ""
        kind = block.kind if block.kind in _ALARMING or block.kind in _CALM else "note"
        head = f'<p class="name"><svg class="icon" aria-hidden="true"><use href="#{icon}"/></svg>{name}</p>'
        lead = f'<p dir="auto"><strong>{more.strip()}</strong></p>\n' if more else ""
        return f'<div class="note {kind}">{head}\n{lead}{self.blocks(block.blocks, special)}</div>'

    def _table(self, block: p.Table) -> str:
        width = max([len(block.head), *(len(row) for row in block.rows)], default=0)
        head = "".join(self._cell("th", block, at, cell) for at, cell in enumerate(block.head))
        rows = []
        for row in block.rows:
            cells = [self._cell("td", block, at, cell) for at, cell in enumerate(row)]
            rows.append(f"<tr>{''.join(cells)}{'<td></td>' * (width - len(row))}</tr>")
        body = "\n".join(rows)
        return (
            '<div class="wide" tabindex="0" role="group" aria-label="Table">'
            f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
        )

    def _cell(self, tag: str, block: p.Table, at: int, cell: tuple[p.Inline, ...]) -> str:
        align = block.align[at] if at < len(block.align) else ""
        place = f' class="{align}"' if align in {"left", "right", "center"} else ""
        inner = self.inlines(cell)
        if tag == "th":
            return f'<th scope="col"{place}>{inner}</th>' if inner else f"<td{place}></td>"
        return f'<td dir="auto"{place}>{inner}</td>'


def _trimmed(address: str) -> str:
    """Return an address without what belongs to the sentence around it."""
    while True:
        short = address.rstrip("?!.,:;*_~'\"")
        if short.endswith(")") and short.count(")") > short.count("("):
            short = short[:-1]
        if short == address:
            return short
        address = short


def words(text: str) -> str:
    """Return an author's words as HTML: escaped, but for a few tags that nothing can be done with."""
    html = esc(text)
    if "&lt;" not in html:
        return html
    html = _FOLDS.sub(lambda match: f"<strong>{match[1]}</strong>" if match[1] else "", html)
    return _PLAIN.sub(
        lambda match: f"<{match[1].lower()}>{match[2]}</{match[1].lower()}>" if match[1] else "<br>", html
    )


_BOXES = {
    True: '<span class="box" role="img" aria-label="done">&#9745;</span> ',
    False: '<span class="box" role="img" aria-label="to do">&#9744;</span> ',
}
