"""Walking a runbook: decide (pure), drive, redact, preflight."""
