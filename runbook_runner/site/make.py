"""One source file -> one page in its place: what a worker does."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.site import manifest
from runbook_runner.site.links import Links, Where
from runbook_runner.site.manifest import Entry
from runbook_runner.site.options import Card, Options, Source, Verdict


class Shop(Struct, frozen=True):
    """What is the same for every page."""

    options: Options
    pages: Mapping[str, str]
    """Page of each source."""
    verdicts: Mapping[str, Verdict]
    """By the file of the source."""


def make(shop: Shop, source: Source) -> Entry:
    """Write a source's page; whatever is wrong with the source becomes what the page says."""
    out, page = shop.options.out, shop.pages[source.file]
    verdict = shop.verdicts.get(source.file)
    digest = ""
    try:
        data = Path(source.file).read_bytes()
        digest = sha256(data).hexdigest()
        html, entry = _page(shop, source, data, verdict)
    except OSError as error:
        html, entry = _broken(shop, source, (error.strerror or str(error)).lower(), digest)
    except Exception as error:  # noqa: BLE001 - one document must not keep the others from being made
        html, entry = _broken(shop, source, f"the program failed on it ({type(error).__name__}: {error})", digest)
    text = html.encode("utf-8", "replace")
    manifest.write(out, page, text)
    return replace(entry, size=len(text), verdict=verdict_digest(verdict))


def _page(shop: Shop, source: Source, data: bytes, verdict: Verdict | None) -> tuple[str, Entry]:
    from runbook_runner import registry
    from runbook_runner.markdown import read
    from runbook_runner.model.graph import build
    from runbook_runner.site import facts
    from runbook_runner.site.page import page

    options, place = shop.options, shop.pages[source.file]
    graph = build(read(data, source.shown, registry.executor))
    card = facts.card(graph, place, source.shown, options.today, verdict)
    links = Links(source.file, place, shop.pages, options.roots)
    made = page(graph, card, links, verdict, options.title)
    told = tuple(sorted(made.told))
    asked = {target: stored(where) for target, where in sorted(links.asked.items())}
    return made.html, Entry(card.digest, "", card, 0, asked, told)


def _broken(shop: Shop, source: Source, why: str, digest: str) -> tuple[str, Entry]:
    from runbook_runner.site.page import broken

    name = Path(source.file).stem
    card = Card(shop.pages[source.file], name, source.shown, broken=why, digest=digest)
    return broken(card, shop.options.title), Entry(digest, "", card, 0, told=((1, why),))


def stored(where: Where) -> Where:
    """Return where a link leads without the path on this machine."""
    return replace(where, file="")


def verdict_digest(verdict: Verdict | None) -> str:
    """Return a digest of what lint said."""
    if verdict is None:
        return ""
    import msgspec

    return sha256(msgspec.json.encode(verdict)).hexdigest()


# --- workers ----------------------------------------------------------------------------------

_shop: dict[str, Any] = {}


def enter(shop: Shop) -> None:
    """Begin a worker: what all pages share is handed over once. Ctrl-C is for the process that waits for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shop["shop"] = shop


def make_all(sources: list[Source]) -> list[Entry]:
    """Make some pages in a worker."""
    return [make(_shop["shop"], source) for source in sources]
