"""A real sshd on loopback, started for tests and gone with them."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from msgspec import Struct

from runbook_runner.model.target import Target
from tests.e2e.program import children
from tests.postgres import free_port

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
needs_sshd = pytest.mark.skipif(
    not (SSHD and shutil.which("ssh") and shutil.which("ssh-keygen")), reason="no sshd, ssh or ssh-keygen here"
)


class Server(Struct, frozen=True):
    """An sshd of our own, and how to reach it."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def store(self) -> Path:
        return self.folder / "journal.db"

    @property
    def effect(self) -> list[str]:
        """Return what the change did so far."""
        path = self.folder / "effect.txt"
        return path.read_text().split() if path.exists() else []

    @property
    def config(self) -> Path:
        """Return a client's configuration that knows this server and lets nobody in but by its key."""
        path = self.folder / "ssh_config"
        known = self.folder / "known_hosts"
        if not known.exists():
            key = (self.folder / "host.pub").read_text().split()
            known.write_text(f"[127.0.0.1]:{self.port},[localhost]:{self.port} {key[0]} {key[1]}\n")
        lines = [f"UserKnownHostsFile {known}", "GlobalKnownHostsFile /dev/null", "IdentitiesOnly yes"]
        path.write_text("\n".join(["Host *", *lines, f"IdentityFile {self.folder / 'key'}", ""]))
        return path

    def target(self, name: str = "web-1", **more: object) -> Target:
        """Return it as the configuration would name it."""
        settings = {"host": "127.0.0.1", "port": self.port, "user": getpass.getuser(), "config": str(self.config)}
        return Target(name, "ssh", {**settings, **more})

    def command(self, remote: str, port: int) -> list[str]:
        """Return the client's command line; nothing of the person's own configuration is read."""
        options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
        flags = [part for option in (*options, "IdentitiesOnly=yes") for part in ("-o", option)]
        key = str(self.folder / "key")
        return ["-tt", "-F", "/dev/null", "-i", key, *flags, "-p", str(port), f"{getpass.getuser()}@127.0.0.1", remote]

    def cut(self) -> None:
        """Kill what serves the connections, and wait until it is dead; the listener stays.

        What is killed on a busy machine goes on living for a while, and until then no line is broken.
        """
        killed = []
        for pid in children(self.process.pid):
            for session in (pid, *children(pid)):
                with suppress(OSError):
                    if Path(f"/proc/{session}/comm").read_text().startswith("sshd"):
                        os.kill(session, signal.SIGKILL)
                        killed.append(session)
        while any(_lives(session) for session in killed):
            time.sleep(0.01)

    def stop(self) -> None:
        """Kill all of it: nobody gets in any more."""
        self.process.kill()
        self.process.wait()


def _lives(pid: int) -> bool:
    """Whether a process has not ended: one that nobody has asked for its end has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1] not in ("Z", "X")
    except OSError:
        return False


@contextmanager
def server(folder: Path, **more: str) -> Iterator[Server]:
    """Run an sshd that keeps its files in a folder; `more` are settings of it."""
    assert SSHD
    for name in ("host", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    shutil.copy(folder / "key.pub", folder / "authorized")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd wants it, and an image may lack it
    port = free_port()
    settings = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": folder / "host",
        "AuthorizedKeysFile": folder / "authorized",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
        "PrintMotd": "no",
        "SetEnv": "SHLVL=1",  # then bash does not read the person's own .bashrc, as it else does for ssh
        **more,
    }
    config = folder / "config"
    config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    log = folder / "sshd.log"
    with log.open("wb") as stream:
        process = subprocess.Popen([SSHD, "-D", "-e", "-f", config], stderr=stream)
    found = Server(folder, port, process)
    try:
        _wait_for_login(found, log)
        yield found
    finally:
        found.cut()
        process.kill()
        process.wait()


def _wait_for_login(found: Server, log: Path) -> None:
    """Wait until somebody can log in; skip where the machine lets nobody in by a key."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        done = subprocess.run(["ssh", *found.command("true", found.port)], capture_output=True, check=False)
        if done.returncode == 0:
            return
        if b"refused" not in done.stderr or found.process.poll() is not None:
            break
        time.sleep(0.1)
    pytest.skip(f"no login by key here: {log.read_text()[-400:]}")


def living(marker: str) -> list[int]:
    """Return the processes that have the marker in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and marker.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found
