"""Secrets that were written down: shapes and names that give one away, told from examples and placeholders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from math import log2

from msgspec import Struct

from runbook_runner.regex import has_one, regex
from runbook_runner.syntax.secrets import is_mixed, named, private_keys, shapes

_EXAMPLE = regex(
    r"example|sample|dummy|fake|placeholder|change.?me|passw|secret|your|(?:^|[^a-z])my[-_.]|foo|bar(?:$|[^a-z])|baz|test|demo|redact"
    r"|hidden|snip|xxx|\.{3}|…|\*{2}|[<>{}$%\[\]()]|(.)\1{4,}|012345|123456|987654|abcdef|qwerty|uvwxyz|deadbeef|cafebabe"
    r"|user|admin|token|lorem|hunter2|s3[ck]r|p4ss|pa55|replace|insert|value|string|dead.?beef|john",
    re.IGNORECASE,
)
"""What nobody's real secret holds."""
_LONG_WORD = 16
_LONG = regex(rf"[A-Za-z0-9+/_=.~-]{{{_LONG_WORD},}}")
_HIDDEN = (
    (("passw", "pwd", "passphrase"), r"(?:passw(?:or)?d|pwd|passphrase)[\"']?[ \t]{0,4}[:= ][ \t]{0,4}\S{10}"),
    (("://",), r"://[^\s/@:]{0,99}:[^\s/@]{1,99}@"),
    (
        ("curl", "mysql", "mariadb", "sshpass"),
        r"(?:c(?<=\bc)url|m(?<=\bm)(?:ysql(?:dump)?|ariadb)|s(?<=\bs)shpass) .{0,200}-[up]",
    ),
)
_WORTH_A_LOOK = tuple((signs, regex(pattern)) for signs, pattern in _HIDDEN)
"""Where a line is worth a look although it has no long word: what must stand in the text, and where it stands.

A pattern whose branches begin with their letter goes through a text twice as fast as one that begins with `\\b`.
"""
_DIGEST = 32
_DIGIT = regex(r"[0-9]")
_HEX = regex(rf"[0-9a-f]{{{_DIGEST}}}")
_MIXED = regex(rf"[A-Z].*\d|\d.*[A-Z]|xox|{_HEX.pattern}")
"""What is left of long words once paths, names and addresses in lower case are gone."""
_LONGEST = 4000
"""How much of a line is looked at."""
_PAGES = regex(
    r"(?:next|continuation|continue|starting|page|pagination|sync|cursor|request|idempotency|work-?unit|task|receipt|change)"
    r"[-_]?token[\"']?\s*[:= ]\s*[\"']?$",
    re.IGNORECASE,
)
"""Tokens that open nothing."""
_LOOSE = frozenset(("authorization", "cookie"))
"""Rules that say where a secret stands and not what it looks like: good for hiding one, not for finding one."""
_NOWHERE = regex(
    r"@(?:(?:[\w-]+\.)*sentry\.io\b|localhost|127\.|\[::1\]|[\w.-]*\bexample\b|(?:host|hostname|server|db)(?=[:/\s\"']|$))",
    re.IGNORECASE,
)
_SAMPLE_TOKENS = ("IjEyMzQ1Njc4OTAi", "Ikpva", "Sm9obi", "am9obi")
"""What base64 makes of the subject 1234567890 and of John Doe, who stand in every example of a JWT."""
_WHAT = {
    "aws key": "an AWS access key",
    "aws secret": "an AWS secret key",
    "github token": "a GitHub token",
    "gitlab token": "a GitLab token",
    "slack token": "a Slack token",
    "slack webhook": "a Slack webhook",
    "stripe key": "a Stripe key",
    "openai key": "an API key",
    "google key": "a Google key",
    "token": "an API token",
    "private key": "a private key",
    "password in URL": "a password in an address",
    "bearer token": "a bearer token",
    "password": "a password on a command line",
    "jwt": "a JSON web token",
    "name": "a secret",
}


