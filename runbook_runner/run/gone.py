"""Whether whoever holds a run is still there."""

from __future__ import annotations

import os

from runbook_runner.ports import Holder


def is_gone(holder: Holder, host: str, boot: str) -> bool:
    """Say whether a driver is seen to be gone from here; one on another machine is not."""
    if holder.host != host:
        return False
    if holder.boot != boot:
        return True
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
