"""YAML with a template engine's actions in it (Helm, Jinja) -> YAML that a parser takes, every character in its place.

Lines of actions only become empty; in an action within a value each character that YAML would act on is replaced by
one of its own, which `restored` turns back.
"""

from __future__ import annotations

import re

from runbook_runner.regex import regex

_PRIVATE = 0xE000
_COMMENT = regex(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}|\{#.*?#\}", re.S)
_ACTION = regex(r"\{\{.*?\}\}|\{%.*?%\}|<%.*?%>")
_LINE = regex(r"\s*(?:(?:\{\{.*?\}\}|\{%.*?%\}|<%.*?%>)\s*)+(?:#.*)?")
_HIDE = {code: _PRIVATE + code for code in range(0x21, 0x7F) if not chr(code).isalnum()}
_SHOW = {private: code for code, private in _HIDE.items()}


def first_action(text: str) -> int:
    """Return the line, from 1, of the first action of a template engine; 0 when there is none."""
    found = re.search(r"\{\{[-\s]|\{\{$|\{%|<%", text)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def hidden(text: str) -> str:
    """Return the text with its actions out of YAML's way."""
    text = _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    return "\n".join(_hidden(line) for line in text.split("\n"))


def restored(text: str) -> str:
    """Return a value as it was written."""
    return text.translate(_SHOW)


def _hidden(line: str) -> str:
    if _LINE.fullmatch(line):
        return ""
    return _ACTION.sub(lambda found: found[0].translate(_HIDE), line)
