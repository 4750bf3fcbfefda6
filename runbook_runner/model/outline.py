"""What other documents, and rules about many, need to know of one."""

from __future__ import annotations

from msgspec import Struct

from runbook_runner.model.span import Defect, Span


class Reference(Struct, frozen=True, array_like=True):
    """A link to another file, as one document has it."""

    target: str
    """As written, without the fragment."""
    anchor: str
    span: Span


class Outline(Struct, frozen=True, array_like=True):
    """What other documents, and rules about many, need to know of one; small, so that it can be kept."""

    path: str
    """Absolute."""
    title: str
    kind: str
    """`runbook` or `playbook`."""
    anchors: frozenset[str]
    """Of sections and steps."""
    references: tuple[Reference, ...]
    """Links to other local files, in order."""
    alerts: tuple[tuple[str, Span], ...]
    """The names of the alerts that trigger it."""
    service: str = ""
    owner: str = ""
    dashboard: str = ""
    made: bool = False
    """A build puts more into it than stands there: other files, what a program is documented from."""
    names: tuple[str, ...] = ()
    """What a site calls it, whatever its file is called: `id` and `slug` of the front matter."""
    dead: tuple[Defect, ...] = ()
    """In-page links to sections that it lacks."""
