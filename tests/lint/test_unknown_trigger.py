"""A runbook's trigger among the alerts that were given."""

from __future__ import annotations

import pytest

from runbook_runner import registry
from runbook_runner.lint._rule import Among
from runbook_runner.lint.collection import Documents
from runbook_runner.lint.facts import there
from runbook_runner.lint.outline import outline_of
from runbook_runner.markdown import read

ALERTS = frozenset({"KubePodCrashLooping", "KubeJobFailed", "{{ $name }}Down"})


def said(trigger: str, alerts: frozenset[str] | None = ALERTS) -> list[tuple[str, str, int]]:
    rule = registry.rule("unknown-trigger")
    assert isinstance(rule, Among)
    text = f"---\ntriggers:\n  - alert: {trigger}\n---\n# A\n"
    outline = outline_of(read(text.encode(), "/a.md", registry.executor))
    documents = Documents([], lambda _: None, lambda path: (there(path), None), alerts)
    return [(d.message, d.hint, d.span.column) for d in rule.check_among(outline, documents)]


@pytest.mark.parametrize("trigger", ["KubePodCrashLooping", "DatabaseDown", '"a customer calls"'])
def test_what_exists_or_may_exist_or_is_no_name_passes(trigger: str) -> None:
    assert said(trigger) == []


def test_without_rules_nothing_is_known() -> None:
    assert said("Nosuch", None) == []


def test_a_near_miss_is_told() -> None:
    hint = "did you mean `KubePodCrashLooping`?"
    assert said("KubePodCrashlooping") == [("`KubePodCrashlooping` is no alert here", hint, 12)]
    assert said("KubePodCrashLoping") == [("`KubePodCrashLoping` is no alert here", hint, 12)]


def test_another_alert_is_not_suggested() -> None:
    ((_, hint, _),) = said("KubeNodeNotReady")
    assert hint.startswith("remove it")


def test_no_rules_at_all_are_rules_too() -> None:
    assert len(said("KubeJobFailed", frozenset())) == 1
