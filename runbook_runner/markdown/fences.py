"""What a fence is: a command to run, to type, to do elsewhere, or a sample to show."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.markdown.attributes import read_info
from runbook_runner.markdown.languages import ELSEWHERE as _ELSEWHERE
from runbook_runner.markdown.languages import PROSE as _PROSE
from runbook_runner.markdown.languages import SHELLS, by_hand, called, claimed_by, meant
from runbook_runner.markdown.samples import holds_tag, is_powershell, is_remarks, is_synopsis
from runbook_runner.model.command import Analysis, Attributes, Command, Effect, Handling, Problem, decide_effect
from runbook_runner.model.prose import Fence, PhaseKind
from runbook_runner.model.runbook import Step
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports import Judge, Kind
from runbook_runner.regex import regex
from runbook_runner.syntax.builtins import SHELL_WORDS
from runbook_runner.syntax.complete import is_complete
from runbook_runner.syntax.doubts import Claim, is_certain, is_doubtful
from runbook_runner.syntax.known import tool
from runbook_runner.syntax.plausible import first_word, functions, is_plausible, is_printed, typed_below
from runbook_runner.syntax.prompts import Prompted, split_prompts

_TIGHT = regex(r"^\$(?=[a-z][a-z0-9_.-]* (?![-+.]?=))", re.M)
_ANGLE = regex(r"^> ([a-z][\w.-]*)(?= )", re.M)
_INPUT = regex(r"^:input: ?", re.M)
"""What is typed in Sphinx's `{terminal}`."""
_CLIENT = regex(r"^\s*(?:\S+=[#>]|\w+(?: \[[^\]]*\])?>) ?\S", re.M)
_ANGLED = regex(r"^> ?(?=[A-Za-z])", re.M)
_OUTPUT = regex(
    r"[A-Za-z0-9.]|\s*(?:\"[^\"\n]*\"\s*:|[|+][-=+ |])|[{\[]$|\+--|[|].*[|]\s*$|--- |===|[{]\"|[├└╭│┌]|\s*[→⇒↳] "
)
_LOOP = regex(r"\s*(?:\w+=[\w.:/-]*\s*[;\n]\s*)*(?:for|while|until)\s.*?\bdo\b|\s*if\s.*?\bthen\b", re.S)
_CALL = regex(r"\./[\w./-]+(?: |$)|[a-z][a-z0-9._/-]* (?:[\w./:=-]+ ){0,6}?--?[a-z][a-z-]*(?:[ =]|$)")
"""One line that nobody would take for output: a program, sub-commands, an option."""
_TYPED = regex(r"[A-Za-z][\w.-]*(?: [\w./:=@-]+){0,3}? --?[A-Za-z][\w-]*(?:[ =]|$)")
"""A line among commands that has an option, whatever its first word: `Rscript report.R --all`."""
_EXIT = regex(r"\s*(?:\$\s+)?(?:exit|logout|\\q|quit)\s*;?\s*$")
_PROMPT = regex(r"^\s*\$ +\S", re.M)
_CONTINUED = regex(r"\\\n\s*")
_BEGINNING = 10_000
"""Characters of a fence that are read line by line anew: nobody's commands are as long."""
_EDITS = regex(r"\s*(?:sudo (?:-\S+ )*)?(?:(?:n?vim?|nano|emacs|pico|visudo)\b|systemctl edit\b|crontab -e\b)")
_READ_AS_SHELL = SHELLS | _PROSE
_KNOWN = SHELLS | _ELSEWHERE | _PROSE


class Shells(Struct):
    """Whether what follows is typed in a shell that an earlier command opened."""

    opener: str = ""
    """The first line of the command that opened it; empty when she is in her own shell."""
    depth: int = 0
    """How many shells were opened, one in another."""
    left: str = ""
    """The opener of the one that she left: a further `exit` still belongs to it."""


