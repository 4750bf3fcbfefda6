"""Kubernetes fences: one verb on objects of a cluster, by the official client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import lru_cache

from runbook_runner.errors import InputError, RunbookError
from runbook_runner.model.command import Analysis, Command, Effect, Problem, Reason
from runbook_runner.ports import Check, Executor, Lent, Place, Request, Session, Setting, TargetKind, Where

_READS: Mapping[str, str] = {
    "get": "shows objects",
    "logs": "shows logs",
    "events": "shows events",
    "wait": "waits for a condition",
}
_CHANGES: Mapping[str, str] = {
    "rollout_restart": "restarts pods",
    "rollout_undo": "goes back to an earlier revision",
    "scale": "changes the number of replicas",
    "cordon": "changes where pods are scheduled",
    "uncordon": "changes where pods are scheduled",
    "delete": "deletes objects",
}
KIND = TargetKind(
    "kubernetes",
    {
        "context": Setting("the context of the kubeconfig; without it the current one", example="prod-eu"),
        "namespace": Setting("the namespace of what names none", example="payments"),
        "kubeconfig": Setting(
            "the file; without it KUBECONFIG, ~/.kube/config or the pod's account", example="~/.kube/config"
        ),
    },
)


@lru_cache(1024)
def _analysed(text: str) -> Analysis:
    from runbook_runner.executors._kubernetes_fence import read

    fence = read(text)
    first = text.strip().splitlines()
    shown = fence.what.text if fence.what is not None else ""
    named = f"{fence.verb}: {shown}" if fence.verb else (first[0][:80] if first else "")
    line = fence.what.line if fence.what is not None else 1
    effect, why, again = Effect.UNKNOWN, "is not understood", frozenset[str]()
    if fence.verb == "exec":
        from runbook_runner.syntax.shell import analyse

        inner = analyse(" ".join(word.shell() for word in fence.command))
        told = next((each for each in inner.reasons if each.effect is inner.effect), None)
        effect, again = inner.effect, inner.reevaluated & frozenset(fence.uses)
        why = f"in the container: {told.why}" if told and told.why else "runs a command in the container"
    elif fence.verb in _READS:
        effect, why = Effect.READ, _READS[fence.verb]
    elif fence.verb in _CHANGES:
        effect, why = Effect.CHANGE, _CHANGES[fence.verb]
    return Analysis(
        effect,
        (Reason(named, effect, why, line),),
        text,
        uses=fence.uses,
        reevaluated=again,
        placeholders=fence.placeholders,
        plausible=True,  # nobody but us calls a language so
        known=bool(fence.verb),
        problems=tuple(fence.problems),
    )


class Kubernetes:
    """Runs `kubernetes` fences against the cluster that a target, or else the current context, names."""

    @property
    def languages(self) -> frozenset[str]:
        """The fence languages that it runs."""
        return frozenset({"kubernetes"})

    def analyse(self, text: str, language: str) -> Analysis:
        """Say what can be known of a text before it runs."""
        return _analysed(text)

    def check(self, command: Command) -> tuple[Problem, ...]:
        """Return what a linter should say of the command."""
        return command.analysis.problems

    @property
    def kinds(self) -> tuple[TargetKind, ...]:
        """Speaks to clusters."""
        return (KIND,)

    def preflight(self, commands: Sequence[Command], where: Where) -> tuple[Check, ...]:
        """Say whether the cluster answers, and whether we may do there what the commands will."""
        from runbook_runner.executors._access import review
        from runbook_runner.executors._kubernetes_fence import read
        from runbook_runner.executors._kubernetes_rights import needs

        if not commands:
            return (_tried(where),)
        fences = [read(text) for command in commands for text in command.parts]
        wanted = dict.fromkeys(need for fence in fences for need in needs(fence, where.environment))
        return review(where, list(wanted))

    def reach(self, command: Command, where: Where) -> str:
        """Name the cluster and what stands there now of what the command would touch."""
        from runbook_runner.executors._kubernetes_fence import fill, read
        from runbook_runner.executors._kubernetes_reach import reach

        try:
            order = fill(read("\n".join(command.parts)), where.environment)
            return reach(where, order)
        except RunbookError as error:
            return error.message

    def concerned(self, commands: Sequence[Command]) -> bool:
        """Say whether one of the commands speaks to a cluster, in whatever way."""
        from runbook_runner.executors._kubeconfig import uses_client

        return any(each.language in self.languages or uses_client(each.analysis.tools) for each in commands)

    def lend(self, place: Place) -> Lent | None:
        """Pin context and namespace for the clients that shell commands use."""
        from runbook_runner.executors._kubeconfig_pin import pinned

        return pinned(place)

    def open(self, place: Place) -> Session:
        """Begin, or go on with, a run's conversation with a cluster."""
        from runbook_runner.executors._conversation import Conversation, Work

        def prepare(request: Request) -> Work:
            from runbook_runner.executors._kubernetes_fence import fill, read
            from runbook_runner.executors._kubernetes_job import Asked
            from runbook_runner.executors._kubernetes_verbs import VERBS

            order = fill(read(request.text), request.environment)
            return Asked(place.where, order, VERBS[order.verb])

        return Conversation(prepare)


def _tried(where: Where) -> Check:
    from runbook_runner.executors._kubernetes_client import Broken, Refused, connect

    try:
        cluster = connect(where)
    except InputError as error:
        return Check("cluster", False, error.message)
    name = cluster.identity.told()
    try:
        with closing(cluster):
            answer = cluster.json("/version", read=2.0)
    except Refused as refused:
        return Check(name, False, f"{refused} {refused.hint}".strip())
    except Broken as broken:
        return Check(name, False, str(broken))
    return Check(name, True, f"{cluster.configuration.host}, {answer.get('gitVersion', 'of an unknown version')}")


EXECUTOR: Executor = Kubernetes()
