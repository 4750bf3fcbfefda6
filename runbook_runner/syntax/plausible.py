"""Whether a text looks like commands, or like what commands print."""

from __future__ import annotations

import re

from runbook_runner.regex import regex
from runbook_runner.syntax.builtins import SHELL_WORDS
from runbook_runner.syntax.known import tool

_KEYWORDS = frozenset(["if", "for", "while", "until", "case", "select", "function", "{", "(", "((", "[[", "!"])
_COMMAND = regex(
    r"(?:[a-z0-9_][\w.+-]*|(?:\.{0,2}|~|\$\w+|\$\{\w+\})/[\w./${}@+-]+|"
    r"(?:s?bin|scripts?|tools?)/[\w./-]+|(?:[\w.@-]+/){1,9}bin/[\w.+-]+|"
    r"(?:\.[\w-]+|v?env|node_modules|vendor)/(?:\.?bin|Scripts)/[\w.+-]+|"
    r"[\w./-]+\.(?:sh|py|pl|rb)|\$\{?\w+\}?|<[^>\n]+>)$",
    re.ASCII,
)
_ASSIGNMENT = regex(r"[A-Za-z_]\w*(?:\[[^]]*\])?\+?=")
_DEFINES = regex(
    r"^[ \t]*(?:function[ \t]+([^\s(){};&|<>]+)|([A-Za-z_][\w:.@+-]*)[ \t]*\([ \t]*\)[ \t]*(?:[{(]|$))", re.M
)
_NO_COMMAND = regex(
    r"[\w-]+:\s|[\w-]+ +(?::?=|[-=]>) |\[\s*(?:'[^']*'|\"[^\"]*\")\s*,"
    r"|diff --git a/|type \w+ (?:struct|interface|func)\b|let \w[^=\n]* = |let \(|if \([\w *]+ "
    r"|local (?:function\b|\w+(?: = |[ \t]*[,(]))"
    r"|(?:export|declare) (?:default|async|abstract|function|class|const|let|var|enum|type|interface|namespace) \S"
    r"|export [{*] |\w+ (?:[+→←⇒] )|[\w-]+ {3,}[a-z]+ "
    r"|[a-z]+ (?:[\w:,]+ ){1,4}- (?:[a-z]+ ){2,}|[a-z]+ [a-z]+n't |[\w-]+(?: [\w.-]+)? {2,}- [a-z]+ "
    r"|(?!(?:function|time|coproc|then|else|do|if|while|until)\b)\w+ (?:\w+ )?[{]\s*$"
)
"""Settings, lists, a patch, another language: what begins with a word that is a command's, too."""
_REDIRECTS = regex(r"\d?>{1,2}[\w/$.]")
_QUOTED = regex(r"'[^']*'|\"[^\"]*\"")
_PRINTED = regex(
    r"\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|[IWEF]\d{4} |[{}\[\]]\s*$|[{\[][\"']|[-*+] |---|===|\+--|<\?xml|<[a-z]+>|"
    r"(?:Traceback|Caused by|panic:|goroutine |at [\w.$]+\(|Error|level=|ts=|time=|msg=)|"
    r"(?:ERROR|WARN|INFO|DEBUG|FATAL)(?![A-Z_]*=)|"
    r"\|.*\|\s*$|[├└╭│┌]|"
    r"HTTP/\d|[\w.-]+/[\w.-]+\s+created|[A-Z][a-z]+: |[\w\"'/.-]+:(?: |$)|[A-Z]+(?:[ \t]{2,}|\t)[A-Z]|\.\.\.|…"
)
_PRINTED_LATER = regex(r"[\w./-]+ (?:created|deleted|configured|unchanged|restarted|scaled|is|was|has|are)\b")


_ANSWERED = regex(
    r"[\w\"'/.-]+: |[A-Z]+(?:[ \t]{2,}|\t)[A-Z]|[{\[]|\+--|\|\s|---|===|\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|\d+\)"
)

_OTHERWISE = regex(
    r"\s*(?:\.\\)?(?:[\w.-]+\\)+[\w.-]+(?:\s|$)|\s*[A-Z]:\\|\s*(?:---[ \t]*\n)?(?:\w+:[ \t][^\n]*\n){1,9}---[ \t]*\n"
)
"""What the reader of another system types there, or what a notebook is told of its cell."""


_SENTENCE = regex(r"\w+(?: [a-z]+){3,}[^\n]*[a-z]\.$")


def is_printed(text: str) -> bool:
    """Whether a text begins as output does, whatever shell it is from: `INFO memory` could be typed somewhere."""
    return _ANSWERED.match(text.lstrip()) is not None


def functions(text: str) -> set[str]:
    """Return the names of the functions that a text defines."""
    if "(" not in text and "function" not in text:
        return set()
    return {match[1] or match[2] for match in _DEFINES.finditer(text)}


def first_word(text: str) -> str:
    """Return the word that names the first command, assignments and comments passed over; empty when there is none."""
    only = ""
    for line in text.split("\n"):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        for word in stripped.split():
            if not word.strip(";&"):
                continue  # what stands between `ns=my-app ; kubectl get pods`
            if not (_ASSIGNMENT.match(word) and word[-1] not in "('\""):
                return word.rstrip(";").lstrip("(")
            if "$(" in word or "`" in word:
                return word.partition("$(")[2]
        only = only or stripped.split()[0]  # a line that only assigns: the command comes later
    return only


def typed_below(text: str) -> str:
    """Return the first line of some output that begins with a known command all the same; empty when none does."""
    if _OTHERWISE.match(text):
        return ""
    lines = text.split("\n")[:300]
    for at, line in enumerate(lines[1:], 1):
        if lines[at - 1].strip() in {"...", "…"} and " " not in line.strip():
            continue  # a word for what was cut out
        if _SENTENCE.match(line):
            continue
        if line[:1].isalpha() and "  " not in line and is_plausible(line) and tool(first_word(line)) is not None:
            return line.strip()
    return ""


def is_plausible(text: str) -> bool:
    """Whether the first word could be a command: `kubectl get` could, `NAME READY STATUS` could not."""
    for line in map(str.strip, text.split("\n")):
        if line and line[0] != "#":
            break
    else:
        return False
    word = first_word(text)
    if word in {"[", "{"} and (line == word or line[1:].lstrip()[:1] in {'"', "'", "{", "[", "<"}):
        inner = text.lstrip()[1:]
        return (
            line == "{" and inner.lstrip()[:1] not in {"{", "["} and is_plausible(inner)
        )  # JSON, not a test, no group
    if _DEFINES.match(text.lstrip()) or _REDIRECTS.match(line):
        return True
    if word in _KEYWORDS or word in SHELL_WORDS or tool(word) is not None:
        return line != "." and not _NO_COMMAND.match(line)  # a tree begins with `.` alone
    if _PRINTED.match(line) or _PRINTED_LATER.match(line):
        return False
    if _ASSIGNMENT.match(line):
        return " = " not in _QUOTED.sub("", line)
    if re.match(r"[\w.\"-]+\s*[=:]\s", line) or line.endswith((":", "{")):
        return False
    return _COMMAND.match(word) is not None and not (word.isdigit() or (word[0].isdigit() and "." in word))
