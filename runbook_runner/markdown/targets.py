"""`targets:` in the front matter: names, each perhaps with its address or settings, and never with a secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from runbook_runner.model.target import REFERENCES, has_password
from runbook_runner.regex import regex

_NAME = regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_FORM = "write a list of names from runbook.toml, or NAME: postgresql://HOST/DATABASE"

Wrong = Callable[..., None]
"""Takes a message, the path of the key, and `hint` and `code`."""


def check(value: Any, wrong: Wrong) -> None:
    """Report what is wrong with a front matter's `targets:`."""
    match value:
        case None:
            return
        case str():
            _name(value, ("targets",), wrong)
        case list():
            for at, each in enumerate(value):
                if isinstance(each, str):
                    _name(each, ("targets", str(at)), wrong)
                else:
                    wrong("a target in a list is a name", "targets", str(at), hint=_FORM)
        case dict():
            for name, each in value.items():
                _name(str(name), ("targets", str(name)), wrong)
                _one(str(name), each, wrong)
        case _:
            wrong("`targets` holds names", "targets", hint=_FORM)


def _name(name: str, path: tuple[str, ...], wrong: Wrong) -> None:
    if not _NAME.fullmatch(name):
        wrong(f"`{name}` is no name of a target", *path, hint="letters, digits, dots, dashes and underscores")


def _one(name: str, value: Any, wrong: Wrong) -> None:
    path = ("targets", name)
    if value is None:
        return
    if isinstance(value, str):
        if "://" not in value:
            wrong(f"`{value}` is no address", *path, hint="such as postgresql://HOST/DATABASE or ssh://USER@HOST")
        _secrets({"": value}, path, wrong)
    elif isinstance(value, dict):
        kind = value.get("kind")
        if not isinstance(kind, str) or not kind:
            wrong(f"the target `{name}` has no `kind`", *path, hint="such as kind: postgresql")
        if not isinstance(value.get("production", False), bool):
            wrong("`production` is true or false", *path, "production")
        _secrets(value, path, wrong)
    else:
        wrong(f"the target `{name}` needs an address or settings", *path, hint=_FORM)


def _secrets(settings: dict[str, Any], path: tuple[str, ...], wrong: Wrong) -> None:
    for keys, text in _texts(settings, ()):
        where = (*path, *(key for key in keys if key))
        if has_password(text):
            hint = 'leave it out of the address; in runbook.toml, say where it is: password = "env:NAME"'
            wrong("a password stands in this address", *where, code="secret-in-target", hint=hint)
        elif text.startswith(REFERENCES):
            hint = f"write it under [targets.{path[1]}] in runbook.toml; a runbook may come from anywhere"
            wrong("a runbook's own target takes no secret, nor a reference to one", *where, hint=hint)
        elif _is_secret(keys[-1]) and text:
            hint = f'say where it is, in runbook.toml: {keys[-1]} = "env:NAME", "file:PATH" or "command:…"'
            wrong(f"`{keys[-1]}` is a secret, which has no place here", *where, code="secret-in-target", hint=hint)


def _texts(settings: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, value in settings.items():
        keys = (*path, str(key))
        if isinstance(value, dict):
            yield from _texts(value, keys)
        elif isinstance(value, str | int) and not isinstance(value, bool):
            yield keys, str(value)


def _is_secret(key: str) -> bool:
    from runbook_runner.syntax.secrets import is_secret_name

    return key.lower() in ("password", "token", "authorization") or is_secret_name(key)
