"""The small wrapper of a session's commands: starts them, outlives the runner, and writes down how they ended.

One process for a session, not one for each command: an interpreter costs ten times what a command may. It is the
parent of every command, because only a parent learns an exit code; it holds a second reading end of each pipe, which
it touches only when the runner is gone (or has done with the command), so that nobody dies of SIGPIPE or blocks.
It imports nothing of the package, and ends as soon as the runner is gone, the commands are over and nobody holds
a pipe any more.

Messages are NUL-separated fields. From the runner:
  run ATTEMPT DIRECTORY TTY ARGC ARG… NAME=VALUE…   with the gate and, without a TTY, out, err and their reading ends
  end ATTEMPT      the runner has all that it wants: what leftovers still print is dropped
  keep ATTEMPT     the runner does not read this one: keep what it prints
To the runner: `started ATTEMPT PID START`, `failed ATTEMPT WHY`, `ended ATTEMPT CODE` (negative: a signal).
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

LIMIT = 1 << 20
"""How much of each stream is kept, from its head and again from its tail."""
IGNORED = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGPIPE", "SIGXFSZ", "SIGTSTP", "SIGTTOU", "SIGTTIN")
_MESSAGE = 1 << 20
_CLOEXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


def start_time(pid: int) -> str:
    """Return the kernel's start time of a process, empty if there is none; with the pid it names it for one boot."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - no Path: this runs at every step
            return file.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return ""


def _tick() -> int:
    """Return the clock that start times are read from, in its units; -1 where there is none."""
    try:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK") // 10**9
    except (AttributeError, OSError, ValueError):
        return -1


class _Stream:
    """A reading end, and where to put what comes when the runner does not read."""

    def __init__(self, fd: int, path: str) -> None:
        self.fd = fd
        self.path = path
        self.dropped = False
        self._file = -1
        self._size = 0
        self._tail = bytearray()

    def drain(self) -> bool:
        """Take what is there; False at the end."""
        try:
            data = os.read(self.fd, 1 << 18)
        except OSError:
            data = b""
        if data and not self.dropped:
            self._keep(data)
        return bool(data)

    def _keep(self, data: bytes) -> None:
        try:
            if self._file < 0:
                self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            head = data[: max(0, LIMIT - self._size)]
            if head:
                os.write(self._file, head)
        except OSError:  # a full disk must not stop the command
            return
        self._size += len(data)
        self._tail += data[len(head) :]
        if len(self._tail) > 4 * LIMIT:
            del self._tail[:-LIMIT]

    def flush(self) -> None:
        """Write the tail; called when the command is over."""
        lost = self._size - LIMIT - LIMIT
        tail, self._tail = bytes(self._tail[-LIMIT:]), bytearray()
        if self._file < 0 or not tail:
            return
        try:
            if lost > 0:
                os.write(self._file, b"\n[... %d bytes were not kept ...]\n" % lost)
            os.write(self._file, tail)
        except OSError:
            return

    def close(self) -> None:
        """Let go of the pipe and the file."""
        self.flush()
        os.close(self.fd)
        if self._file >= 0:
            os.close(self._file)


class _Job:
    """One command."""

    def __init__(self, attempt: str, pid: int, streams: list[_Stream]) -> None:
        self.attempt = attempt
        self.pid = pid
        self.streams = streams
        self.began = time.monotonic()
        self.over = False


def _environment(changes: list[bytes]) -> dict[bytes, bytes]:
    environment = dict(os.environb)
    environment.update((name, value) for name, _, value in (change.partition(b"=") for change in changes))
    for name in (b"BASH_ENV", b"ENV", b"SHELLOPTS", b"BASHOPTS"):  # these would act before the gate, or in it
        environment.pop(name, None)
    return environment


def _actions(fds: list[int], tty: bytes) -> list[tuple[object, ...]]:
    actions: list[tuple[object, ...]] = [(os.POSIX_SPAWN_DUP2, fds[0], 0)]
    if tty:  # opened by the leader of a new session, it becomes that session's controlling terminal
        return [*actions, (os.POSIX_SPAWN_OPEN, 1, tty, os.O_RDWR, 0), (os.POSIX_SPAWN_DUP2, 1, 2)]
    return [*actions, (os.POSIX_SPAWN_DUP2, fds[1], 1), (os.POSIX_SPAWN_DUP2, fds[2], 2)]


