"""Where the wrapper puts what a command prints when the runner does not read it. Standard library only."""

from __future__ import annotations

import os

from runbook_runner.executors._seen import LIMIT, Part


class Stream:
    """A reading end, and the file for what comes."""

    def __init__(self, fd: int, path: str) -> None:
        """Take the reading end, -1 where there is nothing more to read."""
        self.fd = fd
        self.path = path
        self.dropped = False
        self.failed = False
        """Something could not be written down."""
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

    def take(self, part: Part) -> None:
        """Begin with what the runner had read."""
        head, left_out, tail = part
        if head:
            self._keep(head)
            self._size += left_out
            self._keep(tail)

    def _keep(self, data: bytes) -> None:
        try:
            if self._file < 0:
                self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            head = data[: max(0, LIMIT - self._size)]
            if head:
                os.write(self._file, head)
        except OSError:  # a full disk must not stop the command
            self.failed = True
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
            self.failed = True

    def close(self) -> None:
        """Let go of the pipe and the file."""
        self.flush()
        if self.fd >= 0:
            os.close(self.fd)
        if self._file >= 0:
            os.close(self._file)
