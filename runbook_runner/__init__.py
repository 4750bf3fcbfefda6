"""Runbook-as-code: walk an on-call engineer through a Markdown runbook and record what happened."""

__version__ = "0.1.0"
