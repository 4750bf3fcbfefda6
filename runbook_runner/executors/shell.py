"""Shell fences: bash, and zsh where a fence claims it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from runbook_runner.model.command import Analysis, Command, Problem
from runbook_runner.model.target import Target
from runbook_runner.ports import Check, Executor, Place, Session, TargetKind, Where

_SHORT = 2000
"""Characters up to which what was found out about a text is kept: the same few commands stand in many runbooks."""


@lru_cache(2048)
def _analysed(text: str, language: str) -> Analysis:
    from runbook_runner.syntax.shell import analyse  # loads the syntax library

    return analyse(text, language)


def _elsewhere(where: Where) -> Target | None:
    return where.target if where.target is not None and where.target.kind == "ssh" else None


class Shell:
    """Runs shell texts, each in a process of its own, as if they were pasted into one shell."""

    @property
    def languages(self) -> frozenset[str]:
        """The fence languages that it runs."""
        return frozenset({"sh", "bash", "shell", "zsh", "console", "shell-session"})

    def analyse(self, text: str, language: str) -> Analysis:
        """Say what can be known of a text before it runs."""
        return _analysed(text, language) if len(text) <= _SHORT else _analysed.__wrapped__(text, language)

    def check(self, command: Command) -> tuple[Problem, ...]:
        """Return what a linter should say of the command."""
        return command.analysis.problems

    @property
    def kinds(self) -> tuple[TargetKind, ...]:
        """Runs on a machine that a fence names; here for a database, which its clients are told."""
        from runbook_runner.executors._ssh_kind import KIND

        return (KIND, TargetKind("postgresql"))

    def preflight(self, commands: Sequence[Command], where: Where) -> tuple[Check, ...]:
        """Say which programs of the commands are on PATH, here or where they run, and what kubectl may do for them."""
        import shutil

        if (target := _elsewhere(where)) is not None:
            from runbook_runner.executors._ssh import try_out

            return try_out(target, list(dict.fromkeys(t for each in commands for t in each.analysis.tools)))
        shells = ["zsh" if command.language == "zsh" else "bash" for command in commands]
        tools = dict.fromkeys(shells + [tool for command in commands for tool in command.analysis.tools])
        places = {tool: shutil.which(tool) for tool in tools}
        found = tuple(Check(tool, place is not None, place or "not on PATH") for tool, place in places.items())
        from runbook_runner.executors._kubeconfig import uses_client

        if not uses_client(tools):
            return found
        from runbook_runner.executors._access import of_shell

        return found + of_shell(commands, where)

    def reach(self, command: Command, where: Where) -> str:
        """Name the machine where it runs elsewhere, else the cluster and namespace that its kubectl would speak to."""
        if (target := _elsewhere(where)) is not None:
            from runbook_runner.executors._ssh import address

            return f"runs on {address(target).shown}"
        from runbook_runner.executors._kubeconfig import context, reached, uses_client
        from runbook_runner.syntax.shell import written_commands

        # What the text sets itself is not what the environment says.
        outside = {name: value for name, value in where.environment.items() if name not in command.analysis.sets}
        found = reached([words for text in command.parts for words in written_commands(text)], outside)
        if not found and not uses_client(command.analysis.tools):
            return ""
        if any("KUBECONFIG=" in text for text in command.parts):
            return "a cluster by the KUBECONFIG that it sets"
        return found or context(outside)

    def open(self, place: Place) -> Session:
        """Begin, or go on with, a run's shell, here or on another machine."""
        if _elsewhere(place.where) is not None:
            from runbook_runner.executors._ssh_session import RemoteSession

            return RemoteSession(place)
        if place.where.target is not None:
            from runbook_runner.executors._libpq import LibpqSession

            return LibpqSession(place, place.where.target)
        from runbook_runner.executors._session import ShellSession

        return ShellSession(place)


EXECUTOR: Executor = Shell()
