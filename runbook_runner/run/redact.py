"""Hides secrets in text before anybody sees it: by declaration, by name and by shape, also split over two reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from runbook_runner.regex import regex
from runbook_runner.syntax.secrets import (
    Found,
    is_mixed,
    is_secret_name,
    named,
    named_so,
    private_keys,
    shapes,
)

if TYPE_CHECKING:
    from runbook_runner.run.redacting_stream import RedactingStream

__all__ = ["Redactor", "is_secret_name"]

MARK = "[redacted: "
"""Stands where a secret stood."""
_SHORTEST = 4
"""A shorter value would hide half of every log; its name still gives it away."""
_SHORT, _MOST = 256, 4096
"""Texts up to this long, and this many of them, are remembered as harmless."""
CONTEXT = 1 << 12
"""How much of a text that goes on is looked at again with the next piece."""
_BREAKABLE = 8
"""Characters of a declared secret that is also looked for with lines broken inside it (`fold`, a narrow column)."""
_BREAK = r"(?:\r?\n[ \t]*)?"
_BREAKS = regex(r"\r?\n[ \t]*")
_TOKEN = regex(r"[A-Za-z0-9+/_=.-]{32,}", re.ASCII)
_UUIDS_AND_HASHES = regex(r"[0-9a-f-]+|[0-9A-F-]+", re.ASCII)


class Redactor:
    """What is secret in a run; text and streams of it come out with `[redacted: rule]` in its place."""

    def __init__(self, secrets: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        """Take the values of secret parameters, and names that are secret beyond the usual ones."""
        self.literals: tuple[str, ...] = ()
        self._pattern: re.Pattern[str] | None = None
        self._harmless: set[str] = set()
        """Short texts that hold no secret: step names, outcomes and the like come again and again."""
        self._broken: dict[str, re.Pattern[str]] = {}
        self._names = frozenset(name for name in names if not is_secret_name(name))
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Hide one more value from now on, in streams already open too."""
        self._harmless.clear()
        literals = {*self.literals, *_guises(secret)}
        if _BREAKABLE <= len(plain := secret.strip()) <= CONTEXT // 4 and "\n" not in plain:
            self._broken[plain] = re.compile(_BREAK.join(f"(?:{re.escape(char)})" for char in plain))
        self.literals = tuple(sorted(literals, key=lambda text: (-len(text), text)))
        if self.literals:
            self._pattern = re.compile("|".join(map(re.escape, self.literals)))

    def text(self, text: str) -> str:
        """Return a whole text without its secrets."""
        if text in self._harmless:
            return text
        spans, _ = self.found(text, inside=False)
        if spans:
            return _without(text, spans)
        if len(text) <= _SHORT and len(self._harmless) < _MOST:
            self._harmless.add(text)
        return text

    def tail(self, text: str) -> str:
        """Return the end of a longer text without its secrets: its first, cut line may be one and goes too."""
        cut = re.search(r"[\s]", text[:CONTEXT])
        rest = text[cut.start() if cut else CONTEXT :]
        headless = re.match(r"(?:\s*[A-Za-z0-9+/=]+\s*\n){0,200}+\s*-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----", rest)
        return "[redacted: cut]" + self.text(rest[headless.end() if headless else 0 :])

    def stream(self) -> RedactingStream:
        """Return a reader for text that arrives in pieces."""
        from runbook_runner.run.redacting_stream import RedactingStream

        return RedactingStream(self)

    def is_secret_shaped(self, value: str) -> bool:
        """Say whether a variable's value, or its declaration, should stay out of the journal."""
        if any(rule for _, _, rule in self.found(value, inside=False)[0]):
            return True
        return any(
            is_mixed(match.group()) and not _UUIDS_AND_HASHES.fullmatch(match.group()) and "/" not in match.group()[:1]
            for match in _TOKEN.finditer(value)
        )

    def found(self, text: str, *, inside: bool) -> tuple[list[Found], bool]:
        """Return the secrets in a text, in order and apart from each other, and whether a private key goes on."""
        found = list(self._candidates(text))
        keys: list[Found] = []
        if inside or "PRIVATE KEY" in text:
            keys, inside = private_keys(text, inside=inside)
        return _merged(found + keys), inside

    def _candidates(self, text: str) -> Iterator[Found]:
        if self._pattern is not None and any(literal in text for literal in self.literals):
            for match in self._pattern.finditer(text):
                yield match.start(), match.end(), "declared"
        if self._broken and "\n" in text:
            flat = _BREAKS.sub("", text)
            for literal, pattern in self._broken.items():
                if literal in flat:
                    for match in pattern.finditer(text):
                        yield match.start(), match.end(), "declared"
        lower = text.lower()
        yield from named(text, lower)
        yield from shapes(text, lower)
        for name in self._names:
            if name in text:
                yield from named_so(text, name)

    def unfinished(self, text: str, spans: list[Found]) -> int:
        """Return how much of a partial line can be shown: what follows may still become a secret."""
        safe = len(text)
        if spans and not spans[-1][2] and spans[-1][1] == len(text):
            safe = spans[-1][0]  # harmless so far: `PASSWORD=true` may go on
        begun = _begun().search(text, max(0, len(text) - CONTEXT))
        if begun is not None:
            safe = min(safe, begun.start())
        for literal in self.literals:
            for length in range(min(len(literal) - 1, len(text)), 0, -1):
                if text.endswith(literal[:length]):
                    safe = min(safe, len(text) - length)
                    break
        return min(safe, self.broken_off(text))

    def broken_off(self, text: str) -> int:
        """Return where a declared secret may have begun that goes on in the next line; the length where none has."""
        if not self._broken or "\n" not in text:
            return len(text)
        start = max(0, len(text) - CONTEXT)
        flat = _BREAKS.sub("", text[start:])
        for literal in self._broken:
            for length in range(min(len(literal) - 1, len(flat)), 0, -1):
                if flat.endswith(literal[:length]):
                    begun = _BREAK.join(re.escape(char) for char in literal[:length]) + r"\s*\Z"
                    found = re.search(begun, text[start:])
                    return start + found.start() if found else len(text)
        return len(text)


