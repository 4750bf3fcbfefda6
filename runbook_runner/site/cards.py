"""Commands on a page: what one does, how it is run, what is typed, and how to undo it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook_runner.model import prose as p
from runbook_runner.model import runbook as r
from runbook_runner.model.command import Command, Effect, Handling
from runbook_runner.model.graph import Graph
from runbook_runner.site import commands, templating
from runbook_runner.site.paths import fragment
from runbook_runner.site.prose import Prose, Special
from runbook_runner.site.text import attr, esc, safe, with_code


class Cards:
    """Renders the commands of one runbook."""

    def __init__(self, graph: Graph, prose: Prose) -> None:
        self.graph = graph
        self.runbook = graph.runbook
        self.prose = prose
        self.macros = templating.macros("step.html")
        self.earlier: dict[str, frozenset[str]] = {}
        """What earlier steps set in her shell, by step: no page may put another value there."""
        sets: frozenset[str] = frozenset()
        for step in self.runbook.steps:
            self.earlier[step.id] = sets
            if step.command is not None:
                sets |= step.command.analysis.sets | {step.command.attributes.capture}
        self.apart = next((phase for phase in self.runbook.phases if phase.role == "rollback"), None)

    def commands(self, steps: Sequence[r.Step]) -> Iterator[str]:
        """Yield the commands of one fence."""
        found = [(step, step.command) for step in steps if step.command is not None]
        own = commands.cut(tuple(command for _, command in found))
        for (step, _), command in zip(found, own, strict=True):
            yield self._command(step, command)

    def _command(self, step: r.Step, command: Command) -> str:
        names = commands.names(command, self.runbook.parameters, self.earlier[step.id])
        lines = commands.lines(command, names.fill)
        return str(
            self.macros.command(
                command=command,
                names=names,
                code=safe(_code(lines)),
                effect="inside" if command.handling is Handling.INSIDE else str(command.effect),
                handled=_handled(command),
                because=with_code(_because(command)),
                id=step.id if self.prose.take(step.id) else "",
            )
        )

    def rollback(self, blocks: Sequence[p.Block], special: Special) -> str:
        """Return the way back that an author wrote beside a step; what is typed in it can be copied."""
        inner = "\n".join(self._undo(block, special) for block in blocks)
        return str(self.macros.rollback(safe(inner)))

    def elsewhere(self, steps: Sequence[r.Step]) -> str:
        """Return where the way back stands when it is a section of its own; empty when there is none, or no need."""
        changes = any(step.command and step.command.effect is Effect.CHANGE for step in steps)
        within = any(self.graph.phase_of(step.id).role in {"rollback", "verify"} for step in steps)
        if self.apart is None or not changes or within:
            return ""
        link = f'<a href="{attr(fragment(self.apart.slug))}">{esc(self.apart.title)}</a>'
        return str(self.macros.rollback(safe(f"<p>Rollback: see {link}.</p>")))

    def _undo(self, block: p.Block, special: Special) -> str:
        match block:
            case p.Paragraph(inlines=inlines):
                return f'<p dir="auto">{"".join(self._inline(inline) for inline in inlines)}</p>'
            case p.Fence(text=text):
                return f'<pre class="typed">{self._typed(text)}</pre>'
            case _:
                return self.prose.block(block, special)

    def _inline(self, inline: p.Inline) -> str:
        if isinstance(inline, p.CodeSpan) and " " in inline.text.strip():
            return self._typed(inline.text)
        return self.prose.inlines((inline,))

    def _typed(self, text: str) -> str:
        html, assigned = commands.inline(text, self.runbook.parameters)
        return f'<code class="part"{_before(assigned)}>{html}</code>'


def _code(lines: Sequence[commands.Line]) -> str:
    """Return a command's lines; each text that is run by itself stands in an element of its own."""
    parts: list[str] = []
    at = 0
    while at < len(lines):
        line, end = lines[at], at + 1
        while end < len(lines) and lines[end].part == line.part:
            end += 1
        text = "\n".join(one.html for one in lines[at:end])
        if line.part < 0:
            parts.append(f'<span class="output">{text}</span>')
        else:
            prompt = f'<span class="prompt">{line.prompt}</span>' if line.prompt.strip() else ""
            parts.append(f'{prompt}<span class="part"{_before(line.assigned)}>{text}</span>')
        at = end
    return "\n".join(parts)


def _before(names: Sequence[str]) -> str:
    return f' data-a="{attr(" ".join(names))}"' if names else ""


def _handled(command: Command) -> str:
    match command.handling:
        case Handling.TERMINAL:
            return "takes the terminal"
        case Handling.BY_HAND:
            return f"by hand: {command.language}"
        case _:
            return ""


def _because(command: Command) -> str:
    """Return why a command counts as it does, where it is worth a word."""
    if command.handling is Handling.INSIDE:
        return command.why
    reasons = [reason.why for reason in command.analysis.reasons if reason.effect is command.effect]
    return reasons[0] if reasons and command.effect is not Effect.READ else ""