class Fences:
    """Reads the fences of one document."""

    def __init__(
        self, kinds: Judge, cut: frozenset[int], report: Callable[[Defect], None], *, targets: bool = False
    ) -> None:
        """Read with some kinds of commands; `targets` says that the front matter names what they speak to."""
        self.targets = targets
        self.kinds = kinds
        self.cut = cut
        self.report = report
        self.claim = Claim.NONE
        """What the fence that is read says of itself."""

    def read(self, fence: Fence, phase: PhaseKind, shells: Shells, *, sample: str) -> tuple[Command, ...]:
        """Return the command that a fence holds (its handling may be SHOW), two where it goes on in another shell."""
        info = read_info(fence)
        if fence.info.startswith("{terminal}"):
            fence = replace(fence, text=_INPUT.sub("$ ", fence.text))
        language = called(info.language)
        self.claim = claimed_by(language, prompts=_dollar(fence.text))
        shown = self._shown(fence, language, sample=sample)
        if not shown and not (_dollar(fence.text) or shells.opener):
            language = meant(language, fence.text)
        base = Command(
            language, fence.text, (fence.text,), Handling.SHOW, shown, Effect.UNKNOWN, Analysis(), info.attributes,
            fence.span, content_line=fence.content_line, content_column=fence.content_column,
        )  # fmt: skip
        if shown:
            return (base,)
        for defect in info.defects:
            self.report(defect)
        elsewhere = language in _ELSEWHERE or self._added(language)
        if elsewhere and shells.opener:
            return self._inside(base, shells, phase, self.kinds("sh"))
        if elsewhere and not _dollar(fence.text):
            return (self._elsewhere(base, phase),)
        return self._shell(base, fence, phase, shells)

    def _shown(self, fence: Fence, language: str, *, sample: str) -> str:
        if not fence.text.strip():
            return "empty"
        if is_remarks(fence.text) and not _root(fence):
            return "nothing but comments"
        if sample == "sure" or (sample and not self._command_like(fence, language, sample)):
            return "sample output"
        if self.cut and any(line in self.cut for line in range(fence.span.line, fence.span.end_line + 1)):
            return "a line of it is too long"
        if holds_tag(fence.text):
            return "holds a template tag"
        if language in _READ_AS_SHELL and is_synopsis(fence.text):
            return "reads as a synopsis"
        if language in _READ_AS_SHELL and is_powershell(fence.text):
            return "powershell is not run"
        if language not in _KNOWN and not (_dollar(fence.text) or self._added(language)):
            return f"{language} is not run"
        return ""

    def _added(self, language: str) -> bool:
        """Tell whether another package runs a language that nothing here knows."""
        return language not in _KNOWN and self.kinds(language) is not None

    def _command_like(self, fence: Fence, language: str, sample: str) -> bool:
        """Tell whether a fence reads as a command although what stands before it might announce output."""
        if _dollar(fence.text) or (sample == "maybe" and language in SHELLS | _ELSEWHERE):
            return True
        # Below a complete `Expected: …` only what is known for a command is one; the rest is its output.
        kind = self.kinds("sh") if language in _READ_AS_SHELL else None
        return kind is not None and kind.analyse(fence.text, "sh").known

    def _elsewhere(self, base: Command, phase: PhaseKind) -> Command:
        kind = self.kinds(base.language)
        analysis = kind.analyse(base.source, base.language) if kind is not None else None
        if analysis is not None and not analysis.plausible and not analysis.problems:
            return replace(base, why=f"reads as no {base.language}")
        lost = analysis is not None and analysis.needs_target and not (base.attributes.target or self.targets)
        if kind is None or analysis is None or lost:
            typed, printed = _statements(base)
            text = by_hand(base.language, typed)
            effect = decide_effect(text, base.attributes.effect, phase)
            why = f"names no target for {base.language}" if lost else f"nothing here runs {base.language}"
            why = "typed on a network device" if base.language == "network" else why
            return replace(
                base, handling=Handling.BY_HAND, why=why, effect=effect, analysis=Analysis(text, text=typed),
                parts=(typed,), sample=printed,
            )  # fmt: skip
        return self._judged(base, (base.source,), analysis, phase, kind)

    def _shell(self, base: Command, fence: Fence, phase: PhaseKind, shells: Shells) -> tuple[Command, ...]:
        claimed = base.language
        language = claimed if claimed in {"sh", "bash", "shell", "zsh"} else "console"
        if claimed in _PROSE | _ELSEWHERE:
            language = "console" if _dollar(fence.text) else "sh"
        kind = self.kinds(language)
        if kind is None:
            return (replace(base, handling=Handling.BY_HAND, why=f"nothing here runs {language}"),)
        prompted = split_prompts(_spaced(fence.text), claimed)
        if not prompted.prompted:
            prompted = _without_output(fence.text)
            if language == "console" or claimed in _PROSE:
                prompted = _without_answers(prompted, kind)
            if (
                prompted.sample
                and not is_printed(prompted.sample)
                and kind.analyse(prompted.parts[0], "sh").opens_shell
            ):
                prompted = replace(prompted, parts=(fence.text,), sample="")  # typed in the shell that it opens
        parts = prompted.parts
        base = replace(base, sample=prompted.sample)
        base = replace(base, parts=parts)
        if shells.opener and not prompted.prompted and is_printed(fence.text):
            return (replace(base, why="reads as output"),)
        if shells.opener or prompted.inside:
            base = replace(base, language=language)
            return self._inside(base, shells, phase, kind) if parts else (replace(base, parts=(base.source,)),)
        if shells.left and parts and all(_EXIT.match(line) for line in "\n".join(parts).strip().split("\n")):
            return (replace(base, handling=Handling.INSIDE, why=f"inside `{shells.left}`"),)
        analysis = kind.analyse("\n".join(parts), language)
        strict = (language == "console" or claimed in _PROSE) and not _LOOP.match(fence.text)
        line = _CONTINUED.sub(" ", fence.text.strip())
        strict = strict and ("\n" in line or not _CALL.match(line))
        why = "" if prompted.prompted else _unlikely(analysis, strict=strict)
        if not (why and claimed in _PROSE) and not prompted.prompted and (late := typed_below(prompted.sample)):
            message = f"`{late}` stands below what reads as no command, and is not run"
            self.report(Defect("command-below-output", message, base.span, "write `$ ` before each command"))
        if why or not parts:
            return (replace(base, why=why or "no command in it"),)
        return self._here(replace(base, language=language), analysis, shells, phase, kind)

    def _here(
        self, base: Command, analysis: Analysis, shells: Shells, phase: PhaseKind, kind: Kind
    ) -> tuple[Command, ...]:
        opening = _opener(base.parts, kind, base.language) if analysis.opens_shell else None
        if opening is None:
            return (self._judged(base, base.parts, analysis, phase, kind),)
        head, rest = opening
        shells.opener, shells.depth = head[-1].strip().splitlines()[-1], 1
        opened = self._judged(base, head, kind.analyse("\n".join(head), base.language), phase, kind)
        if not any(part.strip() for part in rest):
            return (opened,)
        inside = _later(base, rest, 0)
        return (replace(opened, sample=""), *self._inside(inside, shells, phase, kind))

    def _inside(self, base: Command, shells: Shells, phase: PhaseKind, kind: Kind | None) -> tuple[Command, ...]:
        """Return what is typed in the shell that was opened, and what runs here after `exit`."""
        why = f"inside `{shells.opener}`" if shells.opener else "prompted by another shell"
        typed, after = _leave(base, shells, kind) if shells.opener else (base.parts, ())
        inside = replace(base, parts=typed, handling=Handling.INSIDE, why=why)
        if kind is None or not any(part.strip() for part in after):
            return (inside,)
        left = _later(base, after, base.source.find(typed[-1].strip().split("\n")[-1]) + 1)
        analysis = kind.analyse("\n".join(after), base.language)
        return (replace(inside, sample=""), *self._here(left, analysis, shells, phase, kind))

    def _judged(
        self, base: Command, parts: tuple[str, ...], analysis: Analysis, phase: PhaseKind, kind: Kind
    ) -> Command:
        attributes: Attributes = base.attributes
        effect = decide_effect(analysis.effect, attributes.effect, phase)
        if analysis.effect is Effect.CHANGE and attributes.effect in {Effect.READ, Effect.UNKNOWN}:
            reason = next((r for r in analysis.reasons if r.effect is Effect.CHANGE), None)
            why = f"`{reason.command}` {reason.why}" if reason else "it changes something"
            message = f"`effect={attributes.effect}` contradicts the text: {why}"
            self.report(Defect("effect-contradiction", message, base.span, "it counts as a change"))
        terminal = attributes.interactive or analysis.interactive or analysis.opens_shell
        why = "opens a shell elsewhere" if analysis.opens_shell else "interactive" if terminal else ""
        handling = Handling.TERMINAL if terminal else Handling.RUN
        for problem in analysis.problems:
            if problem.code == "http-syntax" and self.claim is not Claim.SENT:
                continue  # it was taken for a request by its first word alone
            if not problem.sure:
                continue
            code, typed = problem.code, "\n".join(parts)
            if code == "shell-syntax":
                if is_doubtful(typed, problem, self.claim):
                    continue
                code = code if is_certain(typed, problem, self.claim, base.source) else "possible-shell-mistake"
            self.report(Defect(code, problem.message, _place(base, parts, problem), problem.hint))
        texts = (analysis.text,) if len(parts) == 1 else tuple(kind.analyse(part, base.language).text for part in parts)
        parts = tuple(text or part for text, part in zip(texts, parts, strict=True))
        return replace(base, handling=handling, why=why, effect=effect, analysis=analysis, parts=parts)


