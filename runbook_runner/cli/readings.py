"""Runbooks as read, kept in the user's cache folder: reading costs more than the rest of a start.

An entry is named by the digest of all that reading depends on: the file's bytes and path, this package's code, and
what else is installed. It is trusted as far as the user's own files are: only what this user owns and nobody else
may write is taken, since whoever changes an entry changes what runs. Anything wrong with the cache means to read anew.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from importlib.machinery import PathFinder
from pathlib import Path

from runbook_runner import __version__, registry
from runbook_runner.model.runbook import Runbook

_PACKAGE = Path(__file__).parent.parent
_CODE = ("model", "markdown", "syntax", "predicates", "executors")
_MOST = 500
"""Entries that are kept; 20 to 50 KiB each."""


def read(data: bytes, path: str) -> Runbook:
    """Return the runbook that a file's bytes hold, from the cache or read now."""
    file = _entry(data, path)
    found = _load(file) if file else None
    if found is None:
        from runbook_runner.markdown import read as read_anew

        found = read_anew(data, path, registry.executor)
        if file and _ours(found) and not _tells(found):
            _keep(file, found)
    return found


def folder() -> Path | None:
    """Return where entries lie, None where there is no such place or it is switched off (`RUNBOOK_CACHE=off`)."""
    if os.environ.get("RUNBOOK_CACHE", "").lower() in ("off", "0", "no"):
        return None
    if (cache := os.environ.get("XDG_CACHE_HOME", "")) and Path(cache).is_absolute():
        return Path(cache) / "runbook" / "readings"
    home = os.environ.get("HOME", "")
    # A home that is not there is not ours to make.
    return Path(home) / ".cache" / "runbook" / "readings" if home and Path(home).is_dir() else None


def _entry(data: bytes, path: str) -> Path | None:
    place = folder()
    if place is None:
        return None
    try:
        digest = sha256("\0".join((path, *_surroundings(), "")).encode("utf-8", "surrogateescape"))
    except (OSError, UnicodeError):
        return None
    digest.update(data)
    return place / digest.hexdigest()


def _surroundings() -> Iterator[str]:
    """Yield what, beside the file, decides how it is read."""
    # A distribution may give every file of every version the same time.
    yield f"{__version__} {sys.hexversion}"
    # Whatever is installed, upgraded or removed changes the folder that packages lie in.
    library = PathFinder.find_spec("markdown_it")
    if library is not None and library.origin:
        yield str(os.stat(Path(library.origin).parent.parent).st_mtime_ns)  # noqa: PTH116 - at every start
    for part in _CODE:
        with os.scandir(_PACKAGE / part) as entries:
            files = [entry for entry in entries if entry.is_file()]
        for entry in sorted(files, key=lambda entry: entry.name):
            seen = entry.stat()
            yield f"{entry.name} {seen.st_mtime_ns} {seen.st_size}"


def _load(file: Path) -> Runbook | None:
    try:
        with file.open("rb") as opened:
            seen = os.fstat(opened.fileno())
            if seen.st_uid != os.geteuid() or seen.st_mode & 0o022:
                return None
            import pickle

            found = pickle.load(opened)  # noqa: S301 - the user's own file: see above
    except Exception:  # noqa: BLE001 - whatever is wrong with an entry, the file itself can be read
        return None
    return found if isinstance(found, Runbook) else None


def _ours(found: Runbook) -> bool:
    """Say whether this package alone judged the commands: of another's code the name of an entry knows nothing."""
    languages = {step.command.language for step in found.steps if step.command}
    judges = [type(judge).__module__ for language in languages if (judge := registry.executor(language)) is not None]
    return all(module.startswith("runbook_runner.") for module in judges)


def _tells(found: Runbook) -> bool:
    """Say whether a secret stands in the text: a copy of it would outlive the file that it was taken out of."""
    from runbook_runner.run.redact import Redactor

    return Redactor().text(found.source) != found.source


def _keep(file: Path, found: Runbook) -> None:
    import pickle

    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as opened:
            pickle.dump(found, opened, 5)
        fresh.replace(file)
        _make_room(file.parent)
    except (OSError, pickle.PicklingError, RecursionError):
        # No room, no right, or a home that cannot be written: it is read anew each time.
        with suppress(OSError):
            fresh.unlink()


def _make_room(place: Path) -> None:
    """Remove the entries that were written first, and those that nobody can need any more."""
    with os.scandir(place) as entries:
        aged = sorted((entry.stat().st_mtime, entry.path) for entry in entries)
    month = time.time() - 30 * 86400
    for place_in_line, (written, path) in enumerate(reversed(aged)):
        if place_in_line >= _MOST or written < month:
            Path(path).unlink(missing_ok=True)
