"""Nothing says what one needs before the first command.

## What it does
Looks, in runbooks with commands that need access (`kubectl`, `aws`, `psql` …), for a section on prerequisites, a key of
that kind in the front matter, or a sentence that says what to have ready.

## Why it matters
The engineer finds out in the fourth step that her role may not do this, or that the tool is not on this host. By then
half an hour is gone.

## Example
    ## Mitigation

    ```sh
    aws rds reboot-db-instance --db-instance-identifier payments
    ```

## How to fix
Say it before the first step: which tools, which access, from which machine, and where to get them.

    ## Prerequisites

    `aws` with the role *payments-operator*; ask #platform for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._genre import RUNBOOKS, genre, to_run
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import key, lower, titled
from runbook_runner.model.command import Command
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "missing-prerequisites"
_TITLE = regex(
    r"pre-?\s?requisites?|requirements?|before you|pre-?conditions?|preparation|prepare|you(?:'ll| will)? need"
    r"|permissions?|\bset ?up\b|\btools?\b|\baccess\b|\bauthenticat\w*|\blog(?:ging)? ?in\b|connect(?:ing)?\b"
    r"|environment|install",
    re.I,
)
_SAYS = regex(
    r"\b(?:pre-?requisites?|you(?:'ll| will| must| should| may)? need|must have|install\w*|privileges?|credentials"
    r"|need(?:s|ed)? (?:access|permission|to be|root|admin)|access to|authenticat\w+|with the role|vpn\b|bastion"
    r"|requires? (?:the |an? |some )?(?:access|permission|root|admin\w*|privilege|role)|(?:as|be|are) root\b|sudo\b"
    r"|(?:make sure|ensure|check)(?: that)? (?:you|your)\b|you have (?:access|the)|logged in|log ?in(?:to| to| with)"
    r"|(?:using|switch to|set) (?:the )?(?:\w+ )?(?:context|profile|kubeconfig)|ssh (?:to|into|onto)|jump ?host"
    r"|on the (?:machine|host|node))"
)
_GUARDED = frozenset([
    "kubectl", "oc", "k9s", "helm", "kustomize", "istioctl", "eksctl", "stern", "velero", "argocd", "flux", "argo",
    "aws", "awscurl", "gcloud", "gsutil", "az", "doctl", "heroku", "terraform", "pulumi", "vault", "consul", "nomad",
    "psql", "pg_dump", "mysql", "mongo", "mongosh", "redis-cli", "clickhouse-client", "cqlsh", "influx", "etcdctl",
    "ansible", "ansible-playbook", "knife", "salt", "fly", "gh", "glab", "ceph", "rabbitmqctl", "docker", "fastly",
])  # fmt: skip
"""What is of no use without a login, a role or a certificate."""


def _find(document: Document) -> Iterator[Defect]:
    if genre(document) not in RUNBOOKS:
        return
    tools = [tool for tool in dict.fromkeys(_tools(document)) if tool in _GUARDED]
    if not tools or any(titled(document, _TITLE)) or _SAYS.search(lower(document)):
        return
    if key(document, "prerequisites", "requires", "requirements", "access", "tools", "permissions", "needs"):
        return
    names = " and ".join(f"`{tool}`" for tool in tools[:2]) + (" and more" if tools[2:] else "")
    message = f"the commands need {names}, and nothing says with what access, or from where"
    yield Defect(_CODE, message, Span(), "add a section `## Prerequisites`: tools, access, and who gives it")


def _tools(document: Document) -> Iterator[str]:
    commands: Iterator[Command] = (step.command for step in document.runbook.steps if step.command and to_run(step))
    for command in commands:
        yield from command.analysis.tools


RULE: LintRule = Rule(_CODE, Group.COMPLETENESS, _find, "no prerequisites")
