"""One HTTP request and its answer, over a connection of its own that another thread can cut.

What makes it fit for 3 a.m.: every wait is bounded, a body of any length takes bounded memory, TLS is verified,
credentials never follow a redirect to somebody else, and what went wrong is said in words.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct, field

from runbook_runner.executors._web_errors import Unanswered, explained, place

if TYPE_CHECKING:
    import ssl

    from urllib3.connection import HTTPConnection
    from urllib3.response import HTTPResponse

T = TypeVar("T")
CONNECT = 10.0
"""Seconds that a connection may take to be made."""
SILENCE = 30.0
"""Seconds that a server may say nothing."""
KEPT = 8 << 20
"""Bytes of a body that are kept; what comes after them is only counted."""
_PIECE = 1 << 16


class Trust(Struct, frozen=True):
    """Whom to believe, and who we are, in TLS."""

    ca: str = ""
    """A file of certificates instead of the system's."""
    certificate: str = ""
    key: str = ""
    verify: bool = True

    def context(self, *, expired: bool = False) -> ssl.SSLContext:
        """Make what a handshake needs; `expired` also takes a certificate whose time is over. OSError for bad files."""
        import ssl

        context = _loaded(self.ca, lambda: ssl.create_default_context(cafile=self.ca or None))
        # From Python 3.13 on it also asks for extensions that many a private authority leaves out; curl does not.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if self.certificate:
            _loaded(self.certificate, lambda: context.load_cert_chain(self.certificate, self.key or None))
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if expired:
            context.verify_flags |= _NO_CHECK_TIME
        return context


def _loaded(file: str, load: Callable[[], T]) -> T:
    """Load a file of certificates or keys, or say which one cannot be: the library names none."""
    import ssl

    try:
        return load()
    except ssl.SSLError as error:
        raise Unanswered(f"{file}: there is no certificate or key in it that could be used") from error
    except OSError as error:
        raise Unanswered(f"{file}: {(error.strerror or 'it cannot be read').lower()}") from error


_NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which the standard library has no name for."""


class Call(Struct, frozen=True):
    """What to ask."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


class Answer(Struct, frozen=True):
    """What came back."""

    url: str
    status: int
    reason: str
    headers: Mapping[str, str]
    """By lower-case name; several of one name are joined by commas."""
    body: bytes
    """The beginning of it, at most as many bytes as were to be kept."""
    size: int
    """Of the whole body, in bytes."""
    seconds: float
    certificate_days: int | None = None
    """Days that the server's certificate is still good for; None without TLS."""

    @property
    def whole(self) -> bool:
        """Whether all of the body was kept."""
        return self.size == len(self.body)

    def text(self) -> str:
        """Return the body as text, in the encoding that it claims."""
        from email.message import Message

        message = Message()
        message["content-type"] = self.headers.get("content-type", "")
        charset = message.get_content_charset("utf-8")
        try:
            return self.body.decode(charset, "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")


