"""`runbook inspect`."""

from __future__ import annotations

import click

from runbook_runner import registry
from runbook_runner.errors import InputError


@click.command()
@click.argument("file", metavar="FILE[#ANCHOR]", type=click.Path())
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "mermaid", "dot"]), default="text", show_default=True
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def inspect(file: str, form: str, as_json: bool) -> int:
    """Show the step graph of FILE: effects, guards, timers, destinations, parameters, defects."""
    from runbook_runner.cli.dryrun import section
    from runbook_runner.cli.find import find
    from runbook_runner.model.graph import build

    runbook = find(file, ask=False)
    path, _, anchor = file.partition("#")
    graph = build(runbook)
    if anchor:
        if graph.entry(anchor) is None:
            raise InputError(f"{path}: there is no section or step {anchor!r}", "without #ANCHOR all are shown")
        graph = section(graph, anchor)
    click.echo(registry.format_for(f"inspect_{'json' if as_json else form}").render(graph), nl=False)
    return 0
