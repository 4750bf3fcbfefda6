"""Where in-page links lead: under GitHub's slug of a heading, or as another tool would spell it; dead ones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import cached_property

from msgspec.structs import replace

from runbook_runner.markdown.branches import local
from runbook_runner.model.near import same_section
from runbook_runner.model.prose import Link, inlines
from runbook_runner.model.runbook import Branch, Phase, Step, ToAnchor
from runbook_runner.model.slug import other_slugs, slug, unbraced, unprefixed, untagged
from runbook_runner.model.span import Defect
from runbook_runner.regex import regex

_MARKED = regex(
    r"<[a-zA-Z][^<>\n]*?\s(?:id|name)\s*=\s*[\"']?([^\"'\s>]+)(?:[^<>\n]*?\s(?:id|name)\s*=\s*[\"']?([^\"'\s>]+))?"
    r"|\{[^{}#\n]{0,200}#([\w:.-]+)[^{}\n]{0,200}\}|\{[^{}\n]{0,200}\bid=[\"']?([\w:.-]+)"
    r"|^\[\^([\w-]+)\]:",
    re.MULTILINE,
)
"""Anchors that other tools make of HTML, attribute lists and footnotes, wherever they stand."""
_SPHINX = regex(r"^\([\w:.-]+\)=\s*$|^\s*(?:`{3,}|:{3,})\{[a-z]|\{[a-z][\w:-]*\}`", re.M)
"""What only MyST writes: there, all files of a project share their labels."""
_INCLUDES = regex(
    r"\{%-?\s*(?:include|render|partial)|\{\{[<%#]?\s*(?:include|readfile|partial|snippet|import)|<%=?\s*(?:partial|render)"
    r"|\{\{(?:(?:render|template) \"|toc\b)"
    r"|\{\"gitdown\":"
    r"|^::: (?:mkdocs-[a-z]+|[a-z]\w*(?:\.\w+)+)$"
    r"|^\s*-{1,2}8<-|\[?!include\b|^\.\. include|\{include\}|<!--\s*@?include|^import .* from ['\"].*\.mdx?['\"]",
    re.MULTILINE | re.IGNORECASE,
)
"""Parts of the page that stand in other files, or are made from a program."""
_THEME = regex(r"__\w+|_\d+")
"""What MkDocs and its theme make: a switch of the page, a heading without a letter of ours."""
_PAGE = frozenset(["top", "start-of-content", "readme"])
"""What every page of a browser or a forge has."""
_HINTS = 20
"""So many dead links of one document get one: each is compared with every name."""
_TEXT_AND_NAME = regex(r"\[([^\[\]\n]{1,200})\]\(#([^()\s]{1,200})\)")
_TERM = regex(r"^ {0,3}[-*+] +(?:\*\*|__|`)+([\w.:-]{1,200})(?:\*\*|__|`)", re.M)
_FOR_BUILD = regex(r"^ *<!-- ?[a-z]+: ?[\w-]", re.M)
"""`<!-- commands: all -->`, which some program fills in or goes by."""
_OBJECT = regex(r"(?!.*\.md$)[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|[A-Za-z]\w*[a-z][A-Z]\w*")
"""`queue.Client.get`, `QueueClient`: names of a program; anchors of headings have neither dots nor capitals."""
_DOXYGEN = regex(r"[@\\](?:ref|subpage|anchor|snippet|mainpage|page) |@f\$")
_ENUMERATOR = regex(r"\w+_\w+")
"""`queue_kind_fifo`, which Doxygen has of the program; it joins words of headings by none."""
_KEEPS_CASE = regex(r"[A-Z][^\n]* ")
_MANY = 8
"""So many texts over one dead name, or so many dead names of items: a build makes something else of it."""
_IN_PAGE = regex(r"\]\(\s*<?#|\]:\s*<?#")
_NUMBERED = regex(r"([a-z]{2,8}-?\d{2,6}):\s")
"""`DEP0042: what it is`: many builds name the section by its number."""
_NO_HEADING = regex(r"#{1,6}([^#\s].*)$")


class Names:
    """Every name that a place of a document goes by."""

    def __init__(self, phases: Iterable[Phase]) -> None:
        self.phases = list(phases)
        self.sections = {anchor for phase in self.phases for anchor in phase.anchors}
        self._nearest: dict[str, str] = {}
        self.exact = self.sections | {step.id for phase in self.phases for step in phase.steps}

    @cached_property
    def other(self) -> dict[str, str]:
        """Names that other tools would give, by the name here; few documents are ever asked for one."""
        found: dict[str, str] = {}
        for anchor in sorted(self.exact):
            found.setdefault(anchor.lower(), anchor)
        counts: Counter[str] = Counter()
        for phase in self.phases:
            if not phase.level:
                continue
            again = counts[phase.title]
            counts[phase.title] += 1
            found.setdefault(re.sub(r"-(?=\d+$)", "_", phase.slug.lower()), phase.slug)
            for spelling in _spellings(phase.title):
                if again:
                    found.setdefault(f"{spelling}_{again}", phase.slug)
                found.setdefault(f"{spelling}-{again}" if again else spelling, phase.slug)
        return found

    def find(self, anchor: str) -> str | None:
        """Return the anchor as this document has it; None when nothing goes by that name."""
        if anchor in self.exact:
            return anchor
        return self.other.get(unprefixed(_unmarked(anchor.lower())))

    def section(self, anchor: str) -> str:
        """Return the section that may be meant by a name which is none's; empty where none is near."""
        if anchor not in self._nearest:
            self._nearest[anchor] = _near(anchor, self.sections)
        return self._nearest[anchor]

    def branch(self, branch: Branch) -> Branch:
        """Return a branch that leads to a place of this document by its own name."""
        match branch.destination:
            case ToAnchor(anchor, "") if anchor not in self.exact and (found := self.find(anchor)) is not None:
                return replace(branch, destination=ToAnchor(found))
        return branch

    def step(self, step: Step) -> Step:
        """Return a step whose branches do."""
        if not step.branches:
            return step
        branches = tuple(self.branch(branch) for branch in step.branches)
        return step if branches == step.branches else replace(step, branches=branches)


