"""A run for an Alertmanager webhook: what is said of it before anything else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runbook_runner.cli.alerts import parse_alert
from runbook_runner.errors import InputError
from tests.cli.program import Here

FIRING = {"status": "firing", "labels": {"alertname": "Down"}, "startsAt": "2026-11-23T00:03:15.704Z"}


def firing(instance: str, *, job: str, name: str = "Down") -> dict[str, Any]:
    return {**FIRING, "labels": {"alertname": name, "instance": instance, "job": job}}


OVER = {**FIRING, "status": "resolved", "endsAt": "2026-11-23T00:09:15.704Z"}


@pytest.mark.parametrize(
    ("alerts", "remark"),
    [
        ([FIRING], ""),
        ([OVER], "this alert has stopped firing since 2026-11-23 00:09 UTC"),
        ([OVER, FIRING], ""),
        ([FIRING, OVER, FIRING], "1 more alert fires in this webhook; the run is for the first"),
        ([FIRING, FIRING, FIRING], "2 more alerts fire in this webhook; the run is for the first"),
        (
            [firing("web-1", job="web"), firing("web-2", job="web"), firing("db-1", job="db", name="Slow")],
            "2 more alerts fire in this webhook: Down (instance=web-2, job=web), Slow (instance=db-1, job=db); "
            "the run is for the first, Down (instance=web-1, job=web)",
        ),
        (
            [firing(f"web-{number}", job="web") for number in range(1, 9)],
            "7 more alerts fire in this webhook: Down (instance=web-2), Down (instance=web-3), Down (instance=web-4), "
            "Down (instance=web-5), Down (instance=web-6), and 2 more; the run is for the first, Down (instance=web-1)",
        ),
        ([{**OVER, "endsAt": "0001-01-01T00:00:00Z"}], "this alert has stopped firing"),
    ],
)
def test_what_a_webhook_says_beside_the_alert(alerts: list[Any], remark: str) -> None:
    assert parse_alert({"alerts": alerts}, "-").remark == remark


def test_an_empty_webhook_is_bad_input() -> None:
    with pytest.raises(InputError, match="no alert in it"):
        parse_alert({"alerts": []}, "-")


def test_an_alert_without_a_runbook_here_says_where_its_own_lies_and_moves_no_cursor(here: Here) -> None:
    here.write("runbooks/other.md", "# Other\n\n```sh\ntrue\n```\n")
    link = "https://wiki.example/\x1b[2Jdown"
    alert = {**FIRING, "annotations": {"runbook_url": link}, "labels": {"alertname": "D\x1b]0;t\x07own"}}
    here.write("alert.json", json.dumps({"alerts": [alert]}))
    done = here.call("run", "--alert", "alert.json")
    assert done.code == 2
    assert "the alert links to https://wiki.example/down" in done.err
    assert "\x1b" not in done.err
