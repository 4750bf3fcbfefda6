"""A run's shell session: one process for each command, and the state that they hand on."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runbook_runner.executors import _state
from runbook_runner.executors._background import Background
from runbook_runner.executors._client import Client, Refused, WrapperGone
from runbook_runner.executors._dumps import Dumps
from runbook_runner.executors._process import alive, boot, describe, end_all, exists, members, orphans, start_time
from runbook_runner.executors._program import NEVER_RAN, arguments, opening
from runbook_runner.executors._pump import Pump
from runbook_runner.executors._seen import STREAMS
from runbook_runner.executors._start import exit_code, open_gate, pipes, refusal
from runbook_runner.ports import Ending, Finished, Place, Request, Sink, Snapshot, Started, StillRunning

if TYPE_CHECKING:
    from runbook_runner.executors._terminal import Terminal


class ShellSession:
    """Executes shell texts as if they were pasted into one shell."""

    def __init__(self, place: Place) -> None:
        folder = (place.private / "shell").absolute()  # neither the wrapper nor a shell that changes directory is here
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = str(folder)
        self._dumps = Dumps(self._folder)
        self._background = Background(self._folder)
        self._state = _state.load(self._file("state.json"), place.directory)
        self._client: Client | None = None
        self._known_base = False
        self._swept = False
        self._over = -1
        """An attempt that is over and left nothing: the wrapper is told with the next one."""
        self._present = frozenset(os.environ)
        self._dump: _state.Dump | None = None
        """What the state was last taken from."""

    # --- executing ----------------------------------------------------------------------------

    def execute(self, request: Request, sink: Sink) -> Finished:
        """Run one command to its end."""
        if why := refusal(request):
            return Finished(Ending.NOT_STARTED, note=why)
        if not request.interactive:
            return self._execute(request, sink)
        from runbook_runner.executors._terminal import Terminal

        if not Terminal.there():
            return Finished(Ending.NOT_STARTED, note="it needs a terminal, and there is none")
        terminal = Terminal()
        try:
            return self._execute(request, sink, terminal)
        finally:
            terminal.close()

    def _execute(self, request: Request, sink: Sink, terminal: Terminal | None = None) -> Finished:
        shell = "zsh" if request.language == "zsh" else "bash"
        mine: list[int] = []
        try:
            theirs, gate, readers = pipes(mine, terminal is None)
            try:
                client = self._wrapper()
                client.spawn(
                    request.attempt,
                    self._over,
                    None if request.background else request.timeout,
                    self._state.directory,
                    "" if terminal is None else terminal.path,
                    arguments(shell, request.text),
                    self._environment(request, shell),
                    theirs,
                )
                # While the shell starts:
                self._dumps.prepare(request)
                program = self._opening(request, shell, terminal is not None)
                pid, begun = client.started(request.attempt, sink.tick)
                self._over = -1
                self._known_base = self._known_base or shell == "bash"
            except Refused as why:
                return Finished(Ending.NOT_STARTED, note=f"{shell} could not start in {self._state.directory}: {why}")
            except WrapperGone:
                self._forget(client)
                return Finished(Ending.NOT_STARTED, note="its wrapper was killed before it could start")
            except FileNotFoundError:
                os.makedirs(self._folder, mode=0o700, exist_ok=True)  # noqa: PTH103
                return Finished(Ending.NOT_STARTED, note="the folder of its private files was gone; run it once more")
            except OSError as error:
                return Finished(Ending.NOT_STARTED, note=f"its private files cannot be written: {error.strerror}")
            finally:
                for fd in theirs:
                    os.close(fd)
            if terminal is not None:
                terminal.opened()
            started = Started(pid, begun, boot())
            return self._follow(request, sink, client, started, gate, program, readers, terminal, mine)
        finally:
            for fd in mine:
                os.close(fd)

    def _follow(
        self,
        request: Request,
        sink: Sink,
        client: Client,
        started: Started,
        gate: int,
        program: bytes,
        readers: dict[int, str],
        terminal: Terminal | None,
        mine: list[int],
    ) -> Finished:
        over = False
        try:
            sink.started(started)
            client.seen.begin(request.attempt)
            began = time.monotonic()
            open_gate(gate, program)
            mine.remove(gate)
            self._dumps.started(request, self._state.attempt)
            if not self._swept:
                self._sweep(request.attempt)
            if request.background:
                self._background.remember(request.attempt, started)
                return Finished(Ending.BACKGROUND)
            pump = Pump(client, request.attempt, started, sink, readers, request.timeout, terminal)
            pump.run()
            over = True
            if pump.gone:
                self._forget(client)
            return self._finished(request.attempt, pump, time.monotonic() - began)
        finally:
            if over and not pump.leaves:
                self._over = request.attempt
            else:
                # An error of ours is none of the command's: what it still prints is kept, and it goes on to its end.
                client.tell("end" if over else "keep", request.attempt)

    def _finished(self, attempt: int, pump: Pump, duration: float) -> Finished:
        dump = self._dumps.read(attempt)
        leftovers: tuple[str, ...] = ()
        pid = pump.started.pid
        if pump.leaves or exists(pid):
            leftovers = tuple(describe(each) for each, _ in members(pid))
        code = pump.code
        notes = []
        if pump.gone:
            notes.append("its wrapper was killed")
            if code is None and pump.ending is Ending.EXIT:
                code = self._dumps.code(attempt, dump)
        if pump.stuck:
            notes.append("it does not die")
        ending = pump.ending
        if ending is Ending.EXIT and code is None:
            ending = Ending.LOST
        return Finished(
            ending,
            exit_code=exit_code(code),
            signal=-code if code is not None and code < 0 else None,
            duration=duration,
            statuses=dump.statuses if dump is not None and ending is Ending.EXIT else (),
            leftovers=leftovers,
            snapshot=self._advance(dump, attempt),
            note="; ".join(notes),
        )

    # --- what a command is given --------------------------------------------------------------

    def _environment(self, request: Request, shell: str) -> dict[str, str]:
        environment = {"PWD": self._state.directory, **request.environment}
        if shell == "zsh":
            environment.update(_state.exports(self._state.variables))
        return environment

    def _opening(self, request: Request, shell: str, terminal: bool) -> bytes:
        return opening(
            shell,
            request.text,
            self._dumps.path(request.attempt),
            self._dumps.ended(request.attempt),
            self._state.variables,
            base=not self._known_base,
            terminal=terminal,
            present=self._present.union(request.environment),
            secrets=request.secrets,
        )

    def _wrapper(self) -> Client:
        if self._client is None:
            self._client = Client(self._folder)
            fd = os.open(self._file("wrapper"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(fd, f"{self._client.pid} {start_time(self._client.pid)}\n".encode())
            os.close(fd)
        return self._client

    def _forget(self, client: Client) -> None:
        """Let go of a wrapper that was killed; the next command gets another."""
        client.gone()
        self._client = None

    def _advance(self, dump: _state.Dump | None, attempt: int) -> Snapshot:
        """Take over the state that a command left, and say so; or say why it is still the one before."""
        if dump is not None and dump.complete and attempt != self._state.attempt:
            if self._dump is not None and dump.same(self._dump):
                state = replace(self._state, attempt=attempt)
            else:
                state = _state.advance(self._state, dump, attempt)
            try:
                if not state.same(self._state):
                    _state.save(self._file("state.json"), state)
            except OSError as error:
                return self._snapshot(f"the state could not be kept: {error.strerror}")
            self._state, self._dump = state, dump
        elif attempt != self._state.attempt:
            return self._snapshot(
                "its shell ended without handing on its state: the next command starts from the one before"
            )
        return self._snapshot()

    def _snapshot(self, note: str = "") -> Snapshot:
        return Snapshot(self._state.directory, self._state.variables, note)

    def _file(self, name: str) -> str:
        return f"{self._folder}/{name}"  # no Path: at every step

    # --- after a crash ------------------------------------------------------------------------

    def recover(self, attempt: int, started: Started | None) -> Finished | StillRunning:
        """Say what became of an attempt whose runner died, by its private files and the process itself."""
        # Between a command's death and the wrapper's note there is a moment in which neither tells.
        patience = time.monotonic() + 3
        while (end := self._read_end(attempt)) is None:
            if started is not None and alive(started):
                return StillRunning(started)
            if started is None or started.boot != boot() or time.monotonic() > patience:
                break
            if not self._wrapper_lives():
                end = self._read_end(attempt)
                break
            time.sleep(0.02)
        dump = self._dumps.read(attempt)
        passed = dump is not None and dump.passed
        if end is not None:
            code, duration, words = end
            if code == NEVER_RAN and not passed:
                return Finished(Ending.NOT_STARTED, note="the runner died before it let the command start")
            found = self._ended(dump, attempt, code, duration)
            ending = Ending.TIMEOUT if "timeout" in words else Ending.EXIT
            return replace(found, ending=ending, whole="whole" in words)
        noted = self._dumps.code(attempt, dump)
        if noted is not None:
            note = "its wrapper was killed too; this is what its shell wrote down at its end"
            return replace(self._ended(dump, attempt, noted, None), note=note)
        note = "" if passed else "nothing shows that it ran, or that it did not"
        if dump is not None and dump.complete:
            note = "its wrapper was killed too, and its shell ended by a signal or nobody knows how"
        return Finished(Ending.LOST, leftovers=orphans(started) if started is not None else (), note=note)

    def _ended(self, dump: _state.Dump | None, attempt: int, code: int, duration: float | None) -> Finished:
        return Finished(
            Ending.EXIT,
            exit_code=exit_code(code),
            signal=-code if code < 0 else None,
            duration=duration,
            statuses=dump.statuses if dump is not None else (),
            snapshot=self._advance(dump, attempt),
        )

    def _read_end(self, attempt: int) -> tuple[int, float, list[str]] | None:
        try:
            code, _, duration, *words = Path(self._file(f"{attempt}.exit")).read_text(encoding="ascii").split()
            return int(code), float(duration), words
        except (OSError, ValueError):
            return None

    def _wrapper_lives(self) -> bool:
        try:
            lines = Path(self._file("wrapper")).read_text(encoding="ascii").splitlines()
            return any(start_time(int(pid)) == begun for pid, begun in map(str.split, lines))
        except (OSError, ValueError):
            return False

    def attach(self, attempt: int, started: Started, sink: Sink) -> Finished:
        """Wait for a command that outlived its runner, and show what it prints; a tick that says False stops it."""
        ending, read = Ending.EXIT, dict.fromkeys(STREAMS, 0)
        while isinstance(end := self.recover(attempt, started), StillRunning):
            for stream, place in read.items():
                if data := self._printed(attempt, stream, place):
                    sink.write(stream, data)
                    read[stream] = place + len(data)
            if not sink.tick():
                ending = Ending.STOPPED
                end_all([started])
            time.sleep(0.05)
        if ending is Ending.STOPPED:
            return replace(end, ending=ending)
        return end

    def _sweep(self, attempt: int) -> None:
        """Remove what wrappers of killed runners wrote down, raw: it is recorded, or there would be no next start."""
        self._swept = True
        with suppress(OSError):
            for name in os.listdir(self._folder):  # noqa: PTH208
                number, _, kind = name.partition(".")
                old = number.isdigit() and int(number) < attempt
                if old and kind in ("stdout", "stderr", "exit", "ended") and not self._background.knows(number):
                    os.unlink(self._file(name))  # noqa: PTH108

    def _printed(self, attempt: int, stream: str, place: int) -> bytes:
        """Return what the wrapper has written down from some place on: it only ever adds to it."""
        try:
            with open(self._file(f"{attempt}.{stream}"), "rb") as file:  # noqa: PTH123
                file.seek(place)
                return file.read(1 << 18)
        except OSError:
            return b""

    def recovered_output(self, attempt: int) -> Mapping[str, bytes]:
        """Return what a command printed after its runner died, by stream, as far as it was kept."""
        found = {}
        for stream in STREAMS:
            try:
                found[stream] = Path(self._file(f"{attempt}.{stream}")).read_bytes()
            except OSError:
                continue
        return found

    # --- background and the rest --------------------------------------------------------------

    def background(self) -> tuple[str, ...]:
        """Return the background commands that still live."""
        return self._background.alive()

    def stop_background(self) -> None:
        """End the background commands, and what they brought into the world."""
        self._background.stop()

    def snapshot(self) -> Snapshot | None:
        """Return the state that the next command will start from; None before the first."""
        return self._snapshot() if self._state.attempt >= 0 else None

    def close(self, *, remove: bool) -> None:
        """Let the wrapper go, and delete the private files when the run is over."""
        if self._client is not None:
            self._client.close(forget=remove)
            self._client = None
        if not remove:
            self._dumps.leave(self._state.attempt)
        if remove:
            import shutil

            shutil.rmtree(self._folder, ignore_errors=True)
