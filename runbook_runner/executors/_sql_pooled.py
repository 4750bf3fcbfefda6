"""What does not hold where a pooler stands between: what is set for a session may meet somebody else's statements."""

from __future__ import annotations

from runbook_runner.executors._sql_script import Script, first_word

_NOT_OF_THE_SESSION = frozenset({"local", "transaction", "constraints"})
FOR_OTHERS = "RESET ALL; RESET ROLE; RESET SESSION AUTHORIZATION"
"""Before COMMIT: whoever gets that session next finds it as it was."""


def sets(script: Script) -> bool:
    """Tell whether something in a text is set for the session, and not only for its transaction."""
    return any(
        first_word(one) == "set" and len(one.tokens) > 1 and one.tokens[1].word not in _NOT_OF_THE_SESSION
        for one in script.lexed.statements
    )


def without_session(script: Script, *, reads: bool) -> str:
    """Return why a text must not be sent by way of a pooler; empty when it may.

    What is one transaction around all of it stays in one session to its end, with its limits.
    """
    if script.whole():
        return ""
    if sets(script):
        return (
            "A pooler stands between, and SET outside of a transaction would meet others' sessions:"
            " write BEGIN, SET LOCAL and COMMIT, or give the target the database's own address."
        )
    if reads:
        return (
            "A pooler stands between, where a read with a transaction of its own cannot be held to reading:"
            " leave BEGIN and COMMIT out, or give the target the database's own address."
        )
    return ""
