"""Other machines, reached through the system's `ssh` client: her configuration, her agent, her jump hosts."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from runbook_runner.errors import InputError
from runbook_runner.executors import _ssh_far as far
from runbook_runner.executors._ssh_kind import KIND
from runbook_runner.model.target import Target
from runbook_runner.ports import Check
from runbook_runner.regex import regex

CONNECT = 10
"""Seconds for one connection; a jump host is one more."""
_ALL = 30.0
_IDLE = 600
"""Seconds after which a connection that nobody uses any more closes by itself."""
_SOCKET = 104 - 18
"""Longest path of a socket, less what ssh adds to it while it binds."""
_QUIET = (
    *("BatchMode=yes", "ServerAliveInterval=5", "ServerAliveCountMax=3", "LogLevel=ERROR", "RemoteCommand=none"),
    *("ClearAllForwardings=yes", "PermitLocalCommand=no"),
)
"""Known to clients of 2018 too: an option that one does not know stops it."""
_URL = regex(r"ssh://(?:(?P<user>[^@/:]+)@)?(?P<host>\[[^]/]+\]|[^@/:\[\]]+)(?::(?P<port>\d+))?/?")
_NOISE = regex(r"(?i)^(warning: permanently added|@+$|\*\* |debug)")
_HINTS = (
    ("IDENTIFICATION HAS CHANGED", "its host key is not the one that was known: find out why before you go on"),
    ("Host key verification failed", "its host key is not known here: log in by hand once, and compare the key"),
    ("host key is known", "its host key is not known here: log in by hand once, and compare the key"),
    ("Permission denied", "is your key in the agent (`ssh-add -l`), and may you log in there?"),
    ("Could not resolve", "is the name right, and does your VPN or DNS answer?"),
    ("Connection refused", "is its sshd up, and the port right?"),
    ("timed out", "is it up, and is there a way to it from here?"),
)


class Address(Struct, frozen=True):
    """Where a machine is, and how to get in."""

    name: str
    """Of the target."""
    host: str
    user: str = ""
    flags: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Who is who, for a person."""
        place = f"{self.user}@{self.host}" if self.user else self.host
        return self.name if place == self.name else f"{self.name} ({place})"


def address(target: Target) -> Address:
    """Read a target's settings; InputError for what cannot be meant."""
    settings = {key: str(value) for key, value in target.settings.items()}
    what = f"target `{target.name}`"
    if url := settings.get("url", ""):
        match = _URL.fullmatch(url)
        if match is None:
            raise InputError(f"{what}: {url!r} is no ssh://USER@HOST:PORT", "a password has no place there")
        settings = {**{key: value.strip("[]") for key, value in match.groupdict().items() if value}, **settings}
    host, user = settings.get("host", ""), settings.get("user", "")
    if not host:
        raise InputError(f"{what}: it has neither `host` nor `url`", 'write host = "web-1.example"')
    for key in ("host", "user", "port", "jump"):
        value = settings.get(key, "")
        if value.startswith("-") or re.search(r"[\s\0]", value):
            raise InputError(f"{what}: `{key}` cannot be {value!r}", KIND.settings[key].help)
    flags: list[str] = []
    for key, flag in (("user", "-l"), ("port", "-p"), ("jump", "-J"), ("identity_file", "-i"), ("config", "-F")):
        if value := settings.get(key, ""):
            flags += [flag, str(Path(value).expanduser()) if key in ("identity_file", "config") else value]
    return Address(target.name, host, user, tuple(flags))


def command(to: Address, control: str, remote: str, *, typed: bool = False, seconds: int = CONNECT) -> list[str]:
    """Return the client's command line; `control` is the socket of a connection to share, if there is one."""
    options = [part for option in _QUIET for part in ("-o", option)]
    shared = ["-o", "ControlMaster=no", "-S", control.replace("%", "%%") if control else "none"]
    terminal = ["-tt", "-e", "none"] if typed else ["-T"]
    return ["ssh", *terminal, *options, "-o", f"ConnectTimeout={seconds}", *shared, *to.flags, "--", to.host, remote]


def told(raw: bytes) -> str:
    """Return what the client said of a failure, in one line with what to do."""
    text = raw.decode(errors="replace").replace("\r", "")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not _NOISE.match(line.strip())]
    hint = next((hint for sign, hint in _HINTS if sign in text), "")
    said = lines[-1].removeprefix("ssh: ").rstrip(".") if lines else "ssh gave no reason"
    return f"{said}: {hint}" if hint else said


