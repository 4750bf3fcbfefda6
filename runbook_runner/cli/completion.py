"""Shell completion, as click makes it."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL.

    For bash: `runbook completion bash > ~/.local/share/bash-completion/completions/runbook`.
    """
    from click.shell_completion import get_completion_class

    from runbook_runner.cli.main import cli

    found = get_completion_class(shell)
    if found is not None:
        click.echo(found(cli, {}, "runbook", "_RUNBOOK_COMPLETE").source())
