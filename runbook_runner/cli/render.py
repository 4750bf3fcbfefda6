"""`runbook render`."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec.structs import replace

from runbook_runner.errors import InputError
from runbook_runner.site.options import Source


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=click.Path())
@click.option("-o", "--output", default="site", show_default=True, type=click.Path(), help="Folder to write.")
@click.option("--title", default="Runbooks", show_default=True, help="Title of the site.")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes to use.  [default: one a processor]")
@click.option("--force", is_flag=True, help="Write into a folder with other files; make all pages anew.")
@click.option("--strict", is_flag=True, help="Exit with 2 when a page is broken, or a file that it needs is missing.")
def render(paths: tuple[str, ...], output: str, title: str, jobs: int | None, force: bool, strict: bool) -> int:
    """Write PATHS, or all runbooks found here, as HTML that opens from a disk."""
    from runbook_runner.site.build import build
    from runbook_runner.site.options import Options

    out = Path(output)
    sources = _sources(paths, out)
    options = Options(out, title, _today(), force, jobs or 0)
    report = build(sources, options)
    for one in report.told:
        click.echo(f"{one.path}:{one.line}: {one.message}", err=True)
    click.echo(f"{out / 'index.html'}: {report.made} pages made, {report.kept} unchanged, {report.removed} removed")
    return 2 if strict and report.told else 0


def _today() -> str:
    import os
    from datetime import UTC, datetime

    stamp = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(stamp), UTC) if stamp.isdigit() else datetime.now(UTC)
    return now.date().isoformat()


def _sources(paths: tuple[str, ...], out: Path) -> list[Source]:
    """Return the files to render; what stands in the site's own folder, or in a hidden one, is none of them."""
    from runbook_runner.cli.compose import config
    from runbook_runner.cli.library import Files
    from runbook_runner.site.paths import common_root

    settings = config()
    for path in paths:
        if not Path(path).exists():
            raise InputError(f"{path}: no such file or folder")
    if paths:
        settings = replace(settings, root=Path.cwd(), runbooks=paths)
    site = out.resolve()
    found: dict[str, Source] = {}
    for file in Files(settings).files():
        real = file.parent.resolve() / file.name
        below = real.relative_to(Path.cwd()) if real.is_relative_to(Path.cwd()) else real
        if real.is_relative_to(site) or any(part.startswith(".") for part in below.parts[:-1]):
            continue
        found[str(real)] = Source(str(real), str(file), str(file))
    if not found:
        where = ", ".join(settings.runbooks)
        raise InputError(
            f"no runbook is found in {where}", "name a file or a folder, or set `runbooks` in runbook.toml"
        )
    root = common_root(found)
    return [_near(source, root) for source in found.values()]


def _near(source: Source, root: str) -> Source:
    """Name a file from elsewhere by its place among the others: a page holds no path of this machine."""
    if not Path(source.shown).is_absolute():
        return source
    return replace(source, shown=str(Path(source.file).relative_to(root)))
