"""Text to Runbook. The only importer of markdown-it and PyYAML; bad input becomes defects, not tracebacks."""
