"""The connection to one cluster: who we are there by the kubeconfig, requests, and honest errors.

The official client reads the kubeconfig and its credentials; the requests are plain JSON, so that objects are what the
API says and any kind of them can be asked for.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from msgspec import Struct, field

from runbook_runner.errors import InputError
from runbook_runner.executors._kubeconfig import current, files_of
from runbook_runner.ports import Where

if TYPE_CHECKING:
    from kubernetes.client import Configuration
    from urllib3 import BaseHTTPResponse

CONNECT = 5.0
"""Seconds to wait for a connection."""
READ = 30.0
"""Seconds to wait for an answer that does not come."""
_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_MOST = 64 << 20
_HINTS: Mapping[int, str] = {
    401: "the cluster does not know these credentials: log in again, then run it again",
    403: "you have no right to this here: `kubectl auth can-i --list` shows what you may",
    409: "somebody changed it meanwhile: look again, then decide anew",
    429: "the server refuses so many requests for now: wait and run it again",
}


class Refused(Exception):
    """The server said no."""

    def __init__(self, code: int, status: Mapping[str, Any]) -> None:
        self.code = code
        self.reason = str(status.get("reason") or "")
        self.status = status
        message = str(status.get("message") or f"the server answered {code}")
        super().__init__(f"Error from server{f' ({self.reason})' if self.reason else ''}: {message}")

    @property
    def hint(self) -> str:
        """Say what to do about it."""
        if self.code == 404 and not (self.status.get("details") or {}).get("name"):
            return "this cluster has no such objects, or they cannot do that: `kubectl api-resources` lists what it has"
        return _HINTS.get(self.code, "")


class Broken(Exception):
    """The server could not be reached, or the connection to it broke."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent
        """The request may have arrived."""


class Cancelled(Exception):
    """Whoever waited for the answer does so no more."""


class Identity(Struct, frozen=True):
    """Which cluster is meant, and where in it."""

    context: str
    namespace: str
    files: str = ""
    """The kubeconfig, where the target names one."""

    def told(self, namespace: str = "") -> str:
        """Name context and namespace."""
        return f"{self.where}, namespace {namespace or self.namespace}"

    @property
    def where(self) -> str:
        """Name the cluster."""
        return f"kube context {self.context}" if self.context else "the cluster that this runs in"


