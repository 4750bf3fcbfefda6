"""What leads to the pages: the indexes, a page for each alert, the words to search in, and `runbooks.json`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from msgspec import Struct

from runbook_runner.site import paths, templating
from runbook_runner.site.options import Card
from runbook_runner.site.text import plain, safe


class Group(Struct, frozen=True):
    """Runbooks that have something in common."""

    id: str
    name: str
    rows: tuple[Card, ...]
    text: str = ""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.rows)


class _Lists(Struct, frozen=True):
    """What all lists of runbooks share."""

    site: str
    cards: Sequence[Card]
    rows: Mapping[str, str]
    """By page: a row is the same in every list, and the style hides what the list itself says."""

    def page(self, here: str, by: str, heading: str, groups: Sequence[Group]) -> str:
        """Return the page of one list."""
        macros = templating.macros("rows.html")
        overdue = sum(card.overdue for card in self.cards)
        broken = sum(card.broken != "" for card in self.cards)
        total = f"{len(self.cards)} runbook{'s' if len(self.cards) != 1 else ''}"
        more = [f"{overdue} with an overdue review" if overdue else "", f"{broken} broken" if broken else ""]
        return templating.render(
            "index.html",
            site=self.site,
            here=here,
            up="",
            heading=heading,
            summary=", ".join([total, *(part for part in more if part)]) + ".",
            total=total,
            contents=groups,
            body=safe("").join(macros.group(group, by, self.rows) for group in groups),
        )


def files(cards: Sequence[Card], title: str) -> dict[str, str]:
    """Return the text of every file that leads to pages, by its path in the site."""
    cards = sorted(cards, key=lambda card: (card.title.casefold(), card.page))
    lists = _Lists(title, cards, {card.page: templating.macros("rows.html").row(card) for card in cards})
    return {
        "index.html": lists.page("index.html", "service", title, _by(cards, _service) + _by_folder(cards)),
        "by-alert.html": lists.page(
            "by-alert.html", "alert", "By alert", _by(cards, lambda card: card.alerts, "No alert")
        ),
        "by-owner.html": lists.page("by-owner.html", "owner", "By owner", _by(cards, _owner, "No owner")),
        "reviews.html": lists.page("reviews.html", "path", "Reviews", _reviews(cards)),
        "assets/search-data.js": _search(cards),
        "runbooks.json": _machine(cards, title),
        **_alerts(cards, title),
    }


def _service(card: Card) -> tuple[str, ...]:
    return (card.service,) if card.service else ()


def _owner(card: Card) -> tuple[str, ...]:
    return (card.owner,) if card.owner else ()


def _by_folder(cards: Sequence[Card]) -> list[Group]:
    """Return what names no service, by where it stands."""
    found: dict[str, list[Card]] = {}
    for card in cards:
        if not card.service:
            found.setdefault(str(PurePosixPath(card.page).parent.relative_to("runbooks")), []).append(card)
    return [
        Group(f"f{at}", "No service" if folder == "." else f"{folder}/", tuple(found[folder]))
        for at, folder in enumerate(sorted(found))
    ]


def _by(cards: Sequence[Card], key: Callable[[Card], tuple[str, ...]], none: str = "") -> list[Group]:
    found: dict[str, list[Card]] = {}
    rest: list[Card] = []
    for card in cards:
        for name in key(card):
            found.setdefault(name, []).append(card)
        if not key(card):
            rest.append(card)
    names = sorted(found, key=lambda name: (name.casefold(), name))
    groups = [Group(f"g{at}", name, tuple(found[name])) for at, name in enumerate(names)]
    return [*groups, Group("g-none", none, tuple(rest))] if rest and none else groups


def _reviews(cards: Sequence[Card]) -> list[Group]:
    dated = sorted((card for card in cards if card.due), key=lambda card: (card.due, card.page))
    kinds = [
        Group("overdue", "Overdue", tuple(card for card in dated if card.overdue), "Oldest first."),
        Group("due", "Next", tuple(card for card in dated if not card.overdue), "By the day that they fall due."),
        Group("never", "No date", tuple(card for card in cards if not card.due and not card.broken)),
        Group("broken", "Broken", tuple(card for card in cards if card.broken)),
    ]
    return [group for group in kinds if group.rows]


def _alerts(cards: Sequence[Card], title: str) -> dict[str, str]:
    found: dict[str, list[Card]] = {}
    for card in cards:
        for alert in card.alerts:
            found.setdefault(alert, []).append(card)
    pages = paths.alert_pages(found)
    return {
        page: templating.render(
            "alert.html",
            site=title,
            here="",
            up="../",
            alert=alert,
            cards=[{"card": card, "href": paths.href(card.page, page)} for card in found[alert]],
        )
        for alert, page in pages.items()
    }


def _search(cards: Iterable[Card]) -> str:
    """Return a script with what can be found: `fetch` reads nothing from a disk, a script does."""
    rows = [
        [
            paths.href(card.page, "index.html"), card.title, " ".join(card.alerts), card.service, card.owner,
            " ".join(card.tags), card.path, card.words,
        ]
        for card in cards
    ]  # fmt: skip
    text = json.dumps([[plain(cell) for cell in row] for row in rows], ensure_ascii=True, separators=(",", ":"))
    return f"globalThis.runbookSearch={text};\n"


def _machine(cards: Sequence[Card], title: str) -> str:
    alerts = {alert for card in cards for alert in card.alerts}
    pages = paths.alert_pages(alerts)
    listed = [_entry(card, pages) for card in sorted(cards, key=lambda card: card.page)]
    document: dict[str, Any] = {"title": title, "version": 1, "runbooks": listed, "alerts": {}}
    for alert in sorted(alerts):
        document["alerts"][alert] = pages[alert]
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def _entry(card: Card, pages: dict[str, str]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "title": card.title, "page": card.page, "path": card.path, "kind": card.kind, "service": card.service,
        "owner": card.owner, "severity": card.severity, "tags": list(card.tags), "draft": card.draft,
        "alerts": [{"name": alert, "page": pages[alert]} for alert in card.alerts],
        "reviewed": card.reviewed or None, "review_due": card.due or None, "score": card.score,
        "findings": card.findings, "steps": card.steps, "changes": card.changes, "sha256": card.digest,
    }  # fmt: skip
    return entry | ({"broken": card.broken} if card.broken else {})
