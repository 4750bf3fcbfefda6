"""HTTP requests as text, in the format of `.http` files: what is asked, what is a value, and what it does.

    GET https://api.example/orders/{{ORDER}}?verbose=true
    Accept: application/json

    ###
    POST /orders/{{ORDER}}/retry
    Content-Type: application/json

    {"reason": "{{REASON}}"}

`###` parts requests. A value's place is `{{NAME}}`, `${NAME}`, `$NAME` in capitals or `<some name>`; the last one not
in a body that may hold tags. What a value may be and how it is encoded depends on the place: see `request_slots`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from runbook_runner.model.command import Analysis, Effect, Placeholder, Problem, Reason
from runbook_runner.regex import regex
from runbook_runner.syntax.placeholders import parameter_name

CODE = "http-syntax"
_METHODS = "GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE|TRACE|PROPFIND|PURGE|MOVE|COPY|MKCOL|LINK|UNLINK|REPORT|QUERY|BAN"
_METHOD = regex(rf"({_METHODS})[ \t]+")
_URL = regex(r"https?://\S|/|\{\{|\$\{?[A-Za-z_]|<[A-Za-z]", re.IGNORECASE)
"""How an address may begin where no method stands before it."""
_NEXT = regex(rf"(?:{_METHODS})[ \t]+(?:/|_|https?://|[\w.*-]+/)\S*(?:[ \t]+HTTP/[0-9.]+)?")
"""A request in what would be the body of the one before it."""
_HEADER = regex(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADERS = regex(r"\s*(?:[A-Z][A-Za-z0-9-]*:[ \t][^\n]*(?:\n|$))+\s*")
"""Headers and nothing else."""
_TUNNEL = regex(r"\s*CONNECT [\w.\[\]:-]+:\d+(?: HTTP/[\d.]+)?\s*(?:\n|$)")
"""What a client says to a proxy: no request that anybody sends by hand."""
_ABSOLUTE = regex(r"https?://", re.IGNORECASE)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "QUERY"})
_SEARCHES = regex(
    r"\S*/?_(?:search|msearch|count|explain|analyze|validate|mget|field_caps|async_search)\b"
    r"|\S*/api/v1/(?:query|query_range|query_exemplars|series|labels)(?:\?\S*)?$"
)
_OVERRIDES = frozenset({"x-http-method-override", "x-http-method", "x-method-override"})
_COUNTED = frozenset({"content-length", "connection", "keep-alive", "proxy-connection"})
"""Headers of a request that was pasted, which the client says anew."""
_REFUSED = frozenset({"transfer-encoding", "upgrade", "te", "trailer", "expect"})
"""Headers that say how a message is framed: those are the client's."""
SLOT = regex(
    r"\{\{[ \t]*([A-Za-z_]\w*)[ \t]*\}\}|\$\{([A-Za-z_]\w*)\}|\$([A-Z_][A-Z0-9_]*)\b"
    r"|<([A-Za-z_][^<>\n\"'=/{}@:]{0,60})>"
)
_FOREIGN = regex(r"\{\{[^{}\n]{0,200}\}\}")