class Cluster(Struct):
    """One cluster, as one user sees it."""

    identity: Identity
    configuration: Configuration
    _pools: Any = None
    _open: set[Any] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def json(
        self,
        path: str,
        query: Mapping[str, str | int] | None = None,
        *,
        method: str = "GET",
        body: Any = None,
        content: str = "application/json",
        accept: str = "application/json",
        read: float = READ,
    ) -> Any:
        """Send a request and return the object that it is answered with; Refused, Broken or Cancelled."""
        data = None if body is None else json.dumps(body).encode()
        response = self._send(method, path, query, data, {"Accept": accept, "Content-Type": content}, read)
        try:
            raw = self._whole(response)
        finally:
            self._done(response)
        if response.status >= 400:
            raise Refused(response.status, _status(raw))
        try:
            return json.loads(raw)
        except ValueError as error:
            raise Broken(f"{self._host} answers with what is no JSON: is it a cluster?", sent=True) from error

    def lines(self, path: str, query: Mapping[str, str | int], *, read: float = READ) -> Iterator[bytes]:
        """Send a request and yield the pieces of the answer as they come."""
        response = self._send("GET", path, query, None, {"Accept": "application/json, */*"}, read)
        try:
            if response.status >= 400:
                raise Refused(response.status, _status(self._whole(response)))
            while piece := self._guarded(lambda: response.read1(1 << 16), sent=True):
                yield piece
        finally:
            self._done(response)

    def headers(self) -> dict[str, str]:
        """Return the headers that say who we are."""
        settings: Mapping[str, Any] = self.configuration.auth_settings()
        return {str(each["key"]): str(each["value"]) for each in settings.values()}

    def cancel(self) -> None:
        """Break off what is under way, from another thread."""
        self.cancelled.set()
        with self._lock:
            waiting = list(self._open)
        for connection in waiting:
            sock = getattr(connection, "sock", None)
            if isinstance(sock, socket.socket):
                try:
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)  # of a TLS socket, not its own: that would wait
                except OSError:
                    continue

    def close(self) -> None:
        """Let the connections go."""
        if self._pools is not None:
            self._pools.clear()

    @property
    def _host(self) -> str:
        return str(self.configuration.host)

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None,
        body: bytes | None,
        headers: Mapping[str, str],
        read: float,
    ) -> BaseHTTPResponse:
        from urllib3 import Timeout

        if self._pools is None:
            self._pools = _pools(self)
        url = f"{self._host}{path}" + (f"?{urlencode(query)}" if query else "")
        sent: BaseHTTPResponse = self._guarded(
            lambda: self._pools.request(
                method,
                url,
                body=body,
                headers={**headers, **self.headers(), "User-Agent": "runbook"},
                timeout=Timeout(connect=min(CONNECT, read), read=read),
                preload_content=False,
                retries=False,
                redirect=False,
            )
        )
        if 300 <= sent.status < 400:
            self._done(sent)
            raise Broken(f"{self._host} redirects, which no cluster does", sent=False)
        return sent

    def _whole(self, response: BaseHTTPResponse) -> bytes:
        raw: bytes = self._guarded(lambda: response.read(_MOST + 1), sent=True)
        if len(raw) > _MOST:
            raise Broken("the answer is too large to be read: ask for less of it", sent=True)
        return raw

    def _done(self, response: BaseHTTPResponse) -> None:
        if not response.closed:
            response.close()
        response.release_conn()

    def _guarded(self, call: Any, *, sent: bool = False) -> Any:
        """Carry out a call of the HTTP library, and say of its errors whether the request may have arrived."""
        from urllib3 import exceptions as wrong

        if self.cancelled.is_set():
            raise Cancelled
        try:
            return call()
        except wrong.HTTPError as error:
            if self.cancelled.is_set():
                raise Cancelled from error
            unsent = (wrong.ConnectTimeoutError, wrong.NewConnectionError, wrong.SSLError, wrong.ProxyError)
            raise Broken(_why(error, self._host), sent=sent or not isinstance(error, unsent)) from error
        except (OSError, ValueError, AttributeError) as error:
            # A socket that was shut down under a reader shows itself in many ways.
            if self.cancelled.is_set():
                raise Cancelled from error
            if isinstance(error, OSError):
                raise Broken(f"{self._host}: {error.strerror or error}", sent=sent) from error
            raise

    def opened(self, connection: object) -> None:
        """Take note of a connection, to be able to break it off."""
        with self._lock:
            self._open.add(connection)

    def forgotten(self, connection: object) -> None:
        """Let one go that is over."""
        with self._lock:
            self._open.discard(connection)


def identify(where: Where) -> Identity:
    """Return which cluster is meant: the target's settings, then the kubeconfig; InputError when none is."""
    settings = where.target.settings if where.target is not None else {}
    given = str(settings.get("kubeconfig") or "")
    files = str(Path(given).expanduser()) if given else files_of(where.environment)
    if not any(Path(file).exists() for file in files.split(":") if file):
        if not given and os.environ.get("KUBERNETES_SERVICE_HOST") and (_ACCOUNT / "token").exists():
            inside = (_ACCOUNT / "namespace").read_text("utf-8").strip()
            return Identity("", str(settings.get("namespace") or inside or "default"))
        raise InputError(f"there is no kubeconfig: {files or '~/.kube/config'}", "set KUBECONFIG, or log in")
    there = contexts(files)
    name = str(settings.get("context") or current(files)[0])
    if not name:
        raise InputError(f"no context is set in {files}", "kubectl config use-context NAME, or a target with `context`")
    if name not in there:
        raise InputError(f"there is no context {name} in {files}", f"there are: {', '.join(sorted(there))}")
    namespace = settings.get("namespace") or there[name].get("namespace") or "default"
    return Identity(name, str(namespace), files if given else "")


