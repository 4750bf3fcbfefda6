"""`runbook lint --alerts`: alert rules go the way of all findings."""

from __future__ import annotations

import json
import shutil
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from tests.cli.program import Here

_CORPORA = Path(__file__).parents[3] / "shared" / "corpora"

RULES = """\
groups:
- name: payments
  rules:
  - alert: Stalled
    expr: heartbeat_age > 300
    annotations:
      runbook_url: https://runbooks.example/stalled#fix
      dashboard: https://grafana.example/d/pay
  - alert: Refused
    expr: sum(refused
    annotations:
      runbook_url: https://runbooks.example/refused
      dashboard: https://grafana.example/d/pay
"""
CONFIG = '[lint.alerts.runbook-urls]\n"https://runbooks.example/" = "runbooks"\n'
RUNBOOK = "---\ntitle: It is stalled\ntriggers:\n  - alert: {trigger}\n---\n\n## Fix\n\n```sh\nuptime\n```\n"
ABOUT = "alert-promql,dead-runbook-url,dead-runbook-anchor,unknown-trigger,unmapped-runbook-url,bad-rule-file"


@pytest.fixture
def world(here: Here) -> Here:
    here.write("runbook.toml", CONFIG)
    here.write("runbooks/stalled.md", RUNBOOK.format(trigger="stalled"))
    here.write("rules/pay.yml", RULES)
    return here


def test_rules_and_runbooks_are_checked_against_each_other(world: Here) -> None:
    done = world.call("lint", "--alerts", "rules", "--select", ABOUT)

    assert done.code == 1
    heads = [line for line in done.out.splitlines() if ": error " in line]
    assert heads == [
        "rules/pay.yml:10:14: error alert-promql: this `(` is never closed",
        "rules/pay.yml:12:20: error dead-runbook-url: the runbook of `Refused` is not there: no runbooks/Refused.md",
        "runbooks/stalled.md:4:12: error unknown-trigger: `stalled` is no alert here",
    ]
    assert "= did you mean `Stalled`?" in done.out
    assert done.out.endswith("3 errors, 0 warnings in 2 of 2 files\n")


def test_without_alerts_nothing_is_said_about_them(world: Here) -> None:
    done = world.call("lint", "--select", ABOUT)

    assert (done.code, done.out) == (0, "nothing found in 1 file\n")


def test_the_configuration_may_name_the_rules(world: Here) -> None:
    world.write("runbook.toml", '[lint.alerts]\nrules = ["rules"]\n' + CONFIG)

    assert "unknown-trigger" in world.call("lint", "--select", ABOUT).out
    # Only some runbooks, as before a commit: the rules are not asked for.
    assert world.call("lint", "runbooks/stalled.md", "--select", ABOUT).code == 0


def test_what_a_shell_makes_of_a_pattern_is_taken_for_rules(world: Here) -> None:
    world.write("rules/more.yaml", RULES.replace("Refused", "More").replace("/refused", "/stalled"))

    done = world.call("lint", "--alerts", "rules/more.yaml", "rules/pay.yml", "--select", "alert-promql")

    assert done.out.count("error alert-promql") == 2
    assert "runbooks" not in done.out


def test_folders_are_searched_and_what_is_no_rule_is_passed_over(world: Here) -> None:
    world.write("rules/deep/er/a.yaml", "groups:\n- rules:\n  - alert: A\n    expr: up ==\n")
    world.write("rules/deployment.yaml", "kind: Deployment\nspec: [\n")
    world.write("rules/.git/b.yaml", "groups:\n- rules:\n  - alert: B\n    expr: up ==\n")
    world.write("rules/broken.yml", "groups:\n- rules:\n  - alert: C\n    expr: [\n")
    world.write("rules/index.yaml", "- alert: X\n  expr: of another kind\n")

    done = world.call("lint", "--alerts", "rules", "--select", "alert-promql,bad-rule-file")

    heads = [line.partition(": error ")[0] for line in done.out.splitlines() if ": error " in line]
    assert heads == ["rules/broken.yml:5:1", "rules/deep/er/a.yaml:4:14", "rules/pay.yml:10:14"]


def test_a_named_file_without_rules_is_a_finding_and_one_that_is_not_there_an_error(world: Here) -> None:
    world.write("empty.yaml", "a: b\n")

    done = world.call("lint", "--alerts", "empty.yaml")
    assert "empty.yaml:1:1: error bad-rule-file: there is no alert rule in it" in done.out

    done = world.call("lint", "--alerts", "nosuch.yml")
    assert (done.code, done.out) == (2, "")
    assert "nosuch.yml: no such file or folder" in done.err
    assert world.call("lint", "--alerts", "runbooks").code == 2


def test_what_a_renderer_prints_can_be_checked(world: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(RULES.encode()), "utf-8"))

    out = world.call("lint", "--alerts", "-", "--select", "alert-promql").out

    assert out.startswith("<stdin>:10:14: error alert-promql")


