"""Where the SQLite journal lies, who may read it, and what SQLite's errors mean to a person."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runbook_runner.errors import StoreError, StoreFull, StoreLocked

if TYPE_CHECKING:
    import sqlite3


def default_path() -> Path:
    """Return where the journal lies if nobody says otherwise: `runbook/journal.db` in the user's state folder."""
    if (state := os.environ.get("XDG_STATE_HOME", "")) and Path(state).is_absolute():
        return Path(state) / "runbook" / "journal.db"
    system: str = sys.platform
    if system == "linux":
        try:
            return Path.home() / ".local" / "state" / "runbook" / "journal.db"
        except RuntimeError:
            raise StoreError("there is no home folder for the journal", "set HOME, or say --store PATH") from None
    from platformdirs import user_state_path  # 30 ms, and on Linux it says the same

    return user_state_path("runbook", appauthor=False) / "journal.db"


def prepare(path: Path, *, own_folder: bool) -> None:
    """Create the file, mode 0600, and with `own_folder` its folder, mode 0700; tighten both if they are looser.

    A folder that the user named is not ours to create or to change.
    """
    folder = path.parent
    try:
        if own_folder:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _tighten(folder, 0o700)
        elif not folder.is_dir():
            raise StoreError(f"there is no folder {folder} for the journal", f"create it: mkdir -p -m 700 '{folder}'")
        if path.is_dir():
            raise StoreError(f"the journal {path} is a folder", "name a file in it")
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        # SQLite gives -wal and -shm the mode that the database has when it creates them.
        for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            _tighten(file, 0o600)
    except OSError as error:
        raise from_os(error, path) from error


def inode(path: Path) -> tuple[int, int]:
    """Return which file lies at a path; zeros for none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - at every event
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino


def write_anew(connection: sqlite3.Connection, place: Path, *, own_folder: bool) -> None:
    """Write a journal whose file is gone to another file; what the connection holds is all that is left of it."""
    import sqlite3
    from contextlib import closing

    prepare(place, own_folder=own_folder)
    connection.execute("VACUUM INTO ?", (str(place),))
    with closing(sqlite3.connect(place)) as new:
        new.execute("PRAGMA journal_mode = WAL")


def _tighten(path: Path, mode: int) -> None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return
    if found.st_mode & 0o777 & ~mode and found.st_uid == os.geteuid():
        path.chmod(mode)


def from_os(error: OSError, path: Path) -> StoreError:
    """Return what a failure of the system means."""
    import errno

    why = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return _full(path, why)
    return StoreError(f"the journal {path} cannot be opened for writing: {why}", "check it, or say --store PATH")


def from_sqlite(error: sqlite3.Error, path: Path) -> StoreError:
    """Return what a failure of SQLite means."""
    name = getattr(error, "sqlite_errorname", "") or ""
    why = str(error)
    match name.split("_")[1] if "_" in name else "":
        case "FULL":
            return _full(path, why)
        case "IOERR" if name in ("SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_TRUNCATE"):
            # A quota or a limit on file sizes; SQLite keeps FULL for ENOSPC.
            return _full(path, why)
        case "BUSY" | "LOCKED":
            return StoreLocked(
                f"another process keeps the journal {path} locked",
                f"try again; `fuser -v '{path}'` says who it is",
            )
        case "NOTADB" | "CORRUPT" | "FORMAT":
            return StoreError(
                f"the journal {path} is damaged or not a journal: {why}",
                f"nothing was changed; keep a copy of it with its -wal file, then go on with --store {path}.new",
            )
        case "READONLY" | "PERM" | "AUTH" | "CANTOPEN":
            return StoreError(f"the journal {path} cannot be written: {why}", "check its folder and its permissions")
        case "CONSTRAINT":
            return StoreError(f"the journal {path} refused: {why}", "nothing was written")
        case _:
            return StoreError(f"the journal {path} failed: {why}", "nothing was written; check the disk")


def _full(path: Path, why: str) -> StoreFull:
    again = "`runbook resume`" if path == default_path() else f"`runbook resume --store '{path}'`"
    return StoreFull(
        f"there is no room for the journal {path}: {why}",
        f"nothing half-written was kept; make room (`df -h '{path.parent}'`), then {again};\n"
        "  to walk a runbook meanwhile, keep its journal in memory: --store /dev/shm/runbook.db",
    )
