"""`runbook sync`."""

from __future__ import annotations

import click

from runbook_runner.cli.records import json_option, open_journal, store_option


@click.command()
@json_option
@store_option
def sync(as_json: bool, store: str) -> int:
    """Carry over to the journal what was recorded here while it was away; every other command does so too.

    It may be done again at any time. Exit code 1 when a run went on there as well: then both are kept where they are.
    """
    from runbook_runner.cli.compose import config
    from runbook_runner.cli.journal import carried, spare_file, target

    where = target(store, config())
    found = []
    if "://" in where:
        journal, spare = open_journal(store, itself=True), spare_file(where)
        if spare.exists():
            from runbook_runner.stores._spare import carry_over

            found = carry_over(journal, spare)
    if as_json:
        import json

        told = [{"run": each.run, "new": each.new, "apart": each.apart} for each in found]
        click.echo(json.dumps(told, indent=2))
    else:
        for each in found:
            click.echo(carried(each, spare))
        if not found:
            click.echo("there is nothing to carry over")
    return 1 if any(each.apart for each in found) else 0
