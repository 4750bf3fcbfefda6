"""Why a rehearsed walk cannot go on."""

from __future__ import annotations


class Stuck(Exception):
    """The scenario does not say what happens here; the message names the step and what is missing."""
