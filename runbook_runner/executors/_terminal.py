"""A terminal of its own for an interactive command, joined to hers."""

from __future__ import annotations

import os
import select
import signal
import threading
from typing import Any

_IN, _OUT = 0, 1
_FULL = 1 << 16


class Terminal:
    """A pseudo-terminal, and the relay between it and hers.

    Her own is in raw mode meanwhile, so that Ctrl-C is a byte for the command and no signal for us.
    """

    def __init__(self) -> None:
        import termios
        import tty

        self._termios = termios
        self.master, slave = os.openpty()
        self.path = os.ttyname(slave)
        self.slave = slave
        """Held until the command has opened it: a master without a slave is at its end."""
        os.set_blocking(self.master, False)
        self._saved: list[Any] = termios.tcgetattr(_IN)
        termios.tcsetattr(slave, termios.TCSANOW, self._saved)
        self._size = b""
        self.tick()
        self._signals: dict[int, Any] = {}
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTTOU):
                self._signals[number] = signal.signal(number, signal.SIG_IGN)
        tty.setraw(_IN, termios.TCSADRAIN)
        self._pending = bytearray()
        self._input = True
        self._registered: dict[int, int] = {}
        self.open = True

    @staticmethod
    def there() -> bool:
        """Whether there is a terminal to give."""
        try:
            return os.isatty(_IN) and os.isatty(_OUT)
        except OSError:
            return False

    def tick(self) -> None:
        """Pass on the size of the window; the kernel tells the command."""
        import fcntl

        try:
            size = fcntl.ioctl(_IN, self._termios.TIOCGWINSZ, bytes(8))
            if size != self._size:
                self._size = size
                fcntl.ioctl(self.master, self._termios.TIOCSWINSZ, size)
        except OSError:
            return

    def register(self, poll: select.poll) -> None:
        """Wait for her keys while they can be passed on, and for the command's output."""
        wanted: dict[int, int] = {}
        if self.open:
            wanted[self.master] = select.POLLIN | (select.POLLOUT if self._pending else 0)
        if self._input and len(self._pending) < _FULL:
            wanted[_IN] = select.POLLIN
        for fd in self._registered.keys() - wanted.keys():
            poll.unregister(fd)
        for fd, events in wanted.items():
            if self._registered.get(fd) != events:
                poll.register(fd, events)
        self._registered = wanted

    def ready(self, fd: int, events: int) -> None:
        """Move bytes one way or the other."""
        if fd == _IN:
            data = _read(_IN)
            self._input = bool(data)
            self._pending += data or b""
            return
        if events & select.POLLOUT:
            self._feed()
        if events & (select.POLLIN | select.POLLHUP | select.POLLERR):
            data = _read(self.master)
            if data == b"":
                self.open = False
            elif data:
                self.show(data)

    def show(self, data: bytes) -> None:
        """Put on her screen what the command prints."""
        _write(data)

    def _feed(self) -> None:
        try:
            del self._pending[: os.write(self.master, self._pending)]
        except BlockingIOError:
            return
        except OSError:
            self._pending.clear()

    def close(self) -> None:
        """Give her terminal back as it was."""
        try:
            self._termios.tcsetattr(_IN, self._termios.TCSADRAIN, self._saved)
        except self._termios.error:  # it is gone
            pass
        finally:
            for number, handler in self._signals.items():
                signal.signal(number, handler)
            for fd in (self.master, self.slave):
                if fd >= 0:
                    os.close(fd)

    def opened(self) -> None:
        """Take note that the command has its end: from now on the last one to close it ends it."""
        os.close(self.slave)
        self.slave = -1


def _read(fd: int) -> bytes | None:
    """Read what is there; empty at the end, None when nothing is there yet."""
    try:
        return os.read(fd, 1 << 16)
    except BlockingIOError:
        return None
    except OSError:  # EIO: the last one closed it
        return b""


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(_OUT, view) :]
        except BlockingIOError:
            select.select([], [_OUT], [], 1)
        except OSError:
            return
