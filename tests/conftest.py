"""What holds for all tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests import kube, postgres

# A first draw builds tables of all characters, which takes a busy machine seconds: that says nothing of the program.
# The examples are the same each time: what is landed does not hang on a throw of dice. To throw them:
# `--hypothesis-profile=dice`, as whoever changes what these tests are about should.
settings.register_profile("dice", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("runbook", settings.get_profile("dice"), derandomize=True)
settings.load_profile("runbook")


def pytest_configure() -> None:
    """Hand no ignored signal down to the programs under test: `nohup` and a shell's `&` would do so through us."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)  # goes on to be ignored here, and is as usual after an exec


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave a real cluster alone, unless it is asked for by `-m cluster` or RUNBOOK_TEST_CLUSTER."""
    if not kube.wanted(config):
        config.hook.pytest_deselected(items=[each for each in items if each.get_closest_marker("cluster")])
        items[:] = [each for each in items if not each.get_closest_marker("cluster")]


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Server]:
    """A real PostgreSQL, one for all tests of a process; those that break one start their own."""
    with postgres.server("fsync = off") as running:
        yield running