def contexts(files: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the contexts of some files as the official client merges them."""
    from kubernetes.config.kube_config import KubeConfigMerger

    try:
        merged = KubeConfigMerger(files).config
        entries = merged.value.get("contexts") or [] if merged is not None else []
        return {str(entry.value["name"]): entry.value.get("context") or {} for entry in entries}
    except Exception as error:
        raise InputError(
            f"{files} cannot be read: {_first(error)}", "`kubectl config view` should say the same"
        ) from error


def connect(where: Where, identity: Identity | None = None, cancelled: threading.Event | None = None) -> Cluster:
    """Return the cluster that is meant; nothing is sent yet. InputError when the kubeconfig cannot be used.

    It may run a program of the kubeconfig that fetches credentials: where somebody waits, in a thread.
    """
    identity = identity or identify(where)
    from kubernetes import client, config

    configuration = client.Configuration()
    try:
        if not identity.context:
            config.load_incluster_config(client_configuration=configuration)
        else:
            files = identity.files or files_of(where.environment)
            config.load_kube_config(files, identity.context, client_configuration=configuration)
    except Exception as error:
        name = f"kube context {identity.context}" if identity.context else "this cluster"
        raise InputError(f"{name} cannot be used: {_first(error)}", "`kubectl version` should say the same") from error
    return Cluster(identity, configuration, cancelled=cancelled or threading.Event())


class _Greeting(Struct, eq=False):
    """A connection whose handshake is under way."""

    sock: socket.socket


def _pools(cluster: Cluster) -> Any:
    """Return the official client's own connections, which tell us when they open."""
    from kubernetes.client.rest import RESTClientObject
    from urllib3 import connection, connectionpool

    class _Plain(connection.HTTPConnection):
        def connect(self) -> None:
            super().connect()
            cluster.opened(self)

    class _Secure(connection.HTTPSConnection):
        _twin: _Greeting | None = None

        def _new_conn(self) -> socket.socket:
            made = super()._new_conn()
            # Once it is wrapped the socket is another object, which nobody has before the handshake is over.
            self._twin = _Greeting(made.dup())
            cluster.opened(self._twin)
            return made

        def connect(self) -> None:
            try:
                super().connect()
            finally:
                if self._twin is not None:
                    cluster.forgotten(self._twin)
                    self._twin.sock.close()
            cluster.opened(self)

    class _PlainPool(connectionpool.HTTPConnectionPool):
        ConnectionCls = _Plain

    class _SecurePool(connectionpool.HTTPSConnectionPool):
        ConnectionCls = _Secure

    pools: Any = RESTClientObject(cluster.configuration).pool_manager
    pools.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return pools


def _status(raw: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        found = None
    if isinstance(found, dict) and found.get("kind") == "Status":
        return found
    return {"message": raw[:300].decode(errors="replace").strip() or "without a word"}


def _why(error: Exception, host: str) -> str:
    from urllib3 import exceptions as wrong

    match error:
        case wrong.ReadTimeoutError():
            return f"{host} does not answer: it took the request and is silent"
        case wrong.NewConnectionError():
            return f"{host} cannot be reached: {_first(error)}"
        case wrong.ConnectTimeoutError():
            return f"{host} does not answer: no connection within {CONNECT:g} s"
        case wrong.SSLError():
            return f"{host} is not who it should be: {_first(error)}"
        case wrong.ProtocolError(args=[_, Exception() as inner]):
            return f"the connection to {host} broke: {_first(inner)}"
        case _:
            return f"the connection to {host} broke: {_first(error)}"


def _first(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0].rpartition(": ")[2][:200] if text else type(error).__name__
