"""What can be read about the rules without running them."""

from __future__ import annotations

from runbook_runner import registry
from runbook_runner.errors import InputError
from runbook_runner.lint.choice import near_miss
from runbook_runner.model.finding import Group, RuleText, severity


def texts(*, strict: bool) -> tuple[RuleText, ...]:
    """Return what is said of each rule, by code."""
    found = [
        RuleText(
            rule.code, rule.group, severity(rule.group, strict=strict), rule.summary, registry.rule_help(rule.code)
        )
        for rule in registry.rules()
    ]
    return tuple(sorted(found, key=lambda rule: rule.code))


def explained(code: str) -> str:
    """Return what a rule's author says of it, plainly; InputError when there is no such rule."""
    rule = registry.rule(code)
    if rule is None:
        raise InputError(f"there is no rule {code!r}", near_miss(code) or "groups are not explained, rules are")
    head = f"{rule.code} ({rule.group}): {rule.summary}"
    lines = registry.rule_help(code).splitlines()
    return "\n".join((head, "", *(line.removeprefix("## ") for line in lines))) + "\n"


def listed(rules: tuple[RuleText, ...]) -> str:
    """Return a table of the rules, by group."""
    width = max((len(rule.code) for rule in rules), default=0)
    lines: list[str] = []
    for group in Group:
        inside = [rule for rule in rules if rule.group is group]
        if not inside:
            continue
        lines += [""] if lines else []
        lines.append(f"{group} ({inside[0].severity}s)")
        lines += [f"  {rule.code:<{width}}  {rule.summary}" for rule in inside]
    return "\n".join(lines) + "\n"