def is_secret_shaped(value: str) -> bool:
    """Say whether a value looks like a secret to one who was told of none."""
    return _PLAIN.is_secret_shaped(value)


def _guises(secret: str) -> set[str]:
    """Return the forms in which a secret may show up: as it is, line by line, quoted, escaped, encoded."""
    import base64
    import json
    import shlex
    from urllib.parse import quote, quote_plus

    raw = secret.encode("utf-8", "surrogatepass")
    if len(secret.strip()) < _SHORTEST:
        return set()
    forms = {secret, secret.strip(), *(line.strip() for line in secret.splitlines())}
    for form in tuple(forms):
        octets = form.encode("utf-8", "surrogatepass")
        forms |= {quote(octets, safe=""), quote(octets), quote_plus(octets)}
        forms |= {json.dumps(form)[1:-1], json.dumps(form, ensure_ascii=False)[1:-1], form.replace("'", "'\\''")}
        forms |= {form.replace("'", "'\"'\"'"), shlex.quote(form).strip("'"), re.sub(r"(\W)", r"\\\1", form)}
    for lead in range(3):  # inside a longer text, a secret's base64 depends on where it begins
        encoded = base64.b64encode(b"\0" * lead + raw).decode()
        core = encoded[(0, 2, 3)[lead] : len(encoded) - (0, 4, 4)[(lead + len(raw)) % 3 and 1]]
        whole = encoded.rstrip("=") if lead == 0 else core
        for standard in {core, whole}:
            if len(standard) >= 6:
                forms |= {standard, standard.replace("+", "-").replace("/", "_")}
                forms |= {standard[at : at + width] for width in (64, 76) for at in range(0, len(standard) - 12, width)}
    if len(raw) >= 6:
        forms |= {raw.hex(), raw.hex().upper()}
    return {form for form in forms if len(form) >= _SHORTEST and not form.isspace()}


_PREFIXES = re.findall(
    r"\S+",
    "AKIA ASIA ABIA ACCA ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- glptt- gldt- glrt- glsoat- xoxb- xoxp- xoxa- xoxs-"
    " xapp- sk_live_ rk_live_ sk_test_ rk_test_ whsec_ sk- AIza ya29. npm_ pypi- hvs. hvb. dop_v1_ dckr_pat_ hf_ SG."
    " pul- NRAK- dapi shpat_ eyJ LS0tLS1CRUdJTi -----BEGIN hooks.slack.com/",
)


@cache
def _begun() -> re.Pattern[str]:
    """Return what matches the end of a text if a secret may have begun there."""
    starts = {prefix[:length] for prefix in _PREFIXES for length in range(2, len(prefix))}
    whole = "|".join(map(re.escape, _PREFIXES))
    part = "|".join(re.escape(start) for start in sorted(starts, key=len, reverse=True))
    return re.compile(
        rf"(?:(?<=://)[^\s/@]*|(?<![A-Za-z0-9])(?:(?:{whole})[\w.+/=-]*|(?:{part})|[A-Za-z0-9/+]{{20,}})"
        r"|(?<=[?&][Ss]ig=)[^&\s\"']*|(?<=-[Ss]ignature=)[^&\s\"']*|-----BEGIN[ A-Z]*)\Z",
        re.ASCII,
    )


def _merged(found: list[Found]) -> list[Found]:
    """Return spans in order, overlapping ones joined under the name of the first that has one."""
    found.sort()
    merged: list[Found] = []
    for start, end, rule in found:
        if merged and start < merged[-1][1]:
            first, last, known = merged[-1]
            if bool(known) == bool(rule):
                merged[-1] = (first, max(last, end), known or rule)
            elif rule:  # something secret within something harmless
                merged[-1:] = [(start, max(last, end), rule)]
            continue
        merged.append((start, end, rule))
    return merged


def _without(text: str, spans: list[Found]) -> str:
    parts: list[str] = []
    at = 0
    for start, end, rule in spans:
        if rule:
            parts += (text[at:start], f"[redacted: {rule}]")
            at = end
    parts.append(text[at:])
    return "".join(parts)


_PLAIN = Redactor()
