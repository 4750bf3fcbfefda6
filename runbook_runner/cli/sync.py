"""`runbook sync`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from runbook_runner.cli.records import json_option, open_journal, store_option

if TYPE_CHECKING:
    from runbook_runner.run.carrying import Carried


@click.command()
@json_option
@store_option
def sync(as_json: bool, store: str) -> int:
    """Carry over to the journal what was recorded here while it was away; every other command does so too.

    It may be done again at any time. Where a run went on there as well, both branches are kept and joined.
    """
    from runbook_runner.cli.config import config
    from runbook_runner.cli.journal import carried, carry, spare_file, target

    where = target(store, config())
    found: list[Carried] = []
    if "://" in where:
        journal, spare = open_journal(store, itself=True), spare_file(where)
        found = carry(journal, spare) if spare.exists() else []
    if as_json:
        import json

        told = [{"run": each.run, "new": each.new, "apart": each.apart, "by": each.by} for each in found]
        click.echo(json.dumps(told, indent=2))
    else:
        for each in found:
            click.echo(carried(each))
        if not found:
            click.echo("there is nothing to carry over")
    return 0
