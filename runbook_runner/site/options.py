"""What a site is made from, and what is known of each of its runbooks."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from runbook_runner.model.finding import Finding


class Source(Struct, frozen=True):
    """A file that becomes a page."""

    file: str
    """Absolute path, without symbolic links in its folders."""
    shown: str
    """As the page names it, and as she would type it behind `runbook run`."""
    given: str = ""
    """As messages name it."""


class Verdict(Struct, frozen=True):
    """What lint says of one runbook."""

    score: int | None = None
    """Of 100; None when it was not scored."""
    findings: tuple[Finding, ...] = ()
    drilled: str = ""
    """ISO date of the last drill; empty when nobody has drilled it here."""
    walked: int | None = None
    """How many of 100 parts of the step graph scenarios walk; None when nobody asked, or it has none."""
    untested: tuple[tuple[str, str], ...] = ()
    """Steps, and branches by step and index, that no scenario comes to; a step's index is empty."""


class Options(Struct, frozen=True):
    """How the site is made."""

    out: Path
    title: str = "Runbooks"
    today: str = ""
    """ISO date against which reviews are overdue; a page changes on the day that its own review falls due."""
    force: bool = False
    """Take over a folder that holds other files, and make every page anew."""
    jobs: int = 0
    """Processes; 0 for as many as pay."""
    roots: tuple[str, ...] = ()
    """Absolute folders that pages may take pictures and other files from."""


class Card(Struct, frozen=True):
    """What the index knows of a page: small, for it is kept in the manifest."""

    page: str
    """Path of the page below the site's folder, with `/`."""
    title: str
    path: str
    """Of the source, as shown."""
    kind: str = "runbook"
    service: str = ""
    owner: str = ""
    severity: str = ""
    alerts: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    draft: bool = False
    reviewed: str = ""
    """ISO date of the last review."""
    due: str = ""
    """ISO date of the next one."""
    overdue: bool = False
    score: int | None = None
    drilled: str = ""
    walked: int | None = None
    findings: int = 0
    steps: int = 0
    changes: int = 0
    """How many of the steps may change something."""
    words: str = ""
    """More words to be found by: headings and step titles."""
    broken: str = ""
    """Why the runbook could not be read; empty when it could."""
    digest: str = ""
    """SHA-256 of the source's bytes."""
