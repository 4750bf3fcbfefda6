"""The first place where a text is certainly no shell: what is never closed, closes nothing, or cannot stand there.

A second opinion beside the syntax tree. The tree gives up on some shell that is right (`for i do`), so what it does
not understand is called wrong only where this reading, which follows the shell's own rules for words, agrees.
"""

from __future__ import annotations

import re

from msgspec import Struct

from runbook_runner.regex import regex
from runbook_runner.syntax.words import Mistake, Words, Wrong, past_arithmetic

_HEREDOC = regex(r"<<(-?)[ \t]*((?:'[^'\n]*'|\"[^\"\n]*\"|\\.|[^\s;&|<>()'\"\\])+)")
_WORD = regex(r"[^\s;&|<>()'\"`$\\]+")
_NAME = regex(r"[^\s;&|<>()'\"`$\\{}]+[ \t]*\([ \t]*\)")
_REDIRECTION = regex(r"(?:>>|>\||<>|>&|<&|&>>|&>|<<<|[<>])[ \t]*(?:\\\n[ \t]*)*")
_SELECT = regex(r"select\s+\w+\s*(?:in\b|;|\n)")
_CLOSES = {
    "then": "if", "elif": "if", "else": "if", "fi": "if", "do": "do", "done": "do", "esac": "case", "}": "{",
}  # fmt: skip
_ENDS = {"if": "fi", "do": "done", "case": "esac", "{": "}", "(": ")", "$(": ")", "=(": ")", "[[": "]]"}
_BEFORE_COMMAND = frozenset(("then", "else", "elif", "do", "!", "time", "if", "while", "until", "{"))


def first_mistake(text: str) -> Mistake | None:
    """Return the first certain mistake of a shell text; None where it may be right."""
    try:
        _Reader(text).read()
    except Wrong as wrong:
        return wrong.mistake
    except (RecursionError, IndexError):
        return None
    return None


class _Open(Struct):
    kind: str
    offset: int
    pattern: bool = False
    """Of a `case`: what comes is a pattern and no command."""


