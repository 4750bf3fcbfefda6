"""What holds for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A first draw builds tables of all characters, which takes a busy machine seconds: that says nothing of the program.
settings.register_profile("runbook", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("runbook")
