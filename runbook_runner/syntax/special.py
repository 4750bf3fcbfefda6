"""Commands whose arguments are a small language of their own: find, awk, sed, the Mongo shell."""

from __future__ import annotations

import re
from collections.abc import Callable

from runbook_runner.model.command import Effect
from runbook_runner.regex import regex
from runbook_runner.syntax.grammar import OPAQUE
from runbook_runner.syntax.known import Parsed
from runbook_runner.syntax.simple import Word

Found = tuple[Effect, str, list[list[Word]], list[tuple[int, int]]]
"""Effect, reason, wrapped commands, and where code stands."""

_SED_WRITES = regex(r"(^|[;{}\n])[^\S\n]*+([0-9$]+|/[^/]*/)?(,([0-9$]+|/[^/]*/))?[^\S\n]*+!?[^\S\n]*+([wWe]|[rR])\b")
_SED_FLAGS = regex(r"s(?P<d>[/|#,:@!])(?:(?!(?P=d)).)*(?P=d)(?:(?!(?P=d)).)*(?P=d)[gpiIm0-9]*[we]", re.DOTALL)

_AWK_SHOWS = regex(r'>>?\s*"/dev/(?:stderr|stdout|null|tty)"(?=\s*(?:[;}\n]|$))')
"""Where what is printed can go and no file is written."""
_MONGO_READS = regex(
    r"(?:(?:printjson|print|tojson|JSON\.stringify|EJSON\.stringify)\()?"
    r"(?:rs\.(?:status|conf|config|hello|isMaster|print(?:Secondary|Slave)?ReplicationInfo)"
    r"|sh\.(?:status|getBalancerState|isBalancerRunning)"
    r"|db\.(?:hello|isMaster|stats|version|serverStatus|currentOp|hostInfo|getReplicationInfo|printReplicationInfo"
    r"|printSecondaryReplicationInfo|getCollectionNames|getProfilingStatus|getMongo)"
    r"|db\.adminCommand\((?=['\"](?:ping|listDatabases|replSetGetStatus|serverStatus|hello|isMaster)['\"]\)))"
    r"(?:\([^()]*\)|['\"]\w+['\"]\))(?:\.\w+|\[\d+\])*(?:,\s*null,\s*\d+)?\)?|show (?:dbs|collections|users|log \w+)"
)
"""What only asks the database, printed or not, and a member of its answer."""


def _sed(parsed: Parsed) -> Found:
    given = [value for name, value in parsed.options if name in {"-e", "--expression"} and value is not None]
    programs = given or parsed.positional[:1]
    code = [(word.start, word.end) for word in programs]
    if any(name in {"-f", "--file"} for name, _ in parsed.options):
        return Effect.UNKNOWN, "runs a script from a file", [], code
    for word in programs:
        if ((found := _SED_WRITES.search(word.value)) and found[5] not in "rR") or _SED_FLAGS.search(word.value):
            return Effect.UNKNOWN, "its script may write files or run commands", [], code
    return Effect.READ, "edits text on its way", [], code


def _awk(parsed: Parsed) -> Found:
    if any(name in {"-f", "--file", "-i", "--include", "-l", "--load", "-E", "--exec"} for name, _ in parsed.options):
        return Effect.UNKNOWN, "runs a program from a file", [], []
    programs = parsed.positional[:1]
    code = [(word.start, word.end) for word in programs]
    for word in programs:
        bare = _AWK_SHOWS.sub("", word.value)
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', bare)
        bare = re.sub(r"/(?:[^/\\\n]|\\.)+/", " ", bare)
        if "system" in bare or "getline" in bare or re.search(r"[^|]\|[^|]|\|&", bare):
            return Effect.UNKNOWN, "its program may run commands", [], code
        if re.search(r"print[^;}\n]*>", bare):
            return Effect.UNKNOWN, "its program may write files", [], code
    return Effect.READ, "prints parts of its input", [], code


def _find(parsed: Parsed) -> Found:
    """Judge `find` by its whole expression, since its options take values by position."""
    words = parsed.words
    commands: list[list[Word]] = []
    index = 1
    while index < len(words):
        value = words[index].value
        if value in {"-exec", "-execdir", "-ok", "-okdir"}:
            end = index + 1
            while end < len(words) and words[end].value not in {";", "+"}:
                end += 1
            commands.append(
                [Word(one.value.replace("{}", OPAQUE), one.start, one.end) for one in words[index + 1 : end]]
            )
            index = end
        elif value == "-delete":
            return Effect.CHANGE, "deletes the files it finds", [], []
        elif value in {"-fprint", "-fprint0", "-fprintf", "-fls"}:
            return Effect.CHANGE, "writes what it finds to a file", [], []
        index += 1
    return Effect.READ, "looks for files", commands, []


def _mongo(parsed: Parsed) -> Found:
    scripts = [value for name, value in parsed.options if name == "--eval" and value is not None]
    code = [(word.start, word.end) for word in scripts]
    for word in scripts:
        calls = filter(None, (one.strip() for one in re.split(r"[;\n]", word.value)))
        if not all(_MONGO_READS.fullmatch(one) for one in calls):
            return Effect.UNKNOWN, "runs a script", [], code
    return Effect.READ, "asks the database", [], code


SPECIAL: dict[str, Callable[[Parsed], Found]] = {"sed": _sed, "awk": _awk, "find": _find, "mongo": _mongo}
