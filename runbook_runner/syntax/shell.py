"""What can be said of a shell text without running it: the entry point of this package."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, field

from runbook_runner.model.command import Analysis, Effect, Placeholder, Problem, Reason
from runbook_runner.regex import regex
from runbook_runner.syntax import placeholders as _placeholders
from runbook_runner.syntax.builtins import SHELL_WORDS, ambient_name, refused_name
from runbook_runner.syntax.grammar import LONGEST, OPAQUE, parse, position, too_deep
from runbook_runner.syntax.judge import judge, worst
from runbook_runner.syntax.known import tool
from runbook_runner.syntax.mistakes import first_mistake
from runbook_runner.syntax.plausible import first_word, is_plausible
from runbook_runner.syntax.prompts import Prompted, is_complete, split_prompts
from runbook_runner.syntax.remember import remembered
from runbook_runner.syntax.simple import Simple, collect
from runbook_runner.syntax.spare import spare
from runbook_runner.syntax.typography import odd_characters
from runbook_runner.syntax.variables import variables

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = [
    "Prompted",
    "ambient_name",
    "analyse",
    "is_complete",
    "refused_name",
    "simple_commands",
    "split_prompts",
    "substitute",
    "written_commands",
]

_NESTED = 4
_PYTHON = regex(r"^\s*>>> ", re.MULTILINE)
"""Typed in another program: what it says is not for a shell to understand."""


class _Findings(Struct):
    reasons: list[Reason] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    sure: set[str] = field(default_factory=set)
    """Those of the tools that nothing in the text passes over or stands in for."""
    traits: set[str] = field(default_factory=set)
    code: list[tuple[int, int]] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)
    looked_for: set[str] = field(default_factory=set)
    """Programs that the text itself looks for before it uses them."""


def analyse(text: str, language: str = "bash") -> Analysis:  # noqa: ARG001 - all shells are read as bash
    """Say what is known of a shell text before it runs; never raises, whatever the text is."""
    return _analysed(text)


@remembered
def _analysed(text: str) -> Analysis:
    found = _placeholders.find(text) if len(text) <= LONGEST else []
    masked = _placeholders.mask(text, found)
    word = first_word(text)
    plausible = is_plausible(text)
    known = plausible and (word in SHELL_WORDS or tool(word) is not None)
    root = parse(masked) if len(text) <= LONGEST else None
    if root is None or too_deep(root):
        problem = Problem("too-large", "this text is too long or too deeply nested to be understood")
        return Analysis(Effect.UNKNOWN, (_whole(text, "too large to be understood"),), text, problems=(problem,))
    findings = _Findings()
    _judge_all(root, masked, text, findings, local=True, depth=0, at=None)
    problems = tuple(_problems(root, masked, text))
    if root.has_error:
        place = position(text, _first_error(root).start_byte)
        findings.reasons.append(_whole(text, "part of it is not understood as shell", place))
    names = variables(root, masked, findings.code)
    done = _placeholders.substitute_in(text, root, found, findings.code)
    again = names.reevaluated | {one.name for one in done.placeholders if one.reevaluated}
    pairs = sorted([*names.uses, *zip(done.offsets, (one.name for one in done.placeholders), strict=True)])
    order = tuple(dict.fromkeys(name for _, name in pairs))
    tools = [name for name in dict.fromkeys(findings.tools) if name not in findings.looked_for]
    return Analysis(
        effect=worst([reason.effect for reason in findings.reasons]),
        reasons=tuple(findings.reasons),
        text=done.text,
        sets=frozenset(names.sets),
        uses=order,
        reevaluated=frozenset(again),
        placeholders=tuple(done.placeholders),
        tools=tuple(tools),
        spare=frozenset(tools) - findings.sure,
        interactive=bool(findings.traits & {"tty", "shell"}),
        opens_shell="shell" in findings.traits,
        never_returns="never" in findings.traits,
        plausible=plausible,
        known=known,
        problems=(*problems, *done.problems),
    )


def substitute(text: str) -> tuple[str, tuple[Placeholder, ...], tuple[Problem, ...]]:
    """Return the text with quoted variables for placeholders, the placeholders, and what could not be done."""
    analysis = analyse(text)
    problems = tuple(one for one in analysis.problems if one.code.startswith("placeholder"))
    return analysis.text, analysis.placeholders, problems


def simple_commands(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of every simple command, nested ones too; U+E000 stands for what only a run can tell."""
    return tuple(tuple(word.value for word in one.words) for one in _collected(text))


