"""Mistakes in a shell text that its reader would not make, since she would not paste it: synopses, excerpts, output."""

from __future__ import annotations

import re
from enum import StrEnum

from runbook_runner.model.command import Problem
from runbook_runner.regex import regex
from runbook_runner.syntax.builtins import SHELL_WORDS
from runbook_runner.syntax.known import tool
from runbook_runner.syntax.plausible import first_word

_UNCLOSED = regex(r"this (?:backtick|`['\"]`) is never closed|this here-document")
"""What is as wrong wherever it stands: only somebody who means to write a command begins a quote."""
_CHOICES = regex(
    r"[\[{(] ?-{0,2}[\w<][^\[\]{}()\n;&$\"'`]* ?\|(?!\|) ?-{0,2}[\w<][^\n;&$\"'`]*[\]})]"
    r"|\[-{0,2}<?[\w-]+>?(?:[ =]<[^<>\n]*>)?\](?:\.\.\.|…)?(?= |$)|\[\w[^\]\n]*\]\.\.\."
)
"""`(--key PATH|URL)`, `{ add | del }`, `[--all]`: what may be written there and not what is."""
_OPTION = regex(r"\s*-{1,2}[\w?][\w-]*(?:,? -{1,2}[\w-]+)?(?:[ =][<\[\w][^ \n]*)? {2,}\S")
"""An option and what it does, as help prints it."""
_GIVEN = regex(r"[\w.-]+ (?:[^\n]* )?--?[a-z]")
"""A command has options."""
_LONGEST = 2000
"""How much of a line is looked at."""
_SLASH = regex(r"/[a-z][\w:-]*")
_COLUMNS = regex(r"\s+[\w.:-]+(?: \w+)?(?: {3,}|\t+)[A-Za-z]")
_PRINTED = regex(
    r"\s*(?:[^\x00-\x7f]|\[[A-Z]\w*\] |[a-z]+(?: [a-z]+){1,3}: )|[^\n]* [→⇒] |\|(?:\s*$|-{2}|_{2})|\. \w+ +-- "
    r"|[\w.-]+ \([A-Z][\w. -]*\) v?\d+\.\d"
)
_DRAWN = regex(r"(?:[^'\"\n]|'[^'\n]*'|\"[^\"\n]*\")*?(?:[─━═│┃▶◀►◄↔⟶]|--+> [a-z]+ [a-z]|\+--|--\+)")
"""Lines and arrows of a drawing, outside of quotes."""
_NO_SHELL = regex(r"^[^'\"\n]*\+-{3,}|^\s*(?:return f?[\"'{]|def \w+\(.*\):\s*$)", re.MULTILINE)
"""Boxes of a drawing, Python."""
_TICKED = regex(r"\s*(?:[-*] )?\[[ xX✓✔]\] [A-Za-z]")
"""A point of a checklist."""
_CODE = regex(r"\s*(?:my|our|local) (?:\(\s*)?[$@%]\w|\s*(?:const|let|var) \w+ = |\s*(?:public|private|protected) \w+ ")
"""Perl, JavaScript, Java."""
_GOES_ON = regex(r"\S `$", re.MULTILINE)
"""How a line of PowerShell says that the next one belongs to it."""
_PART = regex(r"\([\w -]+\)(?=[\w./])|\((?:\w+ )?(?:options|arguments|args|flags)\)")
"""A part of a word in parentheses, such as `v1.(N-1)`; `(other options)`: to be filled in, or left out."""
_PLACE = regex(r"<~?/[^<>\n]*>|<[A-Za-z][^<>\n]*[\"'`][^<>\n]*>|<<[A-Za-z][\w -]*>>")
"""A path in angle brackets, a word with an example, a word in two pairs of them: to be filled in."""
_LEFT_OPEN = regex(r"(?:\{|\bthen|\bdo|\belse|\.\.\.|…)\s*(?:#[^\n]*)?\Z|\n\s*#?\s*(?:\.\.\.|…)[^\n]*\Z")
"""How an excerpt ends: the rest was left out."""
_FILLED_IN = regex(r"\{\{|\$\$\$[A-Z]|\}\}|\(\.\.\.\)|\(…\)|(?<!\S)\.\.\.(?!\S)|(?<!\S)…")
"""What a template or a reader has yet to fill in."""
_CLOSES = regex(r"this `(?:\}|fi|done|esac|else|elif|then|do)` closes nothing")
_HAS_NO = regex(r"this `(?:\{|if|case|for` or `while)` has no")


