"""A run's shell on another machine: one ssh session for each command, over one connection."""

from __future__ import annotations

import os
import re
import select
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runbook_runner.executors import _ssh_far as far
from runbook_runner.executors import _state
from runbook_runner.executors._client import Client, Refused, WrapperGone
from runbook_runner.executors._process import alive, boot, kill, members
from runbook_runner.executors._program import arguments, opening
from runbook_runner.executors._ssh import Line, address, command
from runbook_runner.executors._ssh_fate import BROKEN, Fate
from runbook_runner.executors._ssh_frames import Far, Frames, ended
from runbook_runner.executors._ssh_notes import Notes
from runbook_runner.executors._ssh_pump import FarPump, FarSink
from runbook_runner.executors._start import pipes, refusal
from runbook_runner.model.command import Effect
from runbook_runner.ports import Ending, Finished, Place, Request, Sink, Snapshot, Started, StillRunning

if TYPE_CHECKING:
    from runbook_runner.executors._ssh_terminal import FarTerminal

_SAYS_WHO = 5.0
"""Seconds for a command in the background to say who it is there."""
_PIPE, _SETPIPE_SZ = 1 << 16, 1031
_GATE = ". /dev/stdin; [[ $__rb_go ]] || exit 125; exec 0<&1; exec"


class RemoteSession:
    """Executes shell texts on another machine as if they were pasted into one shell there."""

    def __init__(self, place: Place) -> None:
        assert place.where.target is not None  # noqa: S101 - that is what it is opened for
        folder = place.private / "ssh"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._to = address(place.where.target)
        self._line = Line(self._to, folder)
        self._notes = Notes(folder)
        self._fate = Fate(self._line)
        self._state = _state.load(str(folder / "state.json"), "")
        self._client: Client | None = None
        self._open: tuple[Far, str, str] | None = None
        """What went on there when the connection broke: who it is, the mark of its frames, its text."""

    # --- executing ----------------------------------------------------------------------------

    def execute(self, request: Request, sink: Sink) -> Finished:
        """Run one command there to its end."""
        if why := self._refusal(request):
            return Finished(Ending.NOT_STARTED, note=why)
        if why := self._line.connect(sink.tick):
            return self._not_started(why)
        late = self._late(sink)
        finished = self._anyhow(request, sink)
        return replace(finished, note="; ".join(filter(None, (late, finished.note)))) if late else finished

    def _late(self, sink: Sink) -> str:
        """Say what became of the command that went on there when the connection broke."""
        if self._open is None:
            return ""
        who, mark, text = self._open
        known = self._fate.looked(who, mark, sink.tick)
        self._open = self._open if known.runs else None
        return f"`{' '.join(text.split())[:60]}`, whose connection broke: {known.said}"

    def _anyhow(self, request: Request, sink: Sink) -> Finished:
        if not request.interactive:
            return self._execute(request, sink, None)
        from runbook_runner.executors._ssh_terminal import FarTerminal

        terminal = FarTerminal()
        try:
            return self._execute(request, sink, terminal)
        finally:
            terminal.close()

    def _refusal(self, request: Request) -> str:
        if why := refusal(request):
            return why
        if request.interactive:
            from runbook_runner.executors._terminal import Terminal

            return "" if Terminal.there() else "it needs a terminal, and there is none"
        return ""

    def _not_started(self, why: str) -> Finished:
        return Finished(Ending.NOT_STARTED, note=f"nothing ran on {self._to.shown}: {why}")

    def _execute(self, request: Request, sink: Sink, terminal: FarTerminal | None) -> Finished:
        mark = far.nonce()
        program = self._program(request, mark, typed=terminal is not None)
        frames = Frames(f"\0{mark}\0".encode()), Frames(f"\0{mark}\0".encode())
        if terminal is not None:
            terminal.await_ready(program, frames[0])
        mine: list[int] = []
        try:
            theirs, gate, readers = pipes(mine, terminal is None)
            try:
                client = self._wrapper()
                client.spawn(
                    # No timeout: what ended ssh here would leave the command there.
                    request.attempt, -1, None, "/", terminal.path if terminal else "", self._words(terminal), {}, theirs
                )  # fmt: skip
                pid, begun = client.started(request.attempt, sink.tick)
            except Refused as why:
                return self._not_started(str(why))
            except WrapperGone:
                self._client = None
                return self._not_started("its wrapper was killed before it could start")
            finally:
                for fd in theirs:
                    os.close(fd)
            if terminal is not None:
                terminal.opened()
            started = Started(pid, begun, boot())
            self._notes.remember(request.attempt, mark, Far())
            done = self._follow(request, sink, client, started, frames, terminal, (gate, program, readers, mine))
        finally:
            for fd in mine:
                os.close(fd)
        return done

    def _follow(
        self,
        request: Request,
        sink: Sink,
        client: Client,
        started: Started,
        frames: tuple[Frames, Frames],
        terminal: FarTerminal | None,
        ends: tuple[int, bytes, dict[int, str], list[int]],
    ) -> Finished:
        gate, program, readers, mine = ends
        mark = frames[0].name
        over = False
        try:
            sink.started(started)
            began = time.monotonic()
            mine.remove(gate)
            whole = _feed(gate, program if terminal is None else b"__rb_go=1\n")
            watched = FarSink(sink, *frames, lambda found: self._notes.remember(request.attempt, mark, found))
            if request.background:
                return self._left(request, watched, started, frames, readers)
            pump = FarPump(
                client,
                request.attempt,
                started,
                watched,
                readers,
                request.timeout,
                terminal,
                frames[0],
                self._fate.ending,
            )
            pump.run()
            over = True
            watched.finish()
            if pump.gone:
                self._client = None
            return self._finished(request, sink, pump, frames, time.monotonic() - began, whole=whole)
        finally:
            client.tell("end" if over else "keep", request.attempt)
            if over:
                kill(members(started.pid), signal.SIGTERM)  # the client: what it carried is over, or cannot be ended

    def _left(
        self, request: Request, sink: FarSink, started: Started, frames: tuple[Frames, Frames], readers: dict[int, str]
    ) -> Finished:
        """Leave a command to itself once it has said who it is there, without which nobody could end it."""
        until = time.monotonic() + _SAYS_WHO
        poll = select.poll()
        for fd in readers:
            poll.register(fd, select.POLLIN)
        while readers and not (frames[0].far.known or frames[0].done) and time.monotonic() < until and sink.tick():
            for fd, _ in poll.poll(200):
                data = os.read(fd, 1 << 16)
                sink.write(readers[fd], data)
                if not data:
                    poll.unregister(fd)
                    del readers[fd]
        if frames[0].refused:
            return self._not_started(frames[0].refused)
        if not frames[0].far.known:
            return Finished(Ending.LOST, note=self._fate.lost(frames[0], BROKEN, sink, reads=False).said)
        self._notes.put_back(request.attempt, started, frames[0].far, request.text)
        return Finished(Ending.BACKGROUND)

    def _finished(
        self, request: Request, sink: Sink, pump: FarPump, frames: tuple[Frames, Frames], took: float, *, whole: bool
    ) -> Finished:
        shown = {name: value for name, value in request.environment.items() if name not in request.secrets}
        out, err = frames
        end = ended(out, shown)
        if out.refused or not whole:
            return self._not_started(out.refused or _said(err.preface or out.preface))
        if pump.ending is Ending.EXIT and end.code is None:
            if not out.begun and pump.code in (126, 127):  # it is the login shell that says so
                return self._not_started(_said(err.preface or out.preface))
            known = self._fate.lost(out, pump.code, sink, reads=request.effect is Effect.READ)
            self._open = (out.far, out.name, request.text) if known.runs else None
            lost = Finished(Ending.LOST, duration=took, snapshot=self._advance(None, request.attempt), note=known.said)
            return lost if known.code is None else replace(lost, ending=Ending.EXIT, exit_code=known.code, unseen=True)
        dump = end.dump if end.dump.complete else None
        note = f"on {self._to.name}: {pump.left}" if pump.left else ""
        return Finished(
            pump.ending,
            exit_code=end.code,
            duration=took,
            statuses=end.dump.statuses if dump is not None and pump.ending is Ending.EXIT else (),
            leftovers=tuple(f"{each} (on {self._to.name})" for each in end.leftovers),
            snapshot=self._advance(dump, request.attempt),
            note=note,
        )

    # --- what a command is given --------------------------------------------------------------

    def _program(self, request: Request, mark: str, *, typed: bool) -> bytes:
        shell = "zsh" if request.language == "zsh" else "bash"
        base = self._state.base
        there = frozenset(name for name, text in base.items() if re.match(r"declare -\w*x", text))
        environment = self._needed(request)
        if shell == "zsh":
            environment.update(_state.exports(self._state.variables))
        first = opening(
            shell,
            request.text,
            far.DUMP,
            "/dev/null",  # nothing stands between it and this end
            self._state.variables,
            base=not base,
            terminal=typed,
            present=there.union(request.environment),
            secrets=request.secrets,
        )
        words = arguments(shell, request.text)
        ask = shell == "zsh" and not base
        reads = request.effect is Effect.READ
        return far.program(mark, self._state.directory, first, words, environment, typed=typed, base=ask, reads=reads)

    def _needed(self, request: Request) -> dict[str, str]:
        """Return the parameters; a secret only where its name is written, so that no machine gets those of others."""
        written = "\n".join((request.text, *self._state.variables.values()))
        return {
            name: value
            for name, value in request.environment.items()
            if name not in request.secrets or re.search(rf"\b{re.escape(name)}\b", written)
        }

    def _words(self, terminal: FarTerminal | None) -> list[bytes]:
        words = command(self._to, self._line.control, far.line(typed=terminal is not None), typed=terminal is not None)
        if terminal is not None:  # its standard input is the gate, until that opens
            from shlex import join

            words = ["bash", "--norc", "--noprofile", "-c", f"{_GATE} {join(words)}"]
        return [word.encode(errors="surrogateescape") for word in words]

    def _wrapper(self) -> Client:
        if self._client is None:
            self._client = Client(str(self._folder))
            self._notes.wrapper(self._client.pid)
        return self._client

    def _advance(self, dump: _state.Dump | None, attempt: int) -> Snapshot:
        if dump is None:
            return self._snapshot(f"the next command on {self._to.name} starts from the state before this one")
        state = _state.advance(self._state, dump, attempt, {})
        try:
            _state.save(str(self._folder / "state.json"), state)
        except OSError as error:
            return self._snapshot(f"the state could not be kept: {error.strerror}")
        self._state = state
        return self._snapshot()

    def _snapshot(self, note: str = "") -> Snapshot:
        return Snapshot(self._state.directory, self._state.variables, note)

    # --- after a crash ------------------------------------------------------------------------

    def recover(self, attempt: int, started: Started | None) -> Finished | StillRunning:
        """Say what became of an attempt whose runner died, by what the wrapper kept and by asking there."""
        if started is not None and alive(started):
            return StillRunning(started)
        until = time.monotonic() + (3 if started is not None and started.boot == boot() else 0)
        while (code := self._notes.code(attempt)) is None and time.monotonic() < until and self._notes.wrapper_lives():
            time.sleep(0.02)
        frames, _ = self._notes.kept(attempt)
        end = ended(frames, {})
        if frames.refused:
            return self._not_started(frames.refused)
        if end.code is not None:
            dump = end.dump if end.dump.complete else None
            snapshot = self._advance(dump, attempt) if attempt != self._state.attempt else self._snapshot()
            return Finished(Ending.EXIT, exit_code=end.code, statuses=end.dump.statuses, snapshot=snapshot)
        if code == far.NEVER_RAN and not frames.begun:
            return self._not_started("the runner died before it let the command start")
        if code is not None and 0 <= code < BROKEN - 1 and frames.begun:
            return Finished(Ending.EXIT, exit_code=code, snapshot=self._advance(None, attempt))
        if frames.far.known:
            return self._kept(attempt, frames)
        return Finished(Ending.LOST)

    def _kept(self, attempt: int, frames: Frames) -> Finished:
        """Say what the machine knows of a command whose end did not come through."""
        code, said = self._notes.ended(attempt), ""
        if code is None:
            known = self._fate.looked(frames.far, frames.name)
            code, said = known.code, known.said
        if code is None:
            return Finished(Ending.LOST, note=f"on {self._to.name} {said}")
        self._notes.keep_ended(attempt, code)
        return Finished(Ending.EXIT, exit_code=code, snapshot=self._advance(None, attempt))

    def attach(self, attempt: int, started: Started, sink: Sink) -> Finished:
        """Wait for a command that outlived its runner, and show what it prints; a tick that says False ends it."""
        note, stopped, looks = "", False, self._notes.following(attempt)
        while isinstance(end := self.recover(attempt, started), StillRunning):
            for stream, data in next(looks):
                sink.write(stream, data)
            if not sink.tick() and not stopped:
                stopped = True
                note = self._fate.end(self._notes.remembered(attempt)[1])
                kill(members(started.pid), signal.SIGTERM)
            time.sleep(0.05)
        if not stopped:
            return end
        return Finished(Ending.STOPPED, exit_code=end.exit_code, snapshot=end.snapshot, note=note)

    def recovered_output(self, attempt: int) -> Mapping[str, bytes]:
        """Return what a command printed after its runner died, by stream, as far as it was kept."""
        return self._notes.kept(attempt)[1]

    # --- background and the rest --------------------------------------------------------------

    def background(self) -> tuple[str, ...]:
        """Return the background commands that still live."""
        found = self._notes.background()
        return tuple(f"{who.pid} {' '.join(text.split())[:200]} (on {self._to.name})" for _, who, text in found)

    def stop_background(self) -> None:
        """End the background commands there, and their connections here."""
        for started, found, _ in self._notes.background():
            self._fate.end(found)
            kill(members(started.pid), signal.SIGTERM)
        self._notes.forget_background()

    def snapshot(self) -> Snapshot | None:
        """Return the state that the next command will start from; None before the first."""
        return self._snapshot() if self._state.attempt >= 0 else None

    def close(self, *, remove: bool) -> None:
        """Let the wrapper and the connection go, and delete the private files when the run is over."""
        if self._client is not None:
            self._client.close(forget=remove)
            self._client = None
        # Paused, it may have left a command to go on; an idle connection closes by itself.
        self._line.close(remove=remove, used=not remove or bool(self._notes.background()))
        if remove:
            import shutil

            shutil.rmtree(self._folder, ignore_errors=True)


def _feed(gate: int, program: bytes) -> bool:
    """Write what the far shell waits for, and close the gate; False when it was not there to read all of it."""
    try:
        if len(program) > _PIPE:
            import fcntl

            with suppress(OSError):
                fcntl.fcntl(gate, _SETPIPE_SZ, 1 << 20)  # so that a line that hangs holds nobody up here
        view = memoryview(program)
        while view:
            view = view[os.write(gate, view) :]
    except BrokenPipeError:
        return False
    finally:
        os.close(gate)
    return True


def _said(preface: bytes) -> str:
    lines = [line.strip() for line in preface.decode(errors="replace").splitlines() if line.strip(" \0\r\n")]
    return lines[-1] if lines else "its login shell gave no reason"