class Written(Struct, frozen=True):
    """One request as it stands in the text."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str
    line: int
    """Of its first line, from 1."""

    @property
    def relative(self) -> bool:
        """Whether it says only a path, so that a target must say where."""
        return not (_ABSOLUTE.match(self.url) or SLOT.match(self.url))

    def header(self, name: str) -> str:
        """Return what a header says; empty where there is none."""
        return next((value for each, value in self.headers if each.lower() == name), "")

    @property
    def body_kind(self) -> str:
        """What the body is in: json, form, xml, text, or unknown."""
        claimed = self.header("content-type").partition(";")[0].strip().lower()
        if not claimed:
            return "json" if re.match(r"\s*(?:\{(?!\{)|\[)", self.body) else "unknown"
        if claimed.endswith(("json", "jsonl")):
            return "json"
        if claimed == "application/x-www-form-urlencoded":
            return "form"
        if claimed.endswith("xml"):
            return "xml"
        return "text" if claimed.startswith("text/plain") else "unknown"

    def slots(self) -> Iterator[re.Match[str]]:
        """Yield the places of values, in order."""
        for text in (self.url, *(value for _, value in self.headers)):
            yield from SLOT.finditer(text)
        angled = self.body_kind in ("json", "form")
        yield from (found for found in SLOT.finditer(self.body) if angled or not found[4])


def slot_name(found: re.Match[str]) -> str:
    """Return the parameter that stands at a place."""
    return found[1] or found[2] or found[3] or parameter_name(found[4])


def requests(text: str) -> tuple[list[Written], list[Problem]]:
    """Take a text apart into its requests, and say what is wrong with it."""
    found: list[Written] = []
    problems: list[Problem] = []
    lines = text.split("\n")
    for start, end in _parts(lines):
        reader = _Reader(lines, start, end)
        if (request := reader.read()) is not None:
            found.append(request)
        problems += reader.problems
    if not found and not problems:
        problems.append(Problem(CODE, "there is no request in it", 1, 1, "write `GET https://host/path`"))
    return found, problems


def _parts(lines: list[str]) -> Iterator[tuple[int, int]]:
    start = 0
    for at, line in enumerate(lines):
        if line.startswith("###"):
            yield start, at
            start = at + 1
        elif at > start and _NEXT.fullmatch(line.rstrip()) and any(map(_begins, lines[start:at])):
            yield start, at
            start = at
    yield start, len(lines)


def _without_version(text: str) -> str:
    url, _, last = text.rstrip().rpartition(" ")
    return url.rstrip() if url and re.fullmatch(r"HTTP/[0-9.]+", last) else text.strip()


def _begins(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(("#", "//"))


class _Reader:
    """Reads one request."""

    def __init__(self, lines: list[str], start: int, end: int) -> None:
        self.lines = lines
        self.at = start
        self.end = end
        self.problems: list[Problem] = []

    def read(self) -> Written | None:
        while self.at < self.end and not _begins(self.lines[self.at]):
            self.at += 1
        if self.at == self.end:
            return None
        line = self.at + 1
        text = self.lines[self.at].strip()
        match = _METHOD.match(text)
        url = _without_version(text[match.end() :] if match else text)
        if match is None and not _URL.match(url):
            if text.startswith("@"):
                self._problem("variables of a file are not read", "declare it under `parameters:`")
            else:
                self._problem(f"`{text[:40]}` is no request", "write `GET https://host/path`")
            return None
        self.at += 1
        url += self._continued()
        headers = self._headers()
        body = self._body()
        request = Written(match[1] if match else "GET", url, headers, body, line)
        self._check(request)
        return request

    def _continued(self) -> str:
        """Return what following lines add to the query: they are indented, and begin with `?` or `&`."""
        more = ""
        while self.at < self.end and re.match(r"[ \t]+[?&]\S", self.lines[self.at]):
            more += self.lines[self.at].strip()
            self.at += 1
        return more

    def _headers(self) -> tuple[tuple[str, str], ...]:
        found: list[tuple[str, str]] = []
        while self.at < self.end:
            line = self.lines[self.at].rstrip("\r")
            if not line.strip() or (line.lstrip()[:1] in ("{", "[") and not line.lstrip().startswith("{{")):
                break
            name, colon, value = line.partition(":")
            name = name.strip()
            if line.startswith(("#", "//")) or name.lower() in _COUNTED:
                pass
            elif not (colon and _HEADER.fullmatch(name)):
                message = f"`{line.strip()[:40]}` is no header"
                self._problem(message, "write `Name: value`, and an empty line before a body")
            elif name.lower() in _REFUSED:
                self._problem(f"`{name}` is not for a runbook to say", "leave it out: the client says it")
            else:
                found.append((name, value.strip()))
            self.at += 1
        return tuple(found)

    def _body(self) -> str:
        lines = self.lines[self.at : self.end]
        body = "\n".join(lines).strip("\n")
        if re.match(r"<@?[ \t]+\S", body):
            self._problem("a body from a file is not read", "write the body itself, or use curl in a shell fence")
        if re.search(r"^>[ \t]*(?:\{%|\S+\.js\b)", body, re.M):
            self._problem("handlers of the response are not run", "say under `Expected:` what should come")
        return body if body.strip() else ""

    def _check(self, request: Written) -> None:
        authority = re.match(r"https?://([^/?#]*)@", request.url, re.I)
        if authority:
            self.problems.append(Problem(CODE, "credentials stand in the address", request.line, 1, "use a target"))
        if request.body_kind == "unknown" and any(SLOT.finditer(request.body)):
            self.problems.append(
                Problem(CODE, "nothing says how a value is to be encoded in this body", request.line, 1, _SAY_TYPE)
            )
        for text in (request.url, *(value for _, value in request.headers), request.body):
            for found in _FOREIGN.finditer(text):
                if not SLOT.fullmatch(found[0]):
                    self.problems.append(
                        Problem(
                            CODE, f"`{found[0]}` is no value that is known here", request.line, 1, "name a parameter"
                        )
                    )

    def _problem(self, message: str, hint: str) -> None:
        self.problems.append(Problem(CODE, message, self.at + 1, 1, hint))


_SAY_TYPE = "write a header such as `Content-Type: application/json`"


def request_effect(request: Written) -> Reason:
    """Return what a request does, by its method."""
    shown = f"{request.method} {request.url}"
    method = next((value.upper() for name, value in request.headers if name.lower() in _OVERRIDES), request.method)
    if method in _SAFE:
        return Reason(shown, Effect.READ, f"{method} only reads", request.line)
    if method == "POST" and _SEARCHES.match(request.url):
        return Reason(shown, Effect.READ, "searches", request.line)
    why = {"DELETE": "deletes", "POST": "makes the server act"}.get(method, "changes what it names")
    return Reason(shown, Effect.CHANGE, why, request.line)


def analyse(text: str) -> Analysis:
    """Say what can be known of a text of requests."""
    if text.lstrip().startswith("HTTP/") or _HEADERS.fullmatch(text) or _TUNNEL.match(text):
        return Analysis(text=text, plausible=False)  # a response, or a part of one
    found, problems = requests(text)
    reasons = tuple(request_effect(request) for request in found)
    effects = {reason.effect for reason in reasons}
    effect = Effect.CHANGE if Effect.CHANGE in effects else Effect.READ if effects and not problems else Effect.UNKNOWN
    slots = [slot for request in found for slot in request.slots()]
    return Analysis(
        effect,
        reasons,
        text,
        uses=tuple(dict.fromkeys(slot_name(slot) for slot in slots)),
        placeholders=tuple(Placeholder(slot[0], slot_name(slot)) for slot in slots if slot[4]),
        known=bool(found),
        problems=tuple(problems),
        needs_target=any(request.relative for request in found),
    )
