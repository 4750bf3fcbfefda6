"""What gives a secret away: the name before it, or its own shape.

Each rule is a regular expression that is tried only where one of its needles occurs, and always consumes the
run of characters that it looked at, so that a hostile line cannot make it look twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.regex import regex
from runbook_runner.syntax.secret_shapes import SHAPES

Found = tuple[int, int, str]
"""Start, end and rule; the rule is empty for a value that is harmless as far as it goes."""

_SECRET_WORD = regex(
    r"PASSWORD|PASSWD|PASSPHRASE|PASSCODE|PWD|PWORD|SECRET|TOKEN(?!I[SZ])|CREDENTIAL|APIKEY|AUTHKEY|PRIVATEKEY"
    r"|ACCESSKEY|ACCOUNTKEY|SESSID|SESSIONID|COOKIE"
    r"|(?:DB|PG|SQL|NEW|OLD|ROOT|USER|ADMIN|SSH|FTP|LDAP|SMTP|HTTP|PROXY|REDIS|RABBIT|KEY|BACKUP)PASS$"
)
_NOT_KEYS = regex(
    r"(?:PUBLIC|PUB|PRIMARY|FOREIGN|PARTITION|SORT|CACHE|ROUTING|GROUP|OBJECT|HASH|ROW|INDEX|UNIQUE|LABEL|MESSAGE|LOOKUP"
    r"|REGISTRY|HOST|MAP|CONFIG|FIELD|SEARCH|SHARD|TAINT|TOPOLOGY|ANNOTATION|DEDUP|DEDUPLICATION|IDEMPOTENCY)"
)
_ABOUT = regex(
    r"(?:NAMES?|REFS?|TYPES?|FILES?|PATH|DIR|URL|URI|ENDPOINT|EXPIRY|EXPIRATION|EXPIRES|SECONDS|COUNT|POLICY|LENGTH|ARN"
    r"|VERSION|TTL|LIMIT|ENABLED|AGE|STDIN|IDS?|LIFETIME|STORE|MANAGER|TIMEOUT|ERRORS?|NAMESPACE|PROVIDER|CLASS|STATUS"
    r"|HELPER|PROMPT|COMMAND|CMD|RETRIES|INTERVAL|AUDIENCE|ISSUER|AT|LABEL|KEYS)"
)
_WORDS = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[A-Z]+")


def is_secret_name(name: str) -> bool:
    """Say whether a value of this name is a secret: `DB_PASSWORD`, `apiKey`, `X-Auth-Token`, not `PWD` or `KEY_ID`."""
    words = [word.upper() for word in _WORDS.findall(name)]
    if not words or words in (["PWD"], ["OLDPWD"], ["OLD", "PWD"]) or (len(words) > 1 and _ABOUT.fullmatch(words[-1])):
        return False
    if words[-1] == "TOKENS" or (words[-1] == "TOKEN" and words[0] in ("MAX", "MIN", "NUM")):
        return False
    if _SECRET_WORD.search("".join(words)):
        return True
    return words[-1] in ("KEY", "PAT", "PASS") and len(words) > 1 and not _NOT_KEYS.fullmatch(words[-2])


# --- NAME=value, NAME: value, "name": "value", --name value ------------------------------------

_NAME_WORDS = ("pass", "pwd", "pword", "secret", "token", "credential", "key", "sess", "_pat", "cookie")
_REST = regex(r"[\w.-]{0,48}+\\{0,3}[\"']?[ \t]{0,12}(?P<sep>:=|=>|=|:)[ \t]{0,12}", re.ASCII)
_FLAG = regex(r"[\w-]{0,48}+(?P<sep>[ \t]{1,4})(?=[^\s-])", re.ASCII)
_VALUE = regex(
    r"\$'(?P<c>(?:[^'\\\n]|\\.)*+)"
    r"|\$?\"(?P<d>(?:[^\"\\\n]|\\.)*+)"
    r"|'(?P<s>[^'\n]*+)"
    r"|(?P<esc>\\{1,3}[\"'])(?P<e>.*?)(?=(?P=esc)|$)"
    r"|(?P<b>[^\s]++)",
    re.MULTILINE,
)
_HARMLESS = regex(
    r"(?:\$\{[^}\s]*\}|\$\w+|\$\(.*|`.*|<[^<>\n]*>|\{\{.*|%\w|true|false|yes|no|null|nil|none|undefined|unset|empty"
    r"|redacted|\[redacted.*|\*+|x{3,}|\.{3,}|\W{0,3}|\{+|\[+|[|>][-+]?|map\[.*"
    r"|\(secret\)?)",
    re.IGNORECASE | re.ASCII,
)
_DECLARES = regex(r"\{[\"']?\w+[\"']?:", re.ASCII)
"""What follows a name that is declared, as in `API_TOKEN: {secret: true}`: no value of its own."""
_NAME_BEFORE = regex(r"[\w.-]*\Z", re.ASCII)
_TRAILING = ";,)}]"


def _value(text: str, at: int, opener: str, *, in_url: bool = False) -> tuple[int, int]:
    """Return where the value that begins at `at` starts and ends, without its quotes."""
    match = _VALUE.match(text, at)
    if match is None:
        return at, at
    for group in ("c", "d", "s", "e"):
        if match.group(group) is not None:
            return match.span(group)
    start, end = match.span("b")
    if opener and (cut := text.find(opener, start, end)) > start:
        return start, cut
    if in_url:
        cut = min((found for mark in "&#" if (found := text.find(mark, start, end)) >= 0), default=end)
        end = cut
    while end > start and text[end - 1] in _TRAILING:
        end -= 1
    return start, end


def named(text: str, lower: str) -> Iterator[Found]:
    """Yield the values that their name gives away."""
    done = 0
    for hit in _hits(text, lower):
        if hit < done:
            continue
        before = _NAME_BEFORE.search(text, max(0, hit - 64), hit)
        begin = before.start() if before else hit
        match = _REST.match(text, hit) or (_FLAG.match(text, hit) if text.startswith("-", begin) else None)
        if match is None or not is_secret_name(text[begin : match.start("sep")]):
            continue
        mark = text[begin - 1] if begin else ""
        start, end = _value(text, match.end(), mark if mark in "\"'" else "", in_url=mark in ("?", "&"))
        if _DECLARES.fullmatch(text, start, end):
            continue  # what it declares may be one: looked at by its own name
        done = end
        if end > start:
            yield start, end, "" if _HARMLESS.fullmatch(text, start, end) else "name"


def _hits(text: str, lower: str) -> list[int]:
    """Return where a word stands that secret names are made of, in order."""
    if len(lower) != len(text):  # a letter that has no single lower-case one
        lower = "".join(char.lower() if char.isascii() else char for char in text)
    hits = []
    for word in _NAME_WORDS:
        at = lower.find(word)
        while at >= 0:
            hits.append(at)
            at = lower.find(word, at + len(word))
    hits.sort()
    return hits


def named_so(text: str, name: str) -> Iterator[Found]:
    """Yield the values of one name that was declared secret."""
    for match in re.finditer(rf"(?<!\w){re.escape(name)}[\"']?[ \t]{{0,4}}[:=][ \t]{{0,4}}", text):
        start, end = _value(text, match.end(), "")
        if end > start and not _DECLARES.fullmatch(text, start, end):
            yield start, end, "" if _HARMLESS.fullmatch(text, start, end) else "name"


# --- shapes -------------------------------------------------------------------------------------


_JWT = regex(r"(?<![A-Za-z0-9_])eyJ[\w-]*+(?:\.[\w-]*+){0,4}", re.ASCII)
_JWT_WHOLE = regex(r"eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){0,3}", re.ASCII)


def shapes(text: str, lower: str) -> Iterator[Found]:
    """Yield what its shape gives away; `lower` is the text in lower case, for the needles."""
    for shape in SHAPES:
        for needle in shape.needles:
            if needle in lower:
                break
        else:
            continue
        pattern = shape.pattern
        group = "v" if "v" in pattern.groupindex else 0
        for match in pattern.finditer(text):
            start, end = match.span(group)
            if shape.mixed and not is_mixed(text[start:end]):
                continue
            yield start, end, "" if group and _HARMLESS.fullmatch(text, start, end) else shape.label
    if "eyj" in lower:
        for match in _JWT.finditer(text):
            if _JWT_WHOLE.match(match.group()):
                yield match.start(), match.end(), "jwt"


def is_mixed(text: str) -> bool:
    """Say whether a text has upper case, lower case and digits, as random tokens have and hashes and names have not."""
    return text.lower() != text and text.upper() != text and any(char.isdigit() for char in text)


# --- private keys, which span lines ---------------------------------------------------------------

_BEGIN = regex(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_END = regex(r"-----END (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_BODY = regex(
    r"\W*(?:[\w-]{1,24}: .*|[A-Za-z0-9+/]{1,80}={0,2}\W*"
    r"|.*(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,}={0,2}\W*)?"
)


def private_keys(text: str, *, inside: bool) -> tuple[list[Found], bool]:
    """Return the private keys in a text, and whether it ends within one; `inside`: it begins within one.

    A key without an end is over at the first line that could not be part of it, so that a lone `BEGIN` hides no log.
    """
    found: list[Found] = []
    at = 0
    while True:
        start = at
        if not inside:
            begin = _BEGIN.search(text, at)
            if begin is None:
                return found, False
            start, at = begin.span()
        end, inside = _end_of_key(text, at, first=inside)
        if end > start:
            found.append((start, end, "private key"))
        if inside:
            return found, True
        at = end


def _end_of_key(text: str, at: int, *, first: bool) -> tuple[int, bool]:
    """Return where a key that has begun ends, and whether it goes on past the text."""
    whole = not first
    while at < len(text):
        newline = text.find("\n", at)
        stop = newline if newline >= 0 else len(text)
        end = _END.search(text, at, stop)
        if end is not None:
            return end.end(), False
        if not whole and not _BODY.fullmatch(text[at : min(stop, at + 4096)]):
            return at, False
        whole = False  # the rest of the line of BEGIN belongs to it in any case: escaped newlines in JSON
        at = stop + 1
    return len(text), True
