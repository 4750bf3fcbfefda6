"""The small wrapper of a session's commands: starts them, outlives the runner, and writes down how they ended.

One process for a session, not one for each command: an interpreter costs ten times what a command may. It is the
parent of every command, because only a parent learns an exit code; it holds a second reading end of each pipe, which
it touches only when the runner is gone (or has done with the command), so that nobody dies of SIGPIPE or blocks.
Then it also writes down what the runner had read and may not have recorded, and ends commands that run into their
timeout. It needs nothing but the standard library, and ends as soon as the runner is gone, the commands are over and
nobody holds a pipe any more.

Messages are NUL-separated fields. From the runner:
  run ATTEMPT OVER TIMEOUT DIRECTORY TTY ARGC ARG… NAME=VALUE…   with the gate and, without a TTY, out, err and their
                   reading ends; the attempt OVER is over, and its pipes are at their end; TIMEOUT in seconds or empty
  end ATTEMPT      the runner has all that it wants: what leftovers still print is dropped
  keep ATTEMPT     the runner does not read this one: keep what it prints, and how it ends
  leave            the runner goes in order: all that it read is recorded
  forget           the run is over: nobody will ask any more
To the runner: `started ATTEMPT PID START`, `failed ATTEMPT WHY`, `ended ATTEMPT CODE` (negative: a signal).
"""

from __future__ import annotations

import errno
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

from runbook_runner.executors._job import Job
from runbook_runner.executors._seen import STREAMS, seen
from runbook_runner.executors._stream import Stream

IGNORED = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGPIPE", "SIGXFSZ", "SIGTSTP", "SIGTTOU", "SIGTTIN")
_MESSAGE = 1 << 20
_ANCILLARY = socket.CMSG_SPACE(8 * 4)
_CLOEXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


def start_time(pid: int) -> str:
    """Return the kernel's start time of a process, empty if there is none; with the pid it names it for one boot."""
    try:
        fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY)  # no file object: this runs at every step
        try:
            return os.read(fd, 4096).rpartition(b")")[2].split()[19].decode()
        finally:
            os.close(fd)
    except (OSError, IndexError):
        return ""


def _tick() -> int:
    """Return the clock that start times are read from, in its units; -1 where there is none."""
    try:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK") // 10**9
    except (AttributeError, OSError, ValueError):
        return -1


_TOO_EARLY = (b"BASH_ENV", b"ENV", b"SHELLOPTS", b"BASHOPTS")
"""Variables that would act before the gate, or in it."""


def _environment(base: dict[bytes, bytes], changes: list[bytes]) -> dict[bytes, bytes]:
    environment = base.copy()
    for change in changes:
        name, _, value = change.partition(b"=")
        if name not in _TOO_EARLY:
            environment[name] = value
    return environment


def _descriptors(messages: list[tuple[int, int, bytes]]) -> list[int]:
    return [
        int.from_bytes(data[at : at + 4], sys.byteorder)
        for level, kind, data in messages
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS
        for at in range(0, len(data) - 3, 4)
    ]


def _actions(fds: list[int], tty: bytes) -> list[tuple[object, ...]]:
    actions: list[tuple[object, ...]] = [(os.POSIX_SPAWN_DUP2, fds[0], 0)]
    if tty:  # opened by the leader of a new session, it becomes that session's controlling terminal
        return [*actions, (os.POSIX_SPAWN_OPEN, 1, tty, os.O_RDWR, 0), (os.POSIX_SPAWN_DUP2, 1, 2)]
    # The command inherits the reading ends as well: should the wrapper be killed too, it still does not die of SIGPIPE.
    kept = [(os.POSIX_SPAWN_DUP2, fd, fd) for fd in fds[3:]]
    return [*actions, (os.POSIX_SPAWN_DUP2, fds[1], 1), (os.POSIX_SPAWN_DUP2, fds[2], 2), *kept]


