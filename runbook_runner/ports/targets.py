"""What is known of databases, clusters, services and hosts before a command speaks to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct, field

from runbook_runner.model.target import Target


class Setting(Struct, frozen=True):
    """One key of a target in the configuration."""

    help: str
    secret: bool = False
    """Given by reference only: `env:NAME`, `file:PATH` or `command:…`."""
    required: bool = False
    example: str = ""
    path: bool = False
    """A file; a relative one lies beside the configuration."""
    table: bool = False
    """Names with a text each, which may be a reference; one whose name says that it is secret must be."""


class TargetKind(Struct, frozen=True):
    """A kind of target, and what has to be said of one."""

    name: str
    settings: Mapping[str, Setting] = field(default_factory=dict)


class Where(Struct, frozen=True):
    """What a command would act on, beside the machine that it runs on."""

    environment: Mapping[str, str] = field(default_factory=dict)
    """Of the runner, with the parameters that are known."""
    target: Target | None = None
    """With its secrets resolved; None where the command names none."""


class Lent(Struct, frozen=True):
    """What one kind of command gives to the others, so that all of them act on the same system."""

    environment: Mapping[str, str]
    """Variables for what runs on this machine."""
    told: str
    """What they act on, in a few words."""


class Targets(Protocol):
    """All targets that are configured here."""

    def named(self, name: str) -> Target | None:
        """Return the target of that name, its secrets still references; None when there is none."""

    def all(self) -> tuple[Target, ...]:
        """Return every target, by name."""

    def resolve(self, target: Target) -> tuple[Target, frozenset[str]]:
        """Return the target with its secrets in place of their references, and the values to hide.

        InputError when a reference leads nowhere.
        """


class NoTargets:
    """The `Targets` of a place where none is configured."""

    def named(self, name: str) -> Target | None:
        """Know none."""
        return None

    def all(self) -> tuple[Target, ...]:
        """Know none."""
        return ()

    def resolve(self, target: Target) -> tuple[Target, frozenset[str]]:
        """Return it as it is."""
        return target, frozenset()
