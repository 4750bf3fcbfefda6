"""Commands that belong inside another shell stand in the fence that opens it.

## What it does
Looks for fences in which more commands follow one that opens a shell elsewhere: `ssh host`, `kubectl exec -it`, `oc
debug`, `psql`; prompts that tell the two apart are enough.

## Why it matters
Pasted, they go to whatever reads the terminal at that moment; run as a script, they run here, on the wrong machine,
once the other shell has ended. The runner shows them for typing and runs none of them.

## Example
    ```sh
    ssh db-1
    systemctl restart postgresql
    ```

## How to fix
Give the command to the one that opens the shell (`ssh db-1 'systemctl restart postgresql'`), or move what is typed
there into a fence of its own with a prompt that says where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from runbook_runner.lint._rule import Rule
from runbook_runner.model.command import Command, Handling
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_PROMPT = regex(r"^[ \t]*([\w.@:~/\[\]-]*[$%>❯]|[\w.@:~/\[\]-]+#|\w*=[#>]) +\S", re.MULTILINE)
_ELSEWHERE = regex(
    r"#.*\b(?:another|other|second|new|separate|different)\b"
    r"|# *(?:or\b|alternatively\b|(?:on|for) (?:windows|mac|linux)\b)",
    re.IGNORECASE,
)
_TUNNEL = regex(r"\bssh\b.*\s-[A-Za-z]*[LRDNfW]\b|\s--?tunnel\b|&\s*$")
_GOES_ON = regex(r"[;&|]\s*\S|^\s*(?:done|fi|esac|\})")
_DATABASES = frozenset(
    ["psql", "mysql", "mariadb", "sqlite3", "mongo", "mongosh", "cqlsh", "clickhouse-client", "sqlplus", "redis-cli"]
)
_TALKERS = frozenset(["telnet", "nc", "ncat"])
"""What is typed there goes over the wire: a program's name does not."""
_STATEMENTS = frozenset(["select", "use", "show", "set", "info", "get", "keys", "config", "help", "type", "exit"])
"""Words of databases that are commands of a shell, too."""
_KEYS = regex(r"<(?:tab|esc|enter|up|down)>", re.IGNORECASE)
_ANSWER = regex(r"[^\n]{0,200}\b(?:password|passphrase|PIN)\b[^\n]{0,80}:|Last login: |Welcome to |Linux \S+ \d", re.I)
"""What the other side prints before it asks for a command."""
_SETTING = regex(r"\s*[\w.-]+:(?:$|\s)")
"""A line of a file, such as YAML, that stands below the command: no shell is given it."""
_DEEPER = regex(r"\s*(?:\$ )?(?:sudo +(?:-[is]+|bash)|(?:sudo +)?su(?: +-[a-z]*| +[\w.-]+)*)\s*$")
"""Another user's shell: where that is all, she is shown how to get there."""
_EXIT = regex(r"\s*(?:exit|logout|quit|\\q)\s*;?\s*$")


def _find(document: Document) -> Iterator[Defect]:
    for step, following in pairwise(document.runbook.steps):
        opener, inner = step.command, following.command
        if opener is None or inner is None or opener.span != inner.span:
            continue
        if opener.handling is not Handling.TERMINAL or inner.handling is not Handling.INSIDE:
            continue
        if not _typed_on(document, opener, inner):
            continue
        if (span := _meant(opener, inner)) is not None:
            name = _last_line(opener)
            message = f"this is meant for inside `{name}`: as it stands it would run here, after that has ended"
            hint = "give it to that command, or move it into a fence of its own with a prompt that says where"
            yield Defect("inside-another-shell", message, span, hint)


def _typed_on(document: Document, opener: Command, inner: Command) -> bool:
    """Whether nothing tells the two apart: no prompts, or the same plain one and no output between them."""
    prompts = {match[1] for match in _PROMPT.finditer(opener.source + "\n" + inner.source)}
    if prompts - {"$"}:
        return False
    before = document.lines[inner.content_line - 2] if inner.content_line > 1 else ""
    return not prompts or opener.parts[-1].strip().split("\n")[-1].strip() in before


def _meant(opener: Command, inner: Command) -> Span | None:
    """Return the place of the first command that is meant for inside; None where the lines may mean something else."""
    line = _last_line(opener)
    if _KEYS.search(inner.source) or inner.source.rstrip().split("\n")[-1].strip() in {"...", "…"}:
        return None  # what can be typed, not what is
    if _TUNNEL.search(line) or _GOES_ON.search(re.sub(r"'[^']*'|\"[^\"]*\"", "", line)):
        return None  # what follows is for this side of it, or may be
    if re.fullmatch(r"\s*(?:/bin/)?(?:ba|z|da)?sh\s*", line):
        return None  # the same machine, the same user
    tools = {words[0] for words in _words(line)}
    if (_DATABASES | _TALKERS) & set(line.split()) and _shell(inner):
        return None
    text = "\n".join(inner.parts)
    if all(_DEEPER.match(line) for line in text.split("\n") if line.strip()[:1] not in {"", "#"}):
        return None
    if _ELSEWHERE.search(text) or any(tool in {words[0] for words in _words(text)} for tool in tools):
        return None
    for number, line in enumerate(inner.source.split("\n")):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if _ANSWER.match(line):
            continue
        if _EXIT.match(line.replace("$ ", "", 1)) or _SETTING.match(line):
            return None
        place, bare = inner.content_line + number, re.sub(r"^\s*(?:\$ +)?", "", line)
        column = inner.content_column + len(line) - len(bare)
        return Span(place, column, place, column + len(bare))
    return None


def _last_line(command: Command) -> str:
    return re.sub(r"\\\n\s*", "", command.parts[-1].strip()).split("\n")[-1].strip()


def _shell(inner: Command) -> bool:
    """Whether what follows a database's shell is clearly for a shell of this machine."""
    from runbook_runner.syntax.known import tool

    words = _words("\n".join(inner.parts))
    return bool(words) and tool(words[0][0]) is not None and words[0][0] not in _STATEMENTS


def _words(text: str) -> list[list[str]]:
    lines = (line.split() for line in text.split("\n"))
    return [words[1:] if words[0] == "sudo" and len(words) > 1 else words for words in lines if words]


RULE: LintRule = Rule("inside-another-shell", Group.CORRECTNESS, _find, "commands meant for inside another shell")
