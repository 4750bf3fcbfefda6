"""Scenarios -> YAML: a recorded one, and new expectations in a file that somebody wrote, which stays as it is else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from runbook_runner.markdown.front_matter import is_text
from runbook_runner.model.scenario import Expect, Scenario
from runbook_runner.model.span import Span

_LINE = 90
"""A mapping that is longer stands with a line for each of its keys."""


class _Block(dict[str, Any]):
    """A mapping that is written so."""


def written(scenario: Scenario) -> str:
    """Return a scenario as an item of a file's list, ready to stand below `scenarios:`."""
    return _yaml([_plain(msgspec.to_builtins(scenario))])


def written_expectation(expect: Expect, indent: int) -> str:
    """Return the `expect:` of a scenario, indented by so many spaces."""
    whole = _plain(msgspec.to_builtins(expect))
    if len(str(whole.get("because", ""))) > _LINE:
        whole["because"] = _Block(whole["because"])
    text = _yaml({"expect": whole}, indent)
    return "".join(" " * indent + line for line in text.splitlines(keepends=True))


def _plain(value: Any) -> Any:
    """Return what an author would write: a list of one as its only item, a reply that only prints as its text."""
    if not isinstance(value, dict):
        return value
    whole = dict(value)
    for key, short in (("commands", "stdout"), ("answers", "take")):
        for step, items in whole.get(key, {}).items():
            shorter = [item.get(short, "") if _short(item, short) else item for item in items]
            whole[key][step] = shorter[0] if len(shorter) == 1 else shorter
    return {key: each for key, each in whole.items() if each not in ({}, [], None)}


def _short(item: dict[str, Any], short: str) -> bool:
    # What has a meaning of its own as a single word is written in full.
    return set(item) <= {short} and item.get(short, "").lower() not in ("hangs", "yes", "no", "true", "false")


def _yaml(value: Any, indent: int = 6) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            return super().increase_indent(flow, False)

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        several = "\n" in value and not re.search(r"[ \t]\n|[^\n\t\x20-\x7e\xa0-\ud7ff]", value)
        style = "|" if several else None if is_text(value) else "'"
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    def block(dumper: yaml.SafeDumper, value: _Block) -> yaml.MappingNode:
        return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=False)

    Dumper.add_representer(str, text)
    Dumper.add_representer(_Block, block)
    width = 104 - indent
    return str(
        yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=width, default_flow_style=None)
    )


def added(text: str, scenario: Scenario) -> str:
    """Return a file with one scenario more; an empty text begins one."""
    item = "".join("  " + line for line in written(scenario).splitlines(keepends=True))
    if not text.strip():
        return "scenarios:\n" + item
    return text.rstrip("\n") + "\n\n" + item


def updated(text: str, places: Sequence[Span], expectations: Mapping[int, Expect]) -> str:
    """Return a file with other expectations, by the number of the scenario; `places` is where each begins."""
    lines = text.splitlines(keepends=True)
    for number in sorted(expectations, reverse=True):
        begin = places[number].line - 1
        indent = places[number].column - 1
        end = _end(lines, begin, indent)
        fresh = written_expectation(expectations[number], indent).splitlines(keepends=True)
        old = next((at for at in range(begin, end) if _is_key(lines[at], indent, at == begin, "expect")), None)
        if old is None:
            lines[end:end] = fresh
            continue
        lines[old : _block(lines, old, indent, end)] = fresh
    return "".join(lines)


def _end(lines: Sequence[str], begin: int, indent: int) -> int:
    """Return the line past a scenario; blank lines and remarks before the next one are not its own."""
    at = begin + 1
    while at < len(lines) and (not lines[at].strip() or _indent(lines[at]) >= indent):
        at += 1
    while at > begin + 1 and (not lines[at - 1].strip() or lines[at - 1].lstrip().startswith("#")):
        at -= 1
    return at


def _block(lines: Sequence[str], key: int, indent: int, end: int) -> int:
    at = key + 1
    while at < end and (not lines[at].strip() or _indent(lines[at]) > indent):
        at += 1
    while at > key + 1 and not lines[at - 1].strip():
        at -= 1
    return at


def _is_key(line: str, indent: int, first: bool, key: str) -> bool:
    return not first and _indent(line) == indent and line.strip().startswith(f"{key}:")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
