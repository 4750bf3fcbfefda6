"""The table of known commands: loading it, and finding the line that speaks about a command.

The table is `known_commands.txt`; how its lines are written stands at its top. A section is parsed when its
command is first met.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from runbook_runner.regex import regex
from runbook_runner.syntax.simple import Word

_CLUSTER = regex(r"-[A-Za-z0-9]")
_WILD = regex(r"[*?[]")


class Rule(Struct, frozen=True):
    """One line of the table."""

    positional: tuple[str, ...]
    """Alternatives for each leading word, `a|b`; `*` any, `$` no further word."""
    conditions: tuple[str, ...]
    """On options, input and other words."""
    verdict: str
    """read, change, unknown, or how to go on: `argv`, `shell OPTION|N|rest|stdin`, `sql …`, `special NAME`."""
    traits: frozenset[str]
    """tty, shell, never."""
    why: str


class Tool(Struct, frozen=True):
    """What the table says of one command."""

    rules: tuple[Rule, ...]
    attached: frozenset[str]
    """Options whose value, if any, is glued to them: `-psecret`."""
    values: frozenset[str]
    """Options that take the next word as their value."""
    clusters: bool
    """Whether `-ab` is `-a -b`."""
    wraps: tuple[tuple[tuple[str, ...], int], ...]
    """After these leading words and so many more, the rest is a command."""
    programs: frozenset[str]
    """Where code stands: options whose value is code, or `1` for the first word."""
    nocase: bool = False
    """Whether its words mean the same in capitals."""
    stops: bool = False
    """Whether what follows its first word is not its own: a script's arguments."""


class Parsed(Struct):
    """A command's words, told apart."""

    options: list[tuple[str, Word | None]]
    positional: list[Word]
    rest: list[Word]
    """The command that it wraps, or what follows `--`."""
    words: list[Word] = field(default_factory=list)
    """All of them, the name first."""

    def value(self, names: str) -> Word | None:
        """Return the value of the first of some options, `-a|--all`."""
        wanted = names.split("|")
        return next((value for name, value in self.options if name in wanted and value is not None), None)


@cache
def _sections() -> dict[str, str]:
    """Return the table's sections by command name."""
    text = (Path(__file__).parent / "known_commands.txt").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for section in text.split("\n[")[1:]:
        names, _, body = section.partition("]\n")
        for name in names.split():
            found[name] = body + "\n" + found.get(name, "")  # what is said later is more particular
    return found


@cache
def tool(name: str) -> Tool | None:
    """Return what is known of a command; None when it is not in the table."""
    section = _sections().get(name)
    if section is None and name.endswith(".sh"):
        section = _sections().get(name.removesuffix(".sh"))
    return _parse(section) if section is not None else None


def _parse(section: str) -> Tool:
    rules: list[Rule] = []
    values: set[str] = set()
    programs: set[str] = set()
    attached: set[str] = set()
    wraps: list[tuple[tuple[str, ...], int]] = []
    clusters, nocase, stops = True, False, False
    for line in section.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        pattern, arrow, outcome = line.partition("=>")
        head, *words = line.split()
        if arrow:
            rules += _rules(pattern, outcome)
        elif head == "values":
            values.update(words)
        elif head == "attached":
            attached.update(words)
        elif head == "program":
            programs.update(words)
        elif head == "wraps":
            wraps.append((tuple(words[:-1]), int(words[-1])))
        elif head == "long":
            clusters = False
        elif head == "nocase":
            nocase = True
        elif head == "stops":
            stops = True
    return Tool(
        tuple(rules), frozenset(attached), frozenset(values), clusters, tuple(wraps), frozenset(programs), nocase, stops
    )


def _rules(pattern: str, outcome: str) -> list[Rule]:
    """Several patterns on one line are told apart by commas standing alone."""
    head, _, why = outcome.partition(":")
    verdict, *more = head.split()
    if verdict in {"shell", "sql", "special"} and more:
        verdict = f"{verdict} {more.pop(0)}"
    found = []
    for one in pattern.split(" , "):
        tokens = one.split()
        conditions = tuple(token for token in tokens if token[0] in "-!?~" and len(token) > 1)
        words = tuple(token for token in tokens if token not in conditions)
        found.append(Rule(words, conditions, verdict, frozenset(more), why.strip()))
    return found


def split(words: list[Word], known: Tool) -> Parsed:
    """Tell options, positional words and a wrapped command apart."""
    parsed = Parsed([], [], [], words)
    index = 1
    while index < len(words):
        word = words[index]
        if known.stops and parsed.positional:
            parsed.positional += words[index:]
            break
        if word.value == "--":
            parsed.rest = words[index + 1 :]
            break
        if word.value[:1] == "-" and len(word.value) > 1:
            index += _option(parsed, words, index, known)
            continue
        if _assigns(parsed.positional, known, word):
            index += 1
            continue
        if _starts_command(parsed.positional, known):
            parsed.rest = words[index:]
            break
        parsed.positional.append(word)
        index += 1
    return parsed


