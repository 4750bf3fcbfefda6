"""What a whole runbook lacks when one thing is taken from it, or done badly in it: each rule notices, and no other."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.lint._rule import Rule
from runbook_runner.markdown import read
from runbook_runner.model.finding import Group
from runbook_runner.model.graph import build
from runbook_runner.ports.lint import Document
from tests.lint.test_rules import encode

Change = Callable[[str], str]

_RUNBOOK = Path(__file__).parents[2] / "runbooks" / "payments-worker-deadlock.md"
_RULES = [rule for rule in registry.rules() if isinstance(rule, Rule) and rule.group is not Group.CORRECTNESS]
_SAID = "\n\nExpected: `exit_code == 0`"


def _without(pattern: str, instead: str = "", count: int = 0) -> Change:
    return lambda text: re.sub(pattern, instead, text, count=count, flags=re.M)


def _key(name: str) -> Change:
    return _without(rf"^{name}:.*\n(?:[ -].*\n)*", count=1)


def _section(title: str) -> Change:
    return _without(rf"^## {title}.*\n(?:(?!## ).*\n)*")


def _in(phase: str, text: str) -> Change:
    """Write a section of its own at the end of a phase."""

    def change(whole: str) -> str:
        end = whole.index("\n## ", whole.index(f"\n## {phase}") + 1)
        return f"{whole[:end]}\n\n### Planted\n\n{text}\n{whole[end:]}"

    return change


def _then(*changes: Change) -> Change:
    def change(text: str) -> str:
        for each in changes:
            text = each(text)
        return text

    return change


PLANTED: dict[str, Change] = {
    "duplicate-heading": _in("Diagnosis", "Look.\n\n#### Twice\n\nLook.\n\n#### Twice\n\nLook."),
    "empty-section": _in("Diagnosis", "Look.\n\n#### Nothing here"),
    "long-command": _in("Diagnosis", f"```sh\ndf -h {'/srv/one ' * 50}\n```{_SAID}"),
    "missing-alt-text": _in("Diagnosis", "![](queue.png)"),
    "missing-dashboard": _key("dashboard"),
    "missing-diagnostics": _section("Diagnosis"),
    "missing-escalation": _then(
        _key("escalation"), _section("Escalation"), _without(r"escalate(?: to `[^`]*`)?", "go on")
    ),
    "missing-expectation": _in("Diagnosis", "```sh\ndf -h\n```"),
    "missing-impact": _section("Impact"),
    "missing-logs": _without(r"\blog(?:s|ging)?\b", "notes"),
    "missing-namespace": _in(
        "Mitigation",
        "```sh {timeout=1m}\nkubectl rollout restart deployment/web\n```\n\n"
        "Rollback: `kubectl -n payments rollout undo deployment/web`\n\n"
        f"```sh {{timeout=1m}}\nkubectl -n payments rollout status deployment/web\n```{_SAID}",
    ),
    "missing-owner": _key("owner"),
    "missing-prerequisites": _section("Prerequisites"),
    "missing-review": _key("reviewed"),
    "missing-rollback": _in("Mitigation", "```sh\nsystemctl stop web\n```\n\n```sh\nsystemctl status web\n```" + _SAID),
    "missing-service": _key("service"),
    "missing-severity": _key("severity"),
    "missing-threshold": _without(r"after: [^,]*, "),
    "missing-timeout": _in("Diagnosis", f"```sh\ncurl http://queue.example/depth\n```{_SAID}"),
    "missing-title": _then(_key("title"), _without(r"^# .*\n", count=1)),
    "missing-trigger": _key("triggers"),
    "missing-verification": _section("Verify"),
    "command-below-output": _in("Diagnosis", f"```sh\ndf -h\nFilesystem  Size  Used\nfree -m\n```{_SAID}"),
    "mixed-output": _in("Diagnosis", f"```sh\ndf -h\nFilesystem  Size  Used\n```{_SAID}"),
    "no-commands": _then(_without(r"```sh(?:.|\n)*?```"), _without("`")),
    "one-sided-decision": _in("Diagnosis", "```sh\nuptime\n```\n\n- If it hangs, escalate."),
    "review-overdue": _without(r"date: 20\d\d", "date: 2019", count=1),
    "stray-prompt": _in("Diagnosis", f"```sh\n$ uptime\n```{_SAID}"),
    "todo-text": _in("Diagnosis", "TODO: say what to look for."),
    "unexplained-placeholder": _in("Diagnosis", f"```sh\ngrep <gizmo> /etc/hosts\n```{_SAID}"),
    "unlabelled-fence": _in("Diagnosis", f"```\nuptime\n```{_SAID}"),
    "unmarked-endless": _in("Diagnosis", f"```sh\ntail -f /srv/jobs\n```{_SAID}"),
    "unmarked-interactive": _in("Diagnosis", f"```sh\nless /etc/hosts\n```{_SAID}"),
    "unreviewed": _without(r"reviewed: \{by: [^,]*, ", "reviewed: {", count=1),
    "vague-link": _in("Diagnosis", "Click [here](https://wiki.example/disk)."),
    "possible-secret": _in("Diagnosis", "```yaml\napi_key: q9Zx7Kp2vLw4Rt8Yc3Nm6Hd1\n```"),
    "possible-shell-mistake": _in(
        "Diagnosis", f"```sh {{effect=read timeout=1m}}\nfrobnicate the index (slow)\n```{_SAID}"
    ),
    "possible-sql-mistake": _in("Diagnosis", f"```sql\nSELECT ip FROM jobs GROUP BY ip ORDER ip DESC;\n```{_SAID}"),
    "possible-unset-variable": _then(
        _in("Diagnosis", f'```sh\ngrep x "$PLANTED"\n```{_SAID}'), _in("Verify", f"```sh\nPLANTED=1\ndf -h\n```{_SAID}")
    ),
    "vague-step": _in("Diagnosis", "1. Check the logs."),
    "vague-title": _then(_without(r"^title:.*", "title: Runbook"), _without(r"^# .*", "# Runbook", count=1)),
}
_WITH: dict[str, set[str]] = {
    "command-below-output": {"mixed-output"},
    "no-commands": {"missing-diagnostics"},
    "missing-diagnostics": {"missing-verification"},
}
"""What goes with it."""


def _found(text: str) -> set[str]:
    runbook = read(encode(text), "docs/case.md", registry.executor)
    document = Document(runbook, build(runbook), tuple(runbook.source.split("\n")), date(2026, 12, 1))
    return {defect.code for rule in _RULES for defect in rule.check(document)}


def test_there_is_one_for_each_rule() -> None:
    assert {rule.code for rule in _RULES} == set(PLANTED)


def test_nothing_is_lacking_before() -> None:
    assert _found(_RUNBOOK.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize("code", sorted(PLANTED))
def test_what_is_lacking_is_found(code: str) -> None:
    text = PLANTED[code](_RUNBOOK.read_text(encoding="utf-8"))

    assert _found(text) - _WITH.get(code, set()) == {code}
