"""Characters that a word processor or a wiki put into commands: typographic quotes, dashes, spaces that are none.

To the shell they are ordinary letters. In a comment or a quoted text they do no harm, and nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from runbook_runner.model.command import Problem
from runbook_runner.regex import regex
from runbook_runner.syntax.grammar import position

if TYPE_CHECKING:
    from tree_sitter import Node

_QUOTES = "\u2018\u2019\u201a\u201c\u201d\u201e"
_SPACES = "\u00a0\u2007\u202f\u3000"
_INVISIBLE = "\u00ad\u200b\u200c\u2060\ufeff"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_ODD = regex(f"[{_QUOTES}{_SPACES}{_INVISIBLE}{_DASHES}]")
_NAMES = {
    "\u00a0": "a no-break space", "\u2007": "a figure space", "\u202f": "a narrow no-break space",
    "\u3000": "an ideographic space", "\u00ad": "a soft hyphen", "\u200b": "a zero-width space",
    "\u200c": "a zero-width non-joiner", "\u2060": "a word joiner", "\ufeff": "a byte order mark",
    "\u2010": "a typographic hyphen", "\u2011": "a no-break hyphen", "\u2012": "a figure dash",
    "\u2013": "an en dash", "\u2014": "an em dash", "\u2015": "a horizontal bar", "\u2212": "a minus sign",
}  # fmt: skip
_JSON = regex(r"[{\[,:]\s*$")
_QUOTED = frozenset(("raw_string", "ansi_c_string", "string", "translated_string", "heredoc_body"))
_SHELL = frozenset(("command_substitution", "process_substitution", "program"))


def odd_characters(text: str, root: Node) -> Iterator[Problem]:
    """Yield the first of each kind of character that cannot be meant where it stands in a shell text."""
    told: set[str] = set()
    for match in _ODD.finditer(text):
        where = _where(root, match.start())
        problem = None if where == "comment" else _problem(text, match, quoted=where == "quoted")
        if problem is not None and problem.code not in told:
            told.add(problem.code)
            yield problem


def odd_in_code(text: str) -> Iterator[Problem]:
    """Yield the same for a text in a language that has no syntax tree here: spaces and quotes outside of strings."""
    bare = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"|(?:--|#)[^\n]*", lambda found: "x" * len(found[0]), text)
    told: set[str] = set()
    for match in _ODD.finditer(bare):
        problem = _problem(bare, match, quoted=False) if match[0] not in _DASHES else None
        if problem is not None and problem.code not in told:
            told.add(problem.code)
            yield problem


def _where(root: Node, offset: int) -> str:
    node = root.descendant_for_byte_range(offset, offset + 1)
    while node is not None and node.type not in _SHELL:
        if node.type == "comment":
            return "comment"
        if node.type in _QUOTED:
            return "quoted"
        node = node.parent
    return ""


def _problem(text: str, match: re.Match[str], *, quoted: bool) -> Problem | None:
    character, at = match[0], match.start()
    before, after = text[:at], text[at + 1 : at + 2]
    line, column = position(text, at)
    if character in _QUOTES:
        # An apostrophe between letters is one; a quotation mark stands where a word begins.
        opens = not before or before[-1] in " \t\n=(:,{[<>|"
        if not (bool(_JSON.search(before[-20:])) and character in "\u201c\u201d" if quoted else opens):
            return None
        message = f"a typographic quote ({character}) is an ordinary letter here and quotes nothing"
        return Problem("smart-quote", message, line, column, "use ' or \" instead")
    name = _NAMES[character]
    code = f"U+{ord(character):04X}"
    if character in _DASHES:
        if quoted or before[-1:].strip() or not re.match(f"[A-Za-z{_DASHES}-]", after):
            return None
        word = re.split(r"[\s=]", text[at : at + 30])[0]
        message = f"`{word}` begins with {name} ({code}), so it is no option"
        return Problem("odd-dash", message, line, column, "type `-`")
    if quoted and character in _SPACES:
        return None
    if character in _SPACES:
        message = f"{name} ({code}) joins the words on its sides into one"
        return Problem("odd-space", message, line, column, "type a plain space")
    return Problem("odd-space", f"{name} ({code}) hides in this command", line, column, "delete it")
