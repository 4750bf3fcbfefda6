"""Whether a shell text is complete, or the shell would wait for more."""

from __future__ import annotations

import re

from runbook_runner.regex import regex

_HEREDOC = regex(r"<<(-?)[ \t]*(?:'([^'\n]+)'|\"([^\"\n]+)\"|\\?([^\s;&|<>()'\"]+))")
_OPENERS = {"if": "fi", "while": "done", "until": "done", "for": "done", "select": "done", "case": "esac", "{": "}"}
_BEGINS = frozenset(("then", "else", "elif", "do", "!", "time", "if", "while", "until", "{"))
_NAMED = regex(r"[ \t]+[^\s(){};&|<>]+")
_WORD = regex(r"[^\s;&|<>()'\"`$\\#]+|#")
_PLAIN = regex(
    r"(?:(?!(?:if|while|until|for|select|case|function|then|else|elif|do|time)\b)"
    r"[A-Za-z0-9_./:=,@%+-][A-Za-z0-9_./:=,@%+ \t-]*(?:\n|$))+"
)
"""Lines of words alone, none of which begins with a word of the shell's own: nothing in them waits for more."""


def is_complete(text: str) -> bool:
    """Whether the shell would run the text as it is, without waiting for another line."""
    return _PLAIN.fullmatch(text) is not None or _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.open: list[str] = []
        self.documents: list[tuple[str, bool]] = []
        self.begins = True
        """A command may begin here."""
        self.pending = False
        """A pipe or a list operator wants a command to follow."""

    def scan(self) -> bool:
        text, at = self.text, 0
        while at < len(text):
            step = self.step(at)
            if step < 0:
                return False
            at = step
        return not (self.open or self.documents or self.pending)

    def step(self, at: int) -> int:
        """Go past one token; -1 when the text ends inside it."""
        text, character = self.text, self.text[at]
        closing = self.open[-1] if self.open else ""
        if closing == '"':
            return self.in_quotes(at)
        if character == "\\":
            if text[at + 1 : at + 2] != "\n":  # a line that goes on is as a space
                self.word()
            return at + 2 if at + 1 < len(text) and at + 2 < len(text) + (text[at + 1] != "\n") else -1
        if character == "'":
            self.word()
            dollar = at > 0 and text[at - 1] == "$"
            return _past_single(text, at, escapes=dollar)
        if character == "\n":
            return self.newline(at)
        if character in '"`$':
            return self.expansion(at)
        if character == closing and character in ")}":
            self.open.pop()
            self.begins = character == ")" and text[:at].rstrip(" \t").endswith("(")  # of `name() {`
            self.pending = False
            return at + 1
        if text.startswith("<<<", at):
            return at + 3
        if text.startswith("<<", at) and (match := _HEREDOC.match(text, at)):
            self.documents.append((match[2] or match[3] or match[4], bool(match[1])))
            return match.end()
        return self.operator(at)

    def word(self) -> None:
        self.begins = self.pending = False

    def in_quotes(self, at: int) -> int:
        character = self.text[at]
        if character == "\\":
            return at + 2
        if character == '"':
            self.open.pop()
            return at + 1
        return self.expansion(at) if character in "$`" else at + 1

    def expansion(self, at: int) -> int:
        text, character = self.text, self.text[at]
        self.word()
        if character == "`" and self.open and self.open[-1] == "`":
            self.open.pop()
            return at + 1
        if character in '"`':
            self.open.append(character)
            return at + 1
        if text.startswith("$((", at):
            end = text.find("))", at)
            return end + 2 if end > 0 else -1
        if text.startswith("$[", at):  # arithmetic as it was written before
            end = text.find("]", at)
            return end + 1 if end > 0 else at + 1
        if text.startswith("$(", at):
            self.open.append(")")
            self.begins = True
            return at + 2
        if text.startswith("${", at):
            return _past_brace(text, at + 2)
        return at + 1

    def newline(self, at: int) -> int:
        text = self.text
        at += 1
        while self.documents:
            name, tabs = self.documents.pop(0)
            while True:
                if at >= len(text):
                    return -1
                end = text.find("\n", at)
                line = text[at:] if end < 0 else text[at:end]
                at = len(text) if end < 0 else end + 1
                if (line.lstrip("\t") if tabs else line) == name:
                    break
        self.begins = True
        return at

    def operator(self, at: int) -> int:
        text, character = self.text, self.text[at]
        if character in " \t":
            return at + 1
        if character == "#" and (at == 0 or text[at - 1] in " \t\n;|&()"):
            end = text.find("\n", at)
            return len(text) if end < 0 else end
        if text.startswith(("&&", "||"), at):
            self.begins = self.pending = True
            return at + 2
        if character in "|;&":
            redirects = character == "&" and (text[at - 1 : at] in {">", "<"} or text[at + 1 : at + 2] == ">")
            self.pending = character == "|" and text[at - 1 : at] != ">"
            self.begins = not redirects
            return at + 1
        if character == "(":
            if self.open and self.open[-1] == "esac":
                return at + 1
            self.open.append(")")
            self.begins = True
            self.pending = False
            return at + 1
        if character in "<>)":
            self.begins = character == ")"
            return at + 1
        match = _WORD.match(text, at)
        return self.keyword(match) if match else at + 1

    def keyword(self, match: re.Match[str]) -> int:
        word = match[0]
        if self.begins:
            self.pending = False
            if self.open and word == self.open[-1]:
                self.open.pop()
            elif word in _OPENERS:
                self.open.append(_OPENERS[word])
            elif word == "function" and (named := _NAMED.match(self.text, match.end())):
                return named.end()  # and its body begins here
        self.begins = self.begins and word in _BEGINS
        self.pending = False
        return match.end()


def _past_single(text: str, at: int, *, escapes: bool) -> int:
    end = at + 1
    while end < len(text):
        if escapes and text[end] == "\\":
            end += 2
            continue
        if text[end] == "'":
            return end + 1
        end += 1
    return -1


def _past_brace(text: str, at: int) -> int:
    depth = 1
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 1
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    return -1
