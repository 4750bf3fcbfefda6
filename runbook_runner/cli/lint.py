"""`runbook lint`."""

from __future__ import annotations

import click

from runbook_runner import registry
from runbook_runner.model.runbook import Runbook


def read(data: bytes, path: str) -> Runbook:
    """Read one document, with the executors that there are."""
    from runbook_runner.markdown import read as read_markdown

    return read_markdown(data, path, registry.executor)


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--format", "form", type=click.Choice(["text"]), default="text", show_default=True)
def lint(paths: tuple[str, ...], form: str) -> int:
    """Say what is wrong with the runbooks at PATHS, and what they lack; without PATHS, with those found here."""
    from runbook_runner.cli.compose import config
    from runbook_runner.cli.library import Files, markdown_files
    from runbook_runner.errors import InputError
    from runbook_runner.lint import engine

    files = markdown_files(paths) if paths else Files(config()).files()
    if not files:
        raise InputError("there is nothing to lint", "name files or folders, or set `runbooks` in runbook.toml")
    report = engine.lint([str(file) for file in files], registry.rules(), read)
    click.echo(registry.format_for(f"lint_{form}").render(report), nl=False)
    return 1 if report.errors else 0
