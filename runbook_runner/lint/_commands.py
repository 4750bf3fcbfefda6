"""The commands of a document: which change the system, which look at it, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from runbook_runner.lint._genre import Genre, genre, to_run
from runbook_runner.lint._text import special
from runbook_runner.model.command import Analysis, Command, Effect, Handling, Reason
from runbook_runner.model.prose import CodeSpan, PhaseKind
from runbook_runner.model.runbook import Phase, Step
from runbook_runner.model.span import Span
from runbook_runner.ports.lint import Document
from runbook_runner.regex import regex

_SHORT = 60
_WRAPS = regex(r"^(?:(?:sudo|nohup|time|doas|env|xargs)(?: -\S+| \{\})* |\w+=\S* )+")
_PREPARES = regex(
    r"git(?:-crypt)?\b|gpg\b|ssh-(?:keygen|add)\b|openssl (?:gen|req|x509)|cd\b|mkdir\b|touch\b|cp\b|export\b|alias\b"
    r"|tee (?!/(?:etc|proc|sys))|source\b|history\b|set\b|systemctl daemon-reload\b"
    r"|(?:brew|pip3?|pipx|npm|yarn|asdf|gem|go|cargo|snap|krew|kubectl krew) (?:install|tap|update|get)\b"
    r"|aws (?:--?\S+ \S+ )*(?:sso|configure|sts)\b|aws (?:--?\S+ \S+ )*eks .*update-kubeconfig"
    r"|aws .*\bcreate-\S*(?:snapshot|backup)|aws .*s3 (?:cp|sync) .*s3://\S+ (?!s3://)\S+"
    r"|gcloud (?:auth|config|container clusters get-credentials)\b|az (?:login|account set|aks get-credentials)\b"
    r"|(?:kubectl|oc)(?: -\S+ \S+)* (?:config|cp|debug|project|run\b.*(?:--rm|-it?\b|--tty))\b|kube(?:ctx|ns)\b"
    r"|(?:oc|argocd|vault|fly|docker|helm|tsh|cf|heroku|flyctl|az|gh) (?:\S+ )*log-?in\b"
    r"|helm (?:repo|pull|dependency)\b|docker (?:pull|build|cp|save)\b"
    r"|terraform (?:-\S+ )*(?:init|workspace (?:select|new|show|list)|fmt|get|providers|plan|output)\b"
    r"|(?:pg_dump|pg_dumpall|mysqldump|mongodump|etcdctl.* snapshot save|velero.* backup create)\b"
    r"|(?:wget|scp|rsync|sftp)\b"
    r"|curl (?!.*(?:-X|--request|-d|--data)).*(?:-[A-Za-z]*[oO]\b|--output|--remote-name)",
    re.S,
)
"""What readies the engineer's own machine, or makes a copy: it harms nothing, and nobody would undo it."""
_ASKS = regex(r"_search\b|_count\b|/query\b|/graphql\b|/login\b|/token\b|/oauth|_validate\b|_analyze\b", re.I)
_LOCAL = regex(r"writes to (?!/(?!tmp/|dev/null|var/tmp/))")
_MAKES = regex(r"\b(?:run|create|apply|add)\b")
_REMOVES = regex(r"\b(?:delete|rm|remove)\b")
_NAME = regex(r"(?<![\w/-])[a-z][a-z0-9]*(?:-[a-z0-9]+)+(?![\w=])")


class Change(Struct, frozen=True):
    """A command that changes a system that others rely on."""

    step: Step
    phase: Phase
    text: str
    """The simple command that does so, short."""
    span: Span
    name: str
    """As a finding calls it: the step's id where it has one, else the command."""


def changes(document: Document) -> tuple[Change, ...]:
    """Return the steps that change the system, in order.

    Those that only prepare are left out, and those that clear away what the document itself has made.
    """
    return document.once(_changes)


def runs(document: Document) -> tuple[tuple[Phase, Step, Command], ...]:
    """Return the steps with a command that runs here or is done by hand, in order."""
    return document.once(_runs)


def diagnostics(document: Document) -> tuple[tuple[Phase, Step, Command], ...]:
    """Return the steps whose command only looks, in the parts of a runbook where one looks."""
    answers = genre(document) is Genre.ALERT
    return tuple(
        (phase, step, command)
        for phase, step, command in runs(document)
        if command.effect is Effect.READ
        and (phase.kind is PhaseKind.READ or (answers and phase.kind is PhaseKind.PLAIN))
    )


def names_command(document: Document, phase: Phase) -> bool:
    """Tell whether a sentence of a phase holds a command in backticks: as exact as one in a block."""
    from runbook_runner.syntax.known import tool

    for slug, one in special(document):
        if slug == phase.slug and isinstance(one, CodeSpan):
            words = one.text.removeprefix("$ ").split()
            if len(words) > 1 and tool(words[0]) is not None:
                return True
    return False


