"""Sources -> a folder: what must be made anew, who makes it, what is left over. The way in to this package."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from runbook_runner import __version__
from runbook_runner.site import index, links, make, manifest, paths, templating
from runbook_runner.site.make import Shop
from runbook_runner.site.manifest import Entry, Manifest
from runbook_runner.site.options import Options, Source, Verdict

ASSETS = ("site.css", "values.js", "page.js", "search.js", "alert.js", "reviews.js", "vendor/minisearch.js")
_LICENCES = ("vendor/minisearch.LICENSE.txt",)
_CHUNK = 12
_WORTH = 40
"""Pages from which a second process pays."""
Progress = Callable[[int, int], None]


class Told(Struct, frozen=True):
    """Something that she should know of."""

    path: str
    line: int
    message: str
    broken: bool = False


class Report(Struct, frozen=True):
    """What was done."""

    made: int
    kept: int
    removed: int
    told: tuple[Told, ...]


def build(
    sources: Sequence[Source],
    options: Options,
    verdicts: Mapping[str, Verdict] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Make the site of some sources; `verdicts` are by the sources' files."""
    root = paths.common_root(source.file for source in sources)
    pages = paths.pages((source.file for source in sources), root)
    options = replace(options, roots=options.roots or (root,))
    shop = Shop(options, pages, verdicts or {})
    out = options.out
    old = manifest.load(out, force=options.force)
    key = _key(options)
    known = old.pages if old.key == key and not options.force else {}
    kept = {source.file: entry for source in sources if (entry := _kept(shop, source, known)) is not None}
    todo = [source for source in sources if source.file not in kept]
    out.mkdir(parents=True, exist_ok=True)
    noted = manifest.claim(out, old, {*pages.values()}, force=options.force)
    made = dict(zip((source.file for source in todo), _made(shop, todo, progress), strict=True))
    entries = {pages[source.file]: kept.get(source.file) or made[source.file] for source in sources}
    files = _besides(shop, entries)
    copies = _copies(shop, sources, entries)
    manifest.claim(out, noted, {*files, *copies}, force=options.force)
    for path, data in files.items():
        manifest.write(out, path, data)
    for path, file in copies.items():
        manifest.write(out, path, Path(file).read_bytes())
    now = Manifest(manifest.VERSION, key, entries, tuple(sorted({*files, *copies})))
    stale = old.everything() - now.everything()
    manifest.remove(out, stale)
    manifest.save(out, now)
    told = tuple(
        Told(source.given or source.shown, line, message, entries[pages[source.file]].card.broken != "")
        for source in sources
        for line, message in entries[pages[source.file]].told
    )
    return Report(len(made), len(kept), len(stale), told)


def _kept(shop: Shop, source: Source, known: Mapping[str, Entry]) -> Entry | None:
    """Return what is known of a page when nothing that it is made from has changed."""
    page = shop.pages[source.file]
    entry = known.get(page)
    if entry is None or entry.card.path != source.shown or not entry.digest:
        return None
    overdue = bool(entry.card.due and shop.options.today and entry.card.due < shop.options.today)
    try:
        same = (
            entry.digest == sha256(Path(source.file).read_bytes()).hexdigest()
            and entry.verdict == make.verdict_digest(shop.verdicts.get(source.file))
            and entry.card.overdue == overdue
            and (shop.options.out / page).stat().st_size == entry.size
        )
    except OSError:
        return None
    resolver = links.Links(source.file, page, shop.pages, shop.options.roots)
    same = same and all(make.stored(resolver.resolve(target)) == where for target, where in entry.asked.items())
    return entry if same else None


def _made(shop: Shop, todo: list[Source], progress: Progress | None) -> Iterator[Entry]:
    jobs = shop.options.jobs or len(os.sched_getaffinity(0))
    jobs = min(jobs, len(todo) // _WORTH + 1)
    entries = _spread(shop, todo, jobs) if jobs > 1 else (make.make(shop, source) for source in todo)
    for done, entry in enumerate(entries, 1):
        if progress is not None:
            progress(done, len(todo))
        yield entry


def _spread(shop: Shop, todo: list[Source], jobs: int) -> Iterator[Entry]:
    """Make pages in several processes; a fork has all that this one has loaded."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    _load()
    chunks = [todo[at : at + _CHUNK] for at in range(0, len(todo), _CHUNK)]
    with ProcessPoolExecutor(jobs, get_context("fork"), make.enter, (shop,)) as pool:
        for entries in pool.map(make.make_all, chunks):
            yield from entries


def _load() -> None:
    """Load what every worker needs, before they part."""
    from runbook_runner import registry
    from runbook_runner.markdown import read

    read(b"```sh\necho\n```\n", "x", registry.executor)
    for name in ("page.html", "broken.html", "step.html"):
        templating.environment().get_template(name)


def _besides(shop: Shop, entries: Mapping[str, Entry]) -> dict[str, bytes]:
    """Return the files that are ours and no pages of runbooks."""
    here = templating.HERE / "assets"
    files = {f"assets/{Path(name).name}": (here / name).read_bytes() for name in (*ASSETS, *_LICENCES)}
    cards = [entry.card for entry in entries.values()]
    return files | {path: text.encode() for path, text in index.files(cards, shop.options.title).items()}


def _copies(shop: Shop, sources: Sequence[Source], entries: Mapping[str, Entry]) -> dict[str, str]:
    """Return the files that pages refer to, by their place in the site."""
    found: dict[str, str] = {}
    for source in sources:
        entry = entries[shop.pages[source.file]]
        resolver = links.Links(source.file, entry.card.page, shop.pages, shop.options.roots)
        for target, where in entry.asked.items():
            if where.to and where.to not in found and (file := resolver.resolve(target).file):
                found[where.to] = file
    return found


def _key(options: Options) -> str:
    """Return what stands for everything but the sources that shapes a page."""
    return sha256("\0".join((__version__, templating.fingerprint(), options.title)).encode()).hexdigest()