def test_comments_take_findings_about_alerts_back(world: Here) -> None:
    quiet = RULES.replace("  - alert: Refused", "  # runbook-lint-disable dead-runbook-url -- soon\n  - alert: Refused")
    quiet = quiet.replace("expr: sum(refused", "expr: sum(refused  # runbook-lint-disable alert-promql")
    world.write("rules/pay.yml", quiet + "# runbook-lint-disable nosuch-rule\n")

    done = world.call("lint", "--alerts", "rules", "--ignore", "unknown-trigger,completeness,style")

    assert done.code == 0
    assert done.out.endswith("; 2 suppressed\n")
    assert "unknown-suppression: there is no rule `nosuch-rule`" in world.call("lint", "--alerts", "rules").out


@pytest.mark.parametrize(
    ("comment", "after", "left"),
    [
        ("# runbook-lint-disable alert-promql\n", "groups:", 0),
        ("# runbook-lint-disable-file\n", "groups:", 0),
        ("    # runbook-lint-disable\n", "    expr: sum(a", 1),
        ("  # runbook-lint-disable correctness\n", "  - alert: A", 1),
        ("  # runbook-lint-disable\n", "  - alert: B", 1),
    ],
)
def test_a_comment_holds_for_what_is_below_it(here: Here, comment: str, after: str, left: int) -> None:
    text = "groups:\n- rules:\n  - alert: A\n    expr: sum(a\n  - alert: B\n    expr: sum(b\n"
    here.write("rules.yml", text.replace(after, comment + after, 1))
    here.write("runbooks/a.md", "# A\n")

    out = here.call("lint", "--alerts", "rules.yml", "--select", "alert-promql").out

    assert out.count("error alert-promql") == left


def test_a_baseline_knows_findings_in_rules(world: Here) -> None:
    arguments = ("lint", "--alerts", "rules", "--select", ABOUT, "--baseline", "known.json")
    assert world.call(*arguments, "--write-baseline").code == 0

    assert world.call(*arguments).code == 0
    world.write("rules/pay.yml", RULES.replace("/stalled#fix", "/stalled#nowhere"))
    assert world.call(*arguments).out.count(": error ") == 1


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_each_format_points_into_the_rules(world: Here, form: str) -> None:
    out = world.call("lint", "--alerts", "rules", "--select", "alert-promql", "--format", form).out

    if form == "github":
        assert out.startswith("::error file=rules/pay.yml,line=10,col=14,")
        return
    found = json.loads(out)
    if form == "json":
        (finding,) = found["findings"]
        assert (finding["path"], finding["line"], finding["code"]) == ("rules/pay.yml", 10, "alert-promql")
    else:
        (result,) = found["runs"][0]["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "rules/pay.yml"


def test_the_line_to_write_for_links_that_are_not_mapped_makes_them_known(world: Here) -> None:
    world.write("runbook.toml", "")
    world.write("runbooks/refused.md", "# Refused\n")

    out = world.call("lint", "--alerts", "rules", "--select", ABOUT).out
    assert out.count("unmapped-runbook-url") == 1
    line = out.partition("= write ")[2].partition(" into ")[0]
    assert line == '"https://runbooks.example/" = "runbooks"'

    world.write("runbook.toml", f"[lint.alerts.runbook-urls]\n{line}\n")
    assert "runbook-url" not in world.call("lint", "--alerts", "rules", "--select", ABOUT).out


@pytest.mark.parametrize(
    "line", ["rulez = []", "rules = 5", "rules = [5]", '[lint.alerts.runbook-urls]\n"https://x/" = 1']
)
def test_a_configuration_that_makes_no_sense_is_bad_input(world: Here, line: str) -> None:
    world.write("runbook.toml", f"[lint.alerts]\n{line}\n")

    done = world.call("lint", "--alerts", "rules")

    assert (done.code, done.out) == (2, "")
    assert "[lint.alerts" in done.err


def test_a_file_of_rules_among_the_paths_needs_no_option(world: Here) -> None:
    done = world.call("lint", "rules/pay.yml", "--select", "alert-promql,unknown-trigger")

    assert done.out.endswith("2 errors, 0 warnings in 2 of 2 files\n")


def test_a_mapping_to_a_folder_that_is_not_there_is_bad_input(world: Here) -> None:
    world.write("runbook.toml", CONFIG.replace('"runbooks"', '"nowhere"'))

    done = world.call("lint", "--alerts", "rules")

    assert (done.code, done.out) == (2, "")
    assert "there is no nowhere" in done.err


@pytest.mark.skipif(not _CORPORA.is_dir(), reason="the corpora are not beside this checkout")
def test_of_139_real_links_exactly_the_27_without_a_page_come_out(here: Here) -> None:
    pages = _CORPORA / "prometheus-operator-runbooks" / "content" / "runbooks"
    shutil.copytree(pages, here.folder / "runbooks")
    rules = str(_CORPORA / "kube-prometheus-rules")
    url = "https://runbooks.prometheus-operator.dev/runbooks/"
    here.write("runbook.toml", f'[lint.alerts.runbook-urls]\n"{url}" = "runbooks"\n')

    found = json.loads(here.call("lint", "--alerts", rules, "--select", ABOUT, "--format", "json").out)["findings"]

    assert {finding["code"] for finding in found} == {"dead-runbook-url"}
    assert len(found) == 27
    wanted = {finding["message"].rpartition("no runbooks/")[2].removesuffix(".md").lower() for finding in found}
    there = {path.relative_to(pages).as_posix().removesuffix(".md").lower() for path in pages.rglob("*.md")}
    assert len(wanted) == 26  # one of them for two severities
    assert not wanted & there