class Wrapper:
    """The loop."""

    def __init__(self, link: socket.socket, private: str) -> None:
        self.link: socket.socket | None = link
        self.private = private
        self.jobs: dict[str, _Job] = {}
        self.streams: dict[int, _Stream] = {}
        self.poll = select.poll()
        self.poll.register(link.fileno(), select.POLLIN)
        self.children, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self.poll.register(self.children, select.POLLIN)

    def run(self) -> None:
        """Serve until nothing is left to do."""
        while self.link is not None or self.streams or any(not job.over for job in self.jobs.values()):
            ready = self.poll.poll()
            for fd, _ in ready:
                if fd in self.streams:
                    self._drain(fd)
            if any(fd == self.children for fd, _ in ready):
                os.read(self.children, 4096)
                self._reap()
            if self.link is not None and any(fd == self.link.fileno() for fd, _ in ready):
                self._receive(self.link)

    def _receive(self, link: socket.socket) -> None:
        try:
            data, fds, _, _ = socket.recv_fds(link, _MESSAGE, 8, _CLOEXEC)
        except OSError:
            data, fds = b"", []
        if not data:
            self._orphaned()
            return
        fields = data.split(b"\0")
        attempt = fields[1].decode()
        match fields[0]:
            case b"run":
                self._spawn(attempt, fields, fds)
            case b"end" if attempt in self.jobs:
                self._release(self.jobs.pop(attempt), dropped=True)
            case b"keep" if attempt in self.jobs:
                self._release(self.jobs[attempt], dropped=False)

    def _spawn(self, attempt: str, fields: list[bytes], fds: list[int]) -> None:
        directory, tty, count = fields[2], fields[3], int(fields[4])
        arguments, environment = fields[5 : 5 + count], _environment(fields[5 + count :])
        actions = _actions(fds, tty)
        try:
            os.chdir(directory)  # posix_spawn cannot; nobody else lives in this process
            before = _tick()
            pid = os.posix_spawnp(
                arguments[0],
                arguments,
                environment,
                file_actions=actions,
                setsid=True,
                setsigmask=(),
                setsigdef=[getattr(signal, name) for name in IGNORED],
            )
            after = _tick()
        except OSError as error:
            for fd in fds:
                os.close(fd)
            self._tell("failed", attempt, error.strerror or str(error))
            return
        finally:
            os.chdir("/")
        for fd in fds[:3]:
            os.close(fd)
        names = ("stdout", "stderr")
        streams = [_Stream(fd, f"{self.private}/{attempt}.{name}") for fd, name in zip(fds[3:], names, strict=False)]
        self.jobs[attempt] = _Job(attempt, pid, streams)
        # The kernel answers for a process that executes a new program only when that is done, a millisecond later.
        # Most often the clock says the same at once: when no tick fell between before and after.
        begun = str(before) if before == after >= 0 else start_time(pid)
        self._tell("started", attempt, str(pid), begun)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for job in self.jobs.values():
                if job.pid == pid and not job.over:
                    self._over(job, os.waitstatus_to_exitcode(status))

    def _over(self, job: _Job, code: int) -> None:
        job.over = True
        for stream in job.streams:
            while stream.fd in self.streams and select.select([stream.fd], [], [], 0)[0]:
                if not self._drain(stream.fd):
                    break
            stream.flush()
        # The runner first: it makes the end durable itself. Should it die before that, it finds our note all the same.
        self._tell("ended", job.attempt, str(code))
        self._record(job, code)

    def _record(self, job: _Job, code: int) -> None:
        path = f"{self.private}/{job.attempt}.exit"
        line = f"{code} {time.time():.6f} {time.monotonic() - job.began:.6f}\n"
        try:
            fd = os.open(f"{path}~", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.write(fd, line.encode())
            if self.link is None:  # a living runner makes the end durable itself, and sooner without us
                os.fsync(fd)
            os.close(fd)
            os.rename(f"{path}~", path)  # noqa: PTH104
            if self.link is None:
                folder = os.open(self.private, os.O_RDONLY)
                os.fsync(folder)
                os.close(folder)
        except OSError:
            return

    def _drain(self, fd: int) -> bool:
        if self.streams[fd].drain():
            return True
        self.poll.unregister(fd)
        self.streams.pop(fd).close()
        return False

    def _release(self, job: _Job, *, dropped: bool) -> None:
        for stream in job.streams:
            stream.dropped = dropped
            if stream.fd not in self.streams:
                self.streams[stream.fd] = stream
                self.poll.register(stream.fd, select.POLLIN)
        job.streams = [] if dropped else job.streams

    def _orphaned(self) -> None:
        """The runner is gone: read what it does not any more, and see the commands to their end."""
        if self.link is not None:
            self.poll.unregister(self.link.fileno())
            self.link.close()
            self.link = None
        for job in self.jobs.values():
            self._release(job, dropped=False)

    def _tell(self, *fields: str) -> None:
        if self.link is None:
            return
        try:
            self.link.send("\0".join(fields).encode())
        except OSError:
            return  # its end of file says the rest


def main() -> None:
    """Run as a process of its own: `main PRIVATE`, with the link as standard input."""
    for name in IGNORED:
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    private = str(Path(sys.argv[-1]))
    os.chdir("/")
    link = socket.socket(fileno=os.dup(0))
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    Wrapper(link, private).run()
    os._exit(0)  # nothing to finalise, and somebody may wait for us
