"""The targets of the configuration, and the secrets that they refer to."""

from __future__ import annotations

import os
import re
import subprocess
from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from runbook_runner import registry
from runbook_runner.cli.config import Config
from runbook_runner.errors import InputError
from runbook_runner.model.target import REFERENCES, Target, has_password, references
from runbook_runner.ports import TargetKind
from runbook_runner.regex import regex

_PATIENCE = 20.0
"""Seconds that a command may take to print a secret."""
_OF_SECRETS = regex(r"authorization|cookie|token|secret|password|api-?key|credential", re.IGNORECASE)
"""Headers whose value nobody should read."""


class Configured:
    """The `Targets` port: `[targets.NAME]` in `runbook.toml`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._read: dict[str, Target] = {}

    def named(self, name: str) -> Target | None:
        """Return the target of that name, its secrets still references; what is wrong with others is no matter here."""
        entry = self._entries.get(name)
        if entry is None:
            return None
        if name not in self._read:
            try:
                self._read[name] = _target(name, entry)
            except InputError as error:
                place = line_of(self._text, name, error.message)
                raise InputError(f"{self._file}:{place}: {error.message}", error.hint) from error
        return self._read[name]

    def all(self) -> tuple[Target, ...]:
        """Return every target, in the order of the file."""
        return tuple(found for name in self._entries if (found := self.named(name)) is not None)

    def names(self) -> tuple[str, ...]:
        """Return the names, whatever is wrong with what stands below them."""
        return tuple(self._entries)

    def faults(self) -> Iterator[InputError]:
        """Yield what is wrong, `FILE:LINE: MESSAGE`; one error for each target."""
        for name in self._entries:
            try:
                self.named(name)
            except InputError as error:
                yield error

    def resolve(self, target: Target) -> tuple[Target, frozenset[str]]:
        """Put the secrets in place of their references: those of the configuration only.

        A runbook may come from anywhere. What it says of its targets must not have a command run, or a secret sent to
        a server of its choice, before she has said yes to anything.
        """
        if target.name not in self._entries and any(references(target.settings)):
            raise InputError(
                f"target `{target.name}` stands in the runbook, and refers to a secret",
                f"secrets are taken for [targets.{target.name}] in runbook.toml only",
            )
        kind = kinds().get(target.kind)
        found, secrets = dict(target.settings), set()
        for key, setting in (kind.settings if kind else {}).items():
            if key not in found:
                continue
            what = f"target `{target.name}`: `{key}`"
            if setting.secret:
                found[key] = _secret(str(found[key]), what, self._config.root)
                secrets.add(found[key])
            elif setting.table and isinstance(found[key], Mapping):
                found[key], hidden = _table(found[key], what, self._config.root)
                secrets |= hidden
            elif setting.path:
                found[key] = str(self._config.root / Path(str(found[key])).expanduser())
        if password := str(found.get("password", "")):
            # As basic authentication sends it: a server may say it back.
            secrets.add(b64encode(f"{found.get('username', '')}:{password}".encode()).decode())
        return replace(target, settings=found), frozenset(secrets - {""})

    @cached_property
    def _entries(self) -> Mapping[str, Any]:
        entries = self._config.extra.get("targets", {})
        if not isinstance(entries, Mapping):
            raise InputError(f"{self._file}: `targets` is not a table", "write [targets.NAME]")
        return entries

    @property
    def _file(self) -> Path:
        return self._config.file or self._config.root / "runbook.toml"

    @cached_property
    def _text(self) -> str:
        try:
            return self._file.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return ""


def line_of(text: str, name: str, message: str) -> int:
    """Return the line of a target in a configuration, of the setting that a message names in backticks where it can.

    The library that reads TOML keeps no lines.
    """
    written = "|".join(re.escape(each) for each in (name, f'"{name}"', f"'{name}'"))
    header = re.compile(
        rf"^[ \t]*\[[ \t]*(?:tool\.runbook\.)?targets[ \t]*\.[ \t]*(?:{written})[ \t]*[].]", re.MULTILINE
    )
    inline = re.compile(rf"^[ \t]*(?:targets[ \t]*\.[ \t]*)?(?:{written})[ \t]*[.=]", re.MULTILINE)
    found = header.search(text) or inline.search(text)
    if found is None:
        return 1
    end = re.compile(r"^[ \t]*\[", re.MULTILINE).search(text, found.end())
    at = found.start()
    if key := re.search(r"`([\w-]+)`", message):
        setting = re.compile(rf"^[ \t]*[\"']?{re.escape(key[1])}[\"']?[ \t]*=", re.MULTILINE)
        own = setting.search(text, found.end(), end.start() if end else len(text))
        at = own.start() if own else at
    return text.count("\n", 0, at) + 1


def kinds() -> dict[str, TargetKind]:
    """Return the kinds of targets that the executors speak to, by name."""
    found: dict[str, TargetKind] = {}
    for kind in (kind for executor in registry.executors() for kind in executor.kinds):
        if kind.settings or kind.name not in found:  # one that has none only makes use of another's
            found[kind.name] = kind
    return found


def _target(name: str, entry: Any) -> Target:
    if not isinstance(entry, Mapping):
        raise InputError(f"[targets.{name}] is not a table", f'write [targets.{name}] and below it kind = "postgresql"')
    known = kinds()
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in known:
        raise InputError(
            f"[targets.{name}]: `kind` is one of {', '.join(sorted(known))}",
            f"not {kind!r}" if kind else "say which: kind = …",
        )
    production = entry.get("production", False)
    if not isinstance(production, bool):
        raise InputError(f"[targets.{name}]: `production` is true or false", f"not {production!r}")
    settings = {key: value for key, value in entry.items() if key not in ("kind", "production")}
    _check(name, known[kind], settings)
    return Target(name, kind, settings, production)


def _check(name: str, kind: TargetKind, settings: Mapping[str, Any]) -> None:
    for key, value in settings.items():
        setting = kind.settings.get(key)
        if setting is None:
            hint = f"a target of kind {kind.name} has: {', '.join(kind.settings)}"
            raise InputError(f"[targets.{name}]: `{key}` is no setting", hint)
        if setting.secret and not (isinstance(value, str) and value.startswith(REFERENCES)):
            hint = f'write {key} = "env:NAME", "file:PATH" or "command:…"'
            raise InputError(f"[targets.{name}]: `{key}` is a secret, which has no place in a file of many", hint)
        if isinstance(value, str) and not setting.secret and has_password(value):
            hint = "leave it out of the address, and name where it is by a setting of its own"
            raise InputError(f"[targets.{name}]: a password stands in `{key}`", hint)
        if setting.table:
            _check_table(name, key, value)
        if not setting.secret and not isinstance(value, str | int | float | bool | dict | list):
            raise InputError(f"[targets.{name}]: `{key}` is no text, number or table", setting.help)
    for key, setting in kind.settings.items():
        if setting.required and key not in settings:
            raise InputError(f"[targets.{name}]: `{key}` is missing", f"{setting.help}, such as {setting.example!r}")


def _check_table(name: str, key: str, table: Any) -> None:
    if not isinstance(table, Mapping) or not all(isinstance(each, str) for each in table.values()):
        raise InputError(f"[targets.{name}]: `{key}` is a table of names with a text each", f'write {key}.NAME = "…"')
    for word, value in table.items():
        if _OF_SECRETS.search(word) and not value.startswith(REFERENCES):
            hint = f'write "{word}" = "env:NAME", "file:PATH" or "command:…"'
            raise InputError(
                f"[targets.{name}]: `{key}.{word}` is a secret, which has no place in a file of many", hint
            )


def _table(table: Mapping[str, Any], what: str, root: Path) -> tuple[dict[str, str], frozenset[str]]:
    """Return a table with its references resolved, and the values that came of them."""
    found, secrets = {}, set()
    for word, value in table.items():
        found[word] = str(value)
        if found[word].startswith(REFERENCES):
            found[word] = _secret(found[word], f"{what}: {word}", root)
            secrets.add(found[word])
    return found, frozenset(secrets)


def _secret(reference: str, what: str, root: Path) -> str:
    way, _, rest = reference.partition(":")
    match way:
        case "env":
            if rest not in os.environ:
                raise InputError(f"{what} is in the environment variable {rest}, which is not set", f"export {rest}=…")
            return os.environ[rest]
        case "file":
            path = root / Path(rest).expanduser()
            try:
                return path.read_text("utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                why = getattr(error, "strerror", "") or str(error)
                raise InputError(f"{what} is in the file {path}, which cannot be read: {why.lower()}") from error
        case "command":
            return _printed(rest, what)
        case _:
            raise InputError(f"{what} is a secret, which has no place here", "write env:NAME, file:PATH or command:…")


def _printed(command: str, what: str) -> str:
    try:
        # Her own configuration names the command, as she would type it.
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{what}: its command did not end within {_PATIENCE:g} s", "run it by hand") from error
    if done.returncode != 0:
        told = done.stderr.strip().splitlines()
        raise InputError(f"{what}: its command ended with {done.returncode}", told[-1] if told else "run it by hand")
    return done.stdout.rstrip("\r\n")
