"""The runner's end of the link to the wrapper."""

from __future__ import annotations

import os
import select
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from runbook_runner.executors._seen import Seen

_BOOT = "import sys; sys.path.append(sys.argv[1]); from runbook_runner.executors._wrapper import main; main()"

_TICK = 200
"""Milliseconds."""


class WrapperGone(Exception):
    """The wrapper does not answer any more."""


class Refused(Exception):
    """The system could not start the command."""


class Client:
    """Starts the wrapper and speaks to it."""

    def __init__(self, private: str) -> None:
        # A fresh interpreter and not a fork: the runner has threads, a database and a terminal.
        self.link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.seen = Seen(private)
        for end in (self.link, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        code = [sys.executable, "-I", "-S", "-c", _BOOT, str(Path(__file__).parents[2]), private]
        self.pid = os.posix_spawn(
            sys.executable,
            code,
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, theirs.fileno(), 0),
                (os.POSIX_SPAWN_DUP2, self.seen.fd, 1),
                (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0),
            ],
            setsid=True,
            setsigmask=(),
        )
        theirs.close()
        self._poll = select.poll()
        self._poll.register(self.link.fileno(), select.POLLIN)

    def spawn(
        self,
        attempt: int,
        over: int,
        timeout: float | None,
        directory: str,
        tty: str,
        arguments: Sequence[bytes],
        environment: Mapping[str, str],
        fds: Sequence[int],
    ) -> None:
        """Have a command started behind its gate; `started` says what became of it.

        `over` is an attempt that is over and has nothing left to print; -1 for none. `timeout` is the wrapper's to
        enforce where the runner does not live to do it.
        """
        fields = [b"run", b"%d" % attempt, b"%d" % over, b"" if timeout is None else b"%f" % timeout]
        fields += [os.fsencode(directory), os.fsencode(tty)]
        fields += [b"%d" % len(arguments), *arguments]
        fields += [os.fsencode(f"{name}={value}") for name, value in environment.items()]
        try:
            socket.send_fds(self.link, [b"\0".join(fields)], list(fds))
        except (BrokenPipeError, ConnectionResetError) as error:
            raise WrapperGone from error
        except OSError as error:
            raise Refused(f"the command or its parameters are too large ({error.strerror})") from error

    def started(self, attempt: int, tick: Callable[[], bool]) -> tuple[int, str]:
        """Return the pid and start time of a command, once it stands behind its gate.

        A directory on a dead server may keep it from there: `tick` is called meanwhile, and gives up by False.
        """
        while True:
            while not self._poll.poll(_TICK):
                if not tick():
                    raise Refused("it was stopped before it could start")
            match self.receive():
                case ["started", number, pid, begun] if int(number) == attempt:
                    return int(pid), begun
                case ["failed", number, why] if int(number) == attempt:
                    raise Refused(why)

    def receive(self) -> list[str]:
        """Wait for one message and return its fields."""
        try:
            data = self.link.recv(1 << 16)
        except OSError as error:
            raise WrapperGone from error
        if not data:
            raise WrapperGone
        return data.decode(errors="replace").split("\0")

    def tell(self, word: str, attempt: int) -> None:
        """Send a message without an answer; a wrapper that is gone needs none."""
        try:
            self.link.send(f"{word}\0{attempt}".encode())
        except OSError:
            return

    def close(self, *, forget: bool) -> None:
        """Let the wrapper go; it stays for as long as its commands need it.

        `forget`: nobody will ask how they ended.
        """
        self.tell("forget" if forget else "leave", 0)
        self.gone()
        for _ in range(40):  # most often it goes at once, and then writes no file that we would miss to remove
            try:
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    return
            except OSError:
                return
            time.sleep(0.003)

    def gone(self) -> None:
        """Let go of what was shared with it."""
        self.link.close()
        self.seen.close()
