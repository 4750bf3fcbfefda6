"""What is offered for a section that is not there is worth following."""

from __future__ import annotations

import pytest

from runbook_runner.model.near import same_section


@pytest.mark.parametrize(
    ("written", "anchor"),
    [
        ("restart-werker", "restart-worker"),
        ("restart", "restart-the-worker"),
        ("before-you-start", "before-you-begin"),
        ("worker-restart", "restart-worker"),
    ],
)
def test_what_may_be_meant(written: str, anchor: str) -> None:
    assert same_section(written, anchor)


@pytest.mark.parametrize(
    ("written", "anchor"),
    [
        ("tag-based-results", "global-settings"),
        ("how-to-scale-it", "how-to-undo-a-release"),
        ("mitigation", "configuration"),
        ("escalation", "installation"),
    ],
)
def test_what_is_something_else(written: str, anchor: str) -> None:
    assert not same_section(written, anchor)
