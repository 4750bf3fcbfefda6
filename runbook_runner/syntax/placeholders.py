"""`<name>` in a command's text: finding it, and putting a quoted variable in its place by the syntax tree.

A value is never spliced: the text names a variable, and the shell expands it where it cannot become syntax.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from runbook_runner.model.command import Placeholder, Problem
from runbook_runner.regex import regex
from runbook_runner.syntax import capitals
from runbook_runner.syntax.builtins import ambient_name, refused_name
from runbook_runner.syntax.grammar import OPAQUE, position

if TYPE_CHECKING:
    from tree_sitter import Node

_WRITTEN = regex(r"(?<![<\\?])<(\$?\{?(?=[^<>\n]*[^\W\d])[\w](?:[^<>\n`;&\"\\]{0,78}[^<>\n\s`;&\"\\$({])?)>")
_BRACKETED = regex(
    r"(?<![\w$%@{[(\\*.!?^-])(?:\[(?=[^]]*[_ -]|[A-Z]{4})([A-Za-z][A-Za-z0-9]+(?:[_ -][A-Za-z0-9]{2,}){0,5})\]"
    r"|\{([A-Za-z][A-Za-z0-9]+(?:[_ -][A-Za-z0-9]+){0,5})\})(?![\w{}\[*+?:])"
)
"""`[NAMESPACE]`, `[pod-name]`, `{deployment}`: no class of a glob, no test, no expansion, no code."""
_WORD = regex(r"(?<=[\s/=:\"])\[([a-z][A-Za-z]{2,})\](?![\w{}\[*+?:])")
_NOUNS = frozenset(["name", "pod", "node", "host", "user", "file", "path", "date", "time", "id", "ip", "port", "url"])
_PATTERNS = regex(r"\b(?:grep|egrep|fgrep|rg|sed|tr|perl|python3?|ruby)\b|\[\[")
_CODE = regex(_PATTERNS.pattern + r"|[{}]|\b(?:g?awk|jq|yq|jsonpath|template|query)\b|\b(?:ba)?sh -c\b")
_NO_VALUE = regex(r"[\w.+-]+@[\w-]+\.[\w.]+|[a-z]+://.*|\d[\d.,]*[a-z%]?\}.*")
"""A mail address, a link, how a program of Python aligns what it prints: `{name:<30} {size:>8}`."""


class Found(Struct, frozen=True):
    """A placeholder's place in the text."""

    start: int
    end: int
    name: str


def find(text: str) -> list[Found]:
    """Return the placeholders of a text, told from redirections and markup."""
    found = _bracketed(text) if "[" in text or "{" in text else []
    for start, end, word in capitals.find(text):
        if not any(one.start <= start < one.end for one in found):
            found.append(Found(start, end, parameter_name(word)))
    if "<" not in text:
        return sorted(found, key=lambda one: one.start)
    closed = set(re.findall(r"</([\w:-]+)\s*>", text))
    for match in _WRITTEN.finditer(text):
        inner = match[1]
        if (
            inner.split()[0] in closed
            or (closed and inner[-1] == "/")
            or _NO_VALUE.fullmatch(inner)
            or _redirects(text, match)
        ):
            continue
        found = [one for one in found if not match.start() <= one.start < match.end()]
        found.append(Found(match.start(), match.end(), parameter_name(inner)))
    return sorted(found, key=lambda one: one.start)


def _bracketed(text: str) -> list[Found]:
    """Return `[NAME]` and `{name}` where they clearly stand for a value: not in code, not in single quotes."""
    if "<<" in text:
        return []
    found: list[Found] = []
    words = [match for match in _WORD.finditer(text) if _noun(match[1])]
    for match in [*_BRACKETED.finditer(text), *(one for one in words if not _BRACKETED.match(text, one.start()))]:
        start = text.rfind("\n", 0, match.start()) + 1
        line = text[start : (text.find("\n", start) + 1 or len(text) + 1) - 1]
        rest = re.sub(r"'[^']*'|\$\{\w+\}", "", _BRACKETED.sub("", line))
        piece = re.split(r"[|;&]", text[start : match.start()])[-1]  # `x [name] | grep y`: the pattern is grep's
        risky, rest = (_PATTERNS, piece) if match[0][0] == "[" else (_CODE, rest)
        quoted = text.count("'", 0, match.start()) % 2 or text.count("'", start, match.start()) % 2
        if not quoted and not risky.search(rest):
            found.append(Found(match.start(), match.end(), parameter_name(match[0][1:-1])))
    return found


