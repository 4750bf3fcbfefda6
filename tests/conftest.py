"""What holds for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests import postgres

# A first draw builds tables of all characters, which takes a busy machine seconds: that says nothing of the program.
settings.register_profile("runbook", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("runbook")


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Server]:
    """A real PostgreSQL, one for all tests of a process; those that break one start their own."""
    with postgres.server("fsync = off") as running:
        yield running
