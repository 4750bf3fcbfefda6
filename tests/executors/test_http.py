"""HTTP fences against real servers, good ones and bad ones."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from runbook_runner import registry
from runbook_runner.model.target import Target
from runbook_runner.ports import Ending, Executor, Finished, Place, Request, Where
from runbook_runner.predicates import evaluate, parse
from tests import web
from tests.contracts.executors import ExecutorContract, Recorder


@pytest.fixture(scope="module")
def server() -> Iterator[web.Web]:
    with web.web() as running:
        yield running


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> web.Authority:
    return web.authority(tmp_path_factory.mktemp("ca"))


def http() -> Executor:
    found = registry.executor("http")
    assert found is not None
    return found


def send(
    text: str, values: Mapping[str, str] | None = None, target: Target | None = None, **more: Any
) -> tuple[Finished, Recorder]:
    sink = Recorder()
    session = http().open(Place(Path("/nowhere"), ".", where=Where({}, target)))
    finished = session.execute(Request(1, text, "http", values or {}, **more), sink)
    session.close(remove=True)
    return finished, sink


def target(url: str, **settings: Any) -> Target:
    return Target("api", "http", {"url": url, **settings})


def holds(source: str, finished: Finished) -> tuple[bool | None, str]:
    found = evaluate(parse(source), {"exit_code": finished.exit_code, **finished.values})
    return found.holds, found.evidence or found.error


class TestContract(ExecutorContract):
    language = "http"

    @pytest.fixture(autouse=True)
    def _server(self, server: web.Web) -> None:
        self.succeeds = f"GET {server.url}/healthz"
        self.fails = f"GET {server.url}/status/503"
        self.waits = f"GET {server.url}/slow/20"

        self.url = server.url

    def touches(self, path: Path) -> str:
        return f"POST {self.url}/touch?file={path}"

    def executor(self) -> Executor:
        return http()


# --- what comes of it -----------------------------------------------------------------------------


def test_a_check_in_one_line(server: web.Web) -> None:
    finished, sink = send(f"GET {server.url}/healthz")
    assert finished.exit_code == 0
    assert holds("status == 200 && json.ok", finished) == (True, "200 == 200; true")
    assert holds('headers["content-type"] == "application/json"', finished)[0]
    assert holds('body.contains("healthz")', finished)[0]
    assert sink.stdout.startswith("HTTP 200 OK  (")
    assert sink.stdout.endswith('\n{"ok": true, "path": "/healthz"}\n')


def test_a_bare_address_is_a_get(server: web.Web) -> None:
    send(f"{server.url}/livez")
    assert (server.got[-1].method, server.got[-1].path) == ("GET", "/livez")


def test_an_error_page_is_an_answer(server: web.Web) -> None:
    finished, sink = send(f"GET {server.url}/status/503")
    assert finished.exit_code == 1
    assert holds('status >= 500 && headers["retry-after"] == "7"', finished)[0]
    assert "HTTP 503 Service Unavailable" in sink.stdout
    assert "as you wish" in sink.stdout


def test_several_are_sent_in_turn_until_one_fails(server: web.Web) -> None:
    server.got.clear()
    text = f"GET {server.url}/one\n\n###\nGET {server.url}/status/404\n\n### never\nGET {server.url}/three\n"
    finished, sink = send(text)
    assert [got.path for got in server.got] == ["/one", "/status/404"]
    assert holds("status == 404", finished)[0]
    assert f"> GET {server.url}/status/404" in sink.stdout


def test_an_unknown_value_or_a_wrong_line_sends_nothing(server: web.Web) -> None:
    server.got.clear()
    text = f"GET {server.url}/one\n\n###\nDELETE {server.url}/orders/{{{{ORDER}}}}"
    finished, _ = send(text)
    assert (finished.ending, server.got) == (Ending.NOT_STARTED, [])
    assert "ORDER: it has no value" in finished.note
    finished, _ = send("what is this")
    assert (finished.ending, "no request" in finished.note) == (Ending.NOT_STARTED, True)


def test_json_is_set_out_and_cut(server: web.Web) -> None:
    from urllib.parse import quote

    pods = [{"name": f"api-{at}", "ready": at % 3 > 0, "node": "node-with-a-long-name-7"} for at in range(200)]
    _, sink = send(f"GET {server.url}/text?kind=application/json&say={quote(json.dumps({'items': pods}))}")
    lines = sink.stdout.splitlines()
    assert '    {"name": "api-7", "ready": true, "node": "node-with-a-long-name-7"},' in lines
    assert "… the first 60 of 204 lines are shown, of " in lines[-1]


def test_a_binary_body_is_only_counted(server: web.Web) -> None:
    _, sink = send(f"GET {server.url}/text?say=%00%01abc")
    assert "(5 B that are no text)" in sink.stdout


# --- targets --------------------------------------------------------------------------------------


def test_a_path_goes_to_the_target_with_its_credentials(server: web.Web) -> None:
    to = target(f"{server.url}/base/", token="t0ken", headers={"X-Scope-OrgID": "blue"})
    finished, _ = send("GET /orders?state=open", target=to)
    got = server.got[-1]
    assert finished.exit_code == 0
    assert got.path == "/base/orders?state=open"
    assert (got.headers["authorization"], got.headers["x-scope-orgid"]) == ("Bearer t0ken", "blue")
    send("GET /", target=target(server.url, username="u", password="p"))
    assert server.got[-1].headers["authorization"] == "Basic dTpw"


def test_credentials_go_to_no_other_host(server: web.Web) -> None:
    to = target(server.url, token="t0ken", headers={"X-Api-Key": "k3y"})
    send(f"GET {server.elsewhere('/there')}", target=to)
    assert not {"authorization", "x-api-key"} & set(server.got[-1].headers)


def test_a_path_without_a_target_is_not_sent() -> None:
    finished, _ = send("GET /healthz")
    assert finished.ending is Ending.NOT_STARTED
    assert "name a target" in finished.note
    assert http().analyse("GET /healthz", "http").needs_target
    assert not http().analyse("GET https://api.example/healthz", "http").needs_target


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"url": "api.example"}, "no address"),
        ({"url": "https://u:p@api.example"}, "no address"),
        ({"url": "https://api.example:99999"}, "no address"),
        ({"url": "https://api.example", "client_key": "k"}, "client_cert"),
        ({"url": "https://api.example", "headers": {"X": "a\r\nY: b"}}, "line break"),
    ],
)
def test_a_target_that_makes_no_sense(settings: dict[str, Any], why: str) -> None:
    from runbook_runner.errors import InputError

    with pytest.raises(InputError, match=why):
        send("GET /", target=Target("api", "http", settings))


# --- redirects ------------------------------------------------------------------------------------


def test_a_redirect_within_a_host_keeps_credentials(server: web.Web) -> None:
    finished, sink = send("GET /redirect?to=/healthz", target=target(server.url, token="t0ken"))
    assert server.got[-1].path == "/healthz"
    assert server.got[-1].headers["authorization"] == "Bearer t0ken"
    assert f"-> {server.url}/healthz" in sink.stdout
    assert finished.note == ""


def test_a_redirect_to_another_host_takes_no_credentials_along(server: web.Web) -> None:
    to = target(server.url, token="t0ken", headers={"X-Scope-OrgID": "blue"})
    text = f"GET /redirect?to={server.elsewhere('/login')}\nCookie: session=s3cret\nX-Api-Key: k3y\nAccept: text/html\n"
    finished, _ = send(text, target=to)
    got = server.got[-1]
    assert (got.path, finished.exit_code) == ("/login", 0)
    assert f"the answer of localhost:{server.port}" in finished.note
    assert not {"authorization", "cookie", "x-api-key", "x-scope-orgid"} & set(got.headers)
    assert got.headers["accept"] == "text/html"


def test_credentials_do_not_come_back_by_a_second_redirect(server: web.Web) -> None:
    back = f"{server.url}/healthz"
    there = server.elsewhere(f"/redirect?to={back}").replace(":", "%3A")
    send(f"GET /redirect?to={there}", target=target(server.url, token="t0ken"))
    assert server.got[-1].path == "/healthz"
    assert "authorization" not in server.got[-1].headers


def test_redirects_end(server: web.Web) -> None:
    server.got.clear()
    finished, _ = send(f"GET {server.url}/loop")
    assert len(server.got) == 6
    assert "more than 5 redirects" in finished.note
    assert finished.exit_code == 1
    assert holds("status == 302", finished)[0]


@pytest.mark.parametrize(
    "to",
    [
        "ftp://127.0.0.1/x",
        "http://user:pw@127.0.0.1/x",
        "http://[::1/x",
        "http://127.0.0.1:99999/x",
        "http://127.0.0.1:0/x",
    ],
)
def test_redirects_that_are_not_followed(server: web.Web, to: str) -> None:
    server.got.clear()
    finished, _ = send(f"GET {server.url}/redirect?to={to}")
    assert len(server.got) == 1
    assert finished.note


def test_what_changes_is_never_redirected(server: web.Web) -> None:
    server.got.clear()
    finished, _ = send(f"POST {server.url}/redirect/307?to=/orders\n\n{{}}")
    assert [got.method for got in server.got] == ["POST"]
    assert holds("status == 307", finished)[0]
    assert (finished.exit_code, "sends on to /orders" in finished.note) == (1, True)
    assert send(f"POST {server.url}/redirect/303?to=/orders\n\n{{}}")[0].exit_code == 0


# --- TLS ------------------------------------------------------------------------------------------


def test_a_private_authority_and_the_days_that_are_left(ca: web.Authority) -> None:
    with web.web(ca.context(days=20)) as secure:
        finished, sink = send("GET /healthz", target=target(secure.url, ca=ca.file))
        assert finished.exit_code == 0
        assert holds("certificate_days == 19 || certificate_days == 20", finished)[0]
        assert "certificate good for" in sink.stdout
        finished, sink = send(f"GET {secure.url}/healthz")
        assert finished.exit_code == 1
        assert "authority that is not known here" in sink.stderr
        assert holds("status == 200", finished)[0] is None
        finished, sink = send("GET /healthz", target=target(secure.url, verify=False))
        assert finished.exit_code == 0
        assert "TLS is NOT verified" in sink.stderr
        assert holds("certificate_days > 0", finished)[0] is None


def test_files_that_cannot_be_used(ca: web.Authority, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no certificate")
    for settings, why in (
        ({"ca": str(tmp_path / "none")}, "no such file"),
        ({"ca": str(tmp_path / "text")}, "no certificate or key"),
        ({"client_cert": str(tmp_path / "text")}, "no certificate or key"),
    ):
        _, sink = send("GET /", target=target("https://127.0.0.1:9", **settings))
        assert why in sink.stderr
        assert str(tmp_path) in sink.stderr
        (check,) = http().preflight((), Where({}, target("https://127.0.0.1:9", **settings)))
        assert (check.ok, why in check.detail) == (False, True)


def test_a_client_shows_its_certificate(ca: web.Authority) -> None:
    import ssl

    context = ca.context(days=30)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ca.file)
    ca.context(days=31, name="client.example")
    mine = {
        "client_cert": str(ca.folder / "client.example.31.pem"),
        "client_key": str(ca.folder / "client.example.31.key"),
    }
    with web.web(context) as secure:
        assert send("GET /", target=target(secure.url, ca=ca.file, **mine))[0].exit_code == 0
        finished, sink = send("GET /", target=target(secure.url, ca=ca.file))
        assert finished.exit_code == 1
        assert "client certificate" in sink.stderr or "cut" in sink.stderr


def test_an_expired_certificate_is_refused_and_counted(ca: web.Authority) -> None:
    with web.web(ca.context(days=-3)) as secure:
        finished, sink = send("GET /healthz", target=target(secure.url, ca=ca.file))
        assert finished.exit_code == 1
        assert "its certificate has expired" in sink.stderr
        assert holds("certificate_days < 14", finished) in [(True, f"{n} < 14") for n in (-3, -4)]
        assert secure.got == [], "nothing is sent to learn that"


def test_a_certificate_for_another_name(ca: web.Authority) -> None:
    with web.web(ca.context(name="other.example")) as secure:
        _, sink = send("GET /healthz", target=target(secure.url, ca=ca.file))
        assert "for another" in sink.stderr
        assert secure.got == []


def test_https_to_http_is_not_followed(ca: web.Authority, server: web.Web) -> None:
    server.got.clear()
    with web.web(ca.context(days=21)) as secure:
        finished, _ = send(f"GET /redirect?to={server.url}/healthz", target=target(secure.url, ca=ca.file))
    assert server.got == []
    assert "from https to" in finished.note


def test_http_where_tls_is_meant_and_the_other_way(ca: web.Authority, server: web.Web) -> None:
    _, sink = send(f"GET https://127.0.0.1:{server.port}/")
    assert "speaks no TLS" in sink.stderr


# --- no answer ------------------------------------------------------------------------------------


def test_nobody_listens() -> None:
    finished, sink = send("GET http://127.0.0.1:9/")
    assert finished.exit_code == 1
    assert "connection refused" in sink.stderr
    assert holds("status == 200", finished) == (
        None,
        "status: no answer: 127.0.0.1:9: nothing listens there (connection refused) (column 1)",
    )
    assert holds("exit_code == 0 && status == 200", finished)[0] is False


@pytest.mark.parametrize("place", ["a..b", "-a", "a.", "1.2.3.999", "xn--a", "x" * 300, ".a", "127.0.0.1:9"])
def test_odd_hosts_are_results(place: str) -> None:
    finished, sink = send(f"GET http://{place}/", timeout=3.0)
    assert finished.exit_code == 1
    assert sink.stderr.startswith("no answer: ")


def test_a_name_without_an_address() -> None:
    _, sink = send("GET http://nothing.invalid/")
    assert "nothing.invalid: " in sink.stderr


@pytest.mark.parametrize("path", ["hangup", "cut"])
def test_a_connection_that_is_cut(server: web.Web, path: str) -> None:
    finished, sink = send(f"GET {server.url}/{path}")
    assert (finished.ending, finished.exit_code) == (Ending.EXIT, 1)
    assert "closed the connection" in sink.stderr or "ended in mid-answer" in sink.stderr
    finished, _ = send(f"DELETE {server.url}/{path}/1")
    assert finished.ending is Ending.LOST
    assert "not known" in finished.note


def test_who_accepts_and_says_nothing_is_left_at_the_timeout() -> None:
    with web.silence() as place:
        begun = time.monotonic()
        finished, _ = send(f"GET http://{place}/", timeout=0.4)
        assert finished.ending is Ending.TIMEOUT
        assert time.monotonic() - begun < 20
        assert finished.note == f"until then {place} had the request, and had not answered"
        finished, _ = send(f"POST http://{place}/orders\n\n{{}}", timeout=0.4)
        assert finished.ending is Ending.TIMEOUT
        assert "not known" in finished.note
        finished, _ = send(f"GET https://{place}/", timeout=0.4)
        assert finished.ending is Ending.TIMEOUT
        assert "not known" not in finished.note


@pytest.mark.slow
def test_a_gigabyte_takes_no_memory(server: web.Web) -> None:
    tracemalloc.start()
    finished, sink = send(f"GET {server.url}/huge")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert finished.exit_code == 0
    assert peak < 20 << 20
    assert "the first 8.0 KiB are shown, of 1.0 GiB" in sink.stdout
    assert len(sink.stdout) < 10_000
    held, why = holds('body.contains("x")', finished)
    assert held is None
    assert "1.0 GiB long" in why


# --- before it is sent ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("GET https://a.example/x", "read"),
        ("HEAD https://a.example/x", "read"),
        ("DELETE https://a.example/x", "change"),
        ("POST /idx/_search\n{}", "read"),
        ("POST https://a.example/api/v1/query\nContent-Type: application/x-www-form-urlencoded\n\nquery=up", "read"),
        ("POST https://a.example/x", "change"),
        ("GET https://a.example/x\nX-HTTP-Method-Override: DELETE", "change"),
        ("GET https://a.example/x\n\n###\nPUT https://a.example/x\n\n1", "change"),
        ("GET https://a.example/x\nnot a header", "unknown"),
    ],
)
def test_effects(text: str, effect: str) -> None:
    assert http().analyse(text, "http").effect == effect


def test_what_it_will_touch(server: web.Web) -> None:
    from runbook_runner.markdown import read

    source = "## Fix\n\nRetry:\n\n```http {target=api}\nPOST /orders/{{ORDER}}/retry\n```\n"
    command = read(source.encode(), "a.md", registry.executor).steps[0].command
    assert command is not None
    assert command.analysis.uses == ("ORDER",)
    where = Where({"ORDER": "7"}, target(server.url))
    assert http().reach(command, where) == f"POST 127.0.0.1:{server.port} (target api)"


def test_preflight_connects_and_sends_nothing(server: web.Web, ca: web.Authority) -> None:
    server.got.clear()
    (check,) = http().preflight((), Where({}, target(server.url)))
    assert (check.name, check.ok, server.got) == ("target api", True, [])
    with web.web(ca.context(days=22)) as secure:
        (check,) = http().preflight((), Where({}, target(secure.url, ca=ca.file)))
        assert (check.ok, "good for 2" in check.detail) == (True, True)
        (check,) = http().preflight((), Where({}, target(secure.url)))
        assert (check.ok, "authority" in check.detail) == (False, True)
    with web.silence() as place:
        begun = time.monotonic()
        (check,) = http().preflight((), Where({}, target(f"https://{place}")))
        assert check.ok is not True
        assert time.monotonic() - begun < 20


def test_numbers_and_texts_in_json(server: web.Web) -> None:
    send(f'PUT {server.url}/x\n\n{{"n": {{{{N}}}}, "t": {{{{T}}}}, "s": "a-${{T}}"}}', {"N": "7", "T": "x\ny"})
    assert json.loads(server.got[-1].body) == {"n": 7, "t": "x\ny", "s": "a-x\ny"}
    assert server.got[-1].headers["content-type"] == "application/json"
