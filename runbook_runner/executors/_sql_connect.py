"""How a PostgreSQL target is reached, and what is known of it once it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runbook_runner.errors import InputError
from runbook_runner.model.target import Target
from runbook_runner.ports import Setting, TargetKind

if TYPE_CHECKING:
    from psycopg import Connection

PATIENCE = 10
"""Seconds that a connection may take, where the target says nothing else."""
KIND = TargetKind(
    "postgresql",
    {
        "url": Setting("The database's address, without a password", example="postgresql://runbook@db.example/orders"),
        "host": Setting("Name or address of the server, or the folder of its socket", example="db.example"),
        "hostaddr": Setting("Its address, where the name must not be looked up", example="192.0.2.7"),
        "port": Setting("Its port", example="5432"),
        "dbname": Setting("The database", example="orders"),
        "user": Setting("The role", example="runbook"),
        "password": Setting("The role's; without one ~/.pgpass is asked", secret=True, example="env:DB_PASSWORD"),
        "passfile": Setting("A file of passwords in place of ~/.pgpass", example="/etc/runbook/pgpass"),
        "service": Setting("A name in ~/.pg_service.conf", example="orders"),
        "sslmode": Setting("disable, allow, prefer, require, verify-ca or verify-full", example="verify-full"),
        "sslrootcert": Setting("Certificates that the server's is checked by", example="system"),
        "sslcert": Setting("The client's certificate", example="client.crt"),
        "sslkey": Setting("The client's key", example="client.key"),
        "sslpassword": Setting("What the client's key is encrypted with", secret=True, example="env:KEY_PASSWORD"),
        "channel_binding": Setting("disable, prefer or require", example="require"),
        "gssencmode": Setting("disable, prefer or require", example="disable"),
        "krbsrvname": Setting("The Kerberos service", example="postgres"),
        "target_session_attrs": Setting("any, read-write, primary, standby …, of several hosts", example="primary"),
        "connect_timeout": Setting("Seconds that a connection may take", example="10"),
        "options": Setting("Settings for the session", example="-c search_path=shop"),
    },
)  # fmt: skip


def parameters(target: Target) -> dict[str, Any]:
    """Return what libpq is told of a target; InputError for what has no place there."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    settings = {name: value for name, value in target.settings.items() if name != "url"}
    if unknown := sorted(set(settings) - set(KIND.settings)):
        raise InputError(f"target `{target.name}`: `{unknown[0]}` is no setting of a postgresql target")
    try:
        found: dict[str, Any] = dict(conninfo_to_dict(str(target.settings.get("url", ""))))
    except ProgrammingError:
        # What libpq says of it would quote it.
        raise InputError(f"target `{target.name}`: its url cannot be read", f"such as {_EXAMPLE}") from None
    if "password" in found or "sslpassword" in found:
        raise InputError(f"target `{target.name}`: a password stands in its url", 'write password = "env:NAME" instead')
    found |= {name: str(value) for name, value in settings.items()}
    try:
        make_conninfo(**found)
    except ProgrammingError as error:
        raise InputError(f"target `{target.name}`: {str(error).strip()}") from None
    return found


_EXAMPLE = "postgresql://runbook@db.example:5432/orders"


def connect(target: Target, run: str, *, patience: float | None = None) -> Connection[tuple[Any, ...]]:
    """Connect; psycopg's OperationalError where that fails."""
    import psycopg

    found = parameters(target)
    # libpq takes 1 for 2, and 0 for ever.
    limit = max(2, round(patience)) if patience is not None else int(found.get("connect_timeout") or PATIENCE)
    found["connect_timeout"] = min(limit, int(found.get("connect_timeout") or limit)) or PATIENCE
    found["application_name"] = application_name(run)
    found["client_encoding"] = "utf8"
    for name, value in _ALIVE.items():
        found.setdefault(name, value)
    # None: a pooler would give the next statement to a server that has not prepared it.
    try:
        connection: Connection[tuple[Any, ...]] = psycopg.connect("", autocommit=True, prepare_threshold=None, **found)
    except psycopg.OperationalError as error:
        if hint := hint_for(str(error), target, found):
            raise psycopg.OperationalError(f"{str(error).strip()}\n{hint}") from error
        raise
    return connection


def hint_for(said: str, target: Target, found: Mapping[str, Any]) -> str:
    """Return what to do about a connection that failed, where libpq's words do not say it."""
    from runbook_runner.executors._sql_tls import certificate

    if "certificate verify failed" in said:
        return certificate(found)
    if "no password supplied" in said:
        return f'write password = "env:NAME" in [targets.{target.name}], or a line in ~/.pgpass'
    if "password authentication failed" in said:
        where = "the target's `password`" if "password" in found else "PGPASSWORD, the passfile or ~/.pgpass"
        return f"the password came from {where}"
    return ""


def pooled(connection: Connection[tuple[Any, ...]]) -> bool:
    """Tell whether a pooler such as PgBouncer stands between: it names another process than the one that answers."""
    row = connection.execute("select pg_backend_pid()").fetchone()
    return row is not None and row[0] != connection.info.backend_pid


_ALIVE = {"keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 3}
"""Without these a link that is cut in silence is noticed after two hours."""


def application_name(run: str) -> str:
    """Return by what the server knows a run; it keeps no more than 63 bytes."""
    # Whatever is not ASCII would be shown as question marks.
    return f"runbook {run}".strip().encode("ascii", "replace")[:63].decode()


def described(target: Target, facts: Mapping[str, Any] | None = None) -> str:
    """Return in one line which database a target is, as far as the settings and the server tell."""
    import os

    found = {**parameters(target)}
    host = str(found.get("host") or found.get("hostaddr") or os.environ.get("PGHOST") or "this machine")
    if "service" in found and "host" not in found:
        host = f"service {found['service']}"
    port = str(found.get("port") or os.environ.get("PGPORT") or "5432")
    user = found.get("user") or os.environ.get("PGUSER") or ""
    database = found.get("dbname") or os.environ.get("PGDATABASE") or user or ""
    if facts is not None:
        host, port = str(facts["host"] or host), str(facts["port"] or port)
        user, database = facts["user"], facts["database"]
    where = f"{host}:{port}" if port != "5432" else host
    what = f"database {database}" if database else "the database"
    who = f" as {user}" if user else ""
    if facts is None:
        return f"{what} on {where}{who} (not reached)"
    pool = ", through a pooler" if facts.get("pooled") else ""
    return f"{what} on {where}{who} ({'replica' if facts['replica'] else 'primary'}{pool})"


def facts_of(connection: Connection[tuple[Any, ...]]) -> dict[str, Any]:
    """Return what a server says of itself."""
    row = connection.execute(
        "select current_database(), current_user, pg_is_in_recovery(), current_setting('server_version'),"
        " current_setting('is_superuser') = 'on', pg_backend_pid()"
    ).fetchone()
    assert row is not None  # noqa: S101 - one row, by the query
    names = ("database", "user", "replica", "version", "superuser", "process")
    found, info = dict(zip(names, row, strict=True)), connection.info
    found["pooled"] = found.pop("process") != info.backend_pid
    return {**found, "host": info.host or info.hostaddr, "port": info.port}
