"""What a heading is for, and under which names links find it."""

from __future__ import annotations

from runbook_runner.model.prose import PhaseKind
from runbook_runner.regex import regex

_READ = [
    "diagnosis",
    "diagnose",
    "diagnosing",
    "diagnostic",
    "diagnostics",
    "troubleshoot",
    "troubleshooting",
    "check",
    "checks",
    "checking",
    "investigate",
    "investigation",
    "investigating",
    "debug",
    "debugging",
    "triage",
    "verify",
    "verification",
    "verifying",
    "validate",
    "validation",
    "validating",
    "confirm",
    "identify",
    "inspect",
    "analysis",
]
_READ_FIRST = frozenset(["ensure", "determine", "examine", "assess", "gather", "collect", "find", "look", "monitor"])
"""Read as the first word of a title only."""
_VERIFY = frozenset(["verify", "verification", "verifying", "validate", "validation", "validating", "confirm"])
_CHANGE = [
    "mitigation",
    "mitigate",
    "mitigating",
    "mitigations",
    "resolution",
    "resolve",
    "resolving",
    "remediation",
    "remediate",
    "remediating",
    "fix",
    "fixes",
    "fixing",
    "rollback",
    "recovery",
    "recover",
    "recovering",
    "repair",
    "repairing",
    "restore",
    "restoring",
    "restoration",
    "workaround",
    "workarounds",
    "solution",
    "solutions",
    "cleanup",
    "revert",
    "undo",
]
_ROLLBACK = frozenset({"rollback", "revert", "undo"})
_CONTEXT = frozenset(
    [
        "meaning",
        "impact",
        "overview",
        "background",
        "introduction",
        "intro",
        "summary",
        "context",
        "description",
        "symptom",
        "symptoms",
        "about",
        "purpose",
        "scope",
        "glossary",
        "severity",
    ]
)
_ESCALATION = frozenset(["escalation", "escalations", "escalate", "escalating", "contact", "contacts"])
_REFERENCES = frozenset(["reference", "references", "links", "link", "resources", "appendix"])
_ANYWHERE = dict.fromkeys(_READ, PhaseKind.READ) | dict.fromkeys(_CHANGE, PhaseKind.CHANGE)
_NO_SLUG = regex(r"[^\w\- ]")
_BARE_ROLLBACK = regex(
    r"(?i)[\W\d]*(?:roll[ -]?back|revert|undo)(?:ing)?"
    r"(?: (?:plan|procedures?|process|steps?|instructions|strategy|(?:the |this )?changes?|if .*|\(.*))?\W*$"
)
"""Titles of the section that takes back what the runbook did."""
_PLACED = regex(r"(?i)\W*(?:\d|(?:step|option|case|scenario|method|alternative|solution|fix)\b)")
_WORD = regex(r"[a-z]+(?:-[a-z]+)?")
_SHORT = 3
"""A word that is common elsewhere counts in titles of so many words."""


def judge(title: str) -> tuple[PhaseKind | None, str]:
    """Return what a title says a section is for, and its role; None when it has no known word."""
    text = title.lower().replace("roll back", "rollback").replace("rolling back", "rollback")
    text = text.replace("clean up", "cleanup").replace("trouble shoot", "troubleshoot")
    words = _WORD.findall(text)
    if not words:
        return None, ""
    first, short = words[0], len(words) <= _SHORT
    verb = words[1:2] in (["the"], ["this"]) and first != "about"  # `Scope the failure` is something to do
    if first in _CONTEXT and not verb and (short or words[1] in {"of", "and", "on", "for"}):
        return PhaseKind.CONTEXT, ""
    if first in _ESCALATION and len(words) <= _SHORT + 2:
        return PhaseKind.REFERENCE, "escalation"
    further = words[:2] in (["see", "also"], ["further", "reading"], ["related", "links"], ["useful", "links"])
    if further or (short and (first in _REFERENCES or words[-1] in {"references", "links", "resources"})):
        return PhaseKind.REFERENCE, "references"
    if first in _READ_FIRST and not any(word in _CHANGE for word in words):
        return PhaseKind.READ, ""
    for word in words:
        kind = _ANYWHERE.get(word)
        if kind is not None:
            role = "verify" if word in _VERIFY else "rollback" if word in _ROLLBACK else ""
            return kind, role
    return None, ""


def takes_back(title: str, below_change: bool) -> bool:
    """Tell a section that takes back this runbook's own work from one whose remedy is to roll something back."""
    if _BARE_ROLLBACK.match(title):
        return True
    # `## Recovery` with `### Roll back the deployment`, `3. Roll back to the previous revision`, `Option 2: Roll back`.
    return not below_change and not _PLACED.match(title)


def slug(title: str) -> str:
    """Return GitHub's anchor for a heading's text."""
    text = title.strip().lower()
    if not text.replace(" ", "").isalnum():  # most are words alone
        text = _NO_SLUG.sub("", text)
    return text.replace(" ", "-")


class Slugs:
    """Hands out anchors, `-1` for the second of a kind."""

    def __init__(self) -> None:
        self.taken: dict[str, int] = {}

    def take(self, title: str) -> str:
        """Return the next free anchor for a title."""
        base = slug(title) or "section"
        name = base
        while name in self.taken:
            self.taken[base] += 1
            name = f"{base}-{self.taken[base]}"
        self.taken[name] = 0
        return name
