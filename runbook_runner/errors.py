"""What a user sees when something cannot go on.

RunbookError                 a sentence for her, a hint, an exit code
 |- InputError         (2)   a file, an option or a value is wrong
 |- NeedsPerson        (3)   nothing more can happen without somebody's answer
 |- HeldElsewhere      (4)   another process drives this run
 `- StoreError         (5)   the journal could not be read or written
     |- StoreFull            no space left
     |- StoreLocked          somebody holds the database for too long
     |- StoreTooNew          written by a newer version of the program
     |- StoreAway            its server cannot be reached or does not answer
     `- HeadMoved            the run moved on under us: a fenced decision lost

Anything else that escapes is a bug (70).
"""

from __future__ import annotations


class RunbookError(Exception):
    """What went wrong, in one sentence a tired person understands, and what to do about it."""

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(RunbookError):
    """A file, an option or a value cannot be used as it is."""


class NeedsPerson(RunbookError):
    """Nothing more can happen until a person answers."""

    exit_code = 3


class HeldElsewhere(RunbookError):
    """Another process drives this run."""

    exit_code = 4


class StoreError(RunbookError):
    """The journal could not be read or written."""

    exit_code = 5


class StoreFull(StoreError):
    """There is no space left for the journal."""


class StoreLocked(StoreError):
    """Somebody else held the journal for longer than we may wait."""


class StoreTooNew(StoreError):
    """A newer version of the program wrote this journal."""


class StoreAway(StoreError):
    """The journal's server cannot be reached, or does not answer in time."""


class HeadMoved(StoreError):
    """The run has moved on since this process last looked; its decision is void."""

    exit_code = 4