def written_commands(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of every simple command; what only a run can tell stands there as written, with its quotes."""
    return tuple(
        tuple(word.value if word.static else text[word.start : word.end] for word in one.words)
        for one in _collected(text)
    )


def _collected(text: str) -> list[Simple]:
    if len(text) > LONGEST:
        return []
    masked = _placeholders.mask(text, _placeholders.find(text))
    root = parse(masked)
    return [] if too_deep(root) else [one for one in collect(root, masked).commands if one.words]


def _whole(text: str, why: str, place: tuple[int, int] = (1, 1)) -> Reason:
    return Reason(text.strip().split("\n")[0][:80], Effect.UNKNOWN, why, *place)


def _judge_all(
    root: Node,
    masked: str,
    text: str,
    into: _Findings,
    *,
    local: bool,
    depth: int,
    at: tuple[int, int] | None,
    maybe: bool = False,
) -> None:
    """Judge every simple command of a text and of the scripts inside it; `at` is where the outermost one stands.

    What `maybe` runs is no program that the text is sure to need.
    """
    collected = collect(root, masked)
    into.functions |= collected.functions
    passed_over = ((0, len(masked)),) if maybe else spare(root, masked)
    for simple in collected.commands:
        found = judge(simple, into.functions)
        place = at or position(text, simple.start)
        shown = simple.text if at is not None else text[simple.start : simple.start + len(simple.text)]
        into.traits |= found.traits - {"remote", "never" if _is_answered(simple, masked) else ""}
        into.looked_for |= _looked_for(simple)
        if local:
            tools = [name for name in found.tools if name not in into.functions]
            into.tools += tools
            if not any(start <= simple.start < end for start, end in passed_over):
                into.sure.update(tools)
        if at is None:
            into.code += found.code
        if found.why or not found.scripts:
            into.reasons.append(Reason(shown.replace(OPAQUE, "…"), found.effect, found.why, *place))
        for script, _, here in found.scripts:
            maybe = any(start <= simple.start < end for start, end in passed_over)
            _judge_script(script, simple, into, local=local and here, depth=depth, at=place, maybe=maybe)


_INTO = regex(r"\s{0,99}\|(?!\|)")


def _is_answered(simple: Simple, masked: str) -> bool:
    """Whether it is `yes`, and ends with the command that it says so to."""
    if not simple.words or simple.words[0].value != "yes":
        return False
    return _INTO.match(masked, simple.start + len(simple.text)) is not None


def _looked_for(simple: Simple) -> set[str]:
    words = [word.value for word in simple.words if word.static]
    looks = words[:1] in (["type"], ["hash"], ["which"]) or words[:2] in (["command", "-v"], ["command", "-V"])
    return {word for word in words[1:] if word[:1] != "-"} if looks else set()


def _judge_script(
    script: str, simple: Simple, into: _Findings, *, local: bool, depth: int, at: tuple[int, int], maybe: bool
) -> None:
    root = parse(script)
    broken = depth >= _NESTED or too_deep(root) or root.has_error
    bare = not script.replace(OPAQUE, "").strip()
    if not broken and not bare:
        _judge_all(root, script, script, into, local=local, depth=depth + 1, at=at, maybe=maybe)
    else:
        why = "the script that it runs is not known beforehand" if bare else "the script in it is not understood"
        into.reasons.append(Reason(simple.text.replace(OPAQUE, "…"), Effect.UNKNOWN, why, *at))


def _problems(root: Node, masked: str, text: str) -> Iterator[Problem]:
    session = ">>> " in text and _PYTHON.search(text)
    if root.has_error and not session and (mistake := first_mistake(masked)) is not None:
        line, column = position(text, mistake.offset)
        yield Problem("shell-syntax", mistake.message, line, column, mistake.hint)
    if not text.isascii():
        yield from odd_characters(text, root)


def _first_error(root: Node) -> Node:
    node = root
    while True:
        for child in node.children:
            if child.is_error or child.is_missing:
                return child
            if child.has_error:
                node = child
                break
        else:
            return node
