"""Text -> Runbook. Bad input becomes defects in the model, never an exception.

The only importer of the Markdown and YAML libraries, and of those only once there is something to read.
"""

from __future__ import annotations

from runbook_runner.model.runbook import Runbook
from runbook_runner.ports import Judge


def read(data: bytes, path: str, kinds: Judge) -> Runbook:
    """Return the runbook that a file's bytes hold; `kinds` judges the commands of a fence's language."""
    from runbook_runner.markdown.reader import read_runbook

    return read_runbook(data, path, kinds)