_JWT = regex(r"eyJ[\w-]+\.[\w-]*\.", re.ASCII)
_LONG_AGO = 1_704_067_200
"""The year 2024 began: a token that was good until before then opens nothing."""
_WORDS = regex(r"[A-Z][a-z]{3,}|[a-z]{4,}", re.ASCII)
"""What somebody thought of: `TempPass-123`."""
_SHORT_LIVED = 3600
"""Seconds that a token may be good for and still be of no use to whoever reads it later."""


_LETTERS = 20
"""So many different ones a key has at least: `xxxx` has one."""
_NOBODY = regex(r"\b(?:test|user|username|demo|foo|example)\W\Z", re.IGNORECASE)
"""Whose password is a sample: `test:…`."""


class Leak(Struct, frozen=True):
    """One secret in a text."""

    start: int
    end: int
    what: str
    """In words: `an AWS access key`."""
    sure: bool = True
    """A manual's sample rarely looks like it: nobody makes up `ghp_…`, while many show a random `token:`."""


def leaks(text: str) -> tuple[Leak, ...]:
    """Return what reads as a secret in a text, by place, those that overlap once."""
    found: list[Leak] = []
    for at, line in _candidates(text):
        found += (Leak(at + one.start, at + one.end, one.what, one.sure) for one in _in_line(line))
    if "PRIVATE KEY-----" in text:
        for start, end, _ in private_keys(text, inside=False)[0]:
            body = re.sub(r"-----[^-]*-----|\\n|[\s>|\"',]", "", text[start:end])
            base64 = len(body) > 200 and re.fullmatch(r"[A-Za-z0-9+/=]+", body) and len(set(body)) > _LETTERS
            if base64 and "EXAMPLE" not in body:
                found.append(Leak(start, end, _WHAT["private key"]))
    apart: list[Leak] = []
    for leak in sorted(found, key=lambda one: (one.start, not one.sure, -one.end)):
        if not apart or leak.start >= apart[-1].end:
            apart.append(leak)
    return tuple(apart)