class Exchange:
    """One request on its way: `run` in one thread, `cancel` from another."""

    def __init__(
        self, call: Call, trust: Trust, *, connect: float = CONNECT, silence: float = SILENCE, keep: int = KEPT
    ) -> None:
        self._call = call
        self._trust = trust
        self._connect = connect
        self._silence = silence
        self._keep = keep
        self._connection: HTTPConnection | None = None
        self._cancelled = False
        self.url = call.url
        self.sent = False
        """Whether the server may have seen any of it."""

    def run(self) -> Answer:
        """Ask, and return the answer; `Unanswered` says why there is none."""
        begun = time.monotonic()
        try:
            connection = self._open()
            try:
                return self._asked(connection, begun)
            finally:
                connection.close()
        except Unanswered:
            raise
        except Exception as error:
            found = explained(error, self._call.url, self.sent, self._connect, self._silence)
            if found is None:
                raise
            if found.expired:
                found.certificate_days = self._expired_days()
            raise found from error

    def cancel(self) -> None:
        """Cut the connection: whoever waits for it goes on at once."""
        self._cancelled = True
        sock = getattr(self._connection, "sock", None)
        if sock is not None:
            _shut(sock)

    def connect(self) -> int | None:
        """Only connect, with TLS where the URL says so; return the days that its certificate is good for."""
        try:
            connection = self._open()
            days = _days(connection.sock)
            connection.close()
        except Unanswered:
            raise
        except Exception as error:
            found = explained(error, self._call.url, False, self._connect, self._silence)
            if found is None:
                raise
            raise found from error
        return days

    def _open(self, *, expired: bool = False) -> HTTPConnection:
        from urllib.parse import urlsplit

        from urllib3.connection import HTTPConnection, HTTPSConnection

        parts = urlsplit(self._call.url)
        host = parts.hostname or ""
        if parts.scheme == "https":
            context = self._trust.context(expired=expired)
            connection: HTTPConnection = HTTPSConnection(
                host, parts.port or 443, timeout=self._connect, ssl_context=context
            )
        else:
            connection = HTTPConnection(host, parts.port or 80, timeout=self._connect)
        self._connection = connection
        connection.connect()
        connection.timeout = self._silence
        connection.sock.settimeout(self._silence)
        if self._cancelled:
            connection.close()
            raise Unanswered("stopped before it was sent")
        return connection

    def _asked(self, connection: HTTPConnection, begun: float) -> Answer:
        from urllib.parse import urlsplit

        parts = urlsplit(self._call.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        days = _days(connection.sock)
        self.sent = True
        headers: dict[str, Any] = {name: value.encode("utf-8") for name, value in self._call.headers.items()}
        connection.request(self._call.method, path, self._call.body, headers, preload_content=False)
        response = connection.getresponse()
        body, size = _read(response, self._keep)
        joined = {name.lower(): response.headers[name] for name in response.headers}
        reason = response.reason or ""
        spent = time.monotonic() - begun
        return Answer(self._call.url, response.status, reason, joined, body, size, spent, days)

    def _expired_days(self) -> int | None:
        """Look once more at a certificate whose time is over; all else of it must be right, and nothing is sent."""
        try:
            connection = self._open(expired=True)
            days = _days(connection.sock)
            connection.close()
        except Exception:  # noqa: BLE001 - it is only about how long ago
            return None
        return days


class Cancellable:
    """Runs exchanges one after the other, in a thread that a cancelled caller leaves behind."""

    def __init__(self) -> None:
        self._exchange: Exchange | None = None
        self._cancelled = threading.Event()
        self._lock = threading.Lock()

    def run(self, exchange: Exchange) -> Answer:
        """Return the answer; `Unanswered` as soon as `cancel` is called, whatever the network does."""
        with self._lock:
            self._exchange = exchange
        if self._cancelled.is_set():
            raise _stopped(exchange)
        ended = threading.Event()
        outcome: list[Answer | BaseException] = []

        def ask() -> None:
            try:
                outcome.append(exchange.run())
            except BaseException as error:  # noqa: BLE001 - raised again where the caller is
                outcome.append(error)
            finally:
                ended.set()

        threading.Thread(target=ask, daemon=True).start()
        while not ended.wait(0.05):
            if self._cancelled.is_set() and not ended.wait(0.5):
                break  # names are looked up, or a handshake hangs: nobody can cut that
        if self._cancelled.is_set():
            raise _stopped(exchange)
        (found,) = outcome
        if isinstance(found, BaseException):
            raise found
        return found

    def cancel(self) -> None:
        """End what runs, and what would run next."""
        self._cancelled.set()
        with self._lock:
            exchange = self._exchange
        if exchange is not None:
            exchange.cancel()


def _stopped(exchange: Exchange) -> Unanswered:
    said = "had the request, and had not answered" if exchange.sent else "was not connected to"
    error = Unanswered(f"until then {place(exchange.url)} {said}", sent=exchange.sent)
    error.cancelled = True
    return error


def _read(response: HTTPResponse, keep: int) -> tuple[bytes, int]:
    """Return the beginning of a body, and the length of all of it."""
    kept, size = bytearray(), 0
    for piece in response.stream(_PIECE, decode_content=True):
        size += len(piece)
        if (room := keep - len(kept)) > 0:
            kept += piece[:room]
    return bytes(kept), size


def _days(sock: Any) -> int | None:
    """Return the days that the certificate of the other side is still good for, rounded down."""
    import ssl

    if not isinstance(sock, ssl.SSLSocket):
        return None
    certificate = sock.getpeercert()
    ends = certificate.get("notAfter") if certificate else None
    if not isinstance(ends, str):
        return None
    return int((ssl.cert_time_to_seconds(ends) - time.time()) // 86400)


def _shut(sock: socket.socket) -> None:
    import contextlib

    with contextlib.suppress(OSError):
        # Below TLS: a close that speaks to the other side might wait for it.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
