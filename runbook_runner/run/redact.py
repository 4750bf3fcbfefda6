"""Hides secrets in text before anybody sees it: by declaration, by name and by shape, also split over two reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from runbook_runner.syntax.secrets import (
    Found,
    is_mixed,
    is_secret_name,
    named,
    named_so,
    private_keys,
    shapes,
)

__all__ = ["RedactingStream", "Redactor", "is_secret_name"]

MARK = "[redacted: "
"""Stands where a secret stood."""
_SHORTEST = 4
"""A shorter value would hide half of every log; its name still gives it away."""
_LINE = 1 << 16
"""A line longer than this is shown in pieces."""
_CONTEXT = 1 << 12
"""How much of such a line the next piece is read with."""
_SHORT, _MOST = 256, 4096
"""Texts up to this long, and this many of them, are remembered as harmless."""
_TOKEN = re.compile(r"[A-Za-z0-9+/_=.-]{32,}", re.ASCII)
_UUIDS_AND_HASHES = re.compile(r"[0-9a-f-]+|[0-9A-F-]+", re.ASCII)


class Redactor:
    """What is secret in a run; text and streams of it come out with `[redacted: rule]` in its place."""

    def __init__(self, secrets: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        """Take the values of secret parameters, and names that are secret beyond the usual ones."""
        self._literals: tuple[str, ...] = ()
        self._pattern: re.Pattern[str] | None = None
        self._harmless: set[str] = set()
        """Short texts that hold no secret: step names, outcomes and the like come again and again."""
        self._names = frozenset(name for name in names if not is_secret_name(name))
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Hide one more value from now on, in streams already open too."""
        self._harmless.clear()
        literals = {*self._literals, *_guises(secret)}
        self._literals = tuple(sorted(literals, key=lambda text: (-len(text), text)))
        if self._literals:
            self._pattern = re.compile("|".join(map(re.escape, self._literals)))

    def text(self, text: str) -> str:
        """Return a whole text without its secrets."""
        if text in self._harmless:
            return text
        spans, _ = self._found(text, inside=False)
        if spans:
            return _without(text, spans)
        if len(text) <= _SHORT and len(self._harmless) < _MOST:
            self._harmless.add(text)
        return text

    def tail(self, text: str) -> str:
        """Return the end of a longer text without its secrets: its first, cut line may be one and goes too."""
        cut = re.search(r"[\s]", text[:_CONTEXT])
        rest = text[cut.start() if cut else _CONTEXT :]
        headless = re.match(r"(?:\s*[A-Za-z0-9+/=]+\s*\n){0,200}+\s*-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----", rest)
        return "[redacted: cut]" + self.text(rest[headless.end() if headless else 0 :])

    def stream(self) -> RedactingStream:
        """Return a reader for text that arrives in pieces."""
        return RedactingStream(self)

    def is_secret_shaped(self, value: str) -> bool:
        """Say whether a variable's value, or its declaration, should stay out of the journal."""
        if any(rule for _, _, rule in self._found(value, inside=False)[0]):
            return True
        return any(
            is_mixed(match.group()) and not _UUIDS_AND_HASHES.fullmatch(match.group()) and "/" not in match.group()[:1]
            for match in _TOKEN.finditer(value)
        )

    def _found(self, text: str, *, inside: bool) -> tuple[list[Found], bool]:
        """Return the secrets in a text, in order and apart from each other, and whether a private key goes on."""
        found = list(self._candidates(text))
        keys: list[Found] = []
        if inside or "PRIVATE KEY" in text:
            keys, inside = private_keys(text, inside=inside)
        return _merged(found + keys), inside

    def _candidates(self, text: str) -> Iterator[Found]:
        if self._pattern is not None and any(literal in text for literal in self._literals):
            for match in self._pattern.finditer(text):
                yield match.start(), match.end(), "declared"
        lower = text.lower()
        yield from named(text, lower)
        yield from shapes(text, lower)
        for name in self._names:
            if name in text:
                yield from named_so(text, name)

    def _unfinished(self, text: str, spans: list[Found]) -> int:
        """Return how much of a partial line can be shown: what follows may still become a secret."""
        safe = len(text)
        if spans and not spans[-1][2] and spans[-1][1] == len(text):
            safe = spans[-1][0]  # harmless so far: `PASSWORD=true` may go on
        begun = _begun().search(text, max(0, len(text) - _CONTEXT))
        if begun is not None:
            safe = min(safe, begun.start())
        for literal in self._literals:
            for length in range(min(len(literal) - 1, len(text)), 0, -1):
                if text.endswith(literal[:length]):
                    safe = min(safe, len(text) - length)
                    break
        return safe


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
        r"|-----BEGIN[ A-Z]*)\Z",
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