def _candidates(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that may hold a secret, with their places: a line without a long or hidden word has none."""
    places = list(_long_words(text))
    lower = text.lower()
    lower = lower if len(lower) == len(text) else text  # a few letters become two
    for signs, pattern in _WORTH_A_LOOK:
        if has_one(lower, signs):
            places += [match.span() for match in pattern.finditer(lower)]
    done = -1
    for begin, stop in sorted(places):
        if begin < done:
            continue  # of the same line, which may be very long
        start = text.rfind("\n", 0, begin) + 1
        end = text.find("\n", stop)
        end = len(text) if end < 0 else end
        done = end
        yield start, text[start : min(end, start + _LONGEST)]


def _long_words(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of long words with a digit; taking the text apart is quicker than a pattern for all of it."""
    place = 0
    for word in [word for word in text.split() if len(word) >= _LONG_WORD]:
        plain = word.islower() or _DIGIT.search(word) is None
        if plain and "xox" not in word and (len(word) < _DIGEST or not _HEX.search(word)):
            continue  # most are paths, names and addresses; none of them holds a word that is looked at below
        place = text.index(word, place)
        for match in _LONG.finditer(word):
            if _MIXED.search(match[0][:300]):
                yield place + match.start(), place + match.end()
        place += len(word)


def _in_line(text: str) -> Iterator[Leak]:
    lower = text.lower()
    for start, end, rule in shapes(text, lower):
        value = text[start:end]
        if rule and rule not in _LOOSE and _real(value, rule) and not _NOWHERE.match(text, end):
            if rule == "aws secret" and "secret" not in lower[max(0, start - 80) : start]:
                continue
            if rule == "bearer token" and value.startswith("eyJ"):
                continue  # known by its own shape, or an example
            if rule == "aws key" and text[:start].endswith("Credential="):
                continue
            yield Leak(start, end, _WHAT.get(rule, "a secret"), _sure(value, rule, lower[:start]))
    for start, end, rule in named(text, lower):
        value = text[start:end]
        if rule and _JWT.match(value):
            continue  # known by its own shape, or an example
        if rule and _password(text[:start], value):
            yield Leak(start, end, _WHAT["name"])
        elif rule and _key(value) and not _PAGES.search(text[:start]):
            yield Leak(start, end, _WHAT["name"], sure=False)


def _sure(value: str, rule: str, before: str) -> bool:
    match rule:
        case "aws secret":
            return "aws" in before
        case "jwt":
            return "exp" in _decoded(value.split(".")[1].replace("-", "+").replace("_", "/"))
        case "stripe key":
            return "_live_" in value
        case "password" | "password in URL":
            return _WORDS.search(value) is None and not _NOBODY.search(before[-20:])
        case "bearer token" | "google key":
            return False  # these look like any other, or are meant to be seen
        case _:
            return True


def _real(value: str, rule: str) -> bool:
    if _EXAMPLE.search(value if rule not in {"github token", "gitlab token", "stripe key"} else value[4:]):
        return False
    match rule:
        case "private key":
            return len(value) > 200
        case "jwt":
            return not any(sample in value for sample in _SAMPLE_TOKENS) and len(value) > 60 and _claims(value)
        case "aws key":
            return len(set(value[4:])) > 7 and any(char.isdigit() for char in value[4:])
        case "password in URL" | "password":
            return len(value) >= 8 and _classes(value) >= 2 and _entropy(value) >= 2.7
        case "slack webhook":
            return len(value) > 30 and _random(value, 12)
        case "bearer token":
            return len(value) >= 20 and (is_mixed(value) or re.fullmatch(r"[0-9a-f]{32,}", value) is not None)
        case _:
            return len(set(value)) > 9 and _entropy(value) >= 3.0


def _key(value: str) -> bool:
    return 20 <= len(value) <= 200 and is_mixed(value) and _random(value)


def _password(before: str, value: str) -> bool:
    """Whether a value is called a password and looks like one in use: no words, several kinds of characters."""
    if not re.search(r"(?:passw(?:or)?d|pwd|passphrase)[\"']?\s*[:= ]\s*[\"']?$", before, re.IGNORECASE):
        return False
    longest = max((len(part) for part in re.findall(r"[A-Za-z]+", value)), default=0)
    return 10 <= len(value) <= 80 and _classes(value) >= 3 and longest <= 4 and not _EXAMPLE.search(value)


def _claims(token: str) -> bool:
    """Whether a JSON web token says who gave it and how long it is good.

    Examples rarely do, or it is long ago; what is good for minutes, as the address of a picture is, is good no more.
    """
    payload = _decoded(token.split(".")[1].replace("-", "+").replace("_", "/"))
    ends = re.search(r'"exp"\s*:\s*(\d{1,12})\b', payload)
    if ends and int(ends[1]) < _LONG_AGO:
        return False
    begins = re.search(r'"(?:iat|nbf)"\s*:\s*(\d{1,12})\b', payload)
    if ends and begins and int(ends[1]) - int(begins[1]) <= _SHORT_LIVED:
        return False
    return sum(f'"{claim}"' in payload for claim in ("iss", "exp", "iat", "aud", "sub", "jti", "nbf")) >= 2


def _random(value: str, run: int = 6) -> bool:
    """Whether a text has no words in it: `secretsmanager/prod/Db1` has, what a generator makes has not."""
    if not re.fullmatch(r"[A-Za-z0-9+/_=.~-]+", value) or _EXAMPLE.search(value):
        return False
    if (decoded := _decoded(value)) and _EXAMPLE.search(decoded):
        return False
    digits = sum(char.isdigit() for char in value)
    longest = max((len(part) for part in re.findall(r"[a-z]+|[A-Z]+", value)), default=0)
    return digits >= 3 and longest <= run and _entropy(value) >= 3.5


def _decoded(value: str) -> str:
    """Return the words that base64 hides; empty where it hides none."""
    from base64 import b64decode

    try:
        return b64decode(value + "=" * (-len(value) % 4), validate=True).decode("ascii")
    except ValueError:
        return ""


def _classes(value: str) -> int:
    tests = (str.islower, str.isupper, str.isdigit, lambda char: not char.isalnum())
    return sum(any(test(char) for char in value) for test in tests)


def _entropy(value: str) -> float:
    """Return the bits that a character of a text carries, by how often each occurs in it."""
    counts = Counter(value).values()
    return -sum(count / len(value) * log2(count / len(value)) for count in counts)
