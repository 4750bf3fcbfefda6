"""One rule a file; its docstring is what `runbook lint --explain CODE` prints. Found by file name."""