class Wrapper:
    """The loop."""

    def __init__(self, link: socket.socket, memory: int, private: str) -> None:
        self.link: socket.socket | None = link
        self.memory = memory
        """What the runner has read."""
        self.written = -1
        """The attempt whose part of that is written down, or recorded."""
        self.partial: set[str] = set()
        """Attempts of which some output may be missing."""
        self.private = private
        self.jobs: dict[str, Job] = {}
        self.streams: dict[int, Stream] = {}
        self.poll = select.poll()
        self.poll.register(link.fileno(), select.POLLIN)
        self.children, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self.poll.register(self.children, select.POLLIN)
        self.buffer = memoryview(bytearray(_MESSAGE))
        self.environment = {name: value for name, value in os.environb.items() if name not in _TOO_EARLY}
        self.programs: dict[bytes, bytes] = {}
        self.signals = [getattr(signal, name) for name in IGNORED]
        self.notes: dict[str, str] = {}
        """How attempts ended, for as long as a living runner has not made it durable itself."""

    def run(self) -> None:
        """Serve until nothing is left to do."""
        while True:
            patience = self._patience()  # it may end the last thing to wait for
            if (
                self.link is None
                and not self.streams
                and all(job.over and not job.family for job in self.jobs.values())
            ):
                return
            ready = self.poll.poll(patience)
            for fd, _ in ready:
                if fd in self.streams:
                    self._drain(fd)
            if any(fd == self.children for fd, _ in ready):
                os.read(self.children, 4096)
                self._reap()
            if self.link is not None and any(fd == self.link.fileno() for fd, _ in ready):
                self._receive(self.link)

    def _patience(self) -> float | None:
        """End what is due and followed by nobody else; return the milliseconds until the next is due."""
        now = time.monotonic()
        times = []
        for job in self.jobs.values():
            if job.deadline is not None and (self.link is None or job.kept):
                job.enforce(now)
                if job.deadline is not None:
                    times.append(0.05 if job.timed_out else max(0.0, job.deadline - now))
        return min(times) * 1000 + 1 if times else None

    def _receive(self, link: socket.socket) -> None:
        try:
            size, messages, _, _ = link.recvmsg_into([self.buffer], _ANCILLARY, _CLOEXEC)
        except OSError:
            size, messages = 0, []
        if not size:
            self._orphaned()
            return
        fields = bytes(self.buffer[:size]).split(b"\0")
        attempt = fields[1].decode()
        match fields[0]:
            case b"run":
                for stream in self._over_with(fields[2].decode()):
                    stream.close()
                self._spawn(attempt, fields, _descriptors(messages))
            case b"end":
                self._read(self._over_with(attempt), dropped=True)
            case b"keep" if attempt in self.jobs:
                self.jobs[attempt].kept = True
                self._take_over()
            case b"leave":
                self.written = seen(self.memory)[0]
                self.partial.add(str(self.written))
            case b"forget":
                self.written = seen(self.memory)[0]
                self.notes.clear()

    def _spawn(self, attempt: str, fields: list[bytes], fds: list[int]) -> None:
        timeout, directory, tty, count = fields[3], fields[4], fields[5], int(fields[6])
        arguments, environment = fields[7 : 7 + count], _environment(self.environment, fields[7 + count :])
        actions = _actions(fds, tty)
        try:
            os.chdir(directory)  # posix_spawn cannot; nobody else lives in this process
            before = _tick()
            pid = os.posix_spawn(
                self._program(arguments[0]),
                arguments,
                environment,
                file_actions=actions,
                setsid=True,
                setsigmask=(),
                setsigdef=self.signals,
            )
            after = _tick()
        except OSError as error:
            for fd in fds:
                os.close(fd)
            self._tell("failed", attempt, error.strerror or str(error))
            return
        finally:
            os.chdir("/")
        # The kernel answers for a process that executes a new program only when that is done, a millisecond later.
        # Most often the clock says the same at once: when no tick fell between before and after.
        begun = str(before) if before == after >= 0 else start_time(pid)
        self._tell("started", attempt, str(pid), begun)
        for fd in fds[:3]:
            os.close(fd)
        streams = [Stream(fd, self._path(attempt, name)) for fd, name in zip(fds[3:], STREAMS, strict=False)]
        self.jobs[attempt] = Job(attempt, pid, streams, timeout)

    def _path(self, attempt: str, name: str) -> str:
        return f"{self.private}/{attempt}.{name}"

    def _program(self, name: bytes) -> bytes:
        """Return where a shell lies, looked for once; FileNotFoundError when it is nowhere."""
        if not os.access(self.programs.get(name, b""), os.X_OK):
            places = [Path(place) / name.decode() for place in os.get_exec_path() if place.startswith("/")]
            found = next((each for each in places if each.is_file() and os.access(each, os.X_OK)), None)
            if found is None:
                raise FileNotFoundError(errno.ENOENT, f"{name.decode()} is not on PATH")
            self.programs[name] = bytes(found)
        return self.programs[name]

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

    def _over(self, job: Job, code: int) -> None:
        job.over = True
        self._drained(job)
        # The runner makes the end durable itself: it is written down here only where the runner does not, or dies.
        self._tell("ended", job.attempt, str(code))
        note = f"{code} {time.time():.6f} {time.monotonic() - job.began:.6f}"
        self.notes[job.attempt] = f"{note} timeout" if job.timed_out else note
        if any(stream.failed for stream in job.streams):
            self.partial.add(job.attempt)
        if self.link is None or job.kept:
            self._write_notes()

    def _write_seen(self) -> None:
        """Write down what the runner had read of its last attempt: the end of that may not be recorded yet."""
        number, whole, parts = seen(self.memory)
        if number in (-1, self.written):
            return
        self.written, attempt = number, str(number)
        job = self.jobs.get(attempt)
        streams = job.streams if job is not None else [Stream(-1, self._path(attempt, name)) for name in STREAMS]
        for stream, part in zip(streams, parts, strict=False):
            stream.take(part)
            if job is None:
                stream.close()
        if not whole or any(stream.failed for stream in streams):
            self.partial.add(attempt)

    def _write_notes(self) -> None:
        notes, self.notes = self.notes, {}
        try:
            for attempt, line in notes.items():
                path = self._path(attempt, "exit")
                fd = os.open(f"{path}~", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                os.write(fd, f"{line}\n".encode() if attempt in self.partial else f"{line} whole\n".encode())
                os.fsync(fd)
                os.close(fd)
                os.rename(f"{path}~", path)  # noqa: PTH104
            if notes:
                folder = os.open(self.private, os.O_RDONLY)
                os.fsync(folder)
                os.close(folder)
        except OSError:
            return

    def _drained(self, job: Job) -> None:
        """Read to the end what a command that is over has printed."""
        for stream in job.streams:
            while stream.fd in self.streams and select.select([stream.fd], [], [], 0)[0]:
                if not self._drain(stream.fd):
                    break
            stream.flush()

    def _drain(self, fd: int) -> bool:
        if self.streams[fd].drain():
            return True
        self.poll.unregister(fd)
        self.streams.pop(fd).close()
        return False

    def _over_with(self, attempt: str) -> list[Stream]:
        """Let go of an attempt, and return its streams. Its start was durable, and so is the end of those before it."""
        job = self.jobs.pop(attempt, None)
        if job is None:
            return []
        self.notes = {known: note for known, note in self.notes.items() if known == attempt}
        return job.streams

    def _read(self, streams: list[Stream], *, dropped: bool) -> None:
        """Read from now on what the runner does not."""
        for stream in streams:
            stream.dropped = dropped
            if stream.fd not in self.streams:
                self.streams[stream.fd] = stream
                self.poll.register(stream.fd, select.POLLIN)

    def _orphaned(self) -> None:
        """The runner is gone: read what it does not any more, and see the commands to their end."""
        if self.link is not None:
            self.poll.unregister(self.link.fileno())
            self.link.close()
            self.link = None
        self._take_over()

    def _take_over(self) -> None:
        """Go on where the runner has stopped: first what it had read, then what comes, then how it ended."""
        self._write_seen()
        for job in self.jobs.values():
            if self.link is None or job.kept:
                self._read(job.streams, dropped=False)
                if job.over:
                    self._drained(job)
        self._write_notes()

    def _tell(self, *fields: str) -> None:
        if self.link is None:
            return
        try:
            self.link.send("\0".join(fields).encode())
        except OSError:
            return  # its end of file says the rest


def main() -> None:
    """Run as a process of its own: `main PRIVATE`; standard input is the link, standard output the memory."""
    for name in IGNORED:
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    private = str(Path(sys.argv[-1]))
    os.chdir("/")
    link = socket.socket(fileno=os.dup(0))
    memory = os.dup(1)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    Wrapper(link, memory, private).run()
    os._exit(0)  # nothing to finalise, and somebody may wait for us
