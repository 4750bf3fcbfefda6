"""Values in a request, each encoded for its place; what cannot stand there is refused.

In a path they are percent-encoded as one segment (`/` too), in a query as one value; in an address only a host or a
port may stand, or at its very beginning a whole `https://…`; in a header no control character; in JSON they are
encoded as text within quotation marks, and as a number, a truth or a text without; in a form as one value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import quote, quote_plus, urlsplit

from msgspec import Struct

from runbook_runner.errors import InputError
from runbook_runner.regex import regex
from runbook_runner.syntax.requests import SLOT, Written, slot_name

_FIRST = 0xE000
"""Private characters stand for values while the text around them is read: no value can change what that means."""
_PRIVATE = regex("[\ue000-\uf8ff]")
_ADDRESS = regex(r"(?P<scheme>https?)://(?P<place>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?", re.I | re.S)
_RELATIVE = regex(r"(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?", re.S)
_BASE = regex(r"https?://(?:[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?")
_HOST = regex(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_HOST_PORT = regex(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_CONTROL = regex(r"[\x00-\x08\x0a-\x1f\x7f]")
_BARE = regex(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
_KEEP = "!$&'()*+,;=:@/%~-._[]"
"""What stays as the author wrote it in a path; in a query `?` too."""


class Ready(Struct, frozen=True):
    """A request with its values, as it will be sent."""

    method: str
    url: str
    """Absolute."""
    headers: dict[str, str]
    body: bytes | None


def fill(request: Written, values: Mapping[str, str], base: str = "") -> Ready:
    """Put values in their places; `base` is what a path is relative to. InputError for what cannot stand there."""
    headers: dict[str, str] = {}
    for name, written in request.headers:
        value = _filled(written, values, lambda _, each: _in_header(each))
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    url = _absolute(request.url, values) if not request.relative else _joined(base, request.url, values)
    if not has_port(url):
        raise InputError(f"{request.url[:60]!r} has no port between 1 and 65535")
    body = _body(request, values) if request.body else None
    if body is not None and request.body_kind == "json" and not request.header("content-type"):
        headers["Content-Type"] = "application/json"
    return Ready(request.method, url, headers, body)


def has_port(url: str) -> bool:
    """Say whether the port of an address, if it names one, is one."""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _filled(text: str, values: Mapping[str, str], encode: Callable[[str, str], str], *, angled: bool = True) -> str:
    """Replace each place by its encoded value; `encode` gets the place as written and the value."""

    def put(found: re.Match[str]) -> str:
        if found[4] and not angled:
            return found[0]
        value = _value(found, values)
        with _named(slot_name(found)):
            return encode(found[0], value)

    return SLOT.sub(put, text)


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    name = slot_name(found)
    if name not in values:
        raise InputError(f"{name}: it has no value", f"give it with --param {name}=…")
    value = values[name]
    if "\0" in value:
        raise InputError(f"{name}: it holds a NUL character, which stands nowhere in a request")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError(f"{name}: it is no text in UTF-8") from None
    return value


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Say of which value an error is."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{name}: {error.message}", error.hint) from None


def _in_header(value: str) -> str:
    if found := _CONTROL.search(value):
        raise InputError(f"it holds {found[0]!r}, which would end the header", "give it without line breaks")
    return value


# --- addresses ------------------------------------------------------------------------------------


def _masked(url: str, values: Mapping[str, str]) -> tuple[str, list[str], list[str]]:
    """Return an address with a private character for each value, the values, and their names."""
    if _PRIVATE.search(url):
        raise InputError("the address holds a character that has no meaning")
    found: list[str] = []
    names: list[str] = []

    def put(slot: re.Match[str]) -> str:
        found.append(_value(slot, values))
        names.append(slot_name(slot))
        return chr(_FIRST + len(found) - 1)

    return SLOT.sub(put, url), found, names


class _Places:
    """Puts the values back, each as its place demands."""

    def __init__(self, values: list[str], names: list[str]) -> None:
        self.values = values
        self.names = names

    def put(self, text: str, encode: Callable[[str], str]) -> str:
        def one(found: re.Match[str]) -> str:
            at = ord(found[0]) - _FIRST
            with _named(self.names[at]):
                return encode(self.values[at])

        return _PRIVATE.sub(one, text)

    def path(self, path: str) -> str:
        segments = path.split("/")
        return "/".join(self._segment(each) for each in segments)

    def _segment(self, segment: str) -> str:
        if not _PRIVATE.search(segment):
            return quote(segment, safe=_KEEP)
        name = self.names[ord(_PRIVATE.findall(segment)[0]) - _FIRST]
        whole = self.put(segment, str)
        if whole in ("", ".", ".."):
            raise InputError(f"{name}: a path cannot go through {whole or 'nothing'!r}: it would lead elsewhere")
        pieces = re.split(f"({_PRIVATE.pattern})", segment)
        return "".join(
            self.put(each, _segment_value) if at % 2 else quote(each, safe=_KEEP) for at, each in enumerate(pieces)
        )

    def query(self, query: str) -> str:
        pieces = re.split(f"({_PRIVATE.pattern})", query)
        kept = _KEEP + "?"
        return "".join(self.put(each, _quoted) if at % 2 else quote(each, safe=kept) for at, each in enumerate(pieces))

    def place(self, text: str) -> str:
        """Return the host and port."""
        host, colon, port = text.rpartition(":") if re.search(r":[^\]]*$", text) else (text, "", "")
        if not colon:
            return self.put(text, _one_of(_HOST_PORT if len(text) == 1 else _HOST, "no name of a host"))
        if "@" in text:
            raise InputError("credentials stand in the address", "use a target with a token or a password")
        return self.put(host, _one_of(_HOST, "no name of a host")) + ":" + self.put(port, _one_of(_PORT, "no port"))


_PORT = regex(r"[0-9]{1,5}")


def _segment_value(value: str) -> str:
    return quote(value, safe="")


def _quoted(value: str) -> str:
    return quote(value, safe="")


def _one_of(pattern: re.Pattern[str], why: str) -> Callable[[str], str]:
    def take(value: str) -> str:
        if not pattern.fullmatch(value):
            raise InputError(f"{value[:40]!r} is {why}")
        return value

    return take


def _absolute(url: str, values: Mapping[str, str]) -> str:
    masked, found, names = _masked(url, values)
    places = _Places(found, names)
    if _PRIVATE.match(masked):
        # The value is the address itself, or where it begins.
        rest = masked[1:]
        if rest[:1] not in ("", "/", "?", "#"):
            raise InputError(f"{names[0]}: a value that begins an address ends before a `/`")
        if not _BASE.fullmatch(found[0]):
            raise InputError(f"{names[0]}: {found[0][:40]!r} is no address", "such as https://api.example:8443")
        return _joined_to(found[0], rest, places)
    match = _ADDRESS.fullmatch(masked)
    if match is None:
        raise InputError(f"{url[:60]!r} is no address")
    if "@" in match["place"]:
        raise InputError("credentials stand in the address", "use a target with a token or a password")
    whole = f"{match['scheme'].lower()}://{_ascii(places.place(match['place']))}{places.path(match['path'] or '/')}"
    return whole + (f"?{places.query(match['query'])}" if match["query"] else "")


def _joined(base: str, url: str, values: Mapping[str, str]) -> str:
    if not base:
        raise InputError(f"{url[:60]!r} says no host", "write https://…, or name a target")
    masked, found, names = _masked(url, values)
    return _joined_to(base, masked, _Places(found, names))


def _joined_to(base: str, rest: str, places: _Places) -> str:
    match = _RELATIVE.fullmatch(rest)
    path = places.path(match["path"].lstrip("/")) if match else ""
    query = places.query(match["query"]) if match and match["query"] else ""
    return base.rstrip("/") + f"/{path}" + (f"?{query}" if query else "")


def _ascii(place: str) -> str:
    if place.isascii():
        if not re.fullmatch(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?", place):
            raise InputError(f"{place[:60]!r} is no host")
        return place
    host, colon, port = place.partition(":")
    try:
        return host.encode("idna").decode("ascii") + colon + port
    except UnicodeError:
        raise InputError(f"{host[:60]!r} is no host") from None


# --- bodies ---------------------------------------------------------------------------------------


def _body(request: Written, values: Mapping[str, str]) -> bytes:
    match request.body_kind:
        case "json":
            text = _json(request.body, values)
        case "form":
            text = _filled(request.body.replace("\n", ""), values, lambda _, value: quote_plus(value))
        case "xml":
            from xml.sax.saxutils import escape

            text = _filled(request.body, values, lambda _, value: escape(value, _XML), angled=False)
        case "text":
            text = _filled(request.body, values, lambda _, value: value, angled=False)
        case _:
            text = _filled(request.body, values, _no_encoding, angled=False)
    return text.encode("utf-8")


_XML = {'"': "&quot;", "'": "&apos;"}


def _no_encoding(_place: str, _value: str) -> str:
    raise InputError("nothing says how it is to be encoded in this body", "write a header `Content-Type: …`")


def _json(body: str, values: Mapping[str, str]) -> str:
    """Fill a JSON body: within quotation marks a text, else a number, a truth, null or a text."""
    pieces: list[str] = []
    at, inside = 0, False
    for found in SLOT.finditer(body):
        inside = _inside(body[at : found.start()], inside)
        pieces.append(body[at : found.start()])
        value = _value(found, values)
        written = json.dumps(value)
        pieces.append(written[1:-1] if inside else value if _BARE.fullmatch(value) else written)
        at = found.end()
    return "".join([*pieces, body[at:]])


def _inside(text: str, inside: bool) -> bool:
    """Say whether a text that began inside or outside of a JSON string ends in one."""
    at = 0
    while at < len(text):
        if inside and text[at] == "\\":
            at += 1
        elif text[at] == '"':
            inside = not inside
        at += 1
    return inside
