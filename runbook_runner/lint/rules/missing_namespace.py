"""A change in a cluster does not say in which namespace.

## What it does
Looks for `kubectl` and `oc` commands that change something inside a namespace, without `-n`, `--namespace` or `-A`,
where no command before it has chosen one.

## Why it matters
It acts in whatever namespace her shell happened to be in last. At best it finds nothing; at worst there is a deployment
of the same name.

## Example
    ```sh
    kubectl rollout restart deploy/worker
    ```

## How to fix
Name it: `kubectl -n payments rollout restart deploy/worker`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._commands import locate, runs, shorten, unwrapped
from runbook_runner.lint._rule import Rule
from runbook_runner.model.command import Effect
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "missing-namespace"
_INSIDE = regex(
    r"(?:kubectl|oc) (?:(?:--?[\w-]+(?:=\S+)?) )*(?:rollout (?:restart|undo|pause|resume)|scale|autoscale|set|exec|rsh"
    r"|(?:delete|edit|patch|label|annotate) (?!-f|-k))\b"
)
_CLUSTER_WIDE = regex(
    r"\s(?:nodes?|no|pv|persistentvolumes?|ns|namespaces?|crds?|customresourcedefinitions?|clusterroles?|sc|storageclass\w*"
    r"|clusterrolebindings?|csr|certificatesigningrequests?|apiservices?|priorityclass\w*|ingressclass\w*"
    r"|validatingwebhook\w*|mutatingwebhook\w*|volumeattachments?|\S*\.\S*)(?:[\s/]|$)"
)
_NAMED = regex(r"(?:^|\s)(?:-n|--namespace|-namespace|-A|--all-namespaces)(?:[=\s]|$)|\s-n\S")
_CHOOSING = ("set-context", "kubens", "oc project", "kubectl ns")
_CHOSEN = regex(r"set-context\b.*--namespace|\bkubens\b|\boc project\b|\bkubectl ns\b", re.S)
_HIDDEN = regex(r"\$[\w{(]|<[^>]*(?:resource|type|kind)[^>]*>")


def _find(document: Document) -> Iterator[Defect]:
    for _, _, command in runs(document):
        if any(word in command.source for word in _CHOOSING) and _CHOSEN.search(command.source):
            return
        for reason in command.analysis.reasons:
            text = unwrapped(reason.command)
            if reason.effect is Effect.READ or not _INSIDE.match(text) or _NAMED.search(text):
                continue
            if not _CLUSTER_WIDE.search(text) and not _HIDDEN.search(text):
                message = f"`{shorten(reason.command)}` does not say in which namespace it acts"
                yield Defect(_CODE, message, locate(document, command, reason.command), "add `-n NAMESPACE`")


RULE: LintRule = Rule(_CODE, Group.STYLE, _find, "a change in whatever namespace is current")