def _place(base: Command, parts: tuple[str, ...], problem: Problem) -> Span:
    """Return where in the file a problem of the parts' text is: prompts and output were left out of that."""
    typed = "\n".join(parts).split("\n")
    written = base.source.split("\n")
    at = -1
    for line in typed[: problem.line]:
        at = next((n for n in range(at + 1, len(written)) if line in written[n]), at)
    line = typed[problem.line - 1] if problem.line <= len(typed) else ""
    lead = max(written[at].find(line), 0) if at >= 0 else 0
    number, column = base.content_line + max(at, 0), base.content_column + lead + problem.column - 1
    return Span(number, column, number, column + 1)


def _without_output(text: str) -> Prompted:
    """Tell commands without prompts from output that was pasted below them: `NAME  READY`, `Error from server …`."""
    lines = text.split("\n")
    size = -1
    for at, line in enumerate(lines[1:300], 1):
        size += len(lines[at - 1]) + 1
        if size > _BEGINNING:
            break
        edited = _is_edited(lines, at)
        if not edited and (not _OUTPUT.match(line) or is_plausible("\n".join(lines[at : at + 3]))):
            continue
        head = text[:size]
        if not edited and (first_word(line) in functions(head) or _TYPED.match(line)):
            continue
        if edited or (head.strip() and is_complete(head)):
            return Prompted((head.rstrip("\n") + "\n",), "\n".join(lines[at:]).rstrip("\n"))
    return Prompted((text,))


