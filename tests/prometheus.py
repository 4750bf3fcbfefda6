"""A real Prometheus, which watches a small service of ours that can fail."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec import Struct, field

from tests.postgres import free_port, wait_for

SCRAPE = "200ms"


class Shop(Struct):
    """A service whose traffic can be turned: requests and errors a second, by route."""

    port: int = 0
    good: dict[str, float] = field(default_factory=dict)
    bad: dict[str, float] = field(default_factory=dict)
    more: str = ""
    """Further metrics, as they are exposed."""
    broken: bool = False
    """It answers a scrape with an error."""
    _counts: dict[tuple[str, str], float] = field(default_factory=dict)
    _since: float = 0.0
    _lock: Any = field(default_factory=threading.Lock)

    def traffic(self, route: str, *, good: float, bad: float) -> None:
        """Change what a route gets from now on."""
        with self._lock:
            self._count()
            self.good[route], self.bad[route] = good, bad

    def exposed(self) -> str:
        """Return the metrics as of now."""
        with self._lock:
            self._count()
            lines = ["# TYPE http_requests_total counter"]
            for (route, code), count in sorted(self._counts.items()):
                lines.append(f'http_requests_total{{route="{route}",code="{code}"}} {count:.3f}')
        return "\n".join([*lines, self.more, ""])

    def _count(self) -> None:
        now = time.monotonic()
        passed = now - self._since if self._since else 0.0
        self._since = now
        for code, rates in (("200", self.good), ("500", self.bad)):
            for route, rate in rates.items():
                self._counts[route, code] = self._counts.get((route, code), 0.0) + rate * passed


@contextmanager
def shop() -> Iterator[Shop]:
    """Run the service."""
    running = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = running.exposed().encode()
            self.send_response(500 if running.broken else 200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    running.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()


Jobs = Mapping[str, Iterable[int | str]]


class Prometheus(Struct):
    """One server on loopback."""

    folder: Path
    port: int
    lifecycle: bool = True
    """It lets itself be reloaded."""
    process: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, query: str) -> list[Any]:
        """Return the result of a query, by no code of ours."""
        form = urlencode({"query": query}).encode()
        with urllib.request.urlopen(f"{self.url}/api/v1/query", form, timeout=10) as answer:
            result: list[Any] = json.load(answer)["data"]["result"]
        return result

    def until(self, query: str, holds: Callable[[list[Any]], object] = bool, seconds: float = 60.0) -> None:
        """Wait until a query gives something that holds."""
        wait_for(lambda: holds(self.ask(query)), seconds)

    def configure(self, jobs: Jobs, rules: str = "", every: str = SCRAPE) -> None:
        """Say what it watches: ports or addresses, by job."""
        config: dict[str, Any] = {
            "global": {"scrape_interval": every, "evaluation_interval": every, "scrape_timeout": every},
            "scrape_configs": [
                {
                    "job_name": job,
                    "scheme": "https" if any(str(each).startswith("https:") for each in targets) else "http",
                    "static_configs": [{"targets": [_place(each) for each in targets]}],
                }
                for job, targets in jobs.items()
            ],
        }
        if rules:
            (self.folder / "rules.yml").write_text(rules)
            config["rule_files"] = ["rules.yml"]
        (self.folder / "prometheus.yml").write_text(json.dumps(config))
        if self.process is not None:
            urllib.request.urlopen(f"{self.url}/-/reload", b"", timeout=10).close()

    def remember(self, history: str) -> None:
        """Put samples from before its start into its store, written as OpenMetrics."""
        (self.folder / "history").write_text(f"{history}# EOF\n")
        done = subprocess.run(
            ["promtool", "tsdb", "create-blocks-from", "openmetrics", "history", "data"],
            cwd=self.folder, capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            [
                *("prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--log.level=warn"),
                *(f"--web.listen-address=127.0.0.1:{self.port}", *["--web.enable-lifecycle"][: self.lifecycle]),
                *("--storage.tsdb.retention.time=60d", "--enable-feature=native-histograms"),
            ],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
        wait_for(self._ready)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)

    def _ready(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError((self.folder / "log").read_text())
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def _place(target: int | str) -> str:
    return f"127.0.0.1:{target}" if isinstance(target, int) else target.removeprefix("https://")


@contextmanager
def prometheus(
    jobs: Jobs, *, rules: str = "", history: str = "", lifecycle: bool = True, every: str = SCRAPE
) -> Iterator[Prometheus]:
    """Run one; skips where it is not installed."""
    if shutil.which("prometheus") is None:
        pytest.skip("prometheus is not installed")
    folder = Path(tempfile.mkdtemp(prefix="prometheus-"))
    running = Prometheus(folder, free_port(), lifecycle)
    try:
        running.configure(jobs, rules, every)
        if history:
            running.remember(history)
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


Rates = Callable[[float], Mapping[tuple[str, str], float]]
"""What came a second, so many seconds ago, by route and code."""


def past(
    jobs: Mapping[str, Rates], hours: float, *, every: float = 30.0, gauges: Mapping[str, float] | None = None
) -> str:
    """Write the past of some jobs' `http_requests_total` up to now, and gauges that stood still, as OpenMetrics."""
    now = time.time()
    moments = [now - every * at for at in range(int(hours * 3600 / every), 0, -1)]
    lines = ["# TYPE http_requests counter"]
    for job, rates in jobs.items():
        totals: dict[tuple[str, str], float] = {}
        rows: dict[tuple[str, str], list[str]] = {}
        for moment in moments:
            for key, rate in rates(now - moment).items():
                totals[key] = totals.get(key, 0.0) + rate * every
                labels = f'job="{job}",route="{key[0]}",code="{key[1]}"'
                rows.setdefault(key, []).append(f"http_requests_total{{{labels}}} {totals[key]:.3f} {moment:.3f}")
        lines += [line for row in rows.values() for line in row]
    for series, value in (gauges or {}).items():
        lines += [f"{series} {value:.3f} {moment:.3f}" for moment in moments]
    return "\n".join([*lines, ""])
