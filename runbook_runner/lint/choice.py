"""Which rules are asked for: codes and groups that are selected and ignored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from runbook_runner import registry
from runbook_runner.errors import InputError
from runbook_runner.model.finding import Group

GROUPS = tuple(str(group) for group in Group)
ALL = "all"


class Choice(Struct, frozen=True):
    """What is told; a code weighs more than a group, ignoring more than selecting."""

    select: frozenset[str] = frozenset()
    """Empty for all."""
    ignore: frozenset[str] = frozenset()

    def wants(self, code: str, group: str) -> bool:
        """Say whether findings of a rule are told."""
        if code in self.ignore:
            return False
        if code in self.select:
            return True
        return group not in self.ignore and (not self.select or group in self.select or ALL in self.select)


def codes() -> tuple[str, ...]:
    """Return the codes of the rules of this package, without importing them."""
    return tuple(name.replace("_", "-") for name in registry.names("lint/rules"))


def near_miss(code: str) -> str | None:
    """Return None for what is a code or a group; else a hint at what was meant."""
    if code in _own() or registry.rule(code) is not None:
        return None
    from difflib import get_close_matches  # 6 ms: only where something is wrong

    near = get_close_matches(code.lower().replace("_", "-"), sorted(_own()), 1, 0.6)
    return f"did you mean `{near[0]}`?" if near else "`runbook lint --list-rules` shows all"


def checked(names: Iterable[str], where: str) -> frozenset[str]:
    """Return codes and groups that may stand with commas between them; InputError for what is neither."""
    found = [name.strip() for entry in names for name in entry.split(",") if name.strip()]
    for name in found:
        hint = near_miss(name) if name != ALL else None
        if hint is not None:
            raise InputError(f"{where}: there is no rule and no group {name!r}", hint)
    return frozenset(found)


def choose(select: Sequence[str], ignore: Sequence[str], base: Choice) -> Choice:
    """Return the choice of a command line over the configuration's: `--select` replaces it, `--ignore` adds to it."""
    if select:
        base = Choice(checked(select, "--select"))
    return Choice(base.select, base.ignore | checked(ignore, "--ignore"))


def _own() -> frozenset[str]:
    return frozenset((*codes(), *GROUPS))