def label(step: Step, text: str = "") -> str:
    """Return what a finding calls a step: its id where the author gave one, else its command."""
    command = step.command
    if command is not None and command.attributes.id:
        return command.attributes.id
    return shorten(text or (said_first(command) if command else step.title))


def said_first(command: Command) -> str:
    """Return the first simple command of a text as written; the whole text where it is no shell."""
    reasons = [
        reason for reason in command.analysis.reasons if reason.why and not reason.why.startswith("changes only")
    ]
    if reasons:
        return reasons[0].command
    return " ".join(command.source.split()) if command.handling is Handling.BY_HAND else command.source


def trait(command: Command, has: Callable[[Analysis], bool]) -> str:
    """Return the first simple command of which something holds that holds of the whole text; the text's first else."""
    from runbook_runner.syntax.shell import analyse

    lines = (line for part in command.parts for line in part.split("\n") if line.strip()[:1] not in {"", "#"})
    texts = (*(reason.command for reason in command.analysis.reasons), *lines, *command.parts)
    whole = "\n".join(command.parts).strip()  # of which it is known
    found = (text for text in texts if has(command.analysis if text == whole else analyse(text)))
    return next(found, said_first(command))


def shorten(text: str) -> str:
    """Return the first line of a command that is no comment, with what it goes on in, cut where it is long."""
    lines = text.strip().replace("\\\n", " ").split("\n")
    first = next((line for line in lines if line.strip()[:1] not in {"", "#"}), lines[0])
    line = " ".join(first.replace("`", "'").split())
    if len(line) <= _SHORT:
        return line
    words = line[: _SHORT - 1].rsplit(" ", 1)[0]
    return words + " …" if len(words) > _SHORT * 2 // 3 else line[: _SHORT - 1] + "…"


def unwrapped(text: str) -> str:
    """Return a simple command without what only starts it: `sudo`, `xargs`, assignments."""
    return _WRAPS.sub("", text)


def locate(document: Document, command: Command, text: str) -> Span:
    """Return the place of a piece of a command in the file; of its block where it is not found as written."""
    wanted = text.strip().split("\n")[0].rstrip("\\ ")
    for number in range(command.content_line, min(command.span.end_line, len(document.lines)) + 1):
        column = document.lines[number - 1].find(wanted) if wanted else -1
        if column >= 0:
            return Span(number, column + 1, number, column + 1 + len(wanted))
    line = document.lines[command.content_line - 1] if command.content_line <= len(document.lines) else ""
    column = len(line) - len(line.lstrip()) + 1
    return Span(command.content_line, column, command.content_line, max(len(line.rstrip()), column) + 1)


def prepares(reason: Reason) -> bool:
    """Tell whether a command that counts as a change touches only the engineer's own machine, or nothing at all."""
    text = unwrapped(reason.command)
    if reason.why.startswith("writes to "):
        return _LOCAL.match(reason.why) is not None
    return bool(_PREPARES.match(text)) or ("HTTP" in reason.why and _ASKS.search(text) is not None)


def _runs(document: Document) -> tuple[tuple[Phase, Step, Command], ...]:
    wanted = {Handling.RUN, Handling.TERMINAL, Handling.BY_HAND}
    return tuple(
        (phase, step, step.command)
        for phase in document.runbook.phases
        for step in phase.steps
        if step.command is not None and to_run(step) and step.command.handling in wanted
    )


def _changes(document: Document) -> tuple[Change, ...]:
    found = []
    made: set[str] = set()
    for phase, step, command in runs(document):
        reason = _changing(command)
        if reason is not None and not (_REMOVES.search(reason.command) and made & set(_NAME.findall(reason.command))):
            span = locate(document, command, reason.command)
            found.append(Change(step, phase, shorten(reason.command), span, label(step, reason.command)))
        for each in command.analysis.reasons:
            if "-" in each.command and _MAKES.search(each.command):
                made |= set(_NAME.findall(each.command))
    return tuple(found)


def _changing(command: Command) -> Reason | None:
    """Return the first simple command that changes the system; None when none is known to.

    Where only its section says that it acts, what it does is not known, so that nothing can be asked of it.
    """
    if command.effect is not Effect.CHANGE:
        return None
    known = [reason for reason in command.analysis.reasons if reason.effect is Effect.CHANGE]
    if known:
        return next((reason for reason in known if not prepares(reason)), None)
    sure = command.attributes.effect is Effect.CHANGE or command.analysis.effect is Effect.CHANGE
    return Reason(command.source, Effect.CHANGE, "") if sure else None
