"""What language a fence is in: what it claims under another name, or what its first words show."""

from __future__ import annotations

import re

from runbook_runner.model.command import Effect
from runbook_runner.regex import regex
from runbook_runner.syntax.doubts import Claim

SHELLS = frozenset(["sh", "bash", "shell", "zsh", "console", "shell-session", "shellsession", "terminal"])
ELSEWHERE = frozenset({"sql", "promql", "http", "kubernetes", "network"})
"""Run by an executor of their own, or by hand."""
PROSE = frozenset({"", "text", "txt", "plain", "plaintext", "none"})
_ALIASES = dict.fromkeys(
    ["postgresql", "postgres", "pgsql", "psql", "plpgsql", "mysql", "mariadb", "tsql", "plsql", "sqlite", "cql"], "sql"
)
_ALIASES |= dict.fromkeys(["sh-session", "bash-session", "shell-script", "shellscript", "cli", "cmdline"], "console")
_ALIASES |= dict.fromkeys(["cisco", "ios", "junos", "eos", "nxos", "routeros"], "network")
_SQL = regex(
    r"(?:select\b(?=.*\bfrom\b|[^;]*\()|insert into\b|update \w[\w.\"]* set\b|delete from\b"
    r"|(?:alter|create|drop|truncate|analyze|vacuum|reindex|optimize|repair|check) (?:table|index|database|user|role"
    r"|tablespace|extension|view|system|session|keyspace|concurrently|unique|materialized|publication|subscription)\b"
    r"|show (?:(?:full|global|session|master|slave|replica|binary|engine|open|all|index(?:es)?) )*"
    r"(?:status|processlist|variables|databases|tables|logs|innodb|slaves|replicas|grants|create|columns|from)\b"
    r"|(?:start|stop|reset) (?:slave|replica|master)\b|change (?:master|replication)\b|explain (?:analyze )?select\b"
    r"|grant [\w, ]+ on\b|revoke [\w, ]+ on\b|set (?:global|session) \w|with \w+ as \()",
    re.I | re.S,
)
_REQUEST = regex(r"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (?:/|_|https?://)\S*", re.M)
_DEVICE = regex(
    r"(?P<read>(?:do )?sh(?:ow)? (?=[a-z])|display (?=[a-z])|ping |traceroute |terminal length|enable$|dir |more )"
    r"|(?P<change>clear (?:ip|ipv6|bgp|arp|counters|isis|ospf|crypto|interface|mac|line|logging)\b"
    r"|conf(?:igure)?(?: t(?:erminal)?)?$|no shut|shut(?:down)?$|write (?:mem|erase)|copy run|commit\b|rollback \d"
    r"|reload$|request system|router (?:bgp|ospf)|interface \w+[\d/]|neighbor \S+ |set (?:interfaces|protocols) )"
)
_COMMENT = regex(r"\s*(?:--|#|!|//|;)[^\n]*\n|\s+")


def called(language: str) -> str:
    """Return our name of a language."""
    return _ALIASES.get(language, language)


def claimed_by(language: str, *, prompts: bool) -> Claim:
    """Return what a fence says of what is in it, by its language, and whether it has prompts."""
    if language in SHELLS:
        return Claim.SHELL
    if prompts:
        return Claim.TYPED
    if language == "http":
        return Claim.SENT
    return Claim.PROSE if language in PROSE - {""} else Claim.NONE


def meant(language: str, text: str) -> str:
    """Return the language that a text is in, when that is plain from its words; else the one that the fence claims.

    Only a fence that claims none is looked at for SQL and requests; what is typed on a router is told from shell.
    """
    start = text
    while match := _COMMENT.match(start):
        start = start[match.end() :]
    if language in PROSE and _SQL.match(start):
        return "sql"
    if language in PROSE and _REQUEST.match(start):
        return "http"
    if language in SHELLS | PROSE and start[:1].isalpha() and _on_device(start):
        return "network"
    return language


def _on_device(text: str) -> bool:
    lines = [line.strip() for line in text.split("\n") if line.strip() and line.strip()[0] not in "!#"]
    first = _DEVICE.match(lines[0])
    certain = first is not None and not lines[0].startswith(("ping", "traceroute", "dir", "more", "enable", "commit"))
    return certain and all(_DEVICE.match(line) for line in lines[1:3])


def by_hand(language: str, text: str) -> Effect:
    """Return the effect of what is done by hand, by its words alone."""
    match language:
        case "promql":
            return Effect.READ
        case "sql":
            from runbook_runner.syntax.sql import judge_sql

            return judge_sql(text)[0]
        case "http":
            from runbook_runner.syntax.requests import analyse

            return analyse(text).effect
        case "network":
            found = [_DEVICE.match(line.strip()) for line in text.split("\n") if line.strip()]
            if any(one and one["change"] for one in found):
                return Effect.CHANGE
            return Effect.READ if all(found) else Effect.UNKNOWN
        case _:
            return Effect.UNKNOWN
