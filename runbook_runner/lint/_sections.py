"""What stands in a section."""

from __future__ import annotations

import re

from runbook_runner.lint._text import trimmed
from runbook_runner.model.prose import Opaque, Paragraph, Rule, plain
from runbook_runner.model.runbook import Phase
from runbook_runner.ports.lint import Document
from runbook_runner.regex import regex

_NOTHING = regex(r"(?:todo|tbd|tbc|fixme|n/?a|none yet|to be (?:written|done|added|determined|defined))?", re.I)


def is_empty(phase: Phase, document: Document) -> bool:
    """Tell whether nothing stands under a heading, nor under the headings below it; a TODO is nothing."""
    return all(_blank(each) for each in below(phase, document))


def is_bare(phase: Phase) -> bool:
    """Tell whether there is no block under a heading."""
    return all(type(block) is Rule or (type(block) is Opaque and not block.text.strip()) for block in phase.blocks)


def below(phase: Phase, document: Document) -> tuple[Phase, ...]:
    """Return a phase and all phases below it."""
    found = [phase]
    slugs = {phase.slug}
    for other in document.runbook.phases:
        if other.parent in slugs and other.slug not in slugs:
            slugs.add(other.slug)
            found.append(other)
    return tuple(found)


def _blank(phase: Phase) -> bool:
    texts = [plain(block.inlines) for block in phase.blocks if isinstance(block, Paragraph)]
    others = [block for block in phase.blocks if not isinstance(block, Paragraph | Rule)]
    return not others and all(_NOTHING.fullmatch(trimmed(text)) for text in texts)
