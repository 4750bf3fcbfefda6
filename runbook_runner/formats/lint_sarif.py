"""What lint found as SARIF 2.1.0, which code scanning of the forges reads."""

from __future__ import annotations

import json
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from runbook_runner import __version__
from runbook_runner.formats._lint import whole
from runbook_runner.model.finding import Checked, Finding, Look, RuleText, Summary

if TYPE_CHECKING:
    from runbook_runner.ports.lint import LintFormat

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


class LintSarif:
    """`runbook lint` for code scanning."""

    name = "sarif"
    separator = ",\n"

    def opening(self, look: Look) -> str:
        """Return the beginning of the log: the tool and all of its rules."""
        driver = {"name": "runbook", "semanticVersion": __version__, "rules": [_rule(rule) for rule in look.rules]}
        tool = _dump({"driver": driver})
        return (
            f'{{"$schema": "{_SCHEMA}",\n"version": "2.1.0",\n'
            f'"runs": [{{"tool": {tool},\n"columnKind": "unicodeCodePoints",\n"results": [\n'
        )

    def file(self, checked: Checked, look: Look) -> str:
        """Return the results of one file."""
        places = _places(look.rules)
        return "" if look.statistics else ",\n".join([_dump(_result(each, places)) for each in checked.findings])

    def closing(self, summary: Summary, look: Look) -> str:
        """Return the end of the log."""
        return "\n]}]}\n"

    def render(self, subject: Any) -> str:
        """Return a whole report."""
        return whole(self, subject)


def _rule(rule: RuleText) -> dict[str, Any]:
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.help.partition("\n")[0] or rule.summary},
        "help": {"text": rule.help or rule.summary, "markdown": rule.help or rule.summary},
        "defaultConfiguration": {"level": str(rule.severity)},
        "properties": {"tags": [str(rule.group)]},
    }


@cache
def _places(rules: tuple[RuleText, ...]) -> dict[str, int]:
    return {rule.code: at for at, rule in enumerate(rules)}


def _result(finding: Finding, places: dict[str, int]) -> dict[str, Any]:
    span = finding.span
    region: dict[str, Any] = {"startLine": span.line, "startColumn": span.column}
    if (span.end_line, span.end_column) > (span.line, span.column):
        region |= {"endLine": span.end_line, "endColumn": span.end_column}
    if finding.excerpt and finding.excerpt_column == 1:
        region["snippet"] = {"text": finding.excerpt}
    text = f"{finding.message}\n{finding.hint}" if finding.hint else finding.message
    result: dict[str, Any] = {"ruleId": finding.code}
    if finding.code in places:
        result["ruleIndex"] = places[finding.code]
    address = _address(finding.path)
    return result | {
        "level": str(finding.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": {"artifactLocation": address, "region": region}}],
        "partialFingerprints": {"runbookLint/v1": _fingerprint(finding)},
    }


def _address(path: str) -> dict[str, str]:
    if path.startswith("/"):
        return {"uri": "file://" + quote(path)}
    return {"uri": quote(path.removeprefix("./")), "uriBaseId": "%SRCROOT%"}


def _fingerprint(finding: Finding) -> str:
    words = " ".join((finding.code, finding.path, *finding.excerpt.split()))
    return blake2b(words.encode("utf-8", "replace"), digest_size=8).hexdigest()


_dump = json.JSONEncoder(ensure_ascii=False).encode

FORMAT: LintFormat = LintSarif()
