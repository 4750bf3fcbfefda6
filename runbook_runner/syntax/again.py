"""Where a command's text hands values to something that parses them as code: `sh -c`, `ssh`, `jq`, arithmetic."""

from __future__ import annotations

import re

from msgspec import Struct

from runbook_runner.regex import regex
from runbook_runner.syntax import placeholders as _placeholders
from runbook_runner.syntax.grammar import LONGEST, parse, position, too_deep
from runbook_runner.syntax.judge import judge
from runbook_runner.syntax.simple import Simple, collect

_LANGUAGES = frozenset(
    [
        *("sh", "bash", "zsh", "dash", "ksh", "su", "ssh", "eval"),
        *(
            "jq",
            "yq",
            "awk",
            "gawk",
            "mawk",
            "sed",
            "perl",
            "python",
            "python2",
            "python3",
            "ruby",
            "node",
            "php",
            "bc",
        ),
        *("psql", "mysql", "mariadb", "sqlite3", "mongo", "mongosh", "cqlsh", "clickhouse-client", "expr", "redis-cli"),
    ]
)
_ARITHMETIC = regex(r"\(\(.*?\)\)|\[\[ .*?-(?:eq|ne|lt|le|gt|ge)\b.*?\]", re.DOTALL)


class Again(Struct, frozen=True):
    """One place where a value is parsed again."""

    name: str
    written: str
    """As it stands there: `<pod>` or `$POD`."""
    parser: str
    """What parses it: the name of a program, or `arithmetic`."""
    line: int
    column: int


def parsed_again(text: str, names: frozenset[str]) -> tuple[Again, ...]:
    """Return the first place of each of some names in code that its text hands on; a command's own name is none."""
    if len(text) > LONGEST:
        return ()
    found = _placeholders.find(text)
    masked = _placeholders.mask(text, found)
    root = parse(masked)
    if too_deep(root):
        return ()
    collected = collect(root, masked)
    ranges = [(start, end, _parser(simple, start)) for simple in collected.commands for start, end in _code(simple)]
    ranges += [(match.start(), match.end(), "arithmetic") for match in _ARITHMETIC.finditer(masked)]
    places = [(one.start, one.name, text[one.start : one.end]) for one in found]
    for name in names:
        places += [(m.start(), name, m[0]) for m in re.finditer(rf"\$\{{?{re.escape(name)}\b\}}?", masked)]
    seen: dict[str, Again] = {}
    for offset, name, written in sorted(places):
        parser = next((parser for start, end, parser in ranges if start <= offset < end), "")
        if name in names and parser and name not in seen:
            seen[name] = Again(name, written, parser, *position(text, offset))
    return tuple(seen.values())


def _code(simple: Simple) -> list[tuple[int, int]]:
    own = {(word.start, word.end) for word in simple.words[:1]}
    code = [place for place in judge(simple, set()).code if place not in own and place[1] > place[0]]
    # `sudo <path>/tool`: the name of a wrapped command is no code, either.
    return [place for place in code if _parser(simple, place[0])]


def _parser(simple: Simple, start: int) -> str:
    """Return which program of a command parses the code at a place; empty where none is known for it."""
    before = [word.value.rpartition("/")[2] for word in simple.words if word.start < start]
    named = [word for word in before if word in _LANGUAGES]
    if named == ["eval"] and re.fullmatch(r"[a-z]+", simple.words[1].value):
        return ""  # `eval range from <start>` is another language's
    if named:
        return named[-1]
    return "a shell" if simple.stdin_range[0] == start else ""
