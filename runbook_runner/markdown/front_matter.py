"""YAML front matter -> plain values, with the place of every key.

PyYAML resolves by YAML 1.1 (`on: no` becomes `{True: False}`, `22:30` becomes 1350) and lets duplicate keys
pass. So we take its nodes and give them values ourselves, by the core schema of YAML 1.2.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from runbook_runner.model.span import Defect, Span
from runbook_runner.regex import regex

if TYPE_CHECKING:
    from yaml.nodes import Node

_INT = regex(r"[-+]?[0-9]{1,40}")
_FLOAT = regex(r"[-+]?(?:\.[0-9]{1,40}|[0-9]{1,40}(?:\.[0-9]{0,40})?)(?:[eE][-+]?[0-9]{1,3})?")
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_MAX_NODES = 20_000
_MAX_DEPTH = 50
_MAX_CHARACTERS = 200_000
_PAGE = regex(r"[_*]{1,3}[^\s_*]|!?\[[^\]]+\]\(|#{2,6} \S")
"""How a paragraph of a page begins, and no YAML."""
_KEY = regex(r"[\"'\w][\w .\"'-]*:(?:\s|$)")
_FILLED_IN = regex(r"(?:[\w-]+:\s+)?\{\{[^{}]*\}\}\s*$|[\w-]+ = ['\"]?\{\{[^{}]*\}\}['\"]?\s*$|\{%.*%\}\s*$")
_ABSTRACT = regex(r"--- (?:abstract|middle)$", re.MULTILINE)
"""How the settings of an Internet draft end (kramdown-rfc)."""
_TEMPLATE = regex(r"^[\w-]+:\s+[\"']?(?:\{\{[^{}\n]*\}\}|<%[^\n]*%>|\{%[^\n]*%\})", re.MULTILINE)
"""A value that a template gets later: how it is quoted is up to what it is filled in with."""
_FORD = regex(r"^(?:predocmark|docmark|src_dir|page_dir):", re.MULTILINE)
"""What the settings of FORD are told by: they look like YAML, and are none."""
_LARGER = 100
"""So many times larger may a whole document be: a file of a thousand scenarios."""


class FrontMatter(Struct):
    """The facts as written."""

    values: dict[str, Any] = field(default_factory=dict)
    spans: dict[tuple[str, ...], Span] = field(default_factory=dict)
    """Place of each key, by its path; items of lists count from `0`."""
    scalars: dict[tuple[str, ...], Span] = field(default_factory=dict)
    """Place of each value that is no list and no mapping, where that is known."""
    defects: list[Defect] = field(default_factory=list)
    end: int = 0
    """How many lines it takes, both fences included; 0 when there is none."""

    def span(self, *path: str) -> Span:
        """Return the place of a key, or of the nearest one above."""
        while path and path not in self.spans:
            path = path[:-1]
        return self.spans.get(path, Span())

    def value(self, *path: str) -> Span:
        """Return the place of a value, or of its key."""
        return self.scalars.get(path) or self.span(*path)


def split(lines: tuple[str, ...]) -> FrontMatter:
    """Return the front matter that a document begins with, empty when it has none."""
    found = FrontMatter()
    if not lines or lines[0].rstrip() not in {"---", "+++"}:
        return found
    fence = lines[0].rstrip()
    closing = {fence, "..."} if fence == "---" else {fence}
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() in closing), None)
    if end is None:
        if any(map(_ABSTRACT.match, lines)):
            return found
        if len(lines) > 1 and re.match(r"[A-Za-z_][\w-]*:(\s|$)", lines[1]):
            found.defects.append(Defect("front-matter", "the front matter has no closing `---`", Span(1, 1, 1, 4)))
        return found
    if fence == "---" and end > 1 and _between_rules(lines[1:end]):
        return found
    found.end = end + 1
    if any(_FILLED_IN.match(line) for line in lines[1:end]):
        return found  # a template: what it is filled in with are the keys
    if fence == "+++":
        _parse_toml(lines[1:end], found)
        return found
    _parse("\n".join(lines[1:end]) + "\n", found)
    return found


def _between_rules(lines: tuple[str, ...]) -> bool:
    """Tell whether what stands between two `---` is a part of the page: nothing, or a blank line and a heading."""
    first = next((line for line in lines if line.strip()), "")
    if not first or (not lines[0].strip() and re.match(r"#{1,6} \S", first)):
        return True
    return _PAGE.match(first) is not None and not any(_KEY.match(line) for line in lines)


def document(text: str) -> FrontMatter:
    """Return a whole YAML document as front matter is read: its values, the place of each key, what is wrong."""
    found = FrontMatter()
    _parse(text, found, times=_LARGER)
    # Front matter begins in the second line of its file.
    found.spans = {path: _earlier(span) for path, span in found.spans.items()}
    found.defects = [
        replace(defect, message=defect.message.replace("the front matter", "the file"), span=_earlier(defect.span))
        for defect in found.defects
    ]
    return found


def _earlier(span: Span) -> Span:
    return Span(max(1, span.line - 1), span.column, max(1, span.end_line - 1), span.end_column)


@cache
def _loader() -> Any:
    """Return a loader that does not try out what each value may be by YAML 1.1: `_scalar` says it by 1.2."""
    import yaml

    return type("Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {"yaml_implicit_resolvers": {}})


def _parse(text: str, found: FrontMatter, *, times: int = 1) -> None:
    import yaml

    if len(text) > _MAX_CHARACTERS * times:
        found.defects.append(Defect("front-matter", "the front matter is too large to be read", Span(1, 1, 1, 4)))
        return
    # Characters that YAML forbids would stop it at the first; nobody means them.
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)
    try:
        node = yaml.compose(text, Loader=_loader())
    except yaml.MarkedYAMLError as error:
        if _TEMPLATE.search(text) or _FORD.search(text):
            return
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 2, mark.column + 1) if mark else (1, 1)
        problem = error.problem or error.context or "it is not YAML"
        hint = "quote values that hold `: `, ` #`, or begin with `<%`, `{`, `[`, `@`, `*` or `&`"
        message = f"the front matter is not valid YAML: {problem}"
        found.defects.append(Defect("front-matter", message, Span(line, column, line, column + 1), hint))
        return
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        message = (
            f"the front matter cannot be read: {str(error).splitlines()[0] if str(error) else 'nested too deeply'}"
        )
        found.defects.append(Defect("front-matter", message, Span(1, 1, 1, 4)))
        return
    if node is None:
        return
    values = _Builder(found, _MAX_NODES * times).build(node, (), 0)
    if isinstance(values, dict):
        found.values = values
    else:
        message = "the front matter is not a list of `key: value` lines"
        found.defects.append(Defect("front-matter", message, _span(node)))


def _parse_toml(lines: tuple[str, ...], found: FrontMatter) -> None:
    """Read what some site generators write between `+++`; a key's place is known where its line begins with it."""
    import tomllib

    text = "\n".join(lines) + "\n"
    if len(text) > _MAX_CHARACTERS:
        found.defects.append(Defect("front-matter", "the front matter is too large to be read", Span(1, 1, 1, 4)))
        return
    try:
        found.values = _plain(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        where = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line, column = (int(where[1]) + 1, int(where[2])) if where else (1, 1)
        message = f"the front matter is not valid TOML: {str(error).partition(' (at ')[0]}"
        found.defects.append(Defect("front-matter", message, Span(line, column, line, column + 1)))
        return
    above: tuple[str, ...] = ()
    for at, written in enumerate(lines, 2):
        if match := re.match(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?", written):
            above = tuple(match[1].split("."))
            found.spans.setdefault(above, Span(at, match.start(1) + 1, at, match.end(1) + 1))
        elif match := re.match(r"\s*([\w.-]+)\s*=", written):
            path = (*above, *match[1].split("."))
            found.spans.setdefault(path, Span(at, match.start(1) + 1, at, match.end(1) + 1))


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case str() | bool() | int() | float():
            return value
        case _:
            return str(value)  # dates and times


def _span(node: Node) -> Span:
    start, end = node.start_mark, node.end_mark
    return Span(start.line + 2, start.column + 1, end.line + 2, end.column + 1)


class _Builder:
    def __init__(self, found: FrontMatter, most: int) -> None:
        self.found = found
        self.most = most
        self.count = 0
        self.told = False

    def build(self, node: Node, path: tuple[str, ...], depth: int) -> Any:
        self.count += 1
        if self.count > self.most or depth > _MAX_DEPTH:
            if not self.told:
                self.told = True
                message = "the front matter is too large or refers to itself"
                self.found.defects.append(Defect("front-matter", message, _span(node)))
            return None
        self.found.spans.setdefault(path, _span(node))
        kind = getattr(node, "id", "")
        if kind == "mapping":
            return self._mapping(node, path, depth)
        if kind == "sequence":
            return [self.build(item, (*path, str(at)), depth + 1) for at, item in enumerate(node.value)]
        self.found.scalars.setdefault(path, _span(node))
        return _scalar(node)

    def _mapping(self, node: Node, path: tuple[str, ...], depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if self.told:
                break
            key = str(key_node.value) if key_node.id == "scalar" else ""
            if not key:
                self.found.defects.append(Defect("front-matter", "a key must be a word", _span(key_node)))
                continue
            if key in values:
                message = f"the key `{key}` stands there twice; the first counts"
                self.found.defects.append(Defect("duplicate-key", message, _span(key_node), "remove one of them"))
                continue
            self.found.spans[(*path, key)] = _span(key_node)
            values[key] = self.build(value_node, (*path, key), depth + 1)
        return values


def is_text(value: str) -> bool:
    """Say whether a text that stands there without quotes is read as text."""
    special = value in _WORDS or value in _BOOLEANS
    return not (special or _INT.fullmatch(value) or _FLOAT.fullmatch(value))


def _scalar(node: Node) -> Any:
    text = str(node.value)
    plain = getattr(node, "style", None) in (None, "")
    if not plain or not node.tag.startswith("tag:yaml.org,2002:") or node.tag.endswith(":binary"):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
