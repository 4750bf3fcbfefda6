"""Text -> Runbook, and files of alert rules -> RuleFile. Bad input becomes defects in the model, never an exception.

The only importer of the Markdown and YAML libraries, and of those only once there is something to read.
"""

from __future__ import annotations

from runbook_runner.model.alert import RuleFile
from runbook_runner.model.runbook import Runbook
from runbook_runner.ports import Judge


def read(data: bytes, path: str, kinds: Judge) -> Runbook:
    """Return the runbook that a file's bytes hold; `kinds` judges the commands of a fence's language."""
    from runbook_runner.markdown.reader import read_runbook

    return read_runbook(data, path, kinds)


def read_rules(data: bytes, path: str) -> RuleFile:
    """Return the alert rules that a file's bytes hold."""
    from runbook_runner.markdown.alert_rules import read_rule_file

    return read_rule_file(data, path)


def looks_like_rules(data: bytes) -> bool:
    """Say whether a YAML file found in a folder is worth reading as one of alert rules."""
    from runbook_runner.markdown import alert_rules

    return alert_rules.looks_like_rules(data)
