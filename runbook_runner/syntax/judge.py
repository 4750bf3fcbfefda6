"""What one simple command does: its effect with the reason, and the code that it carries."""

from __future__ import annotations

from msgspec import Struct, field

from runbook_runner.model.command import Effect
from runbook_runner.regex import regex
from runbook_runner.syntax.builtins import SHELL_WORDS, refused_name
from runbook_runner.syntax.grammar import OPAQUE
from runbook_runner.syntax.known import Parsed, Rule, Tool, matching, split, tool
from runbook_runner.syntax.simple import Simple, Word
from runbook_runner.syntax.special import SPECIAL

READ, CHANGE, UNKNOWN = Effect.READ, Effect.CHANGE, Effect.UNKNOWN
_RANK = {READ: 0, UNKNOWN: 1, CHANGE: 2}
_DEEPEST = 8
_INSTALLED = regex(r"/(?:usr/|snap/|opt/(?:[\w.-]+/)*)?s?bin/|/usr/|/opt/kafka")
"""Where packages put programs: there a name is what it says."""

_READS_SCRIPT = regex(
    r"(?:sudo (?:-\S+ )*)?(?:/\S*/)?(?:ba|z|k|da)?sh(?: -[a-z]+| --norc| --noprofile| --login)*(?: -)?"
)

_RESULT_GOES = regex(r"\\gexec\b|\\gx?[ \t]*(?:\([^)\n]*\)[ \t]*)?\||\\gx?[ \t]+(?:\([^)\n]*\)[ \t]*)?[^\s;(\\]")
"""psql's commands that send a result elsewhere: `\\gexec`, `\\g |less`, `\\g FILE`."""


class Judgement(Struct):
    """What is known of one simple command."""

    effect: Effect
    why: str
    traits: set[str] = field(default_factory=set)
    tools: list[str] = field(default_factory=list)
    scripts: list[tuple[str, int, bool]] = field(default_factory=list)
    """Shell texts that it runs: text, offset of the word, whether they run on this machine."""
    code: list[tuple[int, int]] = field(default_factory=list)
    """Stretches of the text that are parsed again as code."""


def worst(effects: list[Effect]) -> Effect:
    """Return the effect that counts for several commands together; unknown when there is none."""
    return max(effects, key=_RANK.__getitem__, default=UNKNOWN)


def judge(simple: Simple, functions: set[str]) -> Judgement:
    """Say what a simple command does."""
    if simple.endless:
        return Judgement(READ, "loops until it is stopped", {"never"})
    if simple.words:
        found = _argv(simple.words, simple, functions, 0)
    else:
        found = Judgement(READ, "sets a shell variable" if simple.assigned else "redirects")
    dangerous = [name for name in simple.assigned if refused_name(name) and name != "IFS"]
    if dangerous and found.effect is READ:
        found.effect, found.why = UNKNOWN, f"sets {dangerous[0]}, which decides what later commands do"
    files = [target for target in simple.writes if not target.startswith(("/dev/tcp/", "/dev/udp/"))]
    if simple.writes and not files and found.effect is not CHANGE:
        # A port that answers is often all that is asked; what is sent to it could be anything.
        found.effect, found.why = UNKNOWN, "opens a connection that can be written to"
    elif files:
        found.effect = CHANGE
        target = files[0].replace(OPAQUE, "…")
        found.why = f"writes to {target or 'a file'}"
    return found


def _argv(words: list[Word], simple: Simple, functions: set[str], depth: int) -> Judgement:
    word = words[0]
    name = word.value
    if not word.static or not name:
        return Judgement(UNKNOWN, "which command this is shows only when it runs", code=[(word.start, word.end)])
    if name in functions:
        return Judgement(READ, "a function defined in this text")
    base = name.rpartition("/")[2]
    known = tool(base if _INSTALLED.match(name) or base.startswith("kafka-") else name)
    tools = [] if "/" in name or name in SHELL_WORDS else [name]
    if known is None or depth > _DEEPEST:
        return Judgement(UNKNOWN, "not in the table of known commands", tools=tools)
    parsed = split(words, known)
    rule, traits = matching(known, parsed, simple.stdin)
    if rule is None:
        return Judgement(UNKNOWN, "not a use that the table knows", set(traits), tools, code=_programs(known, parsed))
    found = _apply(rule, parsed, simple, functions, depth)
    found.tools = [*tools, *found.tools]
    found.traits |= traits
    found.code += _programs(known, parsed)
    return found


