"""`runbook alerts`: which alert leads to which runbook, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runbook_runner.formats.alerts_text import AlertsText
from runbook_runner.model.alert_table import AlertRow, AlertTable, RunbookRow
from tests.cli.program import Here
from tests.cli.test_lint_scenarios import drilled

RULES = """\
groups:
- name: payments
  rules:
  - alert: Stalled
    expr: heartbeat_age > 300
    labels: {severity: warning}
    annotations: {runbook_url: "https://runbooks.example/stalled#fix"}
  - alert: Stalled
    expr: heartbeat_age > 3000
    labels: {severity: critical}
    annotations: {runbook_url: "https://runbooks.example/stalled#fix"}
  - alert: Refused
    expr: refused > 3
    labels: {severity: critical}
    annotations: {runbook_url: "https://runbooks.example/refused", dashboard: "https://grafana.example/d/r"}
  - alert: Named
    expr: up == 0
  - alert: Bare
    expr: up == 0
  - alert: FileName
    expr: up == 0
  - alert: Elsewhere
    expr: up == 0
    annotations: {runbook_url: "https://wiki.example/x"}
"""


@pytest.fixture
def world(here: Here) -> Here:
    here.write("runbook.toml", '[lint.alerts.runbook-urls]\n"https://runbooks.example/" = "runbooks"\n')
    here.write("runbooks/stalled.md", "---\ndashboard: https://grafana.example/d/s\n---\n# It is stalled\n\n## Fix\n")
    here.write("runbooks/named.md", "---\ntitle: A name\nalerts: [Named, Gone]\n---\n")
    here.write("runbooks/task.md", "# Rotate a key\n\n```sh\ntrue\n```\n")
    here.write("runbooks/FileName.md", "# Of another title\n")
    here.write("runbooks/_index.md", "# All of them\n")
    here.write("rules/pay.yml", RULES)
    return here


def table(here: Here, *arguments: str) -> Any:
    return json.loads(here.call("alerts", "--alerts", "rules", "--json", *arguments).out)


def test_both_ways(world: Here) -> None:
    found = table(world)

    rows = {row["name"]: row for row in found["alerts"]}
    assert list(rows) == ["Bare", "Elsewhere", "FileName", "Named", "Refused", "Stalled"]
    stalled = rows["Stalled"]
    assert (stalled["runbook"], stalled["anchor"], stalled["by"]) == ("runbooks/stalled.md", "fix", "link")
    assert stalled["severities"] == ["critical", "warning"]
    assert stalled["dashboard"] == "https://grafana.example/d/s"
    assert stalled["rules"] == [{"path": "rules/pay.yml", "line": 4}, {"path": "rules/pay.yml", "line": 8}]
    assert (rows["Named"]["runbook"], rows["Named"]["by"]) == ("runbooks/named.md", "trigger")
    assert (rows["Refused"]["runbook"], rows["Refused"]["wanted"]) == (None, "runbooks/Refused.md")
    assert (rows["Elsewhere"]["runbook"], rows["Elsewhere"]["mapped"]) == (None, False)
    assert rows["Bare"]["link"] is None
    assert (rows["FileName"]["runbook"], rows["FileName"]["by"]) == ("runbooks/FileName.md", "file")
    runbooks = {row["path"]: row for row in found["runbooks"]}
    assert {path: row["alerts"] for path, row in runbooks.items()} == {
        "runbooks/FileName.md": ["FileName"],
        "runbooks/named.md": ["Named"],
        "runbooks/stalled.md": ["Stalled"],
        "runbooks/task.md": [],
    }
    assert runbooks["runbooks/named.md"]["unknown_triggers"] == ["Gone"]
    assert found["summary"] == {
        "rule_files": 1,
        "alerts": 6,
        "without_runbook": 3,
        "without_dashboard": 4,
        "runbooks": 4,
        "without_alert": 1,
        "with_unknown_trigger": 1,
    }


def test_text_says_why_there_is_none_and_what_to_write(world: Here) -> None:
    done = world.call("alerts", "--alerts", "rules")

    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].split() == ["ALERT", "SEVERITY", "RUNBOOK", "DASHBOARD"]
    assert next(line for line in lines if line.startswith("Refused")).split("  ")[-2].strip() == (
        "none: runbooks/Refused.md is not there"
    )
    assert any(line.startswith("Bare") and line.endswith("none: no link") for line in lines)
    assert any(line.startswith("Elsewhere") and line.endswith("none: its link is not mapped") for line in lines)
    assert "runbooks/named.md     Named, Gone (no such alert)" in lines
    assert "runbooks/task.md      none leads here" in lines
    assert lines[-3:-1] == [
        "6 alerts in 1 file of rules: 3 have no runbook here, 2 have a dashboard",
        "4 runbooks: 1 is reached from no alert, 1 names an alert that is not there",
    ]
    assert lines[-1].startswith('write "https://wiki.example/" = ')


def test_missing_shows_only_what_is_and_says_so_by_its_exit_code(world: Here) -> None:
    done = world.call("alerts", "rules/pay.yml", "runbooks", "--missing")
    assert done.code == 1
    names = [line.split()[0] for line in done.out.splitlines() if line]
    assert names[:4] == ["ALERT", "Bare", "Elsewhere", "Refused"]
    assert "Stalled" not in done.out

    world.write("rules/pay.yml", "\n".join(RULES.splitlines()[:11]) + "\n")
    world.write("runbooks/named.md", "# A name\n")
    done = world.call("alerts", "--alerts", "rules", "--missing")
    assert done.code == 0, "a runbook that no alert leads to may be one for a task"


def test_a_severity_narrows_it_down(world: Here) -> None:
    assert [row["name"] for row in table(world, "--severity", "critical")["alerts"]] == ["Refused", "Stalled"]

    done = world.call("alerts", "--alerts", "rules", "--severity", "crit")
    assert (done.code, done.out) == (2, "")
    assert "there are critical, warning" in done.err


def test_without_rules_the_runbooks_speak_for_themselves(world: Here) -> None:
    done = world.call("alerts")

    assert done.code == 0
    assert [line.split()[:2] for line in done.out.splitlines()[:3]] == [
        ["ALERT", "RUNBOOK"],
        ["Gone", "runbooks/named.md"],
        ["Named", "runbooks/named.md"],
    ]
    assert "no alert rules were given (--alerts PATH)" in done.out


def test_the_last_drill_is_told_where_there_is_one(world: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNBOOK_STORE", str(world.folder / "journal.db"))
    assert "LAST DRILL" not in world.call("alerts").out
    drilled(world.folder / "journal-drills.db", world.folder / "runbooks/named.md")

    rows = {row["path"]: row["last_drilled"] for row in table(world)["runbooks"]}
    assert [path for path, when in rows.items() if when] == ["runbooks/named.md"]
    assert "LAST DRILL" in world.call("alerts").out


def test_the_last_run_is_told_where_there_is_one(world: Here) -> None:
    fired = {"status": "firing", "labels": {"alertname": "Named"}, "startsAt": "2026-11-25T03:12:07Z"}
    world.write("alert.json", json.dumps({"alerts": [fired]}))
    world.write("runbooks/named.md", "---\nalerts: [Named]\n---\n# A name\n\n## Fix\n\n```sh\ntrue\n```\n")
    assert table(world)["alerts"][3]["last_run"] is None
    assert world.call("run", "--alert", "alert.json", "--auto", "--store", "journal.db").code == 3

    found = table(world, "--store", "journal.db")

    assert found["alerts"][3]["last_run"]["outcome"] is None
    assert found["runbooks"][1]["last_run"]["run"] == found["alerts"][3]["last_run"]["run"]
    assert "not ended" in world.call("alerts", "--store", "journal.db").out
    assert not (world.folder / "nosuch.db").exists()
    world.call("alerts", "--store", "nosuch.db")
    assert not (world.folder / "nosuch.db").exists(), "asking makes no journal"


def test_markdown_holds_whatever_stands_in_the_rules(world: Here) -> None:
    world.write(
        "rules/x.yml",
        "groups:\n- rules:\n  - alert: 'a|b`[x](javascript:1)'\n    expr: up\n    labels: {severity: '<b>|'}\n",
    )

    out = world.call("alerts", "--alerts", "rules", "--format", "markdown").out

    (row,) = [line for line in out.splitlines() if "javascript" in line]
    assert row == "| ``a\\|b`[x](javascript:1)`` | \\<b\\>\\| | **none**: no link | none |  |"
    assert "| [It is stalled](<runbooks/stalled.md>) | `Stalled` |  |" in out


def test_what_cannot_be_read_is_told_beside_the_table(world: Here) -> None:
    world.write("rules/broken.yml", "groups:\n- rules:\n  - alert: C\n    expr: [\n")

    done = world.call("alerts", "--alerts", "rules")

    assert done.err.startswith("rules/broken.yml:5:1: this is not valid YAML")
    assert "6 alerts in 2 files of rules" in done.out


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_table_fits_its_terminal_and_keeps_the_end_of_a_path(width: int) -> None:
    rows = tuple(
        AlertRow(f"KubePersistentVolume{n}FillingUp", ("warning",), f"runbooks/kubernetes/Volume{n}.md", "link")
        for n in range(3)
    )
    runbooks = (RunbookRow("runbooks/kubernetes/Volume0.md", "x", tuple(row.name for row in rows)),)

    text = AlertsText().render(AlertTable(rows, runbooks, 1, width=width))

    tables = text.rpartition("\n\n")[0].splitlines()
    assert all(len(line) <= width for line in tables)
    assert all(f"Volume{n}.md" in text for n in range(3))


def test_colour_marks_what_is_missing_and_words_say_it_too() -> None:
    rows = (AlertRow("A"), AlertRow("B", runbook="b.md", by="link"))

    coloured = AlertsText().render(AlertTable(rows, (), 1, colour=True))
    plain = AlertsText().render(AlertTable(rows, (), 1))

    assert "\x1b[33mA      none: no link\x1b[0m\n" in coloured
    assert "A      none: no link\n" in plain
    assert "\x1b" not in plain