class _Reader(Words):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.open: list[_Open] = []
        self.documents: list[tuple[str, bool, int]] = []
        self.begins = True
        """A command may begin here."""
        self.ended = -1
        """Where a compound command has just ended: what closes another may follow it without a `;`."""
        self.pending = -1
        """Where a `|`, `&&` or `||` stands that wants a command to follow."""
        self.heading = ""
        """Of a loop or a case: `for`, `case` or `function` until its words are over."""

    def read(self) -> None:
        while self.at < len(self.text):
            self.step()
        if self.open:
            last = self.open[-1]
            raise Wrong(last.offset, f"this `{_shown(last.kind)}` has no `{_ENDS[last.kind]}`")
        if self.pending >= 0:
            raise Wrong(self.pending, f"nothing follows this `{self.operator_at(self.pending)}`")
        if self.documents:
            name, _, offset = self.documents[0]
            raise Wrong(offset, f"this here-document has no end: no line is `{name}` and nothing else")

    @property
    def inside(self) -> str:
        return self.open[-1].kind if self.open else ""

    def step(self) -> None:
        text, at = self.text, self.at
        character = text[at]
        if self.inside == "case" and self.open[-1].pattern:
            self.pattern()
        elif character in " \t":
            self.at += 1
        elif text.startswith("\\\n", at):
            self.at += 2
        elif character == "\n":
            self.newline()
        elif character == "#" and (at == 0 or text[at - 1] in " \t\n;|&()"):
            self.at = _or_end(text, text.find("\n", at))
        elif self.inside == "[[":
            self.test()
        elif character in ";&|":
            self.operator()
        elif character in "<>":
            self.redirection()
        elif character == "(":
            self.parenthesis()
        elif character == ")":
            self.closing()
        else:
            self.word()

    # --- words ------------------------------------------------------------------------------------

    def word(self) -> None:
        """Read a word, whatever it is made of."""
        text, start = self.text, self.at
        if self.begins and (match := _NAME.match(text, start)) and match[0].split("(")[0].strip() not in _CLOSES:
            self.at = match.end()  # a function
            return
        match = _WORD.match(text, start)
        bare = match[0] if match else ""
        end = match.end() if match else start
        glued = end < len(text) and text[end] in "'\"`$\\"
        if bare and not glued and self.reserved(bare):
            return
        while self.at < len(text) and text[self.at] not in " \t\n;&|<>":
            character = text[self.at]
            if character == "(":
                if text[self.at - 1] in "=?*+@!" and self.at > start:
                    self.group("=(")
                    continue
                break
            if character == ")":
                break
            self.piece()
        self.begins, self.pending = False, -1
        if self.heading == "case" and text[start : self.at] == "in":
            self.open[-1].pattern, self.heading = True, ""
        elif self.heading == "function":
            self.heading, self.begins = "", True
            if match := re.compile(r"[ \t]*\([ \t]*\)").match(text, self.at):
                self.at = match.end()

    def group(self, kind: str) -> None:
        """Read from a parenthesis to the one that closes it."""
        outer = (self.begins, self.pending, self.heading)
        depth = len(self.open)
        self.open.append(_Open(kind, self.at))
        self.at += 1
        self.begins, self.pending, self.heading = kind != "=(", -1, ""
        while len(self.open) > depth:
            if self.at >= len(self.text):
                raise Wrong(self.open[-1].offset, f"this `{_shown(self.open[-1].kind)}` has no `{_ENDS[self.inside]}`")
            self.step()
        self.begins, self.pending, self.heading = outer

    # --- structure --------------------------------------------------------------------------------

    def reserved(self, word: str) -> bool:  # noqa: C901 - one flat table
        """Take a word that means something to the shell where it stands."""
        if self.heading == "for" and word == "do":
            self.begins = True
        at = self.at
        if word == "select" and not _SELECT.match(self.text, at):
            return False  # SQL, more likely
        if not self.begins and not (word in _CLOSES and self.text[self.ended : at].strip() == "" and self.ended >= 0):
            return False
        if word in _CLOSES:
            if self.inside != _CLOSES[word]:
                if word == "}" and self.inside not in {"", "("}:
                    return False
                raise Wrong(at, f"this `{word}` closes nothing", "is this line output, or a line missing above it?")
            if self.pending >= 0:
                raise Wrong(self.pending, f"nothing follows this `{self.operator_at(self.pending)}`")
            self.heading = ""
            if word in {"fi", "done", "esac", "}"}:
                self.open.pop()
        elif word in {"if", "{"}:
            self.open.append(_Open(word, at))
        elif word in {"while", "until", "for", "select"}:
            self.open.append(_Open("do", at))
            self.heading = "for" if word in {"for", "select"} else ""
        elif word == "case":
            self.open.append(_Open("case", at))
            self.heading = "case"
        elif word == "[[":
            self.open.append(_Open("[[", at))
        elif word == "function":
            self.heading = "function"
        elif word not in _BEFORE_COMMAND:
            return False
        self.at += len(word)
        self.pending = -1
        self.begins = word in _BEFORE_COMMAND
        if word in _ENDS.values():
            self.ended = self.at
        return True

    def pattern(self) -> None:
        """Read the pattern of a `case` up to its parenthesis, or the end of the `case`."""
        text = self.text
        match = re.compile(r"\s*(?:#[^\n]*\n\s*)*\(?\s*").match(text, self.at)
        self.at = match.end() if match else self.at
        if re.compile(r"esac\b").match(text, self.at):
            self.at += 4
            self.open.pop()
            self.begins, self.pending = False, -1
            return
        depth = 0
        while self.at < len(text):
            character = text[self.at]
            if character == "(":
                depth += 1
            elif character == ")":
                if not depth:
                    self.at += 1
                    self.open[-1].pattern, self.begins = False, True
                    return
                depth -= 1
            elif character in "\n;":
                raise Wrong(self.at, "this pattern of a `case` has no `)`")
            if character in "'\"`$\\":
                self.piece()
            else:
                self.at += 1

    def test(self) -> None:
        """Read one part of `[[ … ]]`, where operators are words."""
        if self.text.startswith("]]", self.at) and self.text[self.at - 1] in " \t\n)":
            self.at += 2
            self.open.pop()
            self.begins, self.pending, self.ended = False, -1, self.at
        elif self.text[self.at] in "'\"`$\\":
            self.piece()
        else:
            self.at += 1

    def newline(self) -> None:
        self.at += 1
        while self.documents:
            name, tabs, offset = self.documents.pop(0)
            while True:
                if self.at >= len(self.text):
                    message = f"this here-document has no end: no line is `{name}` and nothing else"
                    raise Wrong(offset, message, f"write `{name}` at the beginning of a line of its own")
                end = self.text.find("\n", self.at)
                line = self.text[self.at :] if end < 0 else self.text[self.at : end]
                self.at = len(self.text) if end < 0 else end + 1
                bare = line.lstrip("\t") if tabs else line
                if bare == name or (self.inside == "$(" and bare.startswith(name + ")")):
                    break
        if self.inside not in {"=(", "[["} and self.heading != "case":
            self.begins = True
            self.heading = "" if self.heading != "for" else "for"

    def operator_at(self, at: int) -> str:
        match = re.compile(r";;&|;;|;&|&&|\|\||\|&|[;&|]").match(self.text, at)
        return match[0] if match else self.text[at]

    def operator(self) -> None:
        at = self.at
        if self.text.startswith("&>", at):
            self.redirection()
            return
        word = self.operator_at(at)
        if word in {";;", ";;&", ";&"}:
            if self.inside != "case":
                raise Wrong(at, f"`{word}` stands outside of a `case`")
            self.open[-1].pattern = True
        elif self.begins and self.heading != "for" and not (word == ";" and self.after_done()):
            raise Wrong(at, f"nothing stands before this `{word}`", "is this line output?")
        self.at += len(word)
        self.begins = True
        self.pending = at if word in {"&&", "||", "|", "|&"} else -1

    def after_done(self) -> bool:
        """Whether a semicolon follows something that leaves a command to begin, but is complete."""
        return re.search(r"[)}\]]\s*$", self.text[max(self.at - 200, 0) : self.at]) is not None

    def redirection(self) -> None:
        text, at = self.text, self.at
        if text.startswith("<<", at) and not text.startswith("<<<", at):
            match = _HEREDOC.match(text, at)
            if match is None:
                raise Wrong(at, "this `<<` names no end of its here-document")
            self.documents.append((re.sub(r"['\"\\]", "", match[2]), bool(match[1]), at))
            self.at = match.end()
            return
        if text.startswith(("<(", ">("), at):
            self.at += 1
            self.group("$(")
            return
        found = _REDIRECTION.match(text, at)
        self.at = found.end() if found else at + 1
        if self.at >= len(text) or text[self.at] in "\n;|)":
            raise Wrong(at, f"nothing follows this `{text[at]}`", "name the file")
        if text[self.at] in "&<>" and not text.startswith(("<(", ">("), self.at) and text[at] != "&":
            raise Wrong(at, f"nothing follows this `{text[at]}`", "name the file")

    def parenthesis(self) -> None:
        text, at = self.text, self.at
        if self.begins or self.inside == "=(":
            if text.startswith("((", at) and (end := past_arithmetic(text, at)):
                self.at, self.begins, self.pending = end, False, -1
            else:
                self.group("(" if self.begins else "=(")
                self.begins, self.pending = False, -1
            self.ended = self.at
            return
        if self.heading == "for" and text.startswith("((", at) and (end := past_arithmetic(text, at)):
            self.at = end
            return
        raise Wrong(at, "`(` cannot stand here", "quote it, or write `# ` before what is a remark")

    def closing(self) -> None:
        if self.inside not in {"(", "$(", "=("}:
            if self.open:
                last = self.open[-1]
                raise Wrong(last.offset, f"this `{_shown(last.kind)}` has no `{_ENDS[last.kind]}`")
            raise Wrong(self.at, "this `)` closes nothing")
        if self.pending >= 0:
            raise Wrong(self.pending, f"nothing follows this `{self.operator_at(self.pending)}`")
        self.open.pop()
        self.at += 1
        self.begins = False


def _shown(kind: str) -> str:
    return {"do": "for` or `while", "=(": "("}.get(kind, kind)


def _or_end(text: str, at: int) -> int:
    return len(text) if at < 0 else at
