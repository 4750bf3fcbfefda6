"""PromQL fences against a real Prometheus that watches a service which fails."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from runbook_runner import registry
from runbook_runner.model.target import Target
from runbook_runner.ports import Ending, Executor, Finished, Place, Request, Where
from runbook_runner.predicates import evaluate, parse
from tests import prometheus, web
from tests.contracts.executors import ExecutorContract, Recorder
from tests.hostile import values

RATIO = (
    'sum(rate(http_requests_total{job="shop", code=~"5.."}[$window]))\n'
    '  / sum(rate(http_requests_total{job="shop"}[$window]))'
)
BOTH = 'burn_rate(0.999, "1h") > 14.4 && burn_rate(0.999, "5m") > 14.4'
SLOW = 'burn_rate(0.999, "6h") > 6 && burn_rate(0.999, "30m") > 6'


def promql() -> Executor:
    found = registry.executor("promql")
    assert found is not None
    return found


class Watched(Struct):
    shop: prometheus.Shop
    server: prometheus.Prometheus

    def ask(self, text: str, given: Mapping[str, str] | None = None, **more: Any) -> tuple[Finished, Recorder]:
        return ask(self.server.url, text, given, **more)


def ask(url: str, text: str, given: Mapping[str, str] | None = None, **more: Any) -> tuple[Finished, Recorder]:
    sink = Recorder()
    where = Where({}, Target("prom", "prometheus", {"url": url, **more.pop("target", {})}))
    session = promql().open(Place(Path("/nowhere"), ".", where=where))
    finished = session.execute(Request(1, text, "promql", given or {}, **more), sink)
    return finished, sink


def holds(source: str, finished: Finished) -> tuple[bool | None, str]:
    found = evaluate(parse(source), {"exit_code": finished.exit_code, **finished.values})
    return found.holds, found.evidence or found.error


def failing(ago: float) -> dict[tuple[str, str], float]:
    """For six hours nearly nothing fails; for the last hour the errors of one route rise."""
    errors = 0.05 if ago > 3600 else 0.05 + (3600 - ago) / 3600 * 30
    return {
        ("/pay", "200"): 50.0,
        ("/pay", "500"): errors,
        ("/cart", "200"): 100.0,
        ("/cart", "500"): 0.0,
    }


HOSTILE = [value for value in dict.fromkeys(values(330)) if value and "\0" not in value and "\ud800" not in value]


def _exposed(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    with prometheus.shop() as shop:
        shop.traffic("/pay", good=50, bad=30)
        shop.traffic("/cart", good=100, bad=0)
        shop.more = "\n".join(f'hostile{{v="{_exposed(value)}"}} {at}' for at, value in enumerate(HOSTILE))
        history = prometheus.past({"shop": failing}, 6)
        # A scrape that takes longer than this takes all series away until the next one; we are busy ourselves.
        with prometheus.prometheus({"shop": [shop.port]}, history=history, every="2s") as server:
            server.until("count(up == 1)")
            server.until("count(hostile)")
            yield Watched(shop, server)


class TestContract(ExecutorContract):
    language = "promql"
    succeeds = "up"
    fails = "sum("

    @pytest.fixture(autouse=True)
    def _servers(self, watched: Watched) -> Iterator[None]:
        with web.web() as slow:
            self.url, self.slow = watched.server.url, slow.url
            self.waits = "slow"
            yield

    def executor(self) -> Executor:
        return promql()

    @pytest.fixture
    def place(self, tmp_path: Path, request: pytest.FixtureRequest) -> Place:
        private = tmp_path / "private"
        private.mkdir(mode=0o700)
        hangs = any(word in request.node.name for word in ("timeout", "tick_ends", "ticks"))
        url = f"{self.slow}/slow/20" if hangs else self.url
        return Place(private, str(tmp_path), where=Where({}, Target("prom", "prometheus", {"url": url})))


# --- now ------------------------------------------------------------------------------------------


def test_one_number(watched: Watched) -> None:
    finished, sink = watched.ask("count(up)")
    assert (finished.exit_code, sink.stdout) == (0, "1\n")
    assert holds("value == 1.0 && size(series) == 1", finished)[0]


def test_several_series(watched: Watched) -> None:
    finished, sink = watched.ask("sum by (route, job) (rate(http_requests_total[5m]))")
    assert finished.exit_code == 0
    assert sink.stdout.startswith('all of {job="shop"}\n')
    assert '{route="/pay"}' in sink.stdout
    assert holds('series.exists(s, s.labels.route == "/pay" && s.value > 10.0)', finished)[0]
    assert holds("value > 0.0", finished) == (
        None,
        "value: the query gives 2 series, and one is needed (column 1)",
    )


def test_no_data_is_not_zero(watched: Watched) -> None:
    finished, sink = watched.ask("http_request_total")
    assert (finished.exit_code, sink.stdout) == (0, "no data: nothing matches the query now\n")
    for source in ("value == 0.0", "value < 1.0", "burn_rate(0.999) < 14.4"):
        assert holds(source, finished)[0] is None
    assert holds("size(series) == 0", finished)[0]


def test_nan_is_no_health(watched: Watched) -> None:
    finished, sink = watched.ask("sum(rate(up[1m])) * 0 / 0")
    assert sink.stdout == "NaN\n"
    held, why = holds("burn_rate(0.999) < 14.4", finished)
    assert held is None
    assert "0 divided by 0" in why
    assert holds("value < 1.0", finished)[0] is None


@pytest.mark.parametrize(("text", "shown"), [("1 + 1", "2\n"), ('"text"', "text\n"), ("1/0", "+Inf\n")])
def test_scalars_and_texts(watched: Watched, text: str, shown: str) -> None:
    assert watched.ask(text)[1].stdout == shown


def test_several_queries_in_a_fence(watched: Watched) -> None:
    finished, sink = watched.ask("count(up)\n\n# and then\ncount(up) + 1")
    assert sink.stdout == "> count(up)\n1\n\n> # and then\ncount(up) + 1\n2\n"
    assert holds("value == 2.0", finished)[0]
    finished, sink = watched.ask("count(up)\n\n+ 1")
    assert sink.stdout == "2\n"


# --- a window -------------------------------------------------------------------------------------


def test_rising_errors_are_seen(watched: Watched) -> None:
    text = 'sum by (route) (rate(http_requests_total{code="500"}[5m]))'
    finished, sink = watched.ask(text, range=3600.0)
    assert finished.exit_code == 0
    pay = next(line for line in sink.stdout.splitlines() if "/pay" in line)
    drawn = [each for each in pay if each in "▁▂▃▄▅▆▇█"]
    assert len(drawn) == 31
    assert drawn[0] == "▁"
    assert drawn[-2] == "█"
    assert sum(a <= b for a, b in pairwise(drawn)) >= 28, "it rises"
    assert "1h, " in sink.stdout
    assert "a point every 2m" in sink.stdout
    assert all(len(line) <= 80 for line in sink.stdout.splitlines())
    assert holds('series.exists(s, s.labels.route == "/pay" && s.value > 2.0 * s.first)', finished)[0]
    assert holds('series.all(s, s.labels.route == "/pay" || s.max < 1.0)', finished)[0]


@pytest.mark.slow
def test_errors_that_begin_now_are_seen_to_rise() -> None:
    with prometheus.shop() as shop, prometheus.prometheus({"shop": [shop.port]}) as server:
        shop.traffic("/live", good=100, bad=0)
        server.until("count(up == 1)")
        time.sleep(4)
        shop.traffic("/live", good=50, bad=50)
        time.sleep(4)
        errors_rise(Watched(shop, server))


def errors_rise(watched: Watched) -> None:
    live = 'http_requests_total{route="/live"'
    text = f'sum(rate({live}, code="500"}}[2s])) / sum(rate({live}}}[2s]))'
    finished, sink = watched.ask(text, range=7.0)
    drawn = "".join(char for char in sink.stdout if char in "▁▂▃▄▅▆▇█")
    assert drawn.startswith("▁")
    assert drawn.endswith("█")
    assert holds("value > 0.4 && value < 0.6", finished)[0], sink.stdout
    assert holds("burn_rate(0.999) > 400 && series[0].first < 0.1", finished)[0]


def test_a_window_without_data_and_one_that_ended(watched: Watched) -> None:
    finished, sink = watched.ask("nothing_here", range=600.0)
    assert sink.stdout.startswith("no data in 10m, ")
    finished, sink = watched.ask(
        'sum(hostile offset 1h) or sum(count_over_time(up[3s] offset 1h)) or (up{job="gone"})', range=60.0
    )
    assert finished.exit_code == 0
    ended = "sum(http_requests_total) and on() (vector(time()) < " + str(int(time.time()) - 1800) + ")"
    finished, sink = watched.ask(ended, range=7200.0)
    assert "gone" in sink.stdout
    held, why = holds("value > 0.0", finished)
    assert held is None
    assert "ended" in why


# --- burn rates -----------------------------------------------------------------------------------


def test_burn_rates_over_several_windows(watched: Watched) -> None:
    finished, sink = watched.ask(RATIO, windows=("1h", "5m"))
    held, evidence = holds(BOTH, finished)
    assert held is True
    assert evidence.startswith("error ratio 0.0")
    assert " over 1h / budget 0.001 = " in evidence
    assert "; error ratio 0.1" in evidence
    assert [line.split()[0] for line in sink.stdout.splitlines()] == ["window", "1h", "5m"]
    expected = watched.server.ask(RATIO.replace("$window", "1h"))[0]["value"][1]
    assert finished.values["windows"]["1h"] == pytest.approx(float(expected), rel=0.01)


def test_with_a_range_it_shows_where_it_goes(watched: Watched) -> None:
    finished, sink = watched.ask(RATIO, windows=("5m", "1h"), range=7200.0)
    assert "▁" in sink.stdout
    assert holds(BOTH, finished)[0]


def test_a_window_without_data_leaves_it_open(watched: Watched) -> None:
    text = RATIO.replace('"shop"', '"shops"')
    finished, sink = watched.ask(text, windows=("1h", "5m"))
    assert holds(BOTH, finished) == (None, "there is no error ratio: no data (column 1)")
    assert "5m      no data" in sink.stdout


def test_a_window_that_nothing_names_sends_nothing(watched: Watched) -> None:
    finished, _ = watched.ask(RATIO)
    assert finished.ending is Ending.NOT_STARTED
    assert "no predicate says which" in finished.note
    finished, _ = watched.ask("vector(0.02)", windows=("1h",))
    assert holds('burn_rate(0.999, "1h") > 1.0', finished)[0] is None
    assert holds("burn_rate(0.999) > 14.4", finished)[0]


# --- errors ---------------------------------------------------------------------------------------


def test_what_does_not_parse_is_shown_where(watched: Watched) -> None:
    finished, sink = watched.ask("up\nand sum(rate(up[5m])")
    assert finished.exit_code == 1
    assert "bad_data: " in sink.stderr
    assert sink.stderr.splitlines()[1:] == ["  and sum(rate(up[5m])", "  " + " " * 20 + "^"]
    assert holds("value > 0.0", finished)[0] is None


def test_what_cannot_be_computed_is_a_result(watched: Watched) -> None:
    finished, sink = watched.ask("http_requests_total * on (job) http_requests_total")
    assert (finished.ending, finished.exit_code) == (Ending.EXIT, 1)
    assert sink.stderr.startswith("execution: ")
    finished, sink = watched.ask("up[5m]", range=60.0)
    assert "bad_data: " in sink.stderr


def test_warnings_are_shown() -> None:
    said = '"warnings":["one store is away"],"infos":["rate of a gauge"]'
    finished, sink = _from(f'{{"status":"success",{said},"data":{{"resultType":"vector","result":[]}}}}')
    assert sink.stderr == "warning: one store is away\ninfo: rate of a gauge\n"
    assert finished.exit_code == 0


def _from(body: str, status: int = 200, kind: str = "application/json", **more: Any) -> tuple[Finished, Recorder]:
    """Ask something that answers every query with the same body."""

    class Fixed(web.Handler):
        def handle_one(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.web.got.append(web.Got(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, b""))
            self.reply(status if self.command == "POST" else 200, body, kind)

        do_GET = do_POST = handle_one  # noqa: N815

    with web.web(handler=Fixed) as server:
        finished, sink = ask(server.url, "up", **more)
        sink.output["got"] = " ".join(got.method for got in server.got).encode()
    return finished, sink


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (502, "<html>\n<h1>Bad Gateway</h1>", "HTTP 502 Bad Gateway: what answers is no Prometheus: <html>"),
        (401, "no", "HTTP 401 Unauthorized: it refuses us"),
        (302, "", "it sends us to nowhere"),
        (
            200,
            '{"status":"success","data":{"resultType":"vector","result":[{"metric":7}]}}',
            "not as Prometheus gives it",
        ),
        (200, "[]", "no Prometheus"),
        (200, "[" * 5000, "no Prometheus"),
        (200, '{"status":"success"}', "not as Prometheus gives it"),
        (
            200,
            '{"status":"success","data":{"resultType":"string","result":[1,"\udcff"]}}',
            "not as Prometheus gives it",
        ),
        (200, '{"status":"success","data":{"resultType":"streams","result":[]}}', "a streams, which is not known"),
        (503, '{"status":"error","errorType":"timeout","error":"query timed out"}', "timeout: query timed out"),
    ],
)
def test_what_is_no_prometheus(status: int, body: str, why: str) -> None:
    finished, sink = _from(body, status)
    assert finished.exit_code == 1
    assert why in sink.stderr
    assert holds("value > 0.0", finished)[0] is None


def test_a_proxy_that_lets_only_get_through() -> None:
    body = '{"status":"success","data":{"resultType":"scalar","result":[1,"7"]}}'
    finished, sink = _from(body, 405)
    assert (finished.exit_code, sink.stdout, sink.output["got"]) == (0, "7\n", b"POST GET")


def test_tenants_and_credentials() -> None:
    with web.web() as server:
        ask(server.url, "up", target={"token": "t0ken", "headers": {"X-Scope-OrgID": "blue"}})
        headers = server.got[-1].headers
    assert (headers["authorization"], headers["x-scope-orgid"]) == ("Bearer t0ken", "blue")


def test_histograms_are_no_numbers() -> None:
    sample = '{"metric":{"__name__":"h"},"histogram":[1,{"count":"2","sum":"3","buckets":[]}]}'
    finished, sink = _from(f'{{"status":"success","data":{{"resultType":"vector","result":[{sample}]}}}}')
    assert "histogram  h" in sink.stdout
    assert "histogram" in holds("value > 0.0", finished)[1]


def test_nobody_there_and_nobody_who_answers() -> None:
    finished, sink = ask("http://127.0.0.1:9", "up")
    assert (finished.exit_code, "connection refused" in sink.stderr) == (1, True)
    with web.silence() as place:
        begun = time.monotonic()
        assert ask(f"http://{place}", "up", timeout=0.4)[0].ending is Ending.TIMEOUT
        assert time.monotonic() - begun < 20


@pytest.mark.slow
def test_a_gigabyte_is_refused_without_keeping_it() -> None:
    import tracemalloc

    with web.web() as server:
        tracemalloc.start()
        finished, sink = ask(f"{server.url}/huge", "up")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert finished.exit_code == 1
    assert "longer than 8 MiB" in sink.stderr
    assert peak < 32 << 20


def test_many_series_are_cut(watched: Watched) -> None:
    finished, sink = watched.ask("hostile")
    assert len(sink.stdout.splitlines()) == 43
    assert f"{len(HOSTILE)} series in all" in sink.stdout
    assert len(finished.values["series"]) == len(HOSTILE)


# --- before it is asked ---------------------------------------------------------------------------


def test_preflight(watched: Watched) -> None:
    def check(url: str) -> tuple[str, bool | None, str]:
        (found,) = promql().preflight((), Where({}, Target("prom", "prometheus", {"url": url})))
        return found.name, found.ok, found.detail

    assert check(watched.server.url) == ("target prom", True, "answers queries")
    assert check("http://127.0.0.1:9")[1] is False
    with web.web() as server:
        assert "no Prometheus" in check(server.url)[2]
    with web.silence() as place:
        begun = time.monotonic()
        assert check(f"http://{place}")[1] is False
        assert time.monotonic() - begun < 20


# --- values ---------------------------------------------------------------------------------------


def test_hostile_values_are_data_to_a_real_prometheus(watched: Watched) -> None:
    refused = 0
    for value in HOSTILE:
        for text in ('hostile{v="$V"}', "hostile{v=~'$V'}", 'hostile{v!="x", v=~"(?s:$V)"}', "hostile{v=~`${V}`}"):
            finished, sink = watched.ask(text, {"V": value})
            if finished.ending is Ending.NOT_STARTED:
                assert "`" in text
                refused += 1
                continue
            assert finished.exit_code == 0, (text, value, sink.stderr)
            found = finished.values["series"]
            assert [each["labels"]["v"] for each in found] == [value], text
    assert refused < 60


def test_a_hostile_value_is_the_same_text_to_prometheus(watched: Watched) -> None:
    for value in ["\x01\x7f\x85\u2028\ufeff", *HOSTILE[:60]]:
        for quote in "\"'":
            finished, sink = watched.ask(f"{quote}a $V b{quote}", {"V": value})
            assert finished.exit_code == 0, sink.stderr
            assert sink.output["stdout"].decode() == f"a {value} b\n"
