"""Patterns that are compiled when they are first used."""

from __future__ import annotations

import gc
import pkgutil
import re
from importlib import import_module

import pytest

import runbook_runner
from runbook_runner.regex import regex


def test_it_does_what_a_pattern_does() -> None:
    late, plain = regex(r"(?P<name>[a-z]+)=(\d+)", re.I), re.compile(r"(?P<name>[a-z]+)=(\d+)", re.I)
    text = "A=1, b=22"
    assert [match.groups() for match in late.finditer(text)] == [match.groups() for match in plain.finditer(text)]
    assert (late.sub("-", text), late.split(text), late.findall(text)) == (
        plain.sub("-", text),
        plain.split(text),
        plain.findall(text),
    )
    assert (late.pattern, late.flags, late.groups, dict(late.groupindex)) == (
        plain.pattern,
        plain.flags,
        plain.groups,
        dict(plain.groupindex),
    )
    assert late.match("x") is None
    assert late.fullmatch("x=1") is not None


def test_a_mistake_shows_when_it_is_used() -> None:
    wrong = regex("(")
    assert wrong.pattern == "("
    with pytest.raises(re.error):
        wrong.search("")


def test_what_a_pattern_has_not_it_has_not() -> None:
    with pytest.raises(AttributeError):
        regex("a").nothing  # type: ignore[attr-defined]  # noqa: B018


def test_every_pattern_of_the_program_is_right() -> None:
    for module in pkgutil.walk_packages(runbook_runner.__path__, "runbook_runner."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    gc.unfreeze()  # a command that another test ran in this process may have hidden them
    ours = [found for found in gc.get_objects() if type(found) is type(regex("")) and found.pattern != "("]
    assert len(ours) > 400
    for pattern in ours:
        pattern.search("")
