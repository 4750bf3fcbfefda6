"""Alert rules as lint sees them: the files, where their links lead, and what the rules about them say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from runbook_runner import registry
from runbook_runner.lint.choice import near_miss
from runbook_runner.lint.records import Found, Record, failed, made, ordered
from runbook_runner.lint.suppression import find_in_yaml
from runbook_runner.model.alert import AlertRule, RuleFile, Written
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import AlertingRule, Collection, Landing, Outline, Stray
from runbook_runner.regex import regex

_FIRING = regex(r"\{\{-?\s*(?:\$(?:labels|externalLabels|externalURL|value)\b|\.(?:Labels|Value)\b)")
_SITE = regex(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*|\{\{.*?\}\}|[^/]*")


class Alerts(Struct, frozen=True):
    """The alert rules that were given, and how to tell where their links lead."""

    files: tuple[RuleFile, ...]
    landing: Callable[[str, str], Landing]
    """Of a link, and the path of the file that it stands in."""
    advice: Callable[[Sequence[str]], str]
    """What to write into the configuration, given links that it does not know."""
    shown: Callable[[str], str] = str
    """An absolute path as she would type it."""

    @property
    def names(self) -> frozenset[str]:
        """The names of all alerts."""
        return frozenset(alert.name.text for file in self.files for alert in file.alerts)


class Watch:
    """The Alerting port over the alert rules that were given and the runbooks that are linted."""

    def __init__(self, alerts: Alerts, documents: Collection) -> None:
        self._alerts = alerts
        self._documents = documents
        self._landing = lru_cache(4096)(alerts.landing)
        self._grouped: dict[str, dict[object, list[tuple[RuleFile, AlertRule]]]] = {}
        self._by_path = {file.path: file for file in alerts.files}

    def files(self) -> Sequence[RuleFile]:
        """Return the files of rules, by path."""
        return self._alerts.files

    def landing(self, alert: AlertRule, file: RuleFile) -> Landing | None:
        """Return where an alert's link leads; None when it has none, or one that only the alert that fires can tell."""
        link = self._link(alert)
        if link is None:
            return None
        landing = self._leads(link.text, file)
        if not landing.path and _open(link.text):
            return None
        name = alert.name.text
        stem = landing.wanted.rpartition("/")[2].removesuffix(".md")
        if not landing.path and stem.lower() == name.lower():
            return replace(landing, wanted=f"{landing.wanted[: -len(stem) - 3]}{name}.md")
        return landing

    def _leads(self, link: str, file: RuleFile) -> Landing:
        return self._landing(link, "" if "://" in link else file.path)

    def _link(self, alert: AlertRule) -> Written | None:
        link = alert.runbook
        return replace(link, text=alert.linked(link.text)) if link is not None else None

    def outline(self, path: str) -> Outline | None:
        """Return the outline of the document at an absolute path; None when it is none."""
        return self._documents.outline(path)

    def named(self, alert: str) -> Sequence[str]:
        """Return the runbooks that name an alert as their trigger, as she would type them."""
        found = self._documents.grouped("alerts by name", lambda outline: (name for name, _ in outline.alerts))
        return [self._alerts.shown(outline.path) for outline in found.get(alert, ())]

    def grouped(
        self, name: str, key: Callable[[RuleFile, AlertRule], object]
    ) -> Mapping[object, Sequence[tuple[RuleFile, AlertRule]]]:
        """Return all alerts by what `key` says of each; worked out once for each `name`."""
        if name not in self._grouped:
            groups: dict[object, list[tuple[RuleFile, AlertRule]]] = {}
            for file in self._alerts.files:
                for alert in file.alerts:
                    groups.setdefault(key(file, alert), []).append((file, alert))
            self._grouped[name] = groups
        return self._grouped[name]

    def strays(self) -> Sequence[Stray]:
        """Return the sites that nothing maps."""
        return self._strays

    @cached_property
    def _strays(self) -> Sequence[Stray]:
        found: dict[str, list[tuple[RuleFile, Written]]] = {}
        for file in self._alerts.files:
            for alert in file.alerts:
                link = self._link(alert)
                if link is not None and not _open(link.text) and not self._leads(link.text, file).mapped:
                    site = _SITE.match(link.text)
                    found.setdefault(site[0] if site else "", []).append((file, link))
        return [
            Stray(site, at[0][0].path, at[0][1].span, len(at), self._alerts.advice([link.text for _, link in at]))
            for site, at in found.items()
        ]

    def lines(self, path: str) -> Sequence[str]:
        """Return the lines of a file of rules, by the path that it has in it."""
        return self._by_path[path].lines

    # --- what the rules say -----------------------------------------------------------------------

    @cached_property
    def rules(self) -> tuple[AlertingRule, ...]:
        """The rules about alert rules."""
        return tuple(cast(AlertingRule, rule) for rule in registry.rules() if hasattr(rule, "check_rules"))

    def record(self, path: str) -> Record:
        """Return what there is to say of a file of rules, by the path that it has in it."""
        file = self._by_path[path]
        suppressions, defects = find_in_yaml(file.lines, near_miss)
        found: list[Found] = [made(defect, Group.STYLE, file.lines) for defect in defects]
        for rule in self.rules:
            try:
                found += [made(defect, rule.group, file.lines) for defect in rule.check_rules(file, self)]
            except Exception as error:  # noqa: BLE001 - one rule must not stop the others
                found += failed(f"the rule {rule.code} failed: {type(error).__name__}: {error}").found
        return Record(None, ordered(found), tuple(suppressions))


def _open(link: str) -> bool:
    """Say whether only the alert that fires can tell where a link leads; what a chart puts first can be mapped."""
    return "{{" in link[1:] or _FIRING.match(link) is not None
