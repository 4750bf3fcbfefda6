"""What a runbook, its prose, a step graph, a run and an event are: pure, no I/O, no clock."""
