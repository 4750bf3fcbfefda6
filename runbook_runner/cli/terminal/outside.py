"""Her editor and her pager."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence


def editor(environ: Mapping[str, str], *, single: bool) -> list[str] | None:
    """Return the editor's command; None when a single line had better be edited in place."""
    import shlex
    import shutil

    for name in ("VISUAL", "EDITOR"):
        if environ.get(name, "").strip():
            try:
                return shlex.split(environ[name])
            except ValueError:
                continue
    if single:
        return None
    found = next((path for name in ("editor", "nano", "vi") if (path := shutil.which(name))), None)
    return [found] if found else None


def edit(text: str, command: Sequence[str]) -> str | None:
    """Return the text as edited in a private file; None when the editor failed."""
    import tempfile
    from pathlib import Path

    handle, name = tempfile.mkstemp(prefix="runbook-", suffix=".sh")  # mode 0600
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text if text.endswith("\n") else text + "\n")
        if not _attend([*command, name]):
            return None
        edited = path.read_text(encoding="utf-8", errors="replace")
        return edited if text.endswith("\n") else edited.removesuffix("\n")
    finally:
        path.unlink(missing_ok=True)


def page(text: str) -> bool:
    """Show a text in her pager; False when there is none."""
    import shlex
    import shutil

    command = shlex.split(os.environ.get("PAGER", "")) or ["less", "-FRX"]
    if shutil.which(command[0]) is None:
        return False
    return _attend(command, text)


def _attend(command: Sequence[str], text: str | None = None) -> bool:
    """Run a program that has the terminal; Ctrl-C is its own business meanwhile."""
    import subprocess

    try:
        before = signal.signal(signal.SIGINT, lambda *_: None)  # a handler, since SIG_IGN would be inherited
    except ValueError:
        before = None
    try:
        if text is None:
            return subprocess.run(command, check=False).returncode == 0
        subprocess.run(command, input=text.encode("utf-8", "replace"), check=False)
        return True
    except OSError:
        return False
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)
