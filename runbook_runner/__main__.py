"""The entry point: answers `--version` before anything heavy is loaded."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line and return its exit code."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _stand_in()
    if sys.argv[1:] in (["--version"], ["-V"]):
        from runbook_runner import __version__

        try:
            sys.stdout.write(f"runbook {__version__}\n")
            sys.stdout.flush()
        except OSError as error:
            from runbook_runner.cli.main import unwritable

            return unwritable(error)
        return 0
    import gc

    # Nothing that is loaded becomes garbage: looking for it costs a twentieth of the start. `compose` puts it back.
    gc.disable()
    from runbook_runner.cli.main import run

    return run()


def _stand_in() -> None:
    """Open what was closed for us: the next file would get its number, and all that is printed would end up in it."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115


if __name__ == "__main__":
    sys.exit(main())
