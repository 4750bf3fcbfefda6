"""What comes from a far shell, parted into the command's own output and our frames: see `_ssh_far`."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from runbook_runner.executors import _state


class Far(Struct):
    """A process at the far end, by its true name."""

    pid: str = ""
    group: str = ""
    begun: str = ""

    @property
    def known(self) -> bool:
        """Whether it has said who it is."""
        return bool(self.pid)


class Frames(Struct):
    """One stream from the far end, parted into the command's own output and our frames."""

    mark: bytes
    """With the NULs around it."""
    begun: bool = False
    """The far shell has read everything: what comes from now on is the command's."""
    preface: bytes = b""
    far: Far = field(default_factory=Far)
    refused: str = ""
    """Why it could not start."""
    end: bytes = b""
    """What it wrote down at its end."""
    done: bool = False
    """Its exit code is here."""
    _held: bytes = b""
    _ending: bool = False

    @property
    def name(self) -> str:
        """What the mark is called at the far end."""
        return self.mark.decode().strip("\0")

    def feed(self, data: bytes) -> bytes:
        """Take what came, and return what the command printed of it."""
        if self._ending:
            self._take_end(data)
            return b""
        data, self._held = self._held + data, b""
        out = []
        while data:
            before, found, rest = data.partition(self.mark)
            if not found:
                keep = self._beginning(data)
                out.append(data[: len(data) - keep])
                self._held = data[len(data) - keep :]
                break
            frame, complete, after = rest.partition(b"\0")
            if not complete:
                out.append(before)
                self._held = self.mark + rest
                break
            out.append(self._own(before))
            if not self._frame(frame.decode(errors="surrogateescape")):
                self._ending = True
                self._take_end(b"\0" + after)
                return b"".join(out)
            data = after
        return self._own(b"".join(out))

    def _take_end(self, data: bytes) -> None:
        if not self.done:
            self.end += data
            at = self.end.find(b"\0=X", max(0, len(self.end) - len(data) - 8))
            self.done = at >= 0 and b"\0" in self.end[at + 1 :]

    def rest(self) -> bytes:
        """Return, at the end of the stream, what was held back."""
        held, self._held = self._held, b""
        return self._own(held)

    def _own(self, data: bytes) -> bytes:
        if self.begun:
            return data
        self.preface = (self.preface + data)[-4096:]
        return b""

    def _beginning(self, data: bytes) -> int:
        """Return how many bytes at the end may be the beginning of a mark."""
        at = data.rfind(b"\0", max(0, len(data) - len(self.mark)))
        while at >= 0:
            if self.mark.startswith(data[at:]):
                return len(data) - at
            at = data.rfind(b"\0", max(0, len(data) - len(self.mark)), at)
        return 0

    def _frame(self, text: str) -> bool:
        """Take a frame of the beginning; False for the one at the end."""
        match text[:1]:
            case "H":
                self.begun = True
            case "S":
                self.far = Far(*[*text[1:].split(" "), "", "", ""][:3])
            case "N":
                self.refused = text[1:]
            case _:
                return False
        return True


_OF_THE_CONNECTION = frozenset(
    {
        "SSH_AUTH_SOCK",
        "SSH_CLIENT",
        "SSH_CONNECTION",
        "SSH_TTY",
        "SSH_AGENT_PID",
        "SSH_ORIGINAL_COMMAND",
        "TERM",
        "MAIL",
    }
    | {"XDG_SESSION_ID", "XDG_SESSION_CLASS", "XDG_SESSION_TYPE", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "KRB5CCNAME"}
)
"""What sshd sets anew for each: from another one it would be wrong."""


class End(Struct):
    """What a far command left, as its frames told."""

    dump: _state.Dump
    code: int | None = None
    leftovers: tuple[str, ...] = ()


def ended(frames: Frames, parameters: Mapping[str, str]) -> End:
    """Read what a command wrote down at its end, as far as it came through."""
    found = End(_state.Dump(parameters=dict(parameters)))
    *records, _ = frames.end.removeprefix(b"\0").split(b"\0") if frames.end else [b""]
    for raw in records:
        record = raw.decode(errors="surrogateescape")
        if record.startswith("=L"):
            found.leftovers += (record[2:],)
        elif record.startswith("=X"):
            found.code = int(record[2:]) if record[2:].isdigit() else None
        elif not found.dump.complete:
            found.dump.take(record)
    _forget(found.dump)
    return found


def _forget(dump: _state.Dump) -> None:
    dump.variables = {name: text for name, text in dump.variables.items() if name not in _OF_THE_CONNECTION}
    for names in (dump.base, dump.exports):
        for name in _OF_THE_CONNECTION.intersection(names or ()):
            (names or {}).pop(name)
