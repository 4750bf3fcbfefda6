"""The table of known commands is data that nothing else would check: every line of it can be used and says why."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.syntax.known import Rule, _sections, tool
from runbook_runner.syntax.special import SPECIAL

_PLAIN = {"read", "change", "unknown"}
_OTHER = {"argv", "remote", "also", "shell", "sql", "special"}
_TRAITS = {"tty", "shell", "never", "remote"}


def _wrong(rule: Rule) -> Iterator[str]:
    kind, _, where = rule.verdict.partition(" ")
    if kind not in _PLAIN | _OTHER or (kind == "special" and where not in SPECIAL):
        yield f"no verdict: {rule.verdict}"
    if kind in _PLAIN and not rule.why:
        yield "no reason"
    if not rule.traits <= _TRAITS:
        yield f"no trait: {rule.traits - _TRAITS}"
    for word in rule.positional:
        if not all(word.split("|")) or ("$" in word and word != "$"):
            yield f"an empty alternative, or an end that is no word of its own: {word}"


def test_every_line_can_be_used() -> None:
    wrong = []
    for name in _sections():
        known = tool(name)
        assert known is not None
        assert known.rules, f"nothing is said of {name}"
        wrong += [f"{name}: {what} in {rule.positional}" for rule in known.rules for what in _wrong(rule)]
    assert wrong == []