def _without_answers(prompted: Prompted, kind: Kind) -> Prompted:
    """Take for output the paragraphs below commands that begin with none, where all together are no shell."""
    text = prompted.parts[0]
    if "\n\n" not in text or len(text) > _BEGINNING:
        return prompted
    wrong = next((one.line for one in kind.analyse(text, "sh").problems if one.code == "shell-syntax"), 0)
    lines = text.split("\n")
    for at in range(1, min(wrong, len(lines))):
        if lines[at - 1].strip() or not lines[at].strip() or lines[at].lstrip().startswith("#"):
            continue
        head, below = "\n".join(lines[:at]), "\n".join(lines[at:]).rstrip("\n")
        if tool(first_word(below)) is None and first_word(below) not in SHELL_WORDS and is_complete(head):
            return Prompted((head.rstrip("\n") + "\n",), "\n".join([below, prompted.sample]).rstrip("\n"))
    return prompted


def _is_edited(lines: Sequence[str], at: int) -> bool:
    """Tell whether a line is the text of a file that the command above it opens in an editor."""
    if at < 2 or lines[at - 1].strip() or lines[at].strip()[:1] in {"", "#"} or not _EDITS.match(lines[at - 2]):
        return False
    word = first_word(lines[at])
    return tool(word) is None and not word.startswith(("/", "./", "~/", "$"))