_EXPLAINED = regex(r"\S {2,}[A-Za-z]")
"""What a command does, in a column beside it."""


class Claim(StrEnum):
    """What a fence says of what is in it."""

    SHELL = "shell"
    """Its language is one of a shell."""
    TYPED = "typed"
    """It has prompts."""
    SENT = "sent"
    """It is a request."""
    PROSE = "prose"
    """Its language is text."""
    NONE = "none"


_UNCLAIMED = frozenset((Claim.NONE, Claim.PROSE))


def is_doubtful(text: str, problem: Problem, claim: Claim) -> bool:
    """Tell whether a mistake of a shell text may be none."""
    line = _logical(text, problem.line)
    if "backtick" in problem.message and len(_GOES_ON.findall(text)) > 1:
        return True
    if _UNCLOSED.match(problem.message):
        if "<TAB>" in line.upper():
            return True  # what the shell completes there
        sure = _known(line) or _GIVEN.match(line.lstrip())
        return claim in _UNCLAIMED and (not sure or _NO_SHELL.search(text) is not None)
    claimed = claim is Claim.SHELL
    if _CHOICES.search(line) or _FILLED_IN.search(line):
        return True
    if problem.message == "nothing follows this `>`" and (_PLACE.search(line) or first_word(line).endswith("/")):
        return True  # a folder is no program: a prompt
    if _OPTION.match(line) or _COLUMNS.match(line) or _PRINTED.match(line) or _TICKED.match(line):
        return True
    if _DRAWN.match(line) or _CODE.match(line) or " &| " in line:  # of fish
        return True
    if _HAS_NO.match(problem.message):
        return _LEFT_OPEN.search(text.rstrip()) is not None or not (claimed or "for" in problem.message)
    if _CLOSES.match(problem.message):
        return not claimed or line.lstrip().startswith("};") or _begins_within(text, line)
    return not claimed and (_is_called(text, problem) or not _known(line))


def is_certain(text: str, problem: Problem, claim: Claim, source: str) -> bool:
    """Tell whether somebody wrote a command there, so that a mistake in it can be nothing else.

    That a parenthesis cannot stand in a line says little as long as nothing says that the line is for a shell: a prompt
    before it in the source, or a known program.
    """
    line = _logical(text, problem.line)
    if claim in _UNCLAIMED:
        quote = claim is Claim.NONE and _UNCLOSED.match(problem.message) is not None
        return quote or _among_commands(source, line)
    if "cannot stand here" in problem.message and _PART.search(line):
        return False
    closes = (_UNCLOSED, _HAS_NO, _CLOSES)
    return any(kind.match(problem.message) for kind in closes) or _known(line) or f"$ {line.lstrip()}" in source


def _logical(text: str, number: int) -> str:
    """Return a line with those before it that it goes on from."""
    lines = text.split("\n")
    at = min(number, len(lines)) - 1
    start = at
    while start > 0 and lines[start - 1].endswith("\\"):
        start -= 1
    return "\n".join(lines[start : at + 1])[:_LONGEST]


def _is_called(text: str, problem: Problem) -> bool:
    """Tell whether the parenthesis that cannot stand there is that of a call, as in other languages: `drain(a)`."""
    line, before = text.split("\n")[problem.line - 1], problem.column - 2
    return 0 <= before < len(line) - 1 and line[before + 1] == "(" and (line[before].isalnum() or line[before] == "_")


def _among_commands(text: str, line: str) -> bool:
    """Tell whether a line begins with a known program, and so do most lines of the text that are no comments."""
    lines = [one for one in text.split("\n")[:200] if one.strip() and not one.lstrip().startswith("#")]
    known = sum(tool(first_word(one)) is not None for one in lines)
    sure = tool(first_word(line)) is not None and not line.lstrip().startswith("[") and not _EXPLAINED.search(line)
    return sure and 2 * known > len(lines)


def _known(line: str) -> bool:
    word = first_word(line)
    if _SLASH.fullmatch(word):
        return False  # of a chat, more likely
    return word in SHELL_WORDS or tool(word) is not None or word.startswith(("./", "/", "~/", "$"))


def _begins_within(text: str, line: str) -> bool:
    """Tell whether a text is from the middle of a script: what closes is less indented than what it began with."""
    first = next((one for one in text.split("\n") if one.strip()), "")
    return len(first) - len(first.lstrip()) > len(line) - len(line.lstrip())
