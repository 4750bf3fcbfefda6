"""The score: what it takes off, what it does not ask for, and that it knows every rule."""

from __future__ import annotations

from datetime import date

import pytest

from runbook_runner import registry
from runbook_runner.lint._rule import Rule
from runbook_runner.lint.rating import Score
from runbook_runner.lint.score import WEIGHTS, score
from runbook_runner.markdown import read
from runbook_runner.model.finding import Finding, Group, Severity
from runbook_runner.model.graph import build
from runbook_runner.ports.lint import Document

_WHOLE = """\
---
title: Uploads fail
service: uploads
owner: team-storage
severity: page
triggers: [{alert: UploadsFail}]
dashboard: https://grafana.example/d/uploads
logs: https://logs.example/?q=uploads
escalation: [{after: 10m, to: storage-primary}]
reviewed: {by: alice, date: 2026-10-02, every: 90d}
---
## Impact

Nobody can upload. Nothing is lost.

## Diagnosis

```sh {timeout=10s}
df -h /srv/uploads
```

Expected: `!stdout.contains("100%")`

## Mitigation

```sh {id=restart timeout=1m}
systemctl restart uploads
```

Rollback: none; a restart cannot be taken back.

```sh {id=queue timeout=1m}
systemctl stop queue
```

Rollback: `systemctl start queue`

## Verify

```sh {timeout=10s}
systemctl is-active uploads
```

Expected: `exit_code == 0`
"""


def scored(text: str) -> Score | None:
    runbook = read(text.encode(), "docs/case.md", registry.executor)
    document = Document(runbook, build(runbook), tuple(runbook.source.split("\n")), date(2026, 11, 24))
    found = [
        Finding("docs/case.md", d.code, rule.group, Severity.WARNING, d.message, d.span)
        for rule in registry.rules()
        if isinstance(rule, Rule)
        for d in rule.check(document)
    ]
    return score(document, found)


def value(text: str) -> int:
    found = scored(text)
    assert found is not None
    return found.value


def test_a_whole_runbook_has_100() -> None:
    assert value(_WHOLE) == 100


@pytest.mark.parametrize(
    "line",
    [
        "service: uploads",
        "owner: team-storage",
        "severity: page",
        "dashboard: https://grafana.example/d/uploads",
        "logs: https://logs.example/?q=uploads",
        "escalation: [{after: 10m, to: storage-primary}]",
        "reviewed: {by: alice, date: 2026-10-02, every: 90d}",
        "Nobody can upload. Nothing is lost.",
        'Expected: `!stdout.contains("100%")`',
        "Rollback: `systemctl start queue`",
    ],
)
def test_each_lack_lowers_it(line: str) -> None:
    assert line in _WHOLE
    assert value(_WHOLE.replace(line, "")) < 100


def test_a_share_of_the_places_takes_a_share_of_the_points() -> None:
    one = value(_WHOLE.replace("Rollback: `systemctl start queue`", ""))
    both = value(
        _WHOLE.replace("Rollback: `systemctl start queue`", "").replace(
            "Rollback: none; a restart cannot be taken back.", ""
        )
    )

    assert 100 - both == pytest.approx(2 * (100 - one), abs=1)


def test_a_runbook_for_an_alert_without_a_command_is_a_poor_one_whatever_its_front_matter_says() -> None:
    head, _, _ = _WHOLE.partition("## Diagnosis")

    assert value(head + "## Diagnosis\n\nCheck the disk.\n") < 70


def test_a_task_is_not_asked_for_a_dashboard() -> None:
    task = scored("# Rotate the signing key\n\n```sh\nsystemctl restart signer\n```\n")

    assert task is not None
    assert "missing-dashboard" not in {part.code for part in task.parts}
    assert "missing-rollback" in {part.code for part in task.parts}


def test_what_would_raise_it_comes_first_and_sums_up_to_what_is_lost() -> None:
    found = scored("---\nalert: DiskFull\n---\n# Uploads fail\n\n## Diagnosis\n\nCheck the disk.\n")

    assert found is not None
    assert found.parts[0].code == "no-commands"
    assert sum(part.gain for part in found.parts) == pytest.approx(100 - found.value, abs=1.5)


def test_what_is_no_runbook_has_none() -> None:
    assert scored("# How we work\n\nWe meet on Mondays.\n") is None


def test_it_weighs_every_completeness_rule() -> None:
    rules = [rule for rule in registry.rules() if isinstance(rule, Rule)]

    assert {weight.code for weight in WEIGHTS} == {rule.code for rule in rules if rule.group is Group.COMPLETENESS}
