"""The runbooks that ask Prometheus, on a real one: services that fail in many ways, and alerts that go blind."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from msgspec import Struct

from runbook_runner import registry
from runbook_runner.markdown import read
from runbook_runner.model.runbook import Runbook
from runbook_runner.model.target import Target
from runbook_runner.ports import Place, Request, Where
from runbook_runner.run.attempt import windows
from runbook_runner.run.judge import Observed
from tests import prometheus, web
from tests.contracts.executors import Recorder
from tests.e2e import program
from tests.shipped import recorded

FOLDER = Path(__file__).parent.parent.parent / "runbooks"
LABELS = {"METRIC": "http_requests_total", "CODE": "code", "ROUTE": "route"}


class Asked(Struct):
    """What a step gave, and where that leads."""

    result: str
    evidence: str
    output: str


def ask(book: str, step: str, url: str, **values: str) -> Asked:
    """Run a step's command for real; return its verdict and where it leads."""
    runbook: Runbook = read((FOLDER / f"{book}.md").read_bytes(), f"{book}.md", registry.executor)
    one = next(each for each in runbook.steps if each.id == step)
    command = one.command
    assert command is not None
    executor = registry.executor(command.language)
    assert executor is not None
    session = executor.open(
        Place(Path("/nowhere"), ".", where=Where({}, Target("prometheus", "prometheus", {"url": url})))
    )
    text, sink = "\n".join(command.parts), Recorder()
    request = Request(1, text, command.language, values, 20.0, range=command.attributes.range, windows=windows(one))
    finished = session.execute(request, sink)
    seen = {**values, "exit_code": finished.exit_code, "stdout": sink.stdout, "stderr": sink.stderr, **finished.values}
    observed = Observed(finished.exit_code, seen, finished.statuses)
    from runbook_runner.run.judge import deciding, judge

    judged = judge(one, 1, 1, observed, lambda _seconds: None)
    chosen = deciding(one, judged)
    leads = "ask" if chosen is None else recorded.where(runbook, one.branches[chosen])
    because = next((each["evidence"] for each in judged.branches if each["index"] == chosen), "")
    return Asked(f"{judged.verdict}: {leads}", because, sink.stdout + sink.stderr)


# --- an error budget that burns -------------------------------------------------------------------


def steady(bad: float, *, good: float = 100.0, route: str = "/pay") -> prometheus.Rates:
    return lambda ago: {(route, "200"): good, (route, "500"): bad, ("/cart", "200"): good, ("/cart", "500"): bad}


def since(minutes: float, before: prometheus.Rates, after: prometheus.Rates) -> prometheus.Rates:
    return lambda ago: (before if ago > minutes * 60 else after)(ago)


JOBS: Mapping[str, prometheus.Rates] = {
    "fast": since(50, steady(0.01), steady(3.0)),
    "slow": since(400, steady(0.01), steady(0.8)),
    "over": since(35, since(80, steady(0.0), steady(5.0)), steady(0.0)),
    "well": steady(0.01),
    "spotless": lambda ago: {("/pay", "200"): 10.0},
    "idle": lambda ago: {("/pay", "200"): 0.0, ("/pay", "500"): 0.0},
    "crowded": since(30, steady(0.01), steady(9.0, good=400.0)),
    "one-route": lambda ago: {
        ("/pay", "200"): 90.0,
        ("/pay", "500"): 9.0,
        ("/cart", "200"): 90.0,
        ("/cart", "500"): 0.9,
    },
    "spent": steady(0.5),
}


@pytest.fixture(scope="module")
def watched() -> Iterator[str]:
    began = {"fast": 64, "slow": 3000, "over": 2.0}
    gauges = {f'process_start_time_seconds{{job="{job}"}}': time.time() - 60 * ago for job, ago in began.items()}
    history = prometheus.past(JOBS, 27, every=60, gauges=gauges)
    with prometheus.prometheus({}, history=history, lifecycle=False) as running:
        yield running.url


