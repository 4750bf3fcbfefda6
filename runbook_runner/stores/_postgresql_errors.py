"""What PostgreSQL's errors mean to a person, and what of a URL may be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook_runner.errors import StoreAway, StoreError, StoreFull, StoreLocked
from runbook_runner.regex import regex

if TYPE_CHECKING:
    import psycopg

MOVED, VOID, NUMBER, REFUSED = "RB001", "RB002", "RB003", "RB004"
"""What our own triggers say: the head, the lease, an event's number, or a change of what is kept."""
_PARAMETER = regex(r"(?i)([?&](?:password|sslpassword|passfile)=)[^&]*")

# What is refused before there is a session comes without a code; in another language it is merely quoted.
_AT_THE_DOOR = {
    "password authentication failed": "28P01",
    "no password supplied": "28P01",
    "no pg_hba.conf entry": "28000",
    "permission denied for database": "42501",
    "role ": "28000",
    "too many": "53300",
    "invalid integer value": "08000",
    "invalid value": "08000",
    "could not translate": "08001",
    "does not exist": "3D000",
}


def shown(url: str) -> str:
    """Return a URL without its password."""
    scheme, _, rest = url.partition("://")
    rest = _PARAMETER.sub(r"\1***", rest)
    # A password may hold any character that somebody forgot to encode: it ends at the last @ before the host.
    who, at, where = rest.rpartition("@")
    user, colon, _ = who.partition(":")
    return f"{scheme}://{user}{':***' if colon else ''}{at}{where}"


def secrets_of(url: str) -> list[str]:
    """Return the passwords in a URL, as they are written there and as they are meant."""
    from urllib.parse import unquote

    rest = url.partition("://")[2]
    found = [rest.rpartition("@")[0].partition(":")[2]]
    found += [match[0].partition("=")[2] for match in _PARAMETER.finditer(rest)]
    return sorted({each for text in found if text for each in (text, unquote(text))}, key=len, reverse=True)


class Words:
    """Puts errors of one journal into words."""

    def __init__(self, url: str) -> None:
        self.url = shown(url)
        self._secrets = secrets_of(url)

    def silent(self, seconds: float) -> StoreAway:
        """Return the error for a server that said nothing for so long."""
        return StoreAway(
            f"the journal {self.url} did not answer within {seconds:g} s",
            "nothing is known to be lost; when it answers again, `runbook resume` goes on.\n"
            "  To walk a runbook meanwhile, keep its journal here: --store PATH",
        )

    def of(self, error: psycopg.Error) -> StoreError:
        """Return what a failure means."""
        why = self._why(error)
        state = error.sqlstate or next((code for words, code in _AT_THE_DOOR.items() if words in why), "")
        name = f"the journal {self.url}"
        match state:
            case "42501":
                return StoreError(
                    f"{name} does not let this role in: {why}",
                    "its owner lets a role run with: SELECT runbook.admit('ROLE'); only the owner removes texts",
                )
            case "28P01" | "28000":
                return StoreError(
                    f"{name} refuses the login: {why}", "give the password in PGPASSWORD or ~/.pgpass, not in the URL"
                )
            case "3D000":
                return StoreError(f"{name} does not exist", "create it: createdb -E UTF8 NAME")
            case "25006":
                return StoreError(f"{name} can only be read: {why}", "name its primary server")
            case "55P03":
                return StoreLocked(f"another process keeps {name} locked", "try again; pg_stat_activity says who it is")
            case "57014":
                return StoreAway(f"{name} did not answer in time", "try again; its server may be busy")
            case "08000":
                return StoreError(f"{name} cannot be opened: {why}", "write postgresql://USER@HOST:PORT/DATABASE")
            case "RB004":
                return StoreError(f"{name} refused: {why}", "nothing was written")
        if state.startswith("53") and state != "53300":
            return StoreFull(
                f"there is no room for {name}: {why}",
                "nothing half-written was kept; make room there, then `runbook resume`;\n"
                "  to walk a runbook meanwhile, keep its journal here: --store PATH",
            )
        if state[:2] in ("08", "57", "53") or (not state and _is_operational(error)):
            return StoreAway(
                f"{name} cannot be reached: {why}",
                "nothing was lost that is recorded; when it is back, `runbook resume` goes on.\n"
                "  To walk a runbook meanwhile, keep its journal here: --store PATH",
            )
        return StoreError(f"{name} failed: {why}", "nothing was written; its server's log says more")

    def _why(self, error: psycopg.Error) -> str:
        text = error.diag.message_primary or next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text.removeprefix("connection failed: ")


def _is_operational(error: psycopg.Error) -> bool:
    import psycopg

    return isinstance(error, psycopg.OperationalError)