def _starts_command(positional: list[Word], known: Tool) -> bool:
    for words, skip in known.wraps:
        before = [one.value for one in positional]
        if len(before) == len(words) + skip and all(
            value in alternatives.split("|") for value, alternatives in zip(before, words, strict=False)
        ):
            return True
    return False


def _assigns(positional: list[Word], known: Tool, word: Word) -> bool:
    """Whether it is an assignment in front of a wrapped command, as `env` and `sudo` take them."""
    name, equals, _ = word.value.partition("=")
    return not positional and ((), 0) in known.wraps and bool(equals) and name.isidentifier()


def _option(parsed: Parsed, words: list[Word], index: int, known: Tool) -> int:
    """Take one option; return how many words it took."""
    word = words[index]
    name, equals, value = word.value.partition("=")
    following = words[index + 1] if index + 1 < len(words) else None
    if word.value[:2] in known.attached:
        parsed.options.append((word.value[:2], None))
        return 1
    if not word.value.startswith("--") and known.clusters and _CLUSTER.match(word.value):
        letters = word.value[1:]
        for at, letter in enumerate(letters):
            if "-" + letter in known.values:
                attached = letters[at + 1 :].removeprefix("=")
                own = Word(attached, word.start, word.end) if attached else following
                parsed.options.append(("-" + letter, own))
                return 1 if attached or own is None else 2
            parsed.options.append(("-" + letter, None))
        if len(letters) > 1:
            parsed.options.append((name, Word(value, word.start, word.end) if equals else None))
        return 1
    if equals:
        parsed.options.append((name, Word(value, word.start, word.end)))
        return 1
    if name in known.values and following is not None:
        parsed.options.append((name, following))
        return 2
    parsed.options.append((name, None))
    return 1


def matching(known: Tool, parsed: Parsed, stdin: str) -> tuple[Rule | None, frozenset[str]]:
    """Return the first rule that decides, with the traits of all rules passed on the way that only add traits."""
    traits: frozenset[str] = frozenset()
    if known.nocase:
        lower = [replace(word, value=word.value.lower()) for word in parsed.positional]
        parsed = Parsed(parsed.options, lower, parsed.rest, parsed.words)
    for rule in known.rules:
        if _matches(rule, parsed, stdin):
            traits |= rule.traits
            if rule.verdict != "also":
                return rule, traits
    return None, traits


def _matches(rule: Rule, parsed: Parsed, stdin: str) -> bool:
    words = parsed.positional
    if rule.positional == ("$",) and not rule.conditions and rule.verdict == "read" and parsed.options:
        return False  # `mount` lists, `mount -a` does not
    for index, wanted in enumerate(rule.positional):
        if wanted == "$":
            if len(words) > index or parsed.rest:
                return False
            break
        if index >= len(words) or not _alike(words[index].value, wanted):
            return False
    return not rule.conditions or all(_holds(condition, rule, parsed, stdin) for condition in rule.conditions)


def _alike(value: str, wanted: str) -> bool:
    words, beginnings, patterns = _alternatives(wanted)
    if value in words or (beginnings and value.startswith(beginnings)):
        return True
    return bool(patterns) and any(fnmatchcase(value, one) for one in patterns)


@cache
def _alternatives(wanted: str) -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    """Return the words, the beginnings of words, and the other patterns that a cell of the table allows."""
    each = wanted.split("|")
    wild = [one for one in each if "*" in one or "?" in one]
    open_end = [one for one in wild if one.endswith("*") and _WILD.search(one[:-1]) is None]
    return frozenset(each), tuple(one[:-1] for one in open_end), tuple(one for one in wild if one not in open_end)


def _holds(condition: str, rule: Rule, parsed: Parsed, stdin: str) -> bool:
    if condition[0] == "!":
        return not _holds(condition[1:], rule, parsed, stdin)
    if condition[0] == "~":
        more = parsed.positional[len(rule.positional) :] + parsed.rest
        return any(_alike(word.value, condition[1:]) for word in more)
    if condition[0] == "?":
        kinds = condition[1:].split("|")
        return bool(parsed.rest) if kinds == ["rest"] else stdin in kinds
    names, equals, wanted = condition.partition("=")
    negated = names.endswith("!")
    risky = rule.verdict == "change"
    for name, value in parsed.options:
        if not any(_same(name, one, abbreviated=risky) for one in names.rstrip("!").split("|")):
            continue
        if not equals:
            return True
        alike = value is not None and any(_alike(value.value, one) for one in wanted.split(","))
        if alike is not negated:
            return True
    return False


def _same(name: str, wanted: str, *, abbreviated: bool) -> bool:
    """Whether an option is meant; programs also accept the beginning of a long one."""
    return name == wanted or (abbreviated and len(name) > 4 and name[:2] == "--" and wanted.startswith(name))
