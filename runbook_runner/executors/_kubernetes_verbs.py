"""What carries out each verb."""

from __future__ import annotations

from collections.abc import Mapping

from runbook_runner.executors import _kubernetes_changes as changes
from runbook_runner.executors import _kubernetes_reads as reads
from runbook_runner.executors._kubernetes_exec import exec_
from runbook_runner.executors._kubernetes_job import Perform
from runbook_runner.executors._kubernetes_wait import wait

VERBS: Mapping[str, Perform] = {
    "get": reads.get,
    "logs": reads.logs,
    "events": reads.events,
    "wait": wait,
    "exec": exec_,
    "rollout_restart": changes.rollout_restart,
    "rollout_undo": changes.rollout_undo,
    "scale": changes.scale,
    "cordon": changes.cordon,
    "uncordon": changes.uncordon,
    "delete": changes.delete,
}
