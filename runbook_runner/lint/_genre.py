"""What a document is: only runbooks owe what a runbook needs.

Collections hold more than runbooks: logs of incidents, indexes, pages on how the team works. The signs are
conservative: a document that has none of them is left alone.
"""

from __future__ import annotations

import posixpath
import re
from enum import StrEnum
from functools import lru_cache

from runbook_runner.lint._text import key, lower, passages, visible
from runbook_runner.model.command import Effect, Handling
from runbook_runner.model.prose import PhaseKind
from runbook_runner.model.runbook import Phase, Step, StepKind
from runbook_runner.ports.lint import Document
from runbook_runner.regex import has_one, regex


class Genre(StrEnum):
    """What a document is for."""

    ALERT = "alert"
    """A runbook that answers an alert or a symptom: read in the night, by somebody who has never seen it."""
    TASK = "task"
    """A runbook for something that is done on purpose: rotating a key, growing a volume."""
    PLAYBOOK = "playbook"
    """The response to a category of incident; it leads to runbooks."""
    OTHER = "other"
    """No runbook."""


RUNBOOKS = frozenset({Genre.ALERT, Genre.TASK})
OWNED = RUNBOOKS | {Genre.PLAYBOOK}

_FILES = frozenset(
    [
        "readme",
        "index",
        "_index",
        "skill",
        "contributing",
        "changelog",
        "template",
        "summary",
        "license",
        "glossary",
        "faq",
    ]
)
_SEE = regex(r"\bsee\b", re.I)
_DATED = regex(r"\d{4}-\d{2}-\d{2}\b")
_APART = regex(
    r"\b(?:incident (?:on|of|report|review|log|process|management|response)|post-?mortems?|retrospectives?"
    r"|root cause analysis|(?:on|off)-?boarding|joiners?|leavers?|how we work|ways of working|tips (?:and|&) tricks"
    r"|cheat ?sheets?|faqs?|frequently asked|glossary|(?:architecture|design|specification|proposal)$"
    r"|style guide|user guide|change ?log|release notes"
    r"|roadmap|meetings?|going on call|on-?call (?:guide|handbook|rotations?|process|schedule)|exercises?|game ?days?"
    r"|(?:change|release|review|escalation|process) (?:process|management)|(?:run|play)books"
    r"|(?:communications?|project|test|capacity|recovery|continuity) plan"
    r"|(?:add|adding|writing|write|create|creating) (?:a |an |new )*(?:runbooks?|playbooks?|documentation))\b"
    r"|^(?:architecture|contributing|adr)\b|^(?:\w+ )?policy$|^(?:runbook |incident |alert |page )?template\b"
)
"""Looked for in lower case."""
_VERBS = regex(
    r"(?:how to |manually )*(?:re)?(?:cycl|start|boot|stor|cover|solv|vok|mov|plac|build|size)(?:e|ing|ling)?\b"
    r"|(?:how to |manually )*(?:debug|fix|rotat|delet|unlock|upgrad|roll|fail|drain|scal|renew|investigat|clean|purg"
    r"|troubleshoot|mitigat|remediat|repair|evict|expand|migrat|chang)(?:e|es|ing|ting|ging)?\b",
    re.I,
)
"""Titles that begin so say what is done to a system."""
_PROCEDURE = regex(r"(?:the )?(?:steps?|procedure|process|instructions|runbook|actions?)\b", re.I)
_LOG_SIGNS = ("time to ", "key events", "incident declared", "action items")
_LOGGED = regex(r"\b(?:time to (?:repair|resolve|detect)|key events|incident declared|action items)\b", re.I)
_ALERTS = regex(r"\balerts?$", re.I)
_FIRE_SIGNS = ("alert", "alarm", "fires", "firing", "paged")
_FIRES = regex(
    r"\b(?:this|the|an?)(?: [\w`'-]+){0,3} (?:alert|alarm)\b|\balerts? (?:is |are |was |has )?(?:been )?"
    r"(?:fire[sd]?|firing|trigger(?:s|ed)|raised|means|indicates)|\b(?:fires|firing)\b|\byou (?:have been|were|are|got)"
    r" paged\b",
    re.I,
)
_SYMPTOM = regex(r"\b(?:impact|symptoms?|meaning|problem(?: description)?|issue)\b", re.I)
_SEE = regex(r"\bsee\b", re.I)
_SHORTEST = 4
"""Passages that a runbook has at least; fewer with a `see` only point to another page."""
_HUMP = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_NAME = regex(r"[A-Za-z][A-Za-z0-9]{5,}")
_STATE = regex(
    r"absent|behind|crashlooping|critical|degraded|down|errors?|exceeded|expir(?:ed|ing|ation)|fail(?:ed|ing|ures?)"
    r"|firing|flapping|full|high|lag(?:ging)?|latency|limit|low|mismatch|missing|overcommit|pending|reached|skew|slow"
    r"|stalled|stuck|throttl(?:ed|ing)|unavailable|unhealthy|unreachable|waiting",
    re.I,
)
_KIND = regex(
    r"(?:persistent|custom|horizontal|stateful|daemon|replica|mutating|validating|cluster|git|cloud|open|service"
    r"|config)[A-Z]\w*|prometheusrule",
    re.I,
)
"""Names of products and of Kubernetes' kinds, which are written as alerts are."""


