"""One defect of each kind that is seen only among files, planted beside shipped runbooks that have none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.lint._rule import Rule
from tests.cli.program import Here

_SHIPPED = Path(__file__).parents[2] / "runbooks"
_CONFIG = '[lint.alerts.runbook-urls]\n"https://runbooks.example/" = "runbooks"\n'
_SITE = "runbook_url: https://runbooks.example"
_RULE = """\
  - alert: {alert}
    expr: queue_oldest_seconds > 300
    annotations:
      {site}/{name}
      dashboard: https://grafana.example/d/payments
"""
_NAMES = [
    (file.stem, name)
    for file in sorted(_SHIPPED.glob("*.md"))
    for name in re.findall(r"- alert: (\w+)", file.read_text())
]
_RULES = "groups:\n- name: all\n  rules:\n" + "".join(
    _RULE.format(alert=alert, site=_SITE, name=name)
    for name, alert in sorted(_NAMES, key=lambda each: "payments" not in each[0])
)
"""Of all alerts that the shipped runbooks are for, first the one of the payments worker."""
_LINKS = f"{_SITE}/payments-worker-deadlock"
_BOOK = "runbooks/payments-worker-deadlock.md"
_ANOTHER = _RULE.format(alert="PaymentsRefused", site=_SITE, name="payments-worker-deadlock")
_PRESSED = "runbooks/memory-pressure.md"
_BRANCH = "   - If `json.tmpfs_percent >= 30`, go to [Files in memory](#files-in-memory).\n"
Change = Callable[[Here], object]


def _write(path: str, old: str, new: str) -> Change:
    """Change one text in a file that is there."""

    def change(here: Here) -> None:
        text = (here.folder / path).read_text(encoding="utf-8")
        assert old in text
        here.write(path, text.replace(old, new, 1))

    return change


def _rule(old: str, new: str) -> Change:
    return _write("rules/pay.yml", old, new)


def _end(text: str) -> Change:
    return _write(_BOOK, "\n## Impact\n", f"\n## Impact\n\n{text}\n")


def _both(*changes: Change) -> Change:
    def change(here: Here) -> None:
        for each in changes:
            each(here)

    return change


def _unreadable(here: Here) -> None:
    (here.folder / "runbooks/gone.md").symlink_to("nowhere.md")


PLANTED: dict[str, Change] = {
    "alert-promql": _rule("queue_oldest_seconds > 300", "sum(queue_oldest_seconds"),
    "alert-without-dashboard": _both(
        _rule("      dashboard: https://grafana.example/d/payments\n", ""),
        _write(_BOOK, "dashboard: https://grafana.example/d/payments\n", ""),
    ),
    "alert-without-runbook": _rule(f"      {_LINKS}\n", ""),
    "bad-target": lambda here: here.write("runbook.toml", _CONFIG + '\n[targets.orders]\nkind = "postgres"\n'),
    "bad-rule-file": _rule("groups:", "groups: ["),
    "bad-scenarios": _write("runbooks/memory-pressure.scenarios.yaml", "scenarios:", "scenarioz:"),
    "dead-anchor": _end("See [what there is](#what-there-is-not)."),
    "dead-file": _end("See [what else](more.md)."),
    "dead-file-anchor": _end("See [what else](disk-full.md#what-there-is-not)."),
    "dead-runbook-anchor": _rule("deadlock\n", "deadlock#what-there-is-not\n"),
    "dead-runbook-url": _rule("deadlock\n", "deadlocks-again\n"),
    "duplicate-alert": lambda here: here.write("rules/pay.yml", _RULES + _RULES.partition("rules:\n")[2]),
    "low-score": _both(
        lambda here: here.write("runbook.toml", "[lint]\nmin-score = 100\n\n" + _CONFIG),
        _write(_BOOK, "owner: team-payments\n", ""),
    ),
    "trigger-mismatch": lambda here: here.write("rules/pay.yml", _RULES + _ANOTHER),
    "unknown-suppression": _end("<!-- runbook-lint-disable no-such-rule -->"),
    "unknown-trigger": _write(_BOOK, "alert: PaymentsWorkerStalled", "alert: PaymentsWorkerStaled"),
    "unmapped-runbook-url": _rule("runbooks.example", "elsewhere.example"),
    "unreadable": _unreadable,
    "unrendered-rules": _rule("groups:", "{{- if .Values.rules }}\ngroups:"),
    "untested-branch": _write(_PRESSED, _BRANCH, f"   - If `json.kernel_percent == 7`, escalate.\n{_BRANCH}"),
    "unused-suppression": _end("<!-- runbook-lint-disable dead-anchor -->"),
}
_NOT_PLANTED = {"internal-error", "never-drilled"}
"""A fault of the program, and what wants a journal: see the scenarios' own tests."""
_WITH = {
    "alert-without-dashboard": {"missing-dashboard"},
    "alert-without-runbook": {"unknown-trigger"},
    "bad-rule-file": {"unknown-trigger"},
    "bad-target": {"unknown-target"},
    "low-score": {"missing-owner"},
    "unknown-trigger": {"trigger-mismatch"},
    "unmapped-runbook-url": {"trigger-mismatch"},
}
"""What may go with it."""


_FILES = {
    **{
        f"runbooks/{file.name}": file.read_text(encoding="utf-8")
        for file in (*_SHIPPED.glob("*.md"), _SHIPPED / "memory-pressure.scenarios.yaml")
    },
    "runbook.toml": _CONFIG,
    "rules/pay.yml": _RULES,
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all tests here, so that what does not change is read once."""
    return tmp_path_factory.mktemp("planted")


@pytest.fixture
def world(here: Here, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    whole = Here(place, capsys)
    for file in [file for file in place.rglob("*") if file.is_file() or file.is_symlink()]:
        name = str(file.relative_to(place))
        if not name.startswith("home") and (file.is_symlink() or file.read_text(encoding="utf-8") != _FILES.get(name)):
            file.unlink()
    for name, text in _FILES.items():
        if not (place / name).exists():
            whole.write(name, text)
    monkeypatch.setenv("XDG_CACHE_HOME", str(place / "home"))
    monkeypatch.chdir(place)
    return whole


def _found(here: Here) -> set[str]:
    done = here.call("lint", "runbooks", "--alerts", "rules", "--format", "json")
    # The reviews of the shipped runbooks fall due one day: that is no change of ours.
    return {each["code"] for each in json.loads(done.out)["findings"]} - {"review-overdue"}


def test_there_is_one_for_each_rule_that_no_single_document_shows() -> None:
    alone = {rule.code for rule in registry.rules() if isinstance(rule, Rule)}
    assert {rule.code for rule in registry.rules()} - alone - _NOT_PLANTED == set(PLANTED)


def test_nothing_is_wrong_before(world: Here) -> None:
    assert _found(world) == set()


@pytest.mark.parametrize("code", sorted(PLANTED))
def test_what_was_planted_is_found(world: Here, code: str) -> None:
    PLANTED[code](world)

    assert _found(world) - _WITH.get(code, set()) == {code}