def _unmarked(text: str) -> str:
    """Return a text without what only changes the look of the character before it, as after many an emoji."""
    if text.isascii():
        return text
    from unicodedata import category

    return "".join(character for character in text if category(character) not in {"Mn", "Me", "Cf"})


def _spellings(title: str) -> Iterator[str]:
    """Yield how GitLab and MkDocs, Sphinx, kramdown, VS Code and Azure DevOps call a heading, in lower case."""
    lower = title.strip().lower()
    if "<" in title:
        bare = untagged(title)
        yield slug(bare)
        if bare != title:
            yield from _spellings(bare)
    if (bare := unbraced(title)) != title and bare:
        yield from _spellings(bare)
    if number := _NUMBERED.match(lower):
        yield number[1]
    yield slug(title)  # GitHub's own counts spaces beside each other
    yield re.sub(r"-{2,}", "-", slug(title)).strip("-")
    yield re.sub(r"[^a-z0-9]+", "-", lower).strip("-")
    yield slug(re.sub(r"^[^a-z]+", "", lower))
    yield re.sub(r"\s", "-", lower)
    if not title.isascii():
        from unicodedata import normalize

        plain = normalize("NFKD", lower).encode("ascii", "ignore").decode()
        yield re.sub(r"-{2,}", "-", slug(plain)).strip("-")


