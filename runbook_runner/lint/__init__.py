"""What a runbook lacks: the engine, and `rules/`, one rule a file."""
