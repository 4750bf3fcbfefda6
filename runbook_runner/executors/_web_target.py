"""What a target of kind `http` or `prometheus` says: where it is, who we are there, whom to believe."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from runbook_runner.errors import InputError
from runbook_runner.executors._web import Answer, Call, Exchange, Trust
from runbook_runner.executors._web_errors import Unanswered
from runbook_runner.model.target import Target
from runbook_runner.ports import Setting, TargetKind
from runbook_runner.regex import regex

_SETTINGS: Mapping[str, Setting] = {
    "url": Setting("its address", required=True, example="https://api.example"),
    "token": Setting("sent as `Authorization: Bearer …`", secret=True, example="env:API_TOKEN"),
    "username": Setting("for basic authentication"),
    "password": Setting("for basic authentication", secret=True, example="env:API_PASSWORD"),
    "headers": Setting("headers of every request, such as X-Scope-OrgID", table=True),
    "ca": Setting("a file with the authorities to believe, instead of the system's", path=True),
    "client_cert": Setting("a file with the certificate that we show", path=True),
    "client_key": Setting("a file with its key", path=True),
    "verify": Setting("false believes every certificate, and says so each time"),
}
HTTP = TargetKind("http", _SETTINGS)
PROMETHEUS = TargetKind("prometheus", _SETTINGS)
HOPS = 5
"""Redirects that are followed."""
_URL = regex(r"https?://(?:[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[^\s?#@]*)?", re.I)
_FOR_ANYBODY = frozenset({"accept", "accept-language", "user-agent"})
"""Headers that may go to another host than the one that they were meant for: nothing in them is a secret."""


class Endpoint(Struct, frozen=True):
    """A target as requests need it."""

    base: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    trust: Trust = field(default_factory=Trust)

    @property
    def warning(self) -> str:
        """What must be said aloud of it."""
        return "" if self.trust.verify else "TLS is NOT verified (verify = false): whoever answers may be somebody else"


def endpoint(target: Target | None) -> Endpoint:
    """Return what a target says; InputError where it makes no sense."""
    if target is None:
        return Endpoint()
    said = target.settings
    url = str(said.get("url", ""))
    from runbook_runner.syntax.request_slots import has_port

    if not _URL.fullmatch(url) or not has_port(url):
        raise InputError(f"target `{target.name}`: `url` is no address: {url[:60]!r}", "such as https://api.example")
    if said.get("client_key") and not said.get("client_cert"):
        raise InputError(f"target `{target.name}`: `client_key` needs a `client_cert`")
    named = said.get("headers") or {}
    headers = {str(name): str(value) for name, value in named.items()} if isinstance(named, Mapping) else {}
    for name, value in headers.items():
        if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
            raise InputError(
                f"target `{target.name}`: the header {name} holds a line break or another control character"
            )
    token, password = str(said.get("token", "")), str(said.get("password", ""))
    if token:
        headers["Authorization"] = f"Bearer {token}"
    elif password or said.get("username"):
        pair = f"{said.get('username', '')}:{password}".encode()
        headers["Authorization"] = "Basic " + b64encode(pair).decode("ascii")
    trust = Trust(
        str(said.get("ca", "")),
        str(said.get("client_cert", "")),
        str(said.get("client_key", "")),
        said.get("verify", True) is not False,
    )
    return Endpoint(url.rstrip("/"), headers, trust)


def origin(url: str) -> tuple[str, str, int]:
    """Return what decides whether two addresses belong to the same server."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def addressed(call: Call, to: Endpoint) -> tuple[Call, Trust]:
    """Add what the target says, if the request goes there; what the request says itself goes before."""
    import runbook_runner

    headers = {"User-Agent": f"runbook/{runbook_runner.__version__}", "Accept": "*/*"}
    trust = Trust()
    if to.base and origin(call.url) == origin(to.base):
        headers |= to.headers
        trust = to.trust
    own = {name.lower() for name in call.headers}
    headers = {name: value for name, value in headers.items() if name.lower() not in own}
    return replace(call, headers={**headers, **call.headers}), trust


class Followed(Struct, frozen=True):
    """An answer, and the redirects that led to it."""

    answer: Answer
    hops: tuple[str, ...] = ()
    """The addresses that were asked after the first one."""
    stopped: str = ""
    """Why a further redirect was not followed."""
    onward: str = ""
    """Where what may change something was sent on to."""


def follow(call: Call, trust: Trust, run: Callable[[Exchange], Answer], silence: float) -> Followed:
    """Ask, and follow redirects of reading requests; credentials stay with the host that they are for."""
    from urllib.parse import urljoin

    hops: list[str] = []
    while True:
        answer = run(Exchange(call, trust, silence=silence))
        location = answer.headers.get("location", "")
        if answer.status not in (301, 302, 303, 307, 308) or not location:
            return Followed(answer, tuple(hops))
        if call.method not in ("GET", "HEAD"):
            return Followed(answer, tuple(hops), onward=location)
        try:
            there = urljoin(call.url, location).partition("#")[0]
        except ValueError:
            return Followed(answer, tuple(hops), f"the redirect to {location[:80]!r} leads nowhere")
        if why := _refused(call.url, there, len(hops)):
            return Followed(answer, tuple(hops), why)
        if origin(there) != origin(call.url):
            kept = {name: value for name, value in call.headers.items() if name.lower() in _FOR_ANYBODY}
            call, trust = replace(call, headers=kept), Trust()
        call = replace(call, url=there)
        hops.append(there)


def _refused(here: str, there: str, hops: int) -> str:
    try:
        scheme, host, _ = origin(there)
    except ValueError:
        return f"the redirect to {there[:80]!r} leads nowhere"
    if (
        scheme not in ("http", "https")
        or not host
        or re.match(r"[a-z]+://[^/]*:0+(?:/|$)", there)
        or not there.isascii()
        or re.search(r"[\s\x00-\x1f]", there)
    ):
        return f"the redirect to {there[:80]!r} leads nowhere"
    if "@" in there.split("/")[2]:
        return "the redirect holds credentials, and was not followed"
    if here.startswith("https:") and scheme == "http":
        return f"the redirect from https to {there[:80]} was not followed: nobody vouches for what comes from there"
    if hops >= HOPS:
        return f"more than {HOPS} redirects were not followed"
    return ""


def reachable(url: str, trust: Trust, patience: float) -> tuple[bool, str]:
    """Connect, with TLS where the address says so, send nothing, and say what came of it."""
    try:
        days = Exchange(Call("GET", url), trust, connect=patience).connect()
    except Unanswered as error:
        return False, error.message
    return True, "answers" if days is None else f"answers; its certificate is good for {days} days"