@pytest.mark.parametrize(
    ("step", "job", "result"),
    [
        ("burning", "fast", "failed: continue"),
        ("burning", "slow", "failed: continue"),
        ("burning", "over", "passed: It burns no longer"),
        ("burning", "well", "passed: It burns no longer"),
        ("burning", "spotless", "passed: It burns no longer"),
        ("burning", "nobody", "failed: alert-without-data.md"),
        ("burning", "idle", "undetermined: ask"),
        ("youngest", "fast", "failed: Since when"),
        ("youngest", "slow", "passed: Where it fails"),
        ("youngest", "well", "passed: Since when"),
        ("load", "fast", "passed: continue"),
        ("load", "crowded", "failed: Bear the load"),
        ("load", "nobody", "passed: continue"),
        ("routes", "fast", "passed: Everything fails"),
        ("routes", "one-route", "failed: One route fails"),
        ("calm", "over", "passed: continue"),
        ("calm", "fast", "failed: ask"),
        ("left", "well", "passed: resolved"),
        ("left", "spent", "failed: escalate to service-owner"),
    ],
)
def test_a_budget_that_burns(watched: str, step: str, job: str, result: str) -> None:
    assert ask("error-budget-burning", step, watched, JOB=job, **LABELS).result == result


def test_the_right_branch_for_the_right_reason(watched: str) -> None:
    fast = ask("error-budget-burning", "burning", watched, JOB="fast", **LABELS).evidence
    assert "over 1h / budget 0.001 = 2" in fast
    assert "over 5m / budget 0.001 = 2" in fast
    slow = ask("error-budget-burning", "burning", watched, JOB="slow", **LABELS).evidence
    assert "over 6h / budget 0.001 = 7" in slow
    assert "over 30m / budget 0.001 = 7" in slow


def test_the_line_shows_when_it_began(watched: str) -> None:
    drawn = ask("error-budget-burning", "began", watched, JOB="fast", **LABELS).output.splitlines()[-1]
    line = "".join(char for char in drawn if char in "▁▂▃▄▅▆▇█")
    assert len(line) == 19, "three hours, a point every ten minutes"
    assert set(line[:13]) == {"▁"}
    assert line[-3:] == "███"
    assert ask("error-budget-burning", "calmer", watched, JOB="over", **LABELS).output.count("█") >= 1


def test_without_prometheus_nothing_is_claimed() -> None:
    found = ask("error-budget-burning", "burning", "http://127.0.0.1:9", JOB="fast", **LABELS)
    assert found.result == "failed: alert-without-data.md"
    assert "connection refused" in found.output


# --- alerts without data --------------------------------------------------------------------------

METRIC = {"METRIC": "orders_total"}


@pytest.fixture(scope="module")
def blind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[prometheus.Prometheus]:
    class Locked(web.Handler):
        def handle_one(self) -> None:
            self.reply(int(self.path.strip("/").split("/")[0] or 401) if self.path != "/metrics" else 401, "")

        do_GET = handle_one  # noqa: N815

    class Moved(Locked):
        def handle_one(self) -> None:
            self.reply(404, "")

        do_GET = handle_one  # noqa: N815

    class Forbidden(Locked):
        def handle_one(self) -> None:
            self.reply(403, "")

        do_GET = handle_one  # noqa: N815

    class Garbage(Locked):
        def handle_one(self) -> None:
            self.reply(200, "<html>no metrics\n")

        do_GET = handle_one  # noqa: N815

    tls = web.authority(tmp_path_factory.mktemp("ca")).context()
    with (
        prometheus.shop() as well, prometheus.shop() as renamed, prometheus.shop() as broken, web.silence() as slow,
        web.web(handler=Locked) as locked, web.web(handler=Moved) as moved, web.web(handler=Forbidden) as forbidden,
        web.web(handler=Garbage) as garbage, web.web(tls) as secure,
    ):  # fmt: skip
        well.more, renamed.more, broken.broken = "orders_total 7\n", "shop_orders_total 7\n", True
        jobs: dict[str, list[int | str]] = {
            "well": [well.port], "renamed": [renamed.port], "broken": [broken.port], "slow": [slow],
            "moved": [moved.port],
            "locked": [locked.port], "forbidden": [forbidden.port], "garbage": [garbage.port], "closed": [well.port, 9],
            "nameless": ["nothing.invalid:80"], "secure": [secure.url],
        }  # fmt: skip
        lost = {f'orders_total{{job="{job}"}}': 5.0 for job in ("renamed", "vanished")}
        lost |= {'up{job="vanished"}': 1.0, 'shop_orders_total{job="nothing-new"}': 7.0}
        moments = [time.time() - 3600 * hours for hours in (30, 20, 3)]
        rows = [f"{series} {value} {moment:.3f}" for series, value in lost.items() for moment in moments]
        history = "\n".join(rows)
        with prometheus.prometheus({}, history=f"{history}\n") as running:
            # A busy machine takes its time to answer a scrape, and who does not answer shall be seen as such.
            running.configure({**jobs, "prometheus": [running.port]}, every="1s")
            running.until("count(up)", lambda found: found and float(found[0]["value"][1]) == 13)
            yield running


