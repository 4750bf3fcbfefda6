"""Prompts in pasted terminal sessions: which lines were typed, which were printed."""

from __future__ import annotations

import re

from msgspec import Struct

from runbook_runner.regex import regex
from runbook_runner.syntax.complete import is_complete
from runbook_runner.syntax.known import tool

__all__ = ["Prompted", "is_complete", "split_prompts"]

_HOST = r"[\w.-]+@[\w.-]+"
_HERE = regex(r"^(?:\$|%|[❯➜](?=[ \t]+[a-z0-9_./~$(]))[ \t]+(?P<command>\S.*)$")
"""`❯` marks what is chosen in a menu, too: those are sentences, or have pictures."""
_ELSEWHERE = regex(
    rf"^(?:\([\w.-]+\)[ \t]*)?(?:(?:\[{_HOST}[^\]]*\]|{_HOST}(?::[^\s$#]*)?|(?:ba|z|da)?sh-[\d.]+)[ \t]?[$#%]|"
    r"/[\w./-]*[ \t]?#|\[[A-Za-z][\w.-]*\][#>](?=[ \t]))"
    r"[ \t]*(?P<command>\S.*)$"
)
_CLIENT = regex(
    r"^(?:(?:mysql|MariaDB \[[^\]]*\]|sqlite|cqlsh(?::\w+)?|SQL|ksql|hive|influx|redis|mongos?|test"
    r"|\w+:(?:PRIMARY|SECONDARY|ARBITER)|\w+ \[[^\]]*\] \w+|[\w.-]+:\d{2,5}(?:\[\d+\])?)>"
    r"|\w+(?:\(\w+\))?=[#>*]|irb\([^)]*\):\d+:\d+>|\[\d+\] pry\([^)]*\)>|>>>(?!>))[ \t]*(?P<command>\S.*)$"
)
"""The prompts of database clients and interpreters."""
_CLIENT_MORE = regex(r"^\s*(?:->|\w+-[#>]|\.\.\.>?)[ \t]?(?P<rest>.*)$")
_PLACE = regex(r"^(?:[\w.-]+:[~/][\w./~-]*[ \t]?[$#]|[A-Za-z][\w.-]*(?:\([\w-]+\))?[#>])[ \t]*(?P<command>\S.*)$")
"""`host:~# `, `router1#`: only where a known program follows."""
_MARK = regex("[#$%>]")
_MARKS = regex(r"[#$%>] ?\S|[❯➜]")
_DEVICE = regex(r"(?:sh(?:ow)?|display|conf(?:igure)?|clear|enable|commit) ?[a-z]*")
_ROOT = regex(r"^#[ \t]+(?P<command>\S.*)$")
_EMPTY = regex(rf"^(?:\$|{_HOST}:?[^\s$#]*[$#])[ \t]*$")
_LONGEST, _LARGEST = 150, 15_000
"""Lines and characters that one command may take: after each line, whether it is complete is asked of all of it."""
_SESSION = frozenset(("console", "shell-session", "shellsession", "terminal", "session", "text", "txt", ""))


class Prompted(Struct, frozen=True):
    """A fence told apart into what is typed and what is printed."""

    parts: tuple[str, ...]
    """The commands, prompts stripped; the whole text as one when it has no prompts."""
    sample: str = ""
    """The lines that were no commands."""
    inside: bool = False
    """Prompted only as another shell prompts (`# `, `user@host$`): it belongs inside that shell."""
    prompted: bool = False
    """It has prompts."""


def split_prompts(text: str, language: str = "") -> Prompted:
    """Tell the commands of a fence from the output that was pasted below them."""
    if not _MARKS.search(text):
        return Prompted((text,))
    lines = text.split("\n")
    here = any(_HERE.match(line.lstrip()) for line in lines)
    elsewhere = any(_other_prompt(line.lstrip()) for line in lines)
    root = not here and not elsewhere and _root_prompts(lines, language.lower())
    if not (here or elsewhere or root):
        return Prompted((text,))
    parts: list[str] = []
    sample: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at].lstrip()
        match = _HERE.match(line) or _other_prompt(line) or (_ROOT.match(line) if root else None)
        at += 1
        if match is None:
            if not _EMPTY.match(line):
                sample.append(lines[at - 1])
            continue
        if match.re.pattern == _CLIENT.pattern:
            at = _take_statement(match["command"], lines, at, parts)
        else:
            at = _take(match["command"], lines, at, parts)
    return Prompted(tuple(parts), "\n".join(sample).strip("\n"), not here, True)


def _take(command: str, lines: list[str], at: int, parts: list[str]) -> int:
    """Take the lines that complete a command; return where the next one begins."""
    whole, end = command.rstrip(), at
    most = min(len(lines), at + _LONGEST)
    while not (complete := is_complete(whole)) and end < most and len(whole) < _LARGEST:
        line = lines[end]
        if _HERE.match(line.lstrip()) or _other_prompt(line.lstrip()):
            break
        continued = re.match(r"^[ \t]*>(?:[ \t](?P<rest>.*)|$)", line)
        whole += "\n" + ((continued["rest"] or "") if continued else line)
        end += 1
    if complete:
        parts.append(whole)
        return end
    parts.append(command.rstrip())
    return at


def _take_statement(command: str, lines: list[str], at: int, parts: list[str]) -> int:
    """Take the lines that a database client would ask for, `    -> from t;`; return where the next one begins."""
    whole = command.rstrip()
    while at < len(lines) and (more := _CLIENT_MORE.match(lines[at])):
        whole += "\n" + more["rest"]
        at += 1
    parts.append(whole)
    return at


def _other_prompt(line: str) -> re.Match[str] | None:
    """Return the match of a prompt that is another shell's."""
    if not _MARK.search(line, 0, 120):
        return None
    match = _ELSEWHERE.match(line) or _CLIENT.match(line)
    if match is None and (match := _PLACE.match(line)) is not None:
        first = match["command"].split()[0]
        if tool(first) is None and not first.startswith(("./", "/")) and not _DEVICE.fullmatch(match["command"][:40]):
            return None
    return match


def _root_prompts(lines: list[str], language: str) -> bool:
    """Whether `# ` prompts, and does not comment: what follows it looks like commands, and no bare line does."""
    marked = [match["command"] for line in lines if (match := _ROOT.match(line.lstrip()))]
    if not marked:
        return False
    typed = [command for command in marked if _typed(command)]
    bare = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if language in _SESSION and language:
        return bool(typed)
    return len(typed) == len(marked) and not any(_typed(line.strip()) for line in bare)


def _typed(line: str) -> bool:
    """Whether a line reads as a command and not as a sentence."""
    words = line.split()
    first = words[0]
    if tool(first) is None and not first.startswith(("./", "/")):
        return False
    prose = {"the", "a", "an", "all", "this", "that", "your", "our", "to", "for", "if", "is", "are", "and", "with"}
    return not (len(words) > 2 and prose & set(words[1:])) and not line.endswith((":", "."))
