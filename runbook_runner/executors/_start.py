"""What stands ready before a command does: pipes, the gate, and the reasons not to start at all."""

from __future__ import annotations

import os

from runbook_runner.ports import Request

_PIPE = 1 << 20
_SETPIPE_SZ = 1031


def refusal(request: Request) -> str:
    """Return why a request cannot be executed at all, empty when it can."""
    if "\0" in request.text:
        return "its text contains a NUL byte, which no shell can read"
    for name, value in request.environment.items():
        if "\0" in value or "\0" in name or "=" in name or not name:
            return f"the value of {name!r} cannot be passed in an environment"
    return ""


def exit_code(code: int | None) -> int | None:
    """Return the code as a shell shows it: 128 and the signal for one that was killed."""
    return 128 - code if code is not None and code < 0 else code


def pipes(mine: list[int], streams: bool) -> tuple[list[int], int, dict[int, str]]:
    """Return what the wrapper gets, the gate's writing end, and what to read by name; ours are added to `mine`."""
    gate_read, gate = os.pipe()
    mine.append(gate)
    if not streams:
        return [gate_read], gate, {}
    out, out_write = os.pipe()
    err, err_write = os.pipe()
    mine += [out, err]
    try:
        import fcntl

        fcntl.fcntl(out, _SETPIPE_SZ, _PIPE)
    except OSError:  # a smaller pipe is slower, and as good
        pass
    return (
        [gate_read, out_write, err_write, os.dup(out), os.dup(err)],
        gate,
        {out: "stdout", err: "stderr"},
    )


def open_gate(gate: int, program: bytes) -> None:
    """Write what the shell waits for, and close the gate behind it."""
    view = memoryview(program)
    try:
        while view:
            view = view[os.write(gate, view) :]
    except BrokenPipeError:
        pass  # the shell is over: its text did not parse, or somebody killed it; its exit code will say
    finally:
        os.close(gate)
