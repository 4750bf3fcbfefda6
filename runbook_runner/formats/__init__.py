"""Ways to write down a runbook, a run or findings, one a file."""
