"""Why a request has no answer, in words that say where to look."""

from __future__ import annotations

import errno
import socket
from urllib.parse import urlsplit


class Unanswered(Exception):
    """There is no answer; the message says why."""

    def __init__(self, message: str, *, sent: bool = False, broken: bool = False, expired: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.sent = sent
        """The server may have seen the request."""
        self.broken = broken
        """The connection ended before the answer did."""
        self.expired = expired
        self.cancelled = False
        """Somebody, or the timeout, put an end to the waiting."""
        self.certificate_days: int | None = None


_OS = {
    errno.ECONNREFUSED: "nothing listens there (connection refused)",
    errno.EHOSTUNREACH: "there is no way to that host",
    errno.ENETUNREACH: "there is no way to that network",
    errno.ECONNRESET: "the connection was cut (reset)",
    errno.EPIPE: "the connection was cut",
}
_VERIFY = {
    9: "its certificate is not valid yet: is the time right, here and there?",
    10: "its certificate has expired",
    18: "its certificate is self-signed: name its authority with `ca`",
    19: "its certificate comes from an authority that is not known here: name that one with `ca`",
    20: "its certificate comes from an authority that is not known here: name that one with `ca`",
    21: "its certificate cannot be verified: the server leaves out an intermediate one, or `ca` is another authority",
    23: "its certificate was revoked",
    62: "its certificate is for another name",
    64: "its certificate is for another address",
}
"""OpenSSL's verification errors."""


def explained(error: Exception, url: str, sent: bool, connect: float, silence: float) -> Unanswered | None:
    """Return an error of the network, of TLS or of HTTP in words; None for one that is none of these."""
    where = place(url)
    for each in _chain(error):
        found = _one(each, where, sent, connect, silence)
        if found is not None:
            return found
    return None


def place(url: str) -> str:
    """Return the host and port of a URL."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{host}:{port}"


def _chain(error: BaseException | None) -> list[BaseException]:
    """Return an error and what it came from, the innermost first: libraries wrap what happened."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found[::-1]


def _one(error: BaseException, where: str, sent: bool, connect: float, silence: float) -> Unanswered | None:
    import ssl
    from http.client import HTTPException

    from urllib3.exceptions import HTTPError

    host = where.rpartition(":")[0]
    match error:
        case socket.gaierror():
            again = error.errno == socket.EAI_AGAIN
            why = "DNS does not answer" if again else "there is no address for this name"
            return Unanswered(f"{host}: {why}")
        case ssl.SSLCertVerificationError():
            why = _VERIFY.get(error.verify_code, f"its certificate is not accepted: {error.verify_message}")
            return Unanswered(f"{where}: {why}", expired=error.verify_code == 10)
        case ssl.SSLError():
            return Unanswered(f"{where}: {_tls(error)}", sent=sent, broken=sent)
        case TimeoutError() if not sent:
            return Unanswered(f"{where}: no connection within {connect:g} s")
        case TimeoutError():
            return Unanswered(
                f"{where}: it took the request and said nothing for {silence:g} s", sent=True, broken=True
            )
        case HTTPException():  # before OSError: one of them is both
            return Unanswered(f"{where}: {_http(error)}", sent=sent, broken=sent)
        case OSError() if error.errno in _OS:
            return Unanswered(f"{where}: {_OS[error.errno]}", sent=sent, broken=sent)
        case OSError():
            return Unanswered(f"{where}: {error.strerror or error}", sent=sent, broken=sent)
        case HTTPError():
            return Unanswered(f"{where}: {_http(error)}", sent=sent, broken=sent)
        case _:
            return None


def _tls(error: OSError) -> str:
    import ssl

    reason = str(getattr(error, "reason", "") or "")
    if reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "PACKET_LENGTH_TOO_LONG"}:
        return "it speaks no TLS there: is it http:// and not https://?"
    if "CERTIFICATE_REQUIRED" in reason or "HANDSHAKE_FAILURE" in reason:
        return f"it refused the handshake ({reason.lower().replace('_', ' ')}): it may want a client certificate"
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "the connection was cut during TLS"
    return f"TLS failed: {reason.lower().replace('_', ' ') or error.strerror or error}"


def _http(error: BaseException) -> str:
    from http.client import BadStatusLine, IncompleteRead, RemoteDisconnected

    match error:
        case RemoteDisconnected():
            return "it closed the connection without an answer"
        case BadStatusLine():
            return "what it answered is no HTTP: is it https:// and not http://?"
        case IncompleteRead():
            return "the connection ended in mid-answer"
        case _:
            return str(error).splitlines()[0] if str(error) else type(error).__name__
