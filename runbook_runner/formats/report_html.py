"""A run as one HTML file that asks nobody for anything: to be kept, sent and printed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook_runner.formats import _pieces as p
from runbook_runner.formats import record
from runbook_runner.formats._report import report
from runbook_runner.formats._words import bare, one_line
from runbook_runner.model import prose
from runbook_runner.ports import Format

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

_HERE = Path(__file__).parent / "templates"


class ReportHtml:
    """`runbook report --format html`."""

    name = "html"

    def render(self, subject: Any) -> str:
        """Return what the Markdown report says; its policy allows its own style and nothing else."""
        from base64 import b64encode
        from hashlib import sha256

        from markupsafe import Markup

        css = (_HERE / "report.css").read_text("utf-8")
        digest = f"sha256-{b64encode(sha256(css.encode()).digest()).decode()}"
        # Our own text, and the policy holds only for exactly these bytes.
        page = _template().render(report=report(record(subject)), css=Markup(css), digest=digest)  # noqa: S704
        return page.strip() + "\n"


@cache
def _template() -> Template:
    """Return the template; whatever is not marked as HTML is escaped, and an unknown name is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=lambda value: bare(value) if type(value) is str else value,
    )
    made.filters["shown"] = lambda text: bare(text).strip("\n")
    made.tests["of"] = lambda piece, name: type(piece).__name__ == name
    made.globals |= {"inline": _inline, "kind": _kind, "prose": _prose}
    return made.get_template("report.html")


def _kind(text: p.Text) -> str:
    known = text.effect if text.effect in ("read", "change", "unknown") else ""
    return "printed" if text.printed else f"command {known}".strip()


def _inline(piece: str | p.Code | p.Strong) -> Markup:
    from markupsafe import Markup, escape

    match piece:
        case p.Code(text, limit):
            return Markup("<code>{}</code>").format(one_line(text, limit))
        case p.Strong(text):
            return Markup("<strong>{}</strong>").format(one_line(text))
        case _:
            return escape(bare(piece))


def _prose(blocks: Sequence[prose.Block]) -> Markup:
    """Return what an author wrote: paragraphs, lists and code, as in Markdown reports; nothing in it leads anywhere."""
    from markupsafe import Markup

    found = Markup()
    for block in blocks:
        match block:
            case prose.Paragraph(inlines=inlines) | prose.Heading(inlines=inlines):
                found += Markup('<p dir="auto">{}</p>').format(_words(inlines))
            case prose.Fence(text=text) | prose.Opaque(text=text):
                found += Markup('<pre class="command"><code>{}</code></pre>').format(bare(text).strip("\n"))
            case prose.ListBlock(items=items):
                inner = Markup().join(Markup('<li dir="auto">{}</li>').format(_prose(item.blocks)) for item in items)
                found += Markup("<ul>{}</ul>").format(inner)
            case prose.Quote(blocks=inside) | prose.Admonition(blocks=inside):
                found += _prose(inside)
            case _:
                pass
    return found


def _words(inlines: Sequence[prose.Inline]) -> Markup:
    from markupsafe import Markup, escape

    found = Markup()
    for inline in inlines:
        match inline:
            case prose.CodeSpan(text=text):
                found += Markup("<code>{}</code>").format(one_line(text))
            case prose.Emphasis(children=children):
                found += Markup("<em>{}</em>").format(_words(children))
            case _:
                found += escape(bare(prose.plain((inline,))))
    return found


FORMAT: Format = ReportHtml()
