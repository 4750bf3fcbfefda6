"""How far a runbook would carry somebody who has never seen the failure: 0 to 100.

Each completeness rule has a weight: how much its lack hurts at 3 a.m. (`WEIGHTS` below says why). Only what applies to
a document counts: a task needs no dashboard, a runbook without changes owes no rollback. A rule about each of several
places (each change, each diagnostic command) loses the share of those places that lack something. The score is what is
left of the sum of the weights, in hundredths, rounded down: 100 means that nothing is lacking.

A document that is no runbook has no score. A finding that was suppressed is no lack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from msgspec import Struct

from runbook_runner.lint._commands import changes, diagnostics
from runbook_runner.lint._contacts import names_contacts
from runbook_runner.lint._flow import decided
from runbook_runner.lint._genre import OWNED, RUNBOOKS, Genre, genre, to_run
from runbook_runner.lint._waits import waits
from runbook_runner.lint.rating import Score, Stake, rate
from runbook_runner.ports.lint import Document

Places = Callable[[Document], int]


class Weight(Struct, frozen=True):
    """What one rule counts for."""

    code: str
    points: int
    genres: frozenset[Genre]
    why: str
    """What its lack costs her, in a few words."""
    places: Places
    """In how many places of a document it could be found; 0: it does not apply."""


def _once(_: Document) -> int:
    return 1


def _commands(document: Document) -> int:
    return int(any(to_run(step) for step in document.runbook.steps))


def _reviewed(document: Document) -> int:
    review = document.runbook.facts.reviewed
    return int(bool(review and review.date and review.every))


_ALERT = frozenset({Genre.ALERT})
_CALLED = frozenset({Genre.ALERT, Genre.PLAYBOOK})
WEIGHTS: tuple[Weight, ...] = (
    Weight("no-commands", 30, _ALERT, "she must find out everything herself", _once),
    Weight("missing-diagnostics", 12, _ALERT, "she guesses before she has looked", _commands),
    Weight("missing-rollback", 12, RUNBOOKS, "a change that makes it worse stays", lambda d: len(changes(d))),
    Weight("missing-expectation", 10, RUNBOOKS, "good and bad answers look alike", lambda d: len(diagnostics(d))),
    Weight("one-sided-decision", 8, OWNED, "she stands where the text ends", lambda d: len(decided(d))),
    Weight("missing-verification", 8, RUNBOOKS, "it comes back ten minutes later", lambda d: int(bool(changes(d)))),
    Weight("missing-escalation", 8, _CALLED, "she stays alone with it", _once),
    Weight("missing-trigger", 6, _ALERT, "she reads the wrong runbook", _once),
    Weight("missing-impact", 6, _ALERT, "she cannot tell whether to wake anybody", _once),
    Weight("missing-prerequisites", 5, RUNBOOKS, "her access fails in the fourth step", _commands),
    Weight("review-overdue", 5, OWNED, "the commands may be out of date", _reviewed),
    Weight("missing-review", 5, OWNED, "nobody knows how old this is", _once),
    Weight("unreviewed", 5, OWNED, "one person's memory", _once),
    Weight("missing-timeout", 4, RUNBOOKS, "she waits for what never ends", lambda d: len(waits(d))),
    Weight("missing-dashboard", 4, _ALERT, "she cannot see whether it gets worse", _once),
    Weight("missing-logs", 4, _ALERT, "she searches for the right query", _once),
    Weight("missing-threshold", 3, _CALLED, "she calls too late", lambda d: int(names_contacts(d))),
    Weight("missing-severity", 3, _ALERT, "she does not know what to do first", _once),
    Weight("missing-owner", 3, OWNED, "nobody mends what was wrong tonight", _once),
    Weight("missing-title", 2, OWNED, "she does not find it", _once),
    Weight("missing-service", 1, _ALERT, "it stands in no index", _once),
)
"""Every completeness rule of this package, the heaviest first."""


class Said(Protocol):
    """What is needed of a finding."""

    @property
    def code(self) -> str:
        """Of the rule."""


def score(document: Document, findings: Iterable[Said]) -> Score | None:
    """Return the score from a document's findings, suppressed ones left out; None when it is no runbook."""
    return rate(stakes(document), (finding.code for finding in findings))


def stakes(document: Document) -> tuple[Stake, ...]:
    """Return what each rule that applies to a document could take off its score; nothing for no runbook.

    It is small and does not change with the findings, so that it can be kept in the document's place.
    """
    kind = genre(document)
    counted = ((weight, weight.places(document)) for weight in WEIGHTS if kind in weight.genres)
    return tuple(Stake(weight.code, weight.points, count, weight.why) for weight, count in counted if count)