def _noun(word: str) -> bool:
    """Whether `[word]` is no class of a glob: those list each letter once."""
    return word in _NOUNS or (len(word) > 4 and len(set(word)) < len(word))


def _redirects(text: str, match: re.Match[str]) -> bool:
    """Whether `<in>out` redirects, or `a<b and c>d` compares: a name is glued to its end without a reason."""
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    glued = after.isalnum() or after in {">", "&", "("}
    if text[match.end() : match.end() + 1] == "=" and " " in match[1]:
        return True
    return glued and (not before or before.isspace() or (before.isalnum() and " " in match[1]))


def parameter_name(inner: str) -> str:
    """Return the parameter that a placeholder stands for: `pod name` is POD_NAME."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", inner.replace("'", "")).strip("_").upper()[:60].rstrip("_")
    if not name or name[0].isdigit():
        name = f"VALUE_{name}".rstrip("_")
    name = name + "_VALUE" if ambient_name(name) else name
    return f"VALUE_{name}" if refused_name(name) else name


def mask(text: str, found: list[Found]) -> str:
    """Put something of the same length in the placeholders' places that the grammar takes for part of a word."""
    for one in found:
        text = text[: one.start] + OPAQUE * (one.end - one.start) + text[one.end :]
    return text


_NOT_EXPANDED = frozenset(["quoted-document", "literal-document", "message"])
"""How a here-document is quoted: without need, since a `$` stands in it, or as a text that is handed on."""
_NAMES = frozenset(["name", "chosen"])
"""Of a variable that is used; of what she names herself: `<TEAM>_TOKEN=…`, `function check_<NAME>`."""
_EXPANDED = regex(r"\$[\w{(]|`|\\[$`\\\n]")
"""What would be expanded in a here-document without quotes."""
_GLUED = regex(r"[\w/.-]")
_REMARK = regex(r"(?:^|[ \t])#[ \t]", re.M)


def _is_said(text: str, one: Found) -> bool:
    """Tell whether it is a part of the text that is written down: `Name <$MAIL>` of a script, a remark."""
    begin = text.rfind("\n", 0, one.start) + 1
    return text.startswith("<$", one.start) or _REMARK.search(text, begin, one.start) is not None


class Substituted(Struct):
    """A text with variables for placeholders."""

    text: str
    placeholders: list[Placeholder]
    problems: list[Problem]
    offsets: list[int]


def substitute_in(text: str, root: Node, found: list[Found], code: list[tuple[int, int]]) -> Substituted:
    """Put quoted variables in the placeholders' places."""
    result = Substituted(text, [], [], [])
    pieces: list[str] = []
    at = 0
    for one in found:
        context = _context(root, one)
        written = text[one.start : one.end]
        if context == "comment" or (context in _NOT_EXPANDED and _is_said(text, one)):
            continue
        line, column = position(text, one.start)
        inside = any(start <= one.start < end for start, end in code)
        again = inside or context in _NOT_EXPANDED | _NAMES | {"arithmetic", "command"}
        result.placeholders.append(Placeholder(written, one.name, line, column, reevaluated=again))
        result.offsets.append(one.start)
        if context == "message" and _GLUED.search(
            text[max(one.start - 1, 0) : one.start] + text[one.end : one.end + 1]
        ):
            continue  # whoever quotes `file-<N>.json` in a text means it as it stands there
        if context in _NOT_EXPANDED | _NAMES:
            result.problems.append(_impossible(context, written, line, column))
            continue
        start = one.start - (context == "dollar")
        pieces += [text[at:start], _variable(one.name, context)]
        at = one.end
    pieces.append(text[at:])
    result.text = _tidy(pieces)
    return result