def _programs(known: Tool, parsed: Parsed) -> list[tuple[int, int]]:
    """Return where a command's own language stands in its words."""
    found = []
    for place in known.programs:
        if place.startswith("-"):
            found += [(value.start, value.end) for name, value in parsed.options if name == place and value is not None]
        elif place == "1" and parsed.positional:
            found.append((parsed.positional[0].start, parsed.positional[0].end))
        elif place == "all":
            found += [(word.start, word.end) for word in [*parsed.positional, *parsed.rest]]
    return found


def _apply(rule: Rule, parsed: Parsed, simple: Simple, functions: set[str], depth: int) -> Judgement:
    kind, _, where = rule.verdict.partition(" ")
    match kind:
        case "argv":
            inner = parsed.rest
            if not inner:
                return Judgement(UNKNOWN, "no command found in it")
            return _argv(inner, simple, functions, depth + 1)
        case "remote":
            found = (
                _argv(parsed.rest, simple, functions, depth + 1) if parsed.rest else Judgement(UNKNOWN, "no command")
            )
            found.tools = []
            found.scripts = [(text, at, False) for text, at, _ in found.scripts]
            return found
        case "shell" | "remoteshell":
            return _script(where, parsed, simple, rule)
        case "sql":
            return _sql(where, parsed, simple)
        case "special":
            return _special(where, parsed, simple, functions, depth)
        case _:
            return Judgement(Effect(kind), rule.why or kind)


def _script(where: str, parsed: Parsed, simple: Simple, rule: Rule) -> Judgement:
    local = "remote" not in rule.traits
    if where == "stdin":
        return Judgement(
            READ, "", scripts=[(simple.stdin_text or "", simple.stdin_range[0], local)], code=[simple.stdin_range]
        )
    if where == "rest":
        words = parsed.rest
        if not local and simple.stdin and _READS_SCRIPT.fullmatch(" ".join(word.value for word in words)):
            return _fed(simple)
    elif where == "all":
        words = [*parsed.positional, *parsed.rest]
    elif where.startswith("-"):
        value = parsed.value(where)
        words = [value] if value is not None else []
    else:
        words = [*parsed.positional, *parsed.rest][int(where) - 1 : int(where)]
    if not words:
        return Judgement(UNKNOWN, "no command found in it")
    script = " ".join(word.value for word in words)
    return Judgement(
        READ, "", scripts=[(script, words[0].start, local)], code=[(word.start, word.end) for word in words]
    )


def _fed(simple: Simple) -> Judgement:
    """Judge a far shell that runs what it is fed here: `ssh HOST bash -s <<EOF`."""
    if simple.stdin != "text":
        return Judgement(UNKNOWN, "runs what it reads")
    start, end = simple.stdin_range
    return Judgement(READ, "", scripts=[(simple.stdin_text or "", start, False)], code=[(start, end)])


def _sql(where: str, parsed: Parsed, simple: Simple) -> Judgement:
    from runbook_runner.syntax.sql import judge_sql

    if where == "stdin":
        effect, why = _client_side(simple.stdin_text or "", judge_sql(simple.stdin_text or ""))
        return Judgement(effect, why, code=[simple.stdin_range])
    if where.isdigit():
        words = parsed.positional[int(where) - 1 : int(where)]
    else:
        words = [value for name, value in parsed.options if name in where.split("|") and value is not None]
    verdicts = [_client_side(word.value, judge_sql(word.value)) for word in words] or [
        (UNKNOWN, "no statement found in it")
    ]
    effect, why = max(verdicts, key=lambda one: _RANK[one[0]])
    return Judgement(effect, why, code=[(word.start, word.end) for word in words])


def _client_side(text: str, verdict: tuple[Effect, str]) -> tuple[Effect, str]:
    """Return the verdict on SQL, with what psql itself would do with a statement's result."""
    if verdict[0] is not READ or not (found := _RESULT_GOES.search(text)):
        return verdict
    if "exec" in found[0]:
        return UNKNOWN, "runs what it prints as SQL"
    return (UNKNOWN, "runs a program") if "|" in found[0] else (CHANGE, "writes to a file")


def _special(name: str, parsed: Parsed, simple: Simple, functions: set[str], depth: int) -> Judgement:
    effect, why, commands, code = SPECIAL[name](parsed)
    found = Judgement(effect, why, code=code)
    for words in commands:
        inner = _argv(words, simple, functions, depth + 1) if words else Judgement(UNKNOWN, "no command found in it")
        if _RANK[inner.effect] > _RANK[found.effect] or inner.scripts:
            found.effect, found.why = worst([found.effect, inner.effect]), inner.why or found.why
        found.scripts += inner.scripts
        found.tools += inner.tools
        found.code += inner.code
        found.traits |= inner.traits
    return found