class Line:
    """One connection to a machine, which all commands of a run share."""

    def __init__(self, to: Address, folder: Path) -> None:
        self.to = to
        self._folder = folder
        self._link = folder / "socket"
        """Where the socket is, if its own path would be too long for one."""
        self.control = str(folder / "line")
        if len(self.control) > _SOCKET:
            self.control = self._short()

    def _short(self) -> str:
        with suppress(OSError):
            return str(self._link.readlink() / "line")
        runtime = os.environ.get("XDG_RUNTIME_DIR", "")
        short = Path(tempfile.mkdtemp(prefix="rb-", dir=runtime if runtime and Path(runtime).is_dir() else None))
        self._link.symlink_to(short)
        return str(short / "line")

    def up(self) -> bool:
        """Whether there is a connection; it may be a dead one, as far as can be told at once."""
        import socket

        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            try:
                probe.connect(self.control)
            except OSError:
                return False
        return True

    def connect(self, tick: Callable[[], bool]) -> str:
        """See that there is a connection; return why there is none."""
        if self.up():
            return ""
        with suppress(OSError):
            os.unlink(self.control)  # noqa: PTH108
        Path(self.control).parent.mkdir(mode=0o700, exist_ok=True)
        said = self._folder / "connecting"
        with os.fdopen(os.open(said, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "rb") as errors:
            try:
                process = subprocess.Popen(
                    self._master(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    start_new_session=True,
                    cwd="/",
                    env=_environment(),
                )
            except OSError as error:
                return f"ssh could not be started here: {(error.strerror or str(error)).lower()}"
            why = _wait(process, _ALL, tick)
            if why or process.returncode != 0:
                errors.seek(0)  # the child moved the place that both share
                return why or told(errors.read())
        with suppress(OSError):
            said.unlink()
        return ""

    def _master(self) -> list[str]:
        # It outlives the runner, as a command does that it carries.
        keep = ["-f", "-N", "-M", "-o", f"ControlPersist={_IDLE}"]
        words = command(self.to, self.control, "")[:-1]
        at = words.index("ControlMaster=no") - 1
        return words[:at] + keep + words[at + 2 :]

    def ask(self, script: str, *fields: str) -> Question:
        """Put a question to the far machine itself; the answer is awaited elsewhere."""
        return Question(command(self.to, self.control if self.up() else "", far.line(), seconds=4), script, fields)

    def close(self, *, remove: bool, used: bool = False) -> None:
        """Let the connection go, once nothing runs over it any more where it is `used`."""
        if self.up():
            words = command(self.to, self.control, "")[:-1]
            how = "stop" if used else "exit"
            with suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run([words[0], "-O", how, *words[1:]], capture_output=True, timeout=3, check=False)
        if remove:
            with suppress(OSError):
                target = self._link.readlink()
                for each in (target / "line", target):
                    with suppress(OSError):
                        each.unlink() if each.name == "line" else each.rmdir()


class Question:
    """A question to the far machine under way, in a process of its own."""

    def __init__(self, words: Sequence[str], script: str, fields: Sequence[str]) -> None:
        self._mark = far.nonce()
        self._process = subprocess.Popen(
            [words[0], "-a", *words[1:]],  # a question needs no agent over there, whatever her configuration says
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            cwd="/",
            env=_environment(),
        )
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        with suppress(OSError):
            self._process.stdin.write(far.question(script, self._mark, *fields))
        with suppress(OSError):
            self._process.stdin.close()
        self._process.stdin = None

    @property
    def over(self) -> bool:
        """Whether it was answered, or will never be."""
        return self._process.poll() is not None

    def wait(self, seconds: float, tick: Callable[[], bool] = lambda: True) -> bool:
        """Wait for the answer; False when it did not come."""
        return not _wait(self._process, seconds, tick)

    def answer(self) -> tuple[str | None, str]:
        """Return the answer, None when there is none, and what the client said."""
        if not self.over:
            self._process.kill()
        out, err = self._process.communicate()
        return far.answer(self._mark, out), told(err)


def _environment() -> dict[str, str]:
    # A jump host's client is not told BatchMode, and must not open a window to ask.
    return {**os.environ, "SSH_ASKPASS_REQUIRE": "never"}


def _wait(process: subprocess.Popen[bytes], seconds: float, tick: Callable[[], bool]) -> str:
    """Wait for a process while time is kept; return why it was given up."""
    until = time.monotonic() + seconds
    next_tick = 0.0
    while process.poll() is None:
        now = time.monotonic()
        stopped = now >= next_tick and not tick()
        if now >= next_tick:
            next_tick = now + 0.2
        if stopped or now > until:
            process.kill()
            process.wait()
            return "stopped before it was connected" if stopped else f"no connection within {seconds:g} s"
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.01)
    return ""


def try_out(target: Target, tools: Sequence[str]) -> tuple[Check, ...]:
    """Find out whether one can log in, and which programs are there, in one go and within four seconds or so."""
    import shutil

    to = address(target)
    name = f"target {target.name}"
    if shutil.which("ssh") is None:
        return (Check(name, False, "ssh is not on PATH here"),)
    question = Question(command(to, "", far.line(), seconds=3), "tools", ["bash", *tools, ""])
    came = question.wait(5.0)
    answer, why = question.answer()
    if answer is None:
        return (Check(name, False if came else None, why if came else f"{to.shown}: no answer within 5 s"),)
    parts = answer.split("\0")
    there = dict(zip(parts[::2], parts[1::2], strict=False))
    missing = [Check(f"{tool} on {target.name}", False, "not on PATH there") for tool in tools if not there.get(tool)]
    return (Check(name, True, f"{to.shown} lets you in"), *missing)
