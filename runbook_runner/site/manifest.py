"""What a folder holds of ours, kept in the folder: only what changed is made again, and only ours is removed."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import msgspec
from msgspec import Struct

from runbook_runner.errors import InputError
from runbook_runner.site.links import Where
from runbook_runner.site.options import Card

NAME = ".runbook-site.json"
VERSION = 1


class Entry(Struct, frozen=True):
    """What one page was made from."""

    digest: str
    """SHA-256 of the source's bytes; empty when it could not be read."""
    verdict: str
    """Digest of what lint said."""
    card: Card
    size: int
    """Bytes of the page."""
    asked: dict[str, Where] = {}
    """Local link targets, and what came of them."""
    told: tuple[tuple[int, str], ...] = ()
    """Line and words of what could not be followed."""


class Manifest(Struct, frozen=True):
    """All that a folder holds of ours."""

    version: int = VERSION
    key: str = ""
    """Of the program, its templates and the options."""
    pages: dict[str, Entry] = {}
    files: tuple[str, ...] = ()
    """Every other file, by its path below the folder."""

    def everything(self) -> set[str]:
        """Return the paths of all files."""
        return {*self.pages, *self.files}


def load(out: Path, *, force: bool) -> Manifest:
    """Return what is known of a folder; refuses one that holds what is not ours."""
    try:
        data = (out / NAME).read_bytes()
    except FileNotFoundError:
        if not force and out.exists() and (not out.is_dir() or any(out.iterdir())):
            what = "holds files that `runbook render` did not write" if out.is_dir() else "is no folder"
            raise InputError(f"{out} {what}", "name another folder with -o, or add --force") from None
        return Manifest()
    except OSError as error:
        raise InputError(f"{out}: {(error.strerror or str(error)).lower()}", "name another folder with -o") from error
    try:
        found = msgspec.json.decode(data, type=Manifest)
    except msgspec.MsgspecError as error:
        if force:
            return Manifest()
        raise InputError(f"{out / NAME} cannot be read: {error}", "add --force to make everything anew") from error
    if any(not _ours(path) for path in found.everything()):
        raise InputError(f"{out / NAME} names files outside its folder", "remove it, and add --force")
    return found if found.version == VERSION else Manifest(files=tuple(sorted(found.everything())))


def save(out: Path, manifest: Manifest) -> None:
    """Write it down."""
    write(out, NAME, msgspec.json.encode(manifest, order="deterministic"))


def claim(out: Path, old: Manifest, planned: set[str], *, force: bool) -> Manifest:
    """Note what will be written, so that a run that breaks off leaves nothing unknown; refuse what is not ours."""
    ours = old.everything()
    for path in sorted(planned - ours):
        if not force and ((out / path).exists() or (out / path).is_symlink()):
            raise InputError(f"{out / path} is in the way: we did not write it", "move it, or add --force")
    _safe_folders(out, planned)
    noted = msgspec.structs.replace(old, files=tuple(sorted((ours | planned) - {*old.pages})))
    save(out, noted)
    return noted


def write(out: Path, path: str, data: bytes) -> bool:
    """Put a file in its place at once, unless it stands there already; tell whether it was written."""
    file = out / path
    try:
        if file.stat().st_size == len(data) and file.read_bytes() == data:
            return False
    except OSError:
        pass
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{os.getpid()}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
    return True


def remove(out: Path, stale: set[str]) -> None:
    """Remove files of ours that are no longer made, and the folders that this leaves empty."""
    folders = set()
    for path in stale:
        file = out / path
        if file.is_file() or file.is_symlink():
            file.unlink()
        folders |= {parent for parent in PurePosixPath(path).parents if str(parent) != "."}
    for folder in sorted(folders, key=lambda folder: -len(folder.parts)):
        place = out / folder
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()


def _ours(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and "\0" not in path


def _safe_folders(out: Path, planned: set[str]) -> None:
    """Refuse a folder of the site that is a link: what is written there would land elsewhere."""
    for folder in sorted({str(PurePosixPath(path).parent) for path in planned}):
        place = out
        for part in PurePosixPath(folder).parts:
            place = place / part
            if place.is_symlink():
                raise InputError(f"{place} is a link to another folder", "remove it")