@pytest.mark.parametrize(
    ("step", "job", "result"),
    [
        ("targets", "well", "passed: continue"),
        ("targets", "closed", "failed: The scrape fails"),
        ("targets", "nobody", "failed: No target"),
        ("present", "well", "passed: It is there now"),
        ("present", "renamed", "failed: Another name"),
        ("why", "closed", "failed: service-not-answering.md"),
        ("why", "nameless", "failed: dns-failing.md"),
        ("why", "secure", "failed: certificate-expiring.md"),
        ("why", "slow", "failed: It is too slow"),
        ("why", "locked", "failed: escalate to monitoring-owner"),
        ("why", "forbidden", "failed: escalate to monitoring-owner"),
        ("why", "moved", "failed: Correct the configuration"),
        ("why", "broken", "failed: service-not-answering.md"),
        ("why", "garbage", "failed: escalate to monitoring-owner"),
        ("why", "well", "passed: escalate to monitoring-owner"),
        ("lately", "nobody", "passed: It was never there"),
        ("lately", "vanished", "failed: continue"),
        ("until", "well", "failed: continue"),
        ("until", "nobody", "passed: It has not counted yet"),
        ("new-names", "renamed", "failed: Correct the rule"),
        ("new-names", "vanished", "passed: escalate to monitoring-owner"),
        ("back", "well", "passed: resolved"),
        ("back", "renamed", "failed: ask"),
    ],
)
def test_an_alert_without_data(blind: prometheus.Prometheus, step: str, job: str, result: str) -> None:
    found = ask("alert-without-data", step, blind.url, JOB=job, **METRIC)
    assert found.result == result, found.output


def test_the_configuration_that_does_not_load(blind: prometheus.Prometheus, watched: str) -> None:
    assert ask("alert-without-data", "reloaded", blind.url).result == "passed: continue"
    assert ask("alert-without-data", "reloaded", watched).result == "passed: continue", "that one does not watch itself"
    assert ask("alert-without-data", "reload", watched).result == "failed: escalate to monitoring-owner", "nor reload"
    assert ask("alert-without-data", "reload", blind.url).result == "passed: Verify"
    file: Path = blind.folder / "prometheus.yml"
    right: str = file.read_text()
    try:
        file.write_text(right.replace("scrape_interval", "scrape_intervall"))
        assert ask("alert-without-data", "reload", blind.url).result == "failed: Correct the configuration"
        blind.until("prometheus_config_last_reload_successful == 0")
        assert ask("alert-without-data", "reloaded", blind.url).result == "failed: Correct the configuration"
    finally:
        file.write_text(right)


def test_without_prometheus_every_alert_is_blind() -> None:
    assert (
        ask("alert-without-data", "targets", "http://127.0.0.1:9", JOB="x").result
        == "failed: escalate to monitoring-owner"
    )


def test_a_run_of_its_own_goes_as_far_as_the_machine_can_tell(watched: str, tmp_path: Path) -> None:
    target = f'[targets.prometheus]\nkind = "prometheus"\nurl = "{watched}"\n'
    (tmp_path / "runbook.toml").write_text(target, encoding="utf-8")
    done = program.call(
        tmp_path / "journal.db", "run", str(FOLDER / "error-budget-burning.md"), "--auto", "--param", "JOB=crowded"
    )
    recorded_ = program.events(tmp_path / "journal.db")
    visited = [each["step"] for each in program.of(recorded_, "visited")]
    judged = program.of(recorded_, "judged")

    assert done.returncode == 3, "whether to roll back is for a person to say"
    assert visited == ["burning", "youngest", "began"]
    assert judged[0]["verdict"] == "failed"
    assert "over 1h / budget 0.001 = " in judged[0]["branches"][1]["evidence"]