def check(phases: Iterable[Phase], names: Names, text: str, report: Callable[[Defect], None]) -> None:
    """Report each in-page link without a target, with the nearest one that exists."""
    if _IN_PAGE.search(text) is None:
        return
    links = [link for phase in phases for link in (*phase.heading, *inlines(phase.blocks)) if type(link) is Link]
    dead = [(link, name) for link in links if (name := _dead(link, names))]
    if not dead or _INCLUDES.search(text):
        return
    marked = {name.lower() for found in _MARKED.finditer(text) for name in found.groups() if name}
    marked.update(other_slugs(text))
    if _has_marks(text, names, marked):
        return
    marked |= _terms(text, names, marked)
    marked |= {re.sub(r"\W+", "_", phase.title) for phase in names.phases if _KEEPS_CASE.search(phase.title)}
    dead = [(link, name) for link, name in dead if not _is_there(name, marked)]
    if _is_made([name for _, name in dead], names, text):
        return
    shared = _SPHINX.search(text) is not None
    objects = _ENUMERATOR if _DOXYGEN.search(text) else _OBJECT
    hints = 0
    for link, name in dead:
        anchor = name.lower()
        if shared and (name != anchor or not get_close_matches(anchor, names.exact, 1, 0.85)):
            continue  # a label of another file, or of what a program is documented from
        if objects.fullmatch(name) and not names.section(anchor):
            continue  # what a program is documented from has it
        hints += 1
        hint = _hint(anchor, names, text) if hints <= _HINTS else ""
        report(Defect("dead-anchor", f"nothing here is called `#{name}`", link.span, hint))


def _dead(link: Link, names: Names) -> str:
    """Return the name that an in-page link goes by where nothing has it."""
    target = local(link) if link.target.startswith("#") else None
    return "" if target is None or target.path or names.find(target.anchor) is not None else target.anchor


def _is_there(name: str, marked: set[str]) -> bool:
    """Tell whether a name that no heading has is one of another kind."""
    anchor = name.lower()
    note = re.fullmatch(r"(?:fn|fnref|footnote-)[:-]?([\w-]+?)", anchor)
    if name in marked or anchor in marked or anchor in _PAGE or (note and note[1] in marked):
        return True
    return anchor.startswith((":~:", "/", "!", "+")) or _THEME.fullmatch(anchor) is not None


def _terms(text: str, names: Names, marked: set[str]) -> set[str]:
    """Return the terms that items explain, where a document is marked for a build and many links go by them."""
    if _FOR_BUILD.search(text) is None:
        return set()
    terms = {term.lower() for term in _TERM.findall(text)} - marked
    used = {name.lower() for _, name in _TEXT_AND_NAME.findall(text) if names.find(name) is None}
    return terms if len(terms & used) >= _MANY else set()


def _is_made(dead: Sequence[str], names: Names, text: str) -> bool:
    """Tell whether so many dead names are like no section's that a build makes what they lead to.

    Where an author mistook how headings are called, or moved them, most are nearly right; or items are taken for some.
    """
    looked = list(dict.fromkeys(name.lower() for name in dead))[:_HINTS]
    if len(looked) < _MANY:
        return False
    # A build may cut what follows the name of what a heading explains: `toggle [-g] OPTION`.
    cut = {section.partition("-")[0] for section in names.sections}
    items = {term.lower() for term in _TERM.findall(text)}
    meant = (name in items or (name not in cut and names.section(name)) for name in looked)
    return sum(map(bool, meant)) * 2 < len(looked)


def _has_marks(text: str, names: Names, marked: set[str]) -> bool:
    """Tell whether one dead name stands under so many different texts that a build must make something else of it."""
    counts = Counter(name for _, name in set(_TEXT_AND_NAME.findall(text)))
    many = (name for name, count in counts.items() if count >= _MANY)
    return any(names.find(name) is None and name.lower() not in marked | _PAGE for name in many)


def _near(anchor: str, names: Iterable[str]) -> str:
    close = get_close_matches(anchor, sorted(names)[:2000], 3, 0.5)
    return next((name for name in close if same_section(anchor, name)), "")


def _hint(anchor: str, names: Names, text: str) -> str:
    if re.match(r"[^#]+\.md(?:#|$)", anchor):
        return f"it names a file: write `{anchor}` without the `#` before it"
    for number, line in enumerate(text.split("\n"), 1):
        if (match := _NO_HEADING.match(line)) and anchor in _spellings(match[1].rstrip("# ")):
            return f"line {number} is no heading: type a space after its `#`"
    # A step's own name is no anchor on a forge.
    near = names.section(anchor) or _near(anchor, names.exact)
    return f"did you mean `#{near}`?" if near else "write the section, or mend the link"
