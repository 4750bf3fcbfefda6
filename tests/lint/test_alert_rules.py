"""Every rule about alerts against its cases, in a small world of runbooks.

A case is a title, a file of alert rules, and what the rule says of it (`line:column message | hint`, a line each;
nothing when it passes), each ended by a line with a single dot. The file is named after the rule. `https://runbooks/`
leads to the folder `docs` of the runbooks below; rules begin at the list of rules of one group.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.cli.config import Config
from runbook_runner.cli.links import Links
from runbook_runner.lint._rule import OfAlerts
from runbook_runner.lint.alerting import Alerts, Watch
from runbook_runner.lint.collection import Documents
from runbook_runner.lint.facts import there
from runbook_runner.lint.outline import outline_of
from runbook_runner.markdown import read, read_rules
from runbook_runner.model.alert import RuleFile
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import AlertingRule
from tests.lint.test_rules import load

_CASES = Path(__file__).parent / "alerts"
_RULES = {rule.code: rule for rule in registry.rules() if isinstance(rule, OfAlerts)}
_WORLD = {
    "docs/disk/DiskFull.md": "---\ndashboard: https://grafana/d/disk\n---\n# A disk fills up\n\n## Diagnosis\n",
    "docs/payments/stalled.md": "---\ntriggers: [{alert: Stalled}]\n---\n# It is stalled\n\n## The worker waits\n",
    "docs/index.md": "# All runbooks\n",
}
_ALL = [(file.stem, *case) for file in sorted(_CASES.glob("*.md")) for case in load(file)]

See = Callable[..., list[Defect]]


@pytest.fixture
def see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> See:
    """Let a rule look at the first of some files of rules, beside the runbooks of the small world."""
    monkeypatch.chdir(tmp_path)
    outlines = []
    for path, text in _WORLD.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
        outlines.append(outline_of(read(text.encode(), str(tmp_path / path), registry.executor)))
    by_path = {outline.path: outline for outline in outlines}
    config = Config(tmp_path, extra={"lint": {"alerts": {"runbook-urls": {"https://runbooks/": "docs"}}}})

    def look(rule: AlertingRule, *files: RuleFile) -> list[Defect]:
        documents = Documents(list(by_path), lambda number: outlines[number], lambda path: (there(path), None))
        links = Links(config)
        shown: Callable[[str], str] = lambda path: str(Path(path).relative_to(tmp_path))  # noqa: E731
        alerts = Alerts(files, links.landing, lambda strays: f"map {len(strays)}", shown)
        return list(rule.check_rules(files[0], Watch(alerts, documents)))

    return look


def rule_file(rules: str, path: str = "rules/a.yml") -> RuleFile:
    text = rules if rules.startswith("groups:") else "groups:\n- name: g\n  rules:\n" + rules
    return read_rules(text.encode(), path)


@pytest.mark.parametrize(("code", "title", "given", "expected"), _ALL, ids=[f"{case[0]}: {case[1]}" for case in _ALL])
def test_case(see: See, code: str, title: str, given: str, expected: str) -> None:
    found = see(_RULES[code], rule_file(given))

    hints = [f" | {defect.hint}" if defect.hint else "" for defect in found]
    said = [f"{d.span.line}:{d.span.column} {d.message}{hint}" for d, hint in zip(found, hints, strict=True)]
    assert "\n".join(said) == expected
    assert all(defect.code == code for defect in found)


@pytest.mark.parametrize("code", sorted(_RULES))
def test_every_rule_about_alerts_has_cases_that_pass_and_fail(code: str) -> None:
    cases = load(_CASES / f"{code}.md")

    assert any(expected for *_, expected in cases)
    assert any(not expected for *_, expected in cases)


def test_the_same_alert_in_two_files_is_told_in_the_later_one_if_prometheus_would_load_both(see: See) -> None:
    rule = _RULES["duplicate-alert"]
    text = "  - alert: A\n    expr: up\n"
    first, second, elsewhere = (rule_file(text, path) for path in ("rules/a.yml", "rules/b.yml", "staging/a.yml"))

    assert see(rule, first, second, elsewhere) == []
    (defect,) = see(rule, second, first) if first.path > second.path else see_in_order(see, rule, [first, second], 1)
    assert defect.message == "the alert `A` with these labels stands in line 4 of a.yml already"
    assert see_in_order(see, rule, [first, elsewhere], 1) == []


def see_in_order(see: See, rule: OfAlerts, files: list[RuleFile], which: int) -> list[Defect]:
    """Look at one of several files that stay in their order."""

    def look(file: RuleFile, among: object) -> object:
        return rule.find(files[which], among)  # type: ignore[arg-type]

    return see(OfAlerts(rule.code, rule.group, look), *files)  # type: ignore[arg-type]


def test_each_site_that_nothing_maps_is_told_once_over_all_files(see: See) -> None:
    rule = _RULES["unmapped-runbook-url"]
    text = "  - alert: A\n    expr: up\n    annotations: {runbook_url: https://other/a}\n"
    files = [rule_file(text, "rules/a.yml"), rule_file(text, "rules/b.yml")]

    (told,) = see_in_order(see, rule, files, 0)
    assert told.message == "not mapped: 2 alerts link to https://other, and nothing says where its pages are here"
    assert see_in_order(see, rule, files, 1) == []