def _unlikely(analysis: Analysis, *, strict: bool) -> str:
    if strict:
        return "" if analysis.known else "does not begin with a known command"
    return "" if analysis.plausible else "its first word is no plausible command"


def _opener(parts: tuple[str, ...], kind: Kind, language: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return what runs here, up to what opens a shell elsewhere, and what is typed in that one."""
    for at, part in enumerate(parts):
        if not kind.analyse(part, language).opens_shell:
            continue
        lines = part.rstrip("\n").split("\n")
        for end in range(1, min(len(lines), 200)):
            head = "\n".join(lines[:end])
            if len(head) > _BEGINNING:
                break
            if lines[end - 1].endswith("\\") or not kind.analyse(head, language).opens_shell or not is_complete(head):
                continue  # a loop that opens one shell after the other goes on to its end
            inner = "\n".join(lines[end:]).strip("\n")
            rest = ((inner,) if inner.strip() else ()) + parts[at + 1 :]
            return (*parts[:at], head), rest
        return parts[: at + 1], parts[at + 1 :]
    return None


def _leave(base: Command, shells: Shells, kind: Kind | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what is typed up to the `exit` that leads back here, and what comes after it."""
    shell = kind if base.language not in _ELSEWHERE else None
    for at, part in enumerate(base.parts):
        lines = part.split("\n")
        for end, line in enumerate(lines, 1):
            if not _EXIT.match(line):
                shells.depth += bool(shell and line.strip() and shell.analyse(line, "sh").opens_shell)
                continue
            if shell and not is_complete("\n".join(lines[:end])):
                continue  # of a loop, a function or a here-document
            shells.depth -= 1
            following = [*lines[end:], *"\n".join(base.parts[at + 1 :]).split("\n")]
            if shells.depth > 0 or _EXIT.match(next((line for line in following if line.strip()), "")):
                continue
            shells.left, shells.opener = shells.opener, ""
            rest = "\n".join(lines[end:]).strip("\n")
            typed = (*base.parts[:at], "\n".join(lines[:end]))
            return typed, ((rest,) if rest.strip() else ()) + base.parts[at + 1 :]
    return base.parts, ()


def _later(base: Command, parts: tuple[str, ...], start: int) -> Command:
    """Return a command that is the later part of a fence; its source begins there."""
    found = base.source.find(parts[0].split("\n")[0], start)
    begin = base.source.rfind("\n", 0, max(found, 0)) + 1
    line = base.content_line + base.source.count("\n", 0, begin)
    return replace(base, parts=parts, source=base.source[begin:], sample="", attributes=Attributes(), content_line=line)


def typed(fence: Fence) -> bool:
    """Tell whether a fence has `$ ` prompts."""
    return _dollar(fence.text)


def echoes(fence: Fence, steps: Iterable[Step]) -> bool:
    """Tell whether a fence repeats, with its prompt, a command of a step before it."""
    first = re.search(r"^\s*\$ +(.*\S)", fence.text, re.M)
    known = {line.strip().removeprefix("$ ") for one in steps if one.command for line in one.command.source.split("\n")}
    return first is not None and first[1] in known


def _root(fence: Fence) -> bool:
    return split_prompts(fence.text, fence.info.split(" ")[0]).prompted


def _spaced(text: str) -> str:
    """Write `$ ` for a prompt that is `>`, and for one without its space: `$terraform plan` is no output."""
    first = _ANGLE.match(text.lstrip("\n"))
    if first and tool(first[1]) is not None:
        return _ANGLE.sub(lambda match: f"$ {match[1]}" if tool(match[1]) is not None else match[0], text)
    return _TIGHT.sub("$ ", text) if _dollar(text) else text


def _dollar(text: str) -> bool:
    return "$ " in text and _PROMPT.search(text) is not None


def _statements(base: Command) -> tuple[str, str]:
    """Return what is typed and what was printed: `mysql> select 1;` and the table below it."""
    if base.language != "sql" or not (_CLIENT.search(base.source) or _ANGLED.match(base.source)):
        return base.source, ""
    prompted = split_prompts(_ANGLED.sub("SQL> ", base.source), base.language)
    return "\n".join(prompted.parts), prompted.sample
