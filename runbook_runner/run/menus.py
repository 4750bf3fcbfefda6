"""The questions that a run asks, as menus: what stays in sight, and which key does what."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from runbook_runner.model.command import Command, Effect, Handling
from runbook_runner.model.events import Judged
from runbook_runner.model.graph import Choose
from runbook_runner.model.prose import Paragraph, plain
from runbook_runner.model.runbook import Branch, Otherwise, Outcome, Predicate, Question, Step, StepKind, Timer
from runbook_runner.model.state import Visit
from runbook_runner.ports import WAYS, About, Menu, Option
from runbook_runner.regex import regex
from runbook_runner.run.interrupts import timer_key, timer_option
from runbook_runner.run.judge import deciding

COMMON = (
    Option("n", "note"),
    Option("x", "escalate"),
    Option("p", "pause"),
    Option("b", "back", quiet=True),
    Option("j", "jump", quiet=True),
    Option("q", "end the run", quiet=True),
    Option("?", "help"),
)
OUTCOMES = {outcome.value[0]: outcome.value for outcome in Outcome}
"""Keys of the ways to end a run: r, m, e, f and a."""
_QUESTION = 72
"""Columns for a question: it stands in one row, and what does not fit is cut off."""
_UNDO = regex(r"(?i)(?:rollback|roll back|undo|revert)\s*:\s*")
HELP = """\
r  run the command (a read runs at once; a change wants `yes` typed)
u  run a command whose effect is not known (wants `yes` typed)
v  correct the values of this step's parameters
e  edit the command first: what you ran is recorded beside what the runbook says
d  done by hand            s  skip this step
enter  go the way that the evidence or the runbook says; it never runs anything
1-9  take that branch (the tenth is g, then h i k l m w A B …)
0  c  none of them, go on
t  take the branch whose time has come
o  overrule the verdict, with a reason
n  write a note            x  call somebody
b  back to the step before j  jump to any step
p  pause: the run waits, `runbook resume` goes on
q  end the run             Ctrl-C  stop a running command; at a question: pause"""


def offer(
    step: Step,
    *,
    read_only: bool,
    missing: Sequence[str] = (),
    known: Sequence[str] = (),
    ways: Sequence[str] = (),
    word: str = "yes",
) -> Menu:
    """Ask what to do at a step that has not been acted on.

    What is `missing` a change asks for before its word; what is `known` can be corrected. `ways` says in words where
    each branch leads: what is done by hand she may end by taking one. `word` is what lets a change run.
    """
    options: list[Option] = []
    if step.command and step.command.handling in (Handling.RUN, Handling.TERMINAL):
        options += _running(step.command, missing, word, read_only=read_only)
        options += values(known, quiet=step.command.effect is Effect.READ)
        options += [Option("e", "edit"), Option("d", "done by hand", quiet=True), Option("s", "skip")]
    elif step.kind is StepKind.READING:
        options.append(Option("enter", "read on", hint=True))
    else:
        for index, (branch, where) in enumerate(zip(step.branches, ways, strict=False)):
            if not isinstance(branch.guard, Timer) and way_key(index):
                options.append(Option(way_key(index), _asked(branch, index, None, where)))
        options += [Option("d", "done"), Option("s", "skip")]
    return Menu("What now?", (*options, *COMMON), about=About.OFFER)


def beside(menu: Menu, more: Sequence[Option]) -> Menu:
    """Return a menu with more keys, in front of those that every question has."""
    place = next((i for i, option in enumerate(menu.options) if option in COMMON), len(menu.options))
    return replace(menu, options=(*menu.options[:place], *more, *menu.options[place:]))


def returning(menu: Menu) -> Menu:
    """Return a menu with a way back in place of what would end the step: an outcome that it has would be lost."""
    options = tuple(option for option in menu.options if option.key not in ("d", "s"))
    return beside(replace(menu, options=options), (Option("c", "do not run it"),))


def values(known: Sequence[str], *, quiet: bool) -> list[Option]:
    """Return the key that asks for values again, where there are any."""
    return [Option("v", "other values", quiet=quiet)] if known else []


def settle(step: Step, why: str, last: str, *, can_run: bool) -> Menu:
    """Ask whether the step passed, where the machine cannot say."""
    options = [Option("y", "yes, as expected"), Option("f", "no, failed")]
    if can_run:
        options.append(Option("r", "run again"))
    options += [Option("e", "edit", quiet=True), Option("s", "skip", quiet=True)]
    expected = [f"expected: {x.text or (x.predicate.source if x.predicate else '')}" for x in step.expected]
    question = f"Is it as expected? ({why})" if why else "Is it as expected?"
    lines = (*short(last), *expected[:3], *_undo(step))
    if len(question) > _QUESTION:
        question, lines = "Is it as expected?", (*short(last), f"UNDETERMINED  {why}", *lines[len(short(last)) :])
    return Menu(question, (*options, *COMMON), lines, about=About.SETTLE)


def depart(
    step: Step,
    visit: Visit,
    last: str,
    ways: Sequence[str],
    onward: str,
    due: frozenset[str],
    *,
    can_run: bool,
    took: str = "",
    code: int = 0,
) -> Menu:
    """Ask which way on, the branch that holds first; `ways` says in words where each branch leads.

    `took` is how long the command ran, `code` the exit code of one that says by it that it failed.
    """
    chosen = deciding(step, visit.judged)
    ended = visit.ended.outcome if visit.ended else ""
    options: list[Option] = []
    for index, branch in enumerate(step.branches):
        if isinstance(branch.guard, Timer):
            options += _timer(step, visit, index, ways[index], due)
        elif way_key(index):
            label = ways[index] if index == chosen else _asked(branch, index, visit.judged, ways[index])
            options.append(Option(way_key(index), label, hint=index == chosen, quiet=index == chosen))
    if chosen is not None:
        options.insert(0, Option("enter", ways[chosen].removesuffix(", otherwise"), hint=True))
    elif not step.branches or (ended == "passed" and not _asks(step, visit)):
        options.insert(0, Option("enter", onward, hint=ended == "passed"))
    last_word = any(isinstance(branch.guard, Otherwise) for branch in step.branches)
    if step.branches and not last_word and not any(o.key == "enter" and o.label == onward for o in options):
        options.append(Option("c", f"none of these, {onward}"))
    if can_run:
        options.append(Option("r", "run again"))
    options.append(Option("o", "overrule", quiet=step.kind is not StepKind.COMMAND))
    # The question whether it passed has just shown the command.
    again = () if visit.ended and visit.ended.how == "answer" else short(last)
    lines = (*again, *verdict(step, visit, took, code), *(_undo(step) if ended == "failed" else ()))
    return Menu("Which way on?", (*options, *COMMON), lines, about=About.DEPART)


def _undo(step: Step) -> tuple[str, ...]:
    """Return how to undo a change, in one line, for when it went wrong."""
    if step.command is None or step.command.effect is Effect.READ:
        return ()
    text = next((plain(block.inlines) for block in step.rollback if isinstance(block, Paragraph)), "")
    return (f"to undo it: {_UNDO.sub('', ' '.join(text.split()), count=1)}",) if text else ()


def _asked(branch: Branch, index: int, judged: Judged | None, way: str) -> str:
    # What the machine could not decide she must: then the key says what it asks.
    entries = judged.branches if judged else ()
    known = any(entry["index"] == index and entry["holds"] is not None for entry in entries)
    return way if known or not isinstance(branch.guard, Predicate) else f"{way}, if {branch.guard.source}"


def _timer(step: Step, visit: Visit, index: int, way: str, due: frozenset[str]) -> list[Option]:
    # Before its time a timer has no key: what it waits for may still come.
    if timer_key(visit, index) not in due:
        return []
    return [Option(timer_option(step, index), way)]


def pick(choose: Choose) -> Menu:
    """Ask which of several alternatives applies."""
    options = [Option(key, _unnumbered(label)) for key, (label, _) in zip(WAYS, choose.options, strict=False)]
    question = "Which applies?" if len(options) > 1 else "Does this apply?"
    return Menu(question, (*options, Option("0", "none of these"), *COMMON), about=About.PICK)


def _unnumbered(label: str) -> str:
    # "[3] 5. Restart": the author's number beside the key's would be pressed for it.
    number, _, rest = label.partition(" ")
    return rest.strip() if rest.strip() and number[-1:] in ".)" and number[:-1].isdigit() else label


def end(hint: str) -> Menu:
    """Ask how the run ended."""
    options = [Option(key, outcome.replace("_", " ")) for key, outcome in OUTCOMES.items()]
    if hint in OUTCOMES.values():
        options.insert(0, Option("enter", f"{hint.replace('_', ' ')}, as the runbook says"))
    rest = tuple(option for option in COMMON if option.key != "q")
    question = "The runbook says that this is over. Is it?" if hint else "The runbook ends here. How did it end?"
    return Menu(question, (*options, *rest), about=About.END)


def recover(step: str, started: str, *, running: bool, change: bool) -> Menu:
    """Ask about a command whose runner died."""
    if running:
        options = [Option("w", "wait for it"), Option("k", "kill it", word="yes"), Option("l", "leave it")]
        return Menu(f"`{step}` started {started} and is still running.", (*options, *COMMON[:3]))
    options = [
        Option("c", "check it: show the step again, run nothing"),
        Option("y", "mark it passed"),
        Option("f", "mark it failed"),
        Option("r", "run it again", word="yes" if change else ""),
    ]
    return Menu(f"`{step}` started {started}, outcome unknown.", (*options, *COMMON[:3]))


def short(text: str) -> tuple[str, ...]:
    """Return the command again, in two lines at most."""
    if not text:
        return ()  # its title stands right above
    first, *rest = text.strip("\n").splitlines() or [""]
    more = f"  … and {len(rest) - 1} more line{'s' if len(rest) > 2 else ''}" if len(rest) > 1 else ""
    return (f"  $ {first}", *(f"    {_cut(line.strip(), 50)}{more}" for line in rest[:1]))


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def verdict(step: Step, visit: Visit, took: str = "", code: int = 0) -> tuple[str, ...]:
    """Return the verdict with its evidence, in two lines at most, and how long it took where that is worth saying.

    An exit code that the evidence does not speak of is told too: what passes may have failed half-way.
    """
    judged, ended = visit.judged, visit.ended
    if step.command is None and not (ended and ended.how == "overruled"):
        return ()
    outcome = ended.outcome if ended else (judged.verdict if judged else "")
    checks = judged.checks if judged else ()
    telling = [c for c in checks if not c["holds"]] or list(checks)
    evidence = "; ".join(f"{c['evidence'] or c['error']}  ({c['source']})" for c in telling[:2])
    held = [b for b in (judged.branches if judged else ()) if b["holds"] and b.get("source")]
    if not evidence and held:
        evidence = f"{held[0]['evidence']}  ({held[0]['source']})"
    if not evidence and ended and (ended.how, ended.outcome, ended.reason) == ("machine", "passed", "") and not checks:
        evidence = "exit 0"
    if evidence and code and "exit_code" not in evidence:
        evidence += f"; exit {code}"
    how = {"machine": "", "answer": "your answer; ", "overruled": "overruled: "}[ended.how] if ended else ""
    reason = f" ({how}{ended.reason})" if ended and ended.reason else ""
    if ended and ended.how == "answer" and ended.reason in ("", "by hand"):
        reason = f" ({ended.reason or 'your answer'})"
    after = f" after {took}" if took else ""
    return (f"{outcome.upper()}{after}{reason}{'  ' + evidence if evidence else ''}",)


def _running(command: Command, missing: Sequence[str], word: str, *, read_only: bool) -> list[Option]:
    if command.effect is Effect.READ:
        return [Option("r", "run", hint=True)]
    if read_only:
        return []
    key, label = ("r", "run this CHANGE") if command.effect is Effect.CHANGE else ("u", "run, effect UNKNOWN")
    if missing:
        # A word that is typed before the values are known is no yes to what they name.
        return [Option(key, f"{label} (asks for {', '.join(missing)} first)", asks=True)]
    return [Option(key, label, word=word)]


def way_key(place: int) -> str:
    """Return the key of a branch or an alternative; empty where there are too many for a key each."""
    return WAYS[place] if place < len(WAYS) else ""


def _asks(step: Step, visit: Visit) -> bool:
    """Say whether a branch waits for an answer that only she can give."""
    unclear = any(entry["holds"] is None for entry in (visit.judged.branches if visit.judged else ()))
    return unclear or any(isinstance(branch.guard, Question | Otherwise) for branch in step.branches)
