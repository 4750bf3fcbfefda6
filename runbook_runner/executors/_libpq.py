"""Shell commands for a PostgreSQL target: `psql`, `pg_dump` and the like find it by their own variables."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from runbook_runner.errors import InputError
from runbook_runner.executors._session import ShellSession
from runbook_runner.model.target import Target
from runbook_runner.ports import Finished, Place, Request, Sink

_VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
    "krbsrvname": "PGKRBSRVNAME",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "options": "PGOPTIONS",
    "application_name": "PGAPPNAME",
}


def variables(target: Target) -> dict[str, str]:
    """Return what libpq reads from its environment; never the password."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        found = dict(conninfo_to_dict(str(target.settings.get("url", ""))))
    except ProgrammingError:
        # What libpq says of it would quote it.
        hint = "such as postgresql://runbook@db.example:5432/orders"
        raise InputError(f"target `{target.name}`: its url cannot be read", hint) from None
    found |= {name: str(value) for name, value in target.settings.items()}
    return {variable: str(found[name]) for name, variable in _VARIABLES.items() if found.get(name)}


class LibpqSession(ShellSession):
    """A shell on this machine whose PostgreSQL clients find one target."""

    def __init__(self, place: Place, target: Target) -> None:
        super().__init__(place)
        self._given = {"PGAPPNAME": f"runbook {place.run}".strip(), **variables(target)}
        self._passwords = Path(place.private) / "pgpass"
        if password := str(target.settings.get("password", "")):
            self._keep(password)

    def _keep(self, password: str) -> None:
        # A variable would be seen by whoever may see this user's processes, and by each child.
        text = password.replace("\\", "\\\\").replace(":", "\\:")
        if "\n" in text or "\0" in text:
            raise InputError("a password with a line break cannot be given to psql", "run it as an sql fence")
        file = os.open(self._passwords, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as stream:
            stream.write(f"*:*:*:*:{text}\n")
        self._given["PGPASSFILE"] = str(self._passwords)

    def execute(self, request: Request, sink: Sink) -> Finished:
        """Run one command to its end, with what its clients need to know."""
        return super().execute(replace(request, environment={**self._given, **request.environment}), sink)

    def close(self, *, remove: bool) -> None:
        """Let go of it, and of the password in any case: the next session is given it anew."""
        with suppress(OSError):
            self._passwords.unlink()
        super().close(remove=remove)
