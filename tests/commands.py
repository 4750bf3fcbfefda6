"""An executor whose commands print what a test says, for tests of what drives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, field

from runbook_runner.model.command import Analysis, Command, Problem
from runbook_runner.ports import (
    Check,
    Ending,
    Finished,
    Place,
    Request,
    Sink,
    Started,
    StillRunning,
    TargetKind,
    Where,
)


class Answer(Struct):
    """What one command does."""

    stdout: str = ""
    exit_code: int = 0
    statuses: tuple[int, ...] = ()
    ending: Ending = Ending.EXIT


class FakeExecutor(Struct):
    """Answers by the text of the command; an unknown text fails the test."""

    answers: dict[str, Answer]
    ran: list[Request] = field(default_factory=list)
    found: Finished | StillRunning = field(default_factory=lambda: Finished(Ending.LOST))
    """What `recover` says."""
    printed: dict[str, bytes] = field(default_factory=dict)
    """What `recovered_output` says."""
    passing: Callable[[Sink], None] = lambda _sink: None
    """What passes while a command runs."""
    uses: tuple[str, ...] = ()
    """What an edited text is said to expand."""
    languages: frozenset[str] = frozenset({"sh"})
    kinds: tuple[TargetKind, ...] = ()

    def analyse(self, text: str, language: str) -> Analysis:
        return Analysis(text=text, uses=self.uses)

    def check(self, command: Command) -> tuple[Problem, ...]:
        return ()

    def preflight(self, commands: Sequence[Command], where: Where) -> tuple[Check, ...]:
        return ()

    def reach(self, command: Command, where: Where) -> str:
        return "cluster test" if "kubectl" in command.source else ""

    def open(self, place: Place) -> FakeExecutor:
        return self

    def execute(self, request: Request, sink: Sink) -> Finished:
        answer = self.answers[request.text]
        sink.started(Started(4242, "1", "boot"))
        self.ran.append(request)
        if answer.stdout:
            sink.write("stdout", answer.stdout.encode())
        self.passing(sink)
        if not sink.tick():
            return Finished(Ending.STOPPED, None, 15, 0.1)
        return Finished(answer.ending, answer.exit_code, None, 0.1, answer.statuses or (answer.exit_code,))

    def recover(self, attempt: int, started: Started | None) -> Finished | StillRunning:
        return self.found

    def attach(self, attempt: int, started: Started, sink: Sink) -> Finished:
        self.passing(sink)
        return Finished(Ending.EXIT, 0, None, 1.0)

    def recovered_output(self, attempt: int) -> Mapping[str, bytes]:
        return self.printed

    def background(self) -> tuple[str, ...]:
        return ()

    def stop_background(self) -> None:
        return

    def snapshot(self) -> None:
        return None

    def close(self, *, remove: bool) -> None:
        return