def _impossible(context: str, written: str, line: int, column: int) -> Problem:
    if context in _NAMES:
        message = f"{written} stands where no value can stand"
        return Problem("placeholder-place", message, line, column, "write the name itself", sure=context == "name")
    message = f"{written} stands in a quoted here-document, where nothing is expanded"
    hint = "remove the quotes around the document's delimiter"
    return Problem("placeholder-in-document", message, line, column, hint, sure=context == "quoted-document")


def _variable(name: str, context: str) -> str:
    match context:
        case "single":
            return f"'\"${name}\"'"
        case "ansi":
            return f"'\"${name}\"$'"
        case "double" | "document" | "arithmetic":
            return f"${{{name}}}"
        case _:
            return f'"${name}"'


def _tidy(pieces: list[str]) -> str:
    """Join, leaving out the empty quotes that a variable at the edge of a quoted word would leave."""
    out = pieces[0]
    for variable, after in zip(pieces[1::2], pieces[2::2], strict=True):
        if variable.startswith("'\""):
            if out.endswith("$'") and variable.endswith("$'"):
                out, variable = out[:-2], variable[1:]
            elif _opens(out) and not variable.endswith("$'"):
                out, variable = out[:-1], variable[1:]
            if after.startswith("'") and variable.endswith("'"):
                variable, after = variable.removesuffix("'").removesuffix("$"), after[1:]
        out += variable + after
    return out


def _opens(text: str) -> bool:
    """Whether a text in front of a variable ends with the quote that opened the word."""
    return text.endswith("'") and not text.endswith("\"'")


def _context(root: Node, one: Found) -> str:  # noqa: C901 - one flat table
    """Return how the text at a placeholder is quoted, from the innermost node outward."""
    node = root.descendant_for_byte_range(one.start, one.end)
    while node is not None:
        match node.type:
            case "comment":
                return "comment"
            case "raw_string":
                return "single"
            case "ansi_c_string":
                return "ansi"
            case "string" | "translated_string":
                return "double"
            case "heredoc_body":
                parent = node.parent
                starts = [child for child in parent.children if child.type == "heredoc_start"] if parent else []
                quoted = any(c in (start.text or b"") for start in starts for c in (b"'", b'"', b"\\"))
                return _quoted_document(node) if quoted else "document"
            case "heredoc_start" | "heredoc_end" | "function_definition":
                return "chosen"
            case "variable_name":
                dollar = node.parent is not None and node.parent.type == "simple_expansion"
                whole = node.start_byte == one.start and node.end_byte == one.end
                if dollar and whole:
                    return _after_dollar(node)
                return "name" if dollar or _expands(node) else "chosen"
            case "arithmetic_expansion" | "subscript":
                return "arithmetic"
            case "compound_statement" if node.children and node.children[0].type == "((":
                return "arithmetic"
            case "command_name":
                return "command"
            case "binary_expression" if _compares(node):
                return "arithmetic"
            case "command_substitution" | "process_substitution" | "command":
                return "bare"
        node = node.parent
    return "bare"


def _quoted_document(body: Node) -> str:
    """Return what a here-document is whose delimiter is quoted; whether without need only the first kind says."""
    if _within_words(body.parent):
        return "message"
    return "literal-document" if _EXPANDED.search((body.text or b"").decode(errors="replace")) else "quoted-document"


def _within_words(node: Node | None) -> bool:
    """Tell whether a here-document only makes a text for another command: `git commit -m "$(cat <<'EOF' …)"`."""
    while node is not None and node.type != "command_substitution":
        node = node.parent
    return node is not None


def _expands(node: Node) -> bool:
    return node.parent is not None and node.parent.type in {"expansion", "simple_expansion", "subscript"}


def _after_dollar(node: Node) -> str:
    expansion = node.parent
    outer = expansion.parent if expansion is not None else None
    return "dollar" if outer is None or outer.type not in {"string", "heredoc_body"} else "name"


def _compares(node: Node) -> bool:
    operator = node.child_by_field_name("operator")
    return operator is not None and (operator.text or b"") in {b"-eq", b"-ne", b"-lt", b"-le", b"-gt", b"-ge"}