def is_walked(document: Document) -> bool:
    """Tell whether somebody may walk a document: it has a command, or is a runbook; a specification is read."""
    return any(step.command for step in document.graph.steps.values()) or genre(document) is not Genre.OTHER


def genre(document: Document) -> Genre:
    """Return what a document is."""
    return document.once(_genre)


def alert_names(document: Document) -> tuple[str, ...]:
    """Return the words of the title, and the file's name, that are written as alerts are: `KubePodCrashLooping`."""
    return document.once(_alert_names)


def _alert_names(document: Document) -> tuple[str, ...]:
    stem = _stem(document)
    title = next((phase.title for phase in document.runbook.phases if phase.level), "")
    return tuple(word for word in (stem, *f"{title} {document.runbook.title}".split()) if is_alert(word))


def mentions_alert(document: Document) -> bool:
    """Tell whether the document speaks of the alert that calls for it."""
    return has_one(lower(document), _FIRE_SIGNS) and _FIRES.search(visible(document)) is not None


def diagnosis(phase: Phase) -> bool:
    """Tell whether a phase looks for what is wrong."""
    return phase.kind is PhaseKind.READ and phase.role != "verify"


def to_run(step: Step) -> bool:
    """Tell whether a step has a command that somebody runs, here or elsewhere."""
    return step.command is not None and step.command.handling is not Handling.SHOW


@lru_cache(1024)
def is_alert(word: str) -> bool:
    """Tell whether a word is written as alerts are: `KubePodCrashLooping`."""
    word = word.strip("`*_:,.()")
    humps = _HUMP.findall(word) if _NAME.fullmatch(word) else []
    if len(humps) > 1 and _STATE.fullmatch(humps[-1]):
        return True
    return len(humps) > 2 and len(word) > 8 and not _KIND.fullmatch(word)


def _stem(document: Document) -> str:
    # A path object would cost more than all else that is asked here.
    return posixpath.splitext(posixpath.basename(document.runbook.path))[0]


def _folders(document: Document) -> list[str]:
    return [part for part in document.runbook.path.split("/")[:-1] if part]


def _genre(document: Document) -> Genre:
    facts = document.runbook.facts
    if facts.kind == "playbook":
        return Genre.PLAYBOOK
    if facts.triggers:
        return Genre.ALERT
    if not key(document, "kind") and _stands_apart(document):
        return Genre.OTHER
    if _answers(document):
        return Genre.ALERT
    return Genre.TASK if key(document, "kind") or _acts(document) else Genre.OTHER


def _stands_apart(document: Document) -> bool:
    stem = _stem(document)
    if len(passages(document)) < _SHORTEST and _SEE.search(visible(document)) and not document.runbook.steps:
        return True  # it only names the runbook that counts
    if stem.lower() in _FILES or _DATED.match(stem) or _DATED.search(document.runbook.title):
        return True
    return bool(_APART.search(document.runbook.title.lower()) or _logged(document))


def _logged(document: Document) -> bool:
    text = lower(document)
    return any(sign in text for sign in _LOG_SIGNS) and len(_LOGGED.findall(text)) > 1


def _answers(document: Document) -> bool:
    """Tell whether a runbook answers an alert or a symptom."""
    phases = document.runbook.phases
    if any(phase.title.lower() in {"meaning", "alert", "alert description"} for phase in phases):
        return True
    acts = _acts(document) or any(phase.kind in {PhaseKind.READ, PhaseKind.CHANGE} for phase in phases)
    names = alert_names(document)
    named_twice = len(set(names)) < len(names)  # the file and its heading
    if names and (acts or named_twice or mentions_alert(document)):
        return True
    extra = document.runbook.facts.extra
    filed = [str(extra.get(name, "")) for name in ("section", "type", "category", "layout")]
    folder = _folders(document)
    if any("alert" in each.lower() and _ALERTS.search(each) for each in (*filed, *folder[-2:])):
        return True
    if acts and _ALERTS.search(document.runbook.title):
        return True
    looks = any(diagnosis(phase) for phase in phases)
    mends = any(phase.kind is PhaseKind.CHANGE and phase.role != "rollback" for phase in phases)
    if looks and mends and any(_SYMPTOM.match(phase.title) for phase in phases):
        return True
    return looks and has_one(lower(document), _FIRE_SIGNS) and _FIRES.search(_opening(document)) is not None


def _opening(document: Document) -> str:
    """Return what is read before the second heading."""
    first = [phase.slug for phase in document.runbook.phases[:1]]
    return "\n".join(passage.text for passage in passages(document) if passage.phase in first)


def _acts(document: Document) -> bool:
    """Tell whether a document has something to do: commands that may change something, steps where one acts."""
    begins = _VERBS.match(document.runbook.title) is not None
    phases = document.runbook.phases
    mends = [phase for phase in phases if phase.kind is PhaseKind.CHANGE and phase.steps]
    if len(mends) > 1 or (begins and mends):
        return True
    for phase in phases:
        acts = phase.kind in {PhaseKind.READ, PhaseKind.CHANGE} or begins or _PROCEDURE.match(phase.title) is not None
        for step in phase.steps:
            if acts and (to_run(step) or step.kind is StepKind.MANUAL):
                return True
            if step.command and to_run(step) and step.command.effect is not Effect.READ:
                return True
    return False
