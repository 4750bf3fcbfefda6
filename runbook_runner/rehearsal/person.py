"""An engineer who does what the runbook says, and what the scenario says where the runbook leaves it to her."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runbook_runner.model.graph import Choose
from runbook_runner.model.scenario import Answer, Scenario
from runbook_runner.ports import About, Interrupts, Menu, Option
from runbook_runner.rehearsal.errors import Stuck
from runbook_runner.rehearsal.stage import Stage
from runbook_runner.rehearsal.ways import branch_key, due_timer, fits, offered, pick_key

_MOST = 250
"""Questions after which a walk goes round for ever."""
_LONGEST = 86400.0
"""Seconds of waiting in one place after which nothing will come any more."""

_OPTIONS = tuple(Option(str(place), "") for place in range(100))
"""As many as a choice may have."""

STAND_IN = "rehearsal"
"""What she types for a secret that the scenario gives no value, as none should."""


class Person:
    """The Prompt of a rehearsal."""

    unattended = False

    def __init__(
        self, scenario: Scenario, stage: Stage, seconds: Callable[[str], float], more: Callable[[str], bool]
    ) -> None:
        """Play a scenario; `more` says whether polling a step's command will still show something new."""
        self._scenario = scenario
        self._more = more
        self._stage = stage
        self._seconds = seconds
        self._used: dict[tuple[str, About], int] = {}
        self._rungs: set[int] = set()
        self._watching: dict[tuple[str, About, int], float] = {}
        """Since when she looks again and again before an answer."""
        self._asked = 0
        self._waited = 0.0
        self._line = ""

    def choose(self, menu: Menu, interrupts: Interrupts) -> str:
        """Return the key that she presses."""
        self._count()
        options = [*menu.options, *self._due(interrupts)]
        if self._must_call(options):
            return "x"
        about = menu.about or About.LOST
        hinted = any(option.key == "enter" and option.hint for option in options)
        if menu.poll is not None and not hinted and (key := self._watch(menu.poll, about, options, interrupts)):
            return key
        answer = self._answer(about)
        waits = menu.poll is None and not (hinted and answer.undecided) and about not in (About.REACH, About.CONFIRM)
        if answer.wait and waits:
            self._wait(self._seconds(answer.wait), interrupts, options)
        key = self._press(about, menu, answer, options, interrupts)
        if any(option.asks and option.key == key for option in options) and answer != Answer():
            self._used[self._stage.here, about] -= 1  # it is asked again once the values are known
        return key

    def _press(self, about: About, menu: Menu, answer: Answer, options: list[Option], interrupts: Interrupts) -> str:
        match about:
            case About.OFFER:
                return self._act(answer, options)
            case About.SETTLE:
                return self._settle(menu, answer, options, interrupts)
            case About.DEPART:
                return self._depart(menu, answer, options, interrupts)
            case About.GUARD:
                return self._guard(menu, answer)
            case About.PICK:
                return self._pick(answer, options)
            case About.CONFIRM:
                return "y"
            case About.REACH:
                return self._reach(menu)
            case About.CALLED:
                return "c" if answer.called == "stay" else "e"
            case About.END:
                return self._end(menu, answer)
            case About.LOST:
                raise Stuck(f"at `{self._stage.here}`: {menu.question}")

    def line(self, label: str, interrupts: Interrupts, *, default: str = "", secret: bool = False) -> str | None:
        """Return the reason that she gave, or the default of a value."""
        interrupts.due()
        self._count()
        if secret and not default:
            return STAND_IN
        text, self._line = self._line, ""
        if text or default:
            return text or default
        if label.startswith(("anything the review", "note")):
            return ""
        if label.startswith("call whom?"):
            return "somebody"
        raise Stuck(f"nothing says what to type at `{self._stage.here}` for: {label}")

    def edit(self, text: str) -> str | None:
        """Refuse: a scenario edits no command."""
        raise Stuck(f"the command of `{self._stage.here}` must be edited before it may run")

    def pager(self, text: str) -> None:
        """Show nothing."""

    def _count(self) -> None:
        self._asked += 1
        if self._asked > _MOST:
            raise Stuck(f"the walk goes round for ever, at last at `{self._stage.here}`")

    # --- what she knows -----------------------------------------------------------------------

    def _answer(self, about: About) -> Answer:
        """Return the next answer for this kind of question at this step; an empty one when there is none."""
        here = "end" if about is About.END and "end" in self._scenario.answers else self._stage.here
        fitting = [a for a in self._scenario.answers.get(here, ()) if fits(a, about)]
        if not fitting:
            return Answer()
        place = self._used.get((here, about), 0)
        self._used[here, about] = place + 1
        return fitting[min(place, len(fitting) - 1)]

    def _watch(self, every: float, about: About, options: list[Option], interrupts: Interrupts) -> str:
        """Look again while something new may show, or for as long as her answer says; empty when that is over."""
        left = self._left_to_watch(about)
        if left is None:
            return self._poll(every, options, interrupts) if self._more(self._stage.here) else ""
        if left > every:
            return self._poll(every, options, interrupts, past_timers=True)
        if left > 0:
            self._wait(left, interrupts, options)
        return ""

    def _left_to_watch(self, about: About) -> float | None:
        """Return for how long she still looks again before she gives her next answer; None when it does not say."""
        here = self._stage.here
        fitting = [a for a in self._scenario.answers.get(here, ()) if fits(a, about)]
        place = self._used.get((here, about), 0)
        if not fitting or not (wait := fitting[min(place, len(fitting) - 1)].wait):
            return None
        now = self._stage.clock.mono()
        since = self._watching.setdefault((here, about, place), now)
        return max(0.0, since + self._seconds(wait) - now)

    def _due(self, interrupts: Interrupts) -> list[Option]:
        return [notice.option for notice in interrupts.due() if notice.option is not None]

    def _must_call(self, options: Sequence[Option]) -> bool:
        """Say whether a rung of the ladder fell due that she has not answered yet, and she can call now."""
        if all(option.key != "x" for option in options):
            return False
        root = next(iter(self._stage.states.values()), None)
        if root is None or self._stage.state is not root:
            return False
        tried = {call.tried.to for call in root.calls}
        ladder = self._stage.graph.runbook.facts.escalation
        due = (place for place in range(len(ladder)) if f"rung:{place}" in root.timers)
        waiting = next((place for place in due if place not in self._rungs and ladder[place].to not in tried), None)
        if waiting is not None:
            self._rungs.add(waiting)
        return waiting is not None

    def _wait(self, seconds: float, interrupts: Interrupts, options: list[Option]) -> None:
        clock = self._stage.clock
        until = clock.mono() + seconds
        while (left := until - clock.mono()) > 1e-9:
            clock.wait(min(left, self._stage.until_due()))
            options += self._due(interrupts)

    # --- what she does ------------------------------------------------------------------------

    def _act(self, answer: Answer, options: Sequence[Option]) -> str:
        keys = [option.key for option in options]
        self._waited = 0.0
        if answer.do == "skip":
            self._line = answer.because or "the scenario skips it"
            return "s"
        if answer.do == "done":
            return "d"
        for key in ("r", "u", "enter", "d"):
            if key in keys:
                return key
        raise Stuck(f"nothing can be done at `{self._stage.here}`")

    def _settle(self, menu: Menu, answer: Answer, options: list[Option], interrupts: Interrupts) -> str:
        if answer.do == "again":
            return "r"
        if answer.expected is not None:
            return "y" if answer.expected else "f"
        if key := due_timer(options):
            return key
        if menu.poll is not None:
            return self._poll(menu.poll, options, interrupts)
        raise Stuck(f"nothing says whether `{self._stage.here}` ended as expected: {menu.question}")

    def _depart(self, menu: Menu, answer: Answer, options: list[Option], interrupts: Interrupts) -> str:
        here = self._stage.here
        if answer.do == "again":
            return "r"
        if answer.overrule:
            self._line = answer.overrule
            return "o"
        decided = any(option.key == "enter" and option.hint for option in options)
        if answer.take and not (decided and answer.undecided):
            return self._take(answer, options)
        if decided or (menu.poll is not None and any(option.key == "enter" for option in options)):
            return "enter"  # where it is polled, nothing new will be seen any more
        if key := due_timer(options):
            return key
        if menu.poll is not None:
            return self._poll(menu.poll, options, interrupts)
        raise Stuck(f"nothing says which way on from `{here}`; it offers:{offered(options)}")

    def _take(self, answer: Answer, options: Sequence[Option]) -> str:
        here = self._stage.here
        key = branch_key(self._stage.graph.steps[here.rpartition("#")[2]], answer.take, options)
        if not key and (key := self._towards(answer.take, options)):
            return key
        if not key:
            raise Stuck(f"`{here}` does not lead to {answer.take!r} now; it offers:{offered(options)}")
        chosen = next((option for option in options if option.hint and option.key.isdigit()), None)
        if chosen is not None and chosen.key != key and not answer.anyway:
            way = f"`{{take: {answer.take}, anyway: true}}`"
            raise Stuck(f"at `{here}` the evidence chooses: {chosen.label}; {way} is to go another way all the same")
        return key

    def _towards(self, wanted: str, options: Sequence[Option]) -> str:
        """Return the key that leads on to a choice in which there is what she wants; it is asked for there again."""
        onward = self._stage.graph.after(self._stage.here.rpartition("#")[2])
        if not isinstance(onward, Choose) or not pick_key(self._stage.graph, onward.key, wanted, _OPTIONS):
            return ""
        return next((option.key for option in options if option.key in ("enter", "c")), "")

    def _poll(self, seconds: float, options: list[Option], interrupts: Interrupts, *, past_timers: bool = False) -> str:
        """Watch until it is time to look again, or something else falls due."""
        self._waited += seconds
        if self._waited > _LONGEST:
            raise Stuck(f"`{self._stage.here}` is polled for ever")
        clock = self._stage.clock
        until = clock.mono() + seconds
        while (left := until - clock.mono()) > 1e-9:
            clock.wait(min(left, self._stage.until_due()))
            options += self._due(interrupts)
            if self._must_call(options):
                return "x"
            if not past_timers and (key := due_timer(options)):
                return key
        return "poll"

    def _guard(self, menu: Menu, answer: Answer) -> str:
        if answer.applies is None:
            raise Stuck(f"nothing says whether this holds at `{self._stage.here}`: {' '.join(menu.lines).strip()}")
        return "y" if answer.applies else "s"

    def _pick(self, answer: Answer, options: Sequence[Option]) -> str:
        here = self._stage.here
        if not answer.take:
            raise Stuck(f"nothing says which applies after `{here}`:{offered(options)}")
        key = pick_key(self._stage.graph, self._stage.state.pending, answer.take, options)
        if not key:
            raise Stuck(f"{answer.take!r} is none of what may apply after `{here}`:{offered(options)}")
        return key

    def _reach(self, menu: Menu) -> str:
        name = menu.question.removeprefix("Did you reach ").removesuffix("?")
        result = self._scenario.reach.get(name, "reached")
        keys = {"reached": "y", "no answer": "o", "voicemail": "v", "not called": "c"}
        if result not in keys:
            raise Stuck(f"`reach` of {name}: {result!r} is none of {', '.join(keys)}")
        return keys[result]

    def _end(self, menu: Menu, answer: Answer) -> str:
        claimed = any(option.key == "enter" for option in menu.options)
        if not answer.end:
            if claimed:
                return "enter"
            raise Stuck("nothing says how the run ended: write `end: {end: resolved}` below `answers`")
        wanted = answer.end.replace(" ", "_")
        key = next((o.key for o in menu.options if o.label.replace(" ", "_") == wanted), "")
        if not key:
            raise Stuck(f"{answer.end!r} is no way to end a run")
        return key