class RedactingStream:
    """Hides secrets in text that comes in pieces, line by line.

    A line is read as a whole even if it was shown in part. `flush` shows what there is of an unfinished line, such as
    a prompt, but for an end that may still become a secret.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._parts: list[str] = []
        self._size = 0
        self._shown = 0  # how much of the unfinished line has been dealt with
        self._marked = -1  # where the last span stands that a marker was shown for
        self._inside = False  # a private key has begun
        self._swallow = False  # an endless token is left out until it ends

    def feed(self, text: str) -> str:
        """Take a piece; return the complete lines that can be shown."""
        if self._swallow:
            end = re.search(r"[\s\"']", text)
            if end is None:
                return ""
            text, self._swallow = text[end.start() :], False
        self._parts.append(text)
        self._size += len(text)
        cut = max(text.rfind("\n"), text.rfind("\r")) + 1
        if not cut:
            return self._long() if self._size > _LINE else ""
        whole = self._pending()
        cut += len(whole) - len(text)
        cut = self._before_literal(whole, cut)
        if not cut:
            return ""
        lines, rest = whole[:cut], whole[cut:]
        spans, self._inside = self._redactor._found(lines, inside=self._inside)
        out = self._emit(lines, spans, cut)
        self._parts, self._size, self._shown, self._marked = [rest], len(rest), 0, -1
        if self._inside:
            self._marked = 0
        return out

    def flush(self) -> str:
        """Return what can be shown of an unfinished line."""
        text = self._pending()
        if not text or self._inside:
            return ""
        spans, _ = self._redactor._found(text, inside=False)
        return self._emit(text, spans, self._redactor._unfinished(text, spans))

    def finish(self, *, cut: bool = False) -> str:
        """Return the rest; `cut`: more would have come, so that an end which may be part of a secret is left out."""
        text = self._pending()
        spans, _ = self._redactor._found(text, inside=self._inside)
        if not cut:
            out = self._emit(text, spans, len(text))
        else:
            out = self._emit(text, spans, self._redactor._unfinished(text, spans))
        self._parts, self._size = [], 0
        return out

    def _pending(self) -> str:
        if len(self._parts) != 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0]

    def _before_literal(self, text: str, cut: int) -> int:
        """Return `cut`, or an earlier end of a line if a declared secret of several lines may go on after it."""
        for literal in self._redactor._literals:
            if "\n" in literal:
                for length in range(min(len(literal) - 1, cut), 0, -1):
                    if literal.startswith(text[cut - length : cut]) and "\n" in text[cut - length : cut]:
                        cut = text.rfind("\n", 0, cut - length) + 1
                        break
        return cut

    def _long(self) -> str:
        """Show a piece of an endless line, and keep the end of it as context."""
        out = self.flush()
        text = self._pending()
        spans, _ = self._redactor._found(text, inside=False)
        goes_on = bool(spans and spans[-1][1] == len(text))
        if goes_on or len(text) - self._shown > _CONTEXT:
            out += "" if goes_on and self._marked == spans[-1][0] else "[redacted: endless]"
            self._swallow, text, self._shown = True, "", 0
        drop = len(text) if self._inside else max(0, len(text) - _CONTEXT)
        self._parts, self._size = [text[drop:]], len(text) - drop
        self._shown = max(0, self._shown - drop)
        self._marked = 0 if self._inside else -1
        return out

    def _emit(self, text: str, spans: list[Found], upto: int) -> str:
        parts: list[str] = []
        at = self._shown
        for start, end, rule in spans:
            if not rule or end <= at:
                continue
            if start >= upto:
                break
            if start > at:
                parts.append(text[at:start])
            if self._marked != start:
                parts.append(f"[redacted: {rule}]")
                self._marked = start
            at = end
        if at < upto:
            parts.append(text[at:upto])
            at = upto
        self._shown = at
        return "".join(parts)


_PLAIN = Redactor()
