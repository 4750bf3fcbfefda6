"""An answer as she reads it: what the server said in one line, the headers that tell something, the body."""

from __future__ import annotations

import json
from typing import Any

from runbook_runner.executors._web import Answer

_SHOWN = 8 << 10
"""Characters of a body that are shown."""
_LINES = 60
_WIDTH = 76
_SET_OUT = 1 << 20
"""Bytes up to which JSON is set out in lines: that takes a while."""
_TELLING = (
    "content-type", "location", "retry-after", "www-authenticate", "allow", "server", "via", "age", "x-cache",
    "x-request-id", "x-correlation-id", "traceparent", "x-ratelimit-limit", "x-ratelimit-remaining", "ratelimit",
)  # fmt: skip


def size(count: int) -> str:
    """Write a number of bytes."""
    if count < 1024:
        return f"{count} B"
    amount, unit = float(count), "B"
    for unit in ("KiB", "MiB", "GiB", "TiB"):  # noqa: B007 - the last one holds on
        amount /= 1024
        if amount < 1024:
            break
    return f"{amount:.1f} {unit}"


def time(seconds: float) -> str:
    """Write how long it took."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def head(answer: Answer) -> str:
    """Return the status line and the headers that tell something."""
    about = [time(answer.seconds), size(answer.size)]
    if answer.certificate_days is not None:
        days = answer.certificate_days
        about.append(f"certificate good for {days} day{'' if days == 1 else 's'}")
    lines = [f"HTTP {answer.status} {answer.reason}".rstrip() + f"  ({', '.join(about)})"]
    lines += [f"{name}: {answer.headers[name][:200]}" for name in _TELLING if name in answer.headers]
    return "\n".join(lines) + "\n"


def body(answer: Answer) -> str:
    """Return the body, JSON set out in lines; a long one is cut, and what is no text is only counted."""
    if not answer.size:
        return ""
    text = answer.text()
    if not _textual(answer, text):
        return f"\n({size(answer.size)} that are no text)\n"
    if answer.size < _SET_OUT and text.lstrip()[:1] in ("{", "["):
        text = _set_out(text)
    lines = text.rstrip("\n").split("\n")
    shown = "\n".join(lines[:_LINES])[:_SHOWN]
    if answer.whole and len(shown) == len(text.rstrip("\n")):
        return f"\n{shown}\n"
    part = f"the first {_LINES} of {len(lines)} lines" if len(lines) > _LINES else f"the first {size(len(shown))}"
    kept = "" if answer.whole else f", and no more than {size(len(answer.body))} of it are kept"
    return f"\n{shown}\n… {part} are shown, of {size(answer.size)}{kept}\n"


def _textual(answer: Answer, text: str) -> bool:
    claimed = answer.headers.get("content-type", "").lower()
    if claimed.startswith(("image/", "audio/", "video/", "font/", "application/octet-stream", "application/zip")):
        return False
    return "\0" not in text and text[:2000].count("\ufffd") <= len(text[:2000]) / 20


def _set_out(text: str) -> str:
    try:
        return _laid_out(json.loads(text), 0)
    except (ValueError, RecursionError):
        return text


def _laid_out(value: Any, indent: int) -> str:
    """Write JSON with what fits into a line in one: a list of pods is then a screen long, not five."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent <= _WIDTH or not isinstance(value, dict | list) or not value:
        return line
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        items = [f"{json.dumps(key, ensure_ascii=False)}: {_laid_out(each, indent + 2)}" for key, each in value.items()]
    else:
        items = [_laid_out(each, indent + 2) for each in value]
    begin, end = "{}" if isinstance(value, dict) else "[]"
    return f"{begin}\n" + ",\n".join(f"{inner}{item}" for item in items) + f"\n{' ' * indent}{end}"
