"""What a bug leaves behind: a report that can be pasted, with nothing secret in it."""

from __future__ import annotations

import platform
import sys
import traceback

from runbook_runner import __version__


def report_bug(error: BaseException) -> int:
    """Print where the program failed, without any value, and return 70."""
    frames = traceback.extract_tb(error.__traceback__)
    places = "\n".join(
        f"  {frame.filename.rsplit('site-packages/', 1)[-1].rsplit('/', 2)[-1]}:{frame.lineno} in {frame.name}"
        for frame in frames
    )
    sys.stderr.write(
        "runbook: this is a bug in runbook, not in what you did. What was recorded is safe: `runbook resume`.\n"
        "Please report the lines below; they hold no values.\n"
        f"  runbook {__version__}, Python {platform.python_version()}, {platform.system()}\n"
        f"{places}\n  {type(error).__name__}\n"
    )
    return 70
