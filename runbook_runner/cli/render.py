"""`runbook render`."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from runbook_runner.errors import InputError

if TYPE_CHECKING:
    from runbook_runner.site.options import Source, Verdict

_LONG = 0.8
"""Seconds after which she is shown how far it is."""


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=click.Path())
@click.option("-o", "--output", default="site", show_default=True, type=click.Path(), help="Folder to write.")
@click.option("--title", default="Runbooks", show_default=True, help="Title of the site.")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes to use.  [default: one a processor]")
@click.option("--force", is_flag=True, help="Write into a folder with other files; make all pages anew.")
@click.option("--coverage", is_flag=True, help="Walk the scenarios, and mark in the graphs what none comes to.")
@click.option("--strict", is_flag=True, help="Exit with 2 when a page is broken, or a link or file is missing.")
def render(
    paths: tuple[str, ...], output: str, title: str, jobs: int | None, force: bool, coverage: bool, strict: bool
) -> int:
    """Write PATHS, or all runbooks found here, as HTML that opens from a disk.

    Only what changed is made again. Links that lead nowhere and runbooks that cannot be read are told; the other pages
    are made all the same.
    """
    from runbook_runner.site.build import build
    from runbook_runner.site.options import Options

    gc.freeze()  # what is loaded stays; what the pages leave behind goes
    gc.enable()
    out = Path(output)
    sources, roots = _sources(paths, out)
    options = Options(out, title, _today(), force, jobs or 0, roots)
    try:
        report = build(sources, options, _verdicts(sources, coverage), _progress())
    except OSError as error:
        what = error.filename or str(out)
        raise InputError(f"{what}: {(error.strerror or str(error)).lower()}", "name another folder with -o") from error
    for one in report.told:
        click.echo(f"{one.path}:{one.line}: {one.message}", err=True)
    click.echo(f"{out / 'index.html'}: {report.made} made, {report.kept} unchanged, {report.removed} removed")
    return 2 if strict and report.told else 0


def _verdicts(sources: list[Source], coverage: bool) -> Mapping[str, Verdict]:
    """Return what lint says of each source, by its file."""
    from runbook_runner.cli.judging import judged

    return judged([source.file for source in sources], coverage=coverage)


def _today() -> str:
    """Return the day against which reviews are overdue; a build that must be repeatable names its own."""
    from datetime import UTC, datetime

    stamp = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(stamp), UTC) if stamp.isdecimal() else datetime.now(UTC)
    return now.date().isoformat()


def _progress() -> Callable[[int, int], None] | None:
    if not sys.stderr.isatty():
        return None
    began = shown = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if done == total and shown > began:
            sys.stderr.write("\r\x1b[K")
        elif now - began > _LONG and now - shown > 0.1:
            shown = now
            full = done * 30 // total
            sys.stderr.write(f"\r[{'#' * full}{'-' * (30 - full)}] {done}/{total} pages\x1b[K")
        sys.stderr.flush()

    return progress


# --- what to render ---------------------------------------------------------------------------


def _sources(paths: tuple[str, ...], out: Path) -> tuple[list[Source], tuple[str, ...]]:
    """Return the files to render, and the folders that pages may take pictures from."""
    from runbook_runner.cli.config import config
    from runbook_runner.cli.files import markdown_files
    from runbook_runner.site.paths import common_root

    settings = config()
    for path in paths:
        if not os.path.lexists(path):
            raise InputError(f"{path}: no such file or folder")
    places = paths or tuple(_short(settings.root / entry) for entry in settings.runbooks)
    files, troubles = markdown_files(places)
    for place, error in troubles.items():
        click.echo(f"{place}: {(error.strerror or str(error)).lower()}", err=True)
    found = {source.file: source for source in _outside(files, str(out.resolve()))}
    if not found:
        hint = "name a file or a folder, or set `runbooks` in runbook.toml"
        raise InputError(f"no runbook is found in {', '.join(places)}", hint)
    root = common_root(found)
    roots = [root]
    if any((settings.root / name).is_file() for name in ("runbook.toml", "pyproject.toml")):
        roots += [str(settings.root)] if Path(root).is_relative_to(settings.root) else []
    return [_near(source, root) for source in found.values()], tuple(dict.fromkeys(roots))


def _outside(files: list[str], site: str) -> Iterator[Source]:
    """Yield what does not lie in the site itself. There may be ten thousand: folders are resolved once each."""
    from runbook_runner.site.options import Source

    here, real = str(Path.cwd() / "_")[:-1], cache(os.path.realpath)
    for file in files:
        folder, name = os.path.split(file)
        whole = os.path.join(real(folder), name)  # noqa: PTH118
        if not whole.startswith(f"{site}/"):
            shown = str(Path(file)).removeprefix(here)
            yield Source(whole, shown, shown)


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _near(source: Source, root: str) -> Source:
    """Name a file from elsewhere by its place among the others: a page holds no path of this machine."""
    if not Path(source.shown).is_absolute():
        return source
    return replace(source, shown=str(Path(source.file).relative_to(root)))
