"""The info string of a fence: the language, then knobs in braces."""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.markdown.durations import seconds
from runbook_runner.model.command import Attributes, Effect
from runbook_runner.model.prose import Fence
from runbook_runner.model.span import Defect, Span
from runbook_runner.regex import regex

NAMES = ("id", "effect", "timeout", "retry", "every", "interactive", "background", "capture", "target", "range")
_FOREIGN = frozenset(
    [
        "linenos",
        "tabwidth",
        "linenostart",
        "linenums",
        "hl_lines",
        "anchorlinenos",
        "lineanchors",
        "numberlines",
        "startfrom",
        "title",
        "caption",
        "name",
        "class",
        "highlight",
        "file",
        "filename",
        "style",
        "nowrap",
        "copy",
        "wrap",
        "diff",
        "lines",
        "emphasize-lines",
        "label",
        "collapse",
        "open",
        "width",
    ]
)
"""What site generators put there."""
_HINTS = {
    "timeout": "such as 30s or 2m",
    "every": "such as 15s",
    "range": "such as 1h",
    "effect": "read, change or unknown",
}
_BRACES = regex(r"\{([^{}]*)\}\s*$")
_DIRECTIVE = regex(r"\{([A-Za-z][\w:-]*)\}[ \t]+([^\s{]+)")
"""MyST's `{code-block} python`, `{note} Title`."""
_WORD = regex(r"\s*(?:([#.])([\w:.-]+)|([A-Za-z_][\w-]*)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s,}]+))?|(\S))[\s,]*")
_ID = regex(r"[A-Za-z0-9_][\w.:-]*")
_NAME = regex(r"[A-Za-z_]\w*")


class Info(Struct, frozen=True):
    """What an info string says."""

    language: str
    attributes: Attributes
    defects: tuple[Defect, ...] = ()


def read_info(fence: Fence) -> Info:
    """Return a fence's language, lower case, and its attributes."""
    info = fence.info
    match = _BRACES.search(info)
    before = info[: match.start()] if match else info
    words = before.split()
    language = words[0].lower().lstrip("!.:").split(",")[0].split("{")[0] if words else ""
    if match is None:
        directive = _DIRECTIVE.match(info)
        return Info(language if directive is None else _of_directive(*directive.groups()), Attributes())
    if not language and (dotted := re.match(r"\{\s*\.([\w-]+)", match[0])):
        language = dotted[1].lower()
    directive = re.match(r"\{\s*([A-Za-z][\w:-]*)(?=[\s,}])", match[0]) if not language else None
    if directive is not None and directive[1] not in NAMES:
        # MyST's `{note}`, knitr's `{r, echo=FALSE}`: the rest is theirs.
        return Info(directive[1].lower(), Attributes())
    reader = _Reader(fence, match.start(1))
    attributes = reader.read(match[1])
    return Info(language, attributes, tuple(reader.told()))


def _of_directive(name: str, argument: str) -> str:
    return argument.lower() if name in {"code", "code-block", "code-cell", "sourcecode", "prompt"} else name.lower()


class _Reader:
    def __init__(self, fence: Fence, offset: int) -> None:
        self.fence = fence
        self.offset = offset
        self.defects: list[Defect] = []
        self.attributes = Attributes()
        self.ours = False
        """One of the names is ours, or nearly so; else the braces are another tool's (`{1,3-5}`, `{linenos=table}`)."""

    def told(self) -> list[Defect]:
        """Return what is wrong, once it is clear that the braces speak to us."""
        return self.defects if self.ours else []

    def read(self, text: str) -> Attributes:
        """Read the words between the braces."""
        seen: set[str] = set()
        place = 0
        while place < len(text):
            match = _WORD.match(text, place)
            if match is None:
                break
            sigil, word, name, value, stray = match.groups()
            start = match.start(match.lastindex or 0)
            place = max(match.end(), place + 1)
            if sigil == "#":
                name, value = "id", word
            elif sigil or stray:
                if stray:
                    self._defect("bad-attribute", f"`{stray}` is no attribute", match.start(5))
                continue
            self.ours = self.ours or name in NAMES
            if name in seen:
                self._defect("bad-attribute", f"the attribute `{name}` stands there twice", start)
                continue
            seen.add(name)
            if value is not None and value[0] in "\"'":
                value = value[1:-1]
            self._set(name, value, match.start(3) if match.start(3) >= 0 else start)
        return self.attributes

    def _set(self, name: str, value: str | None, at: int) -> None:
        change: dict[str, object] | None = None
        match name:
            case "interactive" | "background":
                if value is None or value.lower() in {"true", "yes", "false", "no"}:
                    change = {name: value is None or value.lower() in {"true", "yes"}}
            case "id" if value and _ID.fullmatch(value):
                change = {"id": value}
            case "effect" if value in {"read", "change", "unknown"}:
                change = {"effect": Effect(value)}
            case "timeout" | "every" | "range" if value and (length := seconds(value)) is not None:
                change = {name: length}
            case "retry" if value and value.isascii() and value.isdigit() and len(value) < 4:
                change = {"retry": int(value)}
            case "capture" if value and _NAME.fullmatch(value):
                change = {"capture": value}
            case "target" if value:
                change = {"target": value}
            case _ if name in NAMES:
                hint = _HINTS.get(name, "")
                message = f"`{name}` needs another value than `{value or ''}`"
                self._defect("bad-attribute", message, at, hint)
            case _ if name.lower() in _FOREIGN:
                pass
            case _:
                from difflib import get_close_matches

                near = get_close_matches(name, NAMES, 1, 0.75)
                self.ours = self.ours or bool(near)
                hint_text = f"did you mean `{near[0]}`?" if near else "known: " + ", ".join(NAMES)
                self._defect("unknown-attribute", f"`{name}` is no attribute", at, hint_text)
        if change is not None:
            self.attributes = replace(self.attributes, **change)

    def _defect(self, code: str, message: str, at: int, hint: str = "") -> None:
        start = self.fence.span
        # The info string follows the fence's own marks on the same line.
        column = start.column + 3 + self.offset + at
        self.defects.append(Defect(code, message, Span(start.line, column, start.line, column + 1), hint))
