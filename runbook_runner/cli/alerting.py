"""`runbook alerts`."""

from __future__ import annotations

import sys

import click


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--alerts", "rules", multiple=True, metavar="PATH", type=click.Path(), help="Alert rules: files, folders."
)
@click.option("--missing", is_flag=True, help="Only alerts without a runbook, and runbooks without an alert.")
@click.option("--severity", "severities", multiple=True, metavar="NAME", help="Only alerts of this severity.")
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--store", metavar="PATH", default="", help="The journal is here.  [env: RUNBOOK_STORE]")
def alerts(
    paths: tuple[str, ...], rules: tuple[str, ...], missing: bool, severities: tuple[str, ...], form: str,
    as_json: bool, store: str,
) -> int:  # fmt: skip
    """Show which alert leads to which runbook, and which runbook is reached from which alert.

    PATHS are runbooks (files, folders), else those of the configuration; alert rules are those of --alerts, else of
    `rules` in [lint.alerts], else only what the runbooks say of themselves. Exit codes: 0; 1 with --missing when an
    alert has no runbook or a runbook names an alert that is not there; 2 bad input.
    """
    import os

    from msgspec.structs import replace

    from runbook_runner import registry
    from runbook_runner.cli.alert_table import cover
    from runbook_runner.cli.terminal.colour import colour_wanted
    from runbook_runner.errors import InputError

    table = cover(paths, rules, store)
    if severities:
        known = {severity for row in table.alerts for severity in row.severities}
        if unknown := [severity for severity in severities if severity not in known]:
            hint = "there are " + ", ".join(sorted(known)) if known else "no alert rule here has one"
            raise InputError(f"--severity {unknown[0]}: no alert has it", hint)
        table = replace(table, alerts=tuple(row for row in table.alerts if {*severities} & {*row.severities}))
    width = os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else 0
    table = replace(table, missing=missing, colour=colour_wanted(sys.stdout, os.environ), width=width)
    text = registry.format_for(f"alerts_{'json' if as_json else form}").render(table)
    click.echo(text, nl=False, color=True)
    return 1 if missing and (table.uncovered or table.mistaken) else 0
