"""A web server for tests, with and without TLS, that can be as bad as real ones."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec import Struct, field

GIB = 1 << 30


class Got(Struct):
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.path).query, keep_blank_values=True)


class Web(Struct):
    """A server that runs, and what it was asked."""

    url: str
    got: list[Got] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def elsewhere(self, path: str) -> str:
        """Return an address of this server under another name: to a client another host."""
        return f"{self.url.replace('127.0.0.1', 'localhost')}{path}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: Web

    def handle_one(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.web.got.append(Got(self.command, self.path, headers, body))
        parts = urlsplit(self.path)
        name, _, rest = parts.path.lstrip("/").partition("/")
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        action = getattr(self, f"_{name}", None)
        if action is not None:
            action(rest, query)
        else:
            self.reply(200, json.dumps({"ok": True, "path": self.path}), "application/json")

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = handle_one  # noqa: N815

    def reply(self, status: int, body: str | bytes, kind: str = "text/plain", **headers: str) -> None:
        data = body.encode("utf-8", "surrogateescape") if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _status(self, rest: str, query: dict[str, str]) -> None:
        self.reply(int(rest), "as you wish\n", Retry_After="7")

    def _redirect(self, rest: str, query: dict[str, str]) -> None:
        self.reply(int(rest or 302), "over there", Location=query["to"])

    def _loop(self, rest: str, query: dict[str, str]) -> None:
        self.reply(302, "", Location=f"/loop/{int(rest or 0) + 1}")

    def _text(self, rest: str, query: dict[str, str]) -> None:
        self.reply(200, query.get("say", "hello\n"), query.get("kind", "text/plain"))

    def _touch(self, rest: str, query: dict[str, str]) -> None:
        Path(query["file"]).touch()
        self.reply(200, "")

    def _slow(self, rest: str, query: dict[str, str]) -> None:
        time.sleep(float(rest.partition("/")[0] or 30))
        self.reply(200, "late")

    def _huge(self, rest: str, query: dict[str, str]) -> None:
        total = int(rest) if rest.isdigit() else GIB
        piece = b"x" * (1 << 20)
        self.send_response(200)
        self.send_header("Content-Length", str(total))
        self.end_headers()
        for _ in range(total >> 20):
            self.wfile.write(piece)

    def _cut(self, rest: str, query: dict[str, str]) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")
        self.close_connection = True

    def _hangup(self, rest: str, query: dict[str, str]) -> None:
        self.close_connection = True

    def log_message(self, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that goes away is what many a test is about


@contextmanager
def web(context: ssl.SSLContext | None = None, handler: type[Handler] = Handler) -> Iterator[Web]:
    """Run a server on loopback."""
    handler = type("Here", (handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    running = Web(f"http{'s' if context else ''}://127.0.0.1:{server.server_port}")
    handler.web = running
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def silence() -> Iterator[str]:
    """Listen, accept, and never answer; yields `127.0.0.1:PORT`."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        yield f"127.0.0.1:{listening.getsockname()[1]}"


class Authority(Struct):
    """A private authority that signs for 127.0.0.1."""

    folder: Path

    @property
    def file(self) -> str:
        return str(self.folder / "ca.pem")

    def context(self, *, days: int = 90, name: str = "127.0.0.1", begin: int = -1) -> ssl.SSLContext:
        """Make a server's side, with a certificate that is good for so many days from now on (or was, until then)."""
        stem = f"{name}.{days}"
        key, certificate = self.folder / f"{stem}.key", self.folder / f"{stem}.pem"
        self._openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", f"{stem}.csr",
                      "-subj", f"/CN={name}")  # fmt: skip
        kind = "IP" if name[0].isdigit() else "DNS"
        (self.folder / "names").write_text(f"subjectAltName={kind}:{name}\n")
        now = time.time()
        start, end = (
            time.strftime("%Y%m%d%H%M%SZ", time.gmtime(now + 86400 * d)) for d in (min(begin, days - 2), days)
        )
        self._openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-startdate", start, "-enddate", end,
                      "-extfile", "names", "-in", f"{stem}.csr", "-out", certificate)  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    def make(self) -> None:
        (self.folder / "index.txt").touch()
        (self.folder / "serial").write_text("01\n")
        (self.folder / "ca.cnf").write_text(
            "[ca]\ndefault_ca=x\n[x]\ndatabase=index.txt\nnew_certs_dir=.\nserial=serial\ndefault_md=sha256\n"
            "private_key=ca.key\ncertificate=ca.pem\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n"
        )
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
                      "-subj", "/CN=Tests", "-days", "365")  # fmt: skip

    def _openssl(self, *arguments: object) -> None:
        done = subprocess.run(
            ["openssl", *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, done.stderr


def authority(folder: Path) -> Authority:
    """Make an authority; skips where there is no openssl."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    made = Authority(folder)
    made.make()
    return made
