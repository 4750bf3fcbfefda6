"""Front matter values -> facts and declared parameters, with what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from warnings import catch_warnings, simplefilter

from runbook_runner.markdown.durations import seconds
from runbook_runner.markdown.front_matter import FrontMatter
from runbook_runner.markdown.keys import (
    CONTACT_KEYS,
    FOREIGN,
    KEYS,
    PARAMETER_KEYS,
    PASSED_OVER,
    REVIEWED_KEYS,
)
from runbook_runner.markdown.targets import check as check_targets
from runbook_runner.model.runbook import Facts, Parameter, ParameterType, Review, Rung, Trigger
from runbook_runner.model.span import Defect, Span
from runbook_runner.regex import regex

_OURS = (*KEYS, *FOREIGN)
_PASSED = PASSED_OVER.union(_OURS)
_DATE = regex(r"\d{4}-\d{2}-\d{2}")
_NAME = regex(r"[A-Za-z_][A-Za-z0-9_]*")


def read_facts(front: FrontMatter) -> tuple[Facts, tuple[Parameter, ...]]:
    """Return the facts and the declared parameters; what is wrong is added to the front matter's defects."""
    reader = _Reader(front)
    return reader.facts(), reader.parameters()


class _Reader:
    def __init__(self, front: FrontMatter) -> None:
        self.front = front
        self.values = front.values

    def _wrong(self, message: str, *path: str, hint: str = "", code: str = "front-matter") -> None:
        self.front.defects.append(Defect(code, message, self.front.span(*path), hint))

    def facts(self) -> Facts:
        """Return what the keys say."""
        self._near_misses(self.values, _OURS)
        kind = self._text("kind") or "runbook"
        if kind not in {"runbook", "playbook"}:
            ours = {"triggers", "escalation", "reviewed", "parameters"} & set(self.values)
            if "kind" in self.values and (ours or _near(kind, "runbook") or _near(kind, "playbook")):
                self._wrong(f"`kind` is runbook or playbook, not `{kind}`", "kind")
            kind = "runbook"
        draft = {"true": True, "false": False}.get(str(self.values.get("draft", False)).lower())
        if draft is None:
            self._wrong("`draft` is true or false", "draft")
        check_targets(self.values.get("targets"), self._wrong)
        return Facts(
            title=self._text("title"),
            kind=kind,
            service=self._text("service") or self._text("services"),
            owner=self._text("owner") or self._text("owners") or self._text("team") or self._text("owner_slack"),
            severity=self._text("severity"),
            triggers=tuple(self._triggers()),
            dashboard=self._text("dashboard") or self._text("dashboards"),
            logs=self._text("logs"),
            escalation=tuple(self._ladder()),
            reviewed=self._reviewed(),
            draft=draft is True,
            tags=tuple(self._texts("tags")),
            extra=self.values,
        )

    def _near_misses(self, given: Iterable[str], known: Iterable[str], *path: str) -> None:
        given = tuple(given)
        if not path and _PASSED.issuperset(given):
            return  # as most
        known = tuple(known)
        # Another program's keys, all of them; many know a title, however it is written.
        capitals = sum(key[:1].isupper() for key in given) > 2 or given == ("Title",)
        for key in given:
            if capitals and key[:1].isupper() and not path:
                continue
            if key in known or (not path and key in PASSED_OVER):
                continue
            near = _near_key(key.lower().replace("-", "_"), known)
            if not path and near == f"{key}s" and isinstance(self.values[key], str):
                continue  # one word is no list of ours
            if near:
                self._wrong(f"`{key}` is no key", *path, key, hint=f"did you mean `{near}`?", code="near-miss-key")
            elif path:
                self._wrong(f"`{key}` is no key", *path, key, hint="known: " + ", ".join(known), code="near-miss-key")

    def _text(self, key: str) -> str:
        value = self.values.get(key)
        if value is None:
            return ""
        if isinstance(value, list) and not any(isinstance(each, dict | list) for each in value):
            return ", ".join(" ".join(_string(each).split()) for each in value if each is not None)
        if isinstance(value, dict | list):
            self._wrong(f"`{key}` must be one line of text", key)
            return ""
        return " ".join(_string(value).split())

    def _texts(self, key: str) -> list[str]:
        value = self.values.get(key)
        if value is None:
            return []
        values = value if isinstance(value, list) else [value]
        if any(isinstance(each, dict | list) for each in values):
            self._wrong(f"`{key}` must be a list of words", key)
        return [_string(each) for each in values if each is not None and not isinstance(each, dict | list)]

    def _triggers(self) -> Iterable[Trigger]:
        value = self.values.get("triggers", self.values.get("trigger"))
        entries = value if isinstance(value, list) else [] if value is None else [value]
        for at, entry in enumerate(entries):
            match entry:
                case {"alert": str() | int() as alert}:
                    yield Trigger(str(alert), span=self.front.value("triggers", str(at), "alert"))
                case dict() if entry:
                    key, what = next(iter(entry.items()))
                    yield Trigger("", f"{key}: {what}")
                case str():
                    yield Trigger(entry, span=self.front.value("triggers", str(at)))
                case _:
                    self._wrong("a trigger is `alert: NAME`", "triggers", str(at))
        for key in ("alert", "alerts"):
            for at, name in enumerate(self._texts(key)):
                yield Trigger(name, span=self._listed(key, at))

    def _listed(self, key: str, at: int) -> Span:
        one = not isinstance(self.values.get(key), list)
        return self.front.value(key) if one else self.front.value(key, str(at))

    def _ladder(self) -> Iterable[Rung]:
        value = self.values.get("escalation")
        if value is None:
            return
        if isinstance(value, dict) and value and all(isinstance(each, str) for each in value.values()):
            value = [value] if "to" in value else list(value.values())
        if isinstance(value, str):
            yield Rung(value)
            return
        if not isinstance(value, list):
            self._wrong("`escalation` is a list of `{after: 10m, to: NAME}`", "escalation")
            return
        for at, entry in enumerate(value):
            path = ("escalation", str(at))
            if isinstance(entry, str):
                yield Rung(entry)
                continue
            if not isinstance(entry, dict) or not isinstance(entry.get("to"), str):
                self._wrong("a contact needs `to: NAME`", *path)
                continue
            self._near_misses(entry, CONTACT_KEYS, *path)
            after = self._duration(entry.get("after"), *path, "after") or 0.0
            yield Rung(entry["to"], after, _string(entry.get("via") or ""))

    def _duration(self, value: Any, *path: str) -> float | None:
        if value is None or value == 0:
            return None
        length = seconds(_string(value))
        if length is None:
            self._wrong(f"`{_string(value)}` is no duration", *path, hint="such as 30s, 10m, 1h30m, 90d or 6 months")
        return length

    def _reviewed(self) -> Review | None:
        value = self.values.get("reviewed")
        if isinstance(value, str):
            value = {"date" if _valid(value) else "by": value}
        if value is not None and not isinstance(value, dict):
            self._wrong("`reviewed` is `{by: NAME, date: YYYY-MM-DD, every: 90d}`", "reviewed")
            value = None
        if isinstance(value, dict):
            self._near_misses(value, REVIEWED_KEYS, "reviewed")
        given = value or {}
        date = _string(given.get("date") or self.values.get("last_reviewed_on") or "")
        if date and not _valid(date):
            path = ("reviewed", "date") if given.get("date") else ("last_reviewed_on",)
            self._wrong(f"`{date}` is no date", *path, hint="such as 2026-10-02")
            date = ""
        if "every" in given:
            every = self._duration(given["every"], "reviewed", "every")
        else:
            every = self._duration(self.values.get("review_in"), "review_in")
        by = _string(given.get("by") or self.values.get("last_reviewed_by") or "")
        return Review(by, date[:10], every) if by or date or every else None

    # --- parameters ---------------------------------------------------------------------------

    def parameters(self) -> tuple[Parameter, ...]:
        """Return the declared parameters."""
        value = self.values.get("parameters")
        if value is None:
            return ()
        if isinstance(value, list) and all(
            isinstance(each, dict) and isinstance(each.get("name"), str) for each in value
        ):
            # A list of `{name: NAME, …}`, as other tools have it.
            value = {each["name"]: {key: one for key, one in each.items() if key in PARAMETER_KEYS} for each in value}
        if not isinstance(value, dict):
            self._wrong("`parameters` is `NAME: {default: …}`", "parameters")
            return ()
        found = (self._parameter(name, given) for name, given in value.items())
        return tuple(parameter for parameter in found if parameter is not None)

    def _parameter(self, name: str, given: Any) -> Parameter | None:
        from runbook_runner.syntax.builtins import refused_name

        path = ("parameters", name)
        span = self.front.span(*path)
        if not _NAME.fullmatch(name) or refused_name(name):
            why = "would change how commands run" if _NAME.fullmatch(name) else "is no name of a variable"
            self._wrong(f"the parameter `{name}` {why}", *path, code="refused-parameter", hint="choose another name")
            return None
        if not isinstance(given, dict):
            if isinstance(given, list):
                self._wrong(f"the parameter `{name}` needs `{{choices: […]}}` for a list", *path)
                return Parameter(name, choices=tuple(_string(each) for each in given), declared=True, span=span)
            return Parameter(name, default=None if given is None else _string(given), declared=True, span=span)
        self._near_misses(given, PARAMETER_KEYS, *path)
        default, choices = given.get("default"), given.get("choices")
        if choices is not None and not isinstance(choices, list):
            self._wrong(f"`choices` of `{name}` is a list", *path, "choices")
            choices = None
        return Parameter(
            name,
            self._type(given.get("type", "string"), *path),
            None if default is None or isinstance(default, dict | list) else _string(default),
            _string(given.get("from") or ""),
            tuple(_string(each) for each in choices or ()),
            self._pattern(given.get("pattern"), *path),
            given.get("secret") is True,
            _string(given.get("description") or ""),
            "",
            True,
            span,
        )

    def _type(self, word: Any, *path: str) -> ParameterType:
        try:
            return ParameterType(word)
        except ValueError:
            self._wrong(f"`{word}` is no type", *path, "type", hint="string, integer, number or boolean")
            return ParameterType.STRING

    def _pattern(self, pattern: Any, *path: str) -> str:
        if pattern is None:
            return ""
        try:
            with catch_warnings():
                simplefilter("ignore", FutureWarning)  # of what a later Python may read otherwise
                re.compile(_string(pattern))
        except (re.error, RecursionError, OverflowError) as error:
            self._wrong(f"the pattern is wrong: {error}", *path, "pattern")
            return ""
        self._bounded(_string(pattern), *path)
        return _string(pattern)

    def _bounded(self, pattern: str, *path: str) -> None:
        """Values come from other people's alerts, so a pattern must not be one that a value can make hang."""
        from runbook_runner.predicates.pattern import PatternError, compiled

        try:
            compiled(pattern)
        except PatternError as error:
            hint = "write it as RE2 reads it, without lookaround and backreferences; no value is taken till then"
            self._wrong(f"the pattern cannot be used: {error}", *path, "pattern", hint=hint)


def _string(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _near(word: str, wanted: str) -> bool:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, word.lower(), wanted).ratio() >= 0.8


def _valid(date: str) -> bool:
    from datetime import date as day

    if not _DATE.match(date):
        return False
    try:
        day.fromisoformat(date[:10])
    except ValueError:
        return False
    return True


@lru_cache(1024)
def _near_key(key: str, known: tuple[str, ...]) -> str:
    """Return the known key that one is a slip of; a word of its own (`owns`) is somebody else's key."""
    from difflib import get_close_matches

    near = next(iter(get_close_matches(key, known, 1, 0.8)), "")
    return near if len(key) > 7 or _slip(key, near) else ""


def _slip(written: str, meant: str) -> bool:
    """Whether one letter is wrong, missing or too many, or two have changed places."""
    if len(written) == len(meant):
        wrong = [at for at, (a, b) in enumerate(zip(written, meant, strict=True)) if a != b]
        return len(wrong) < 2 or sorted(written) == sorted(meant)
    short, long = sorted((written, meant), key=len)
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
