"""`runbook lint`."""

from __future__ import annotations

import os

import click
from click.shell_completion import CompletionItem

from runbook_runner.errors import InputError

FORMATS = ("text", "json", "sarif", "github")


class Codes(click.ParamType[str]):
    """Codes of rules and names of groups, with commas between them."""

    name = "codes"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Offer what goes on after the last comma."""
        from runbook_runner.lint.choice import GROUPS, codes

        done, comma, begun = incomplete.rpartition(",")
        groups = GROUPS if param.name != "explain" else ()
        return [CompletionItem(f"{done}{comma}{code}") for code in (*groups, *codes()) if code.startswith(begun)]


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output", "-o", type=click.Path(dir_okay=False), default="", help="Write it here.")
@click.option("--alerts", multiple=True, metavar="PATH", type=str, help="Check these alert rules too; - is stdin.")
@click.option("--select", type=Codes(), metavar="CODES", multiple=True, help="Only these rules or groups.")
@click.option("--ignore", type=Codes(), metavar="CODES", multiple=True, help="Not these rules or groups.")
@click.option("--strict", is_flag=True, help="Take completeness findings for errors.")
@click.option("--statistics", is_flag=True, help="Count findings by rule in place of showing them.")
@click.option("--baseline", metavar="FILE", default="", help="Report only what this file does not know.")
@click.option("--write-baseline", is_flag=True, help="Write what there is now to the baseline.")
@click.option("--explain", type=Codes(), metavar="CODE", default="", help="Say what a rule is about.")
@click.option("--list-rules", is_flag=True, help="List all rules.")
@click.option("--jobs", "-j", type=click.IntRange(1), default=None, help="So many processes; else one a processor.")
@click.option("--no-cache", is_flag=True, help="Neither use nor keep what was found before.")
@click.option("--quiet", "-q", is_flag=True, help="Findings only, no summary.")
def lint(
    paths: tuple[str, ...], alerts: tuple[str, ...], form: str, output: str, select: tuple[str, ...],
    ignore: tuple[str, ...], strict: bool,
    statistics: bool, baseline: str, write_baseline: bool, explain: str, list_rules: bool, jobs: int | None,
    no_cache: bool, quiet: bool,
) -> int:  # fmt: skip
    """Say what is wrong with the runbooks at PATHS (files, folders), and what they lack.

    Without PATHS, those of the configuration are looked at. Exit codes: 0 no error, 1 errors, 2 bad input.
    """
    if explain or list_rules:
        return _about(explain, form, strict=strict)
    if write_baseline and statistics:
        raise InputError("--statistics and --write-baseline say different things", "give one of them")
    from runbook_runner.cli.linting import Flags, run

    count = getattr(os, "sched_getaffinity", None)
    processes = jobs or (len(count(0)) if count is not None else os.cpu_count() or 1)
    return run(
        Flags(
            paths, alerts, form, output, select, ignore, strict, statistics, baseline, write_baseline, processes,
            not no_cache, quiet,
        )
    )  # fmt: skip


def _about(code: str, form: str, *, strict: bool) -> int:
    from runbook_runner.lint import catalog

    if code:
        click.echo(catalog.explained(code), nl=False)
    elif form == "json":
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(catalog.texts(strict=strict))))
    else:
        click.echo(catalog.listed(catalog.texts(strict=strict)), nl=False)
    return 0
