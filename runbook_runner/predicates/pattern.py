"""Search by an RE2 pattern, in time that grows with the text and never explodes.

Python's own `re` backtracks: `(a+)+$` on a few dozen characters of a log hangs for hours, and nothing can
interrupt it. So the pattern becomes an automaton whose states are made as the text calls for them; only a
yes and where it ended are asked for, which is all that a predicate needs.
"""

from __future__ import annotations

from functools import lru_cache

from runbook_runner.predicates.pattern_syntax import PatternParser
from runbook_runner.predicates.pattern_tree import (
    MAX_REPEAT,
    Assertion,
    Chars,
    Choice,
    PatternError,
    Repeat,
    Sequence,
    Tree,
)

__all__ = ["Pattern", "PatternError", "compiled"]

MAX_PROGRAM = 6000
"""Instructions of one pattern."""
MAX_STATES = 4000
"""States kept before they are forgotten and made anew: a bound on memory."""
MAX_WORK = 4_000_000
"""Instructions looked at in one search while making states; a few seconds at worst."""

_WORD = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")


class _State(dict[str, "_State | None"]):
    """Where the automaton is; as a dict, where each character leads. None is a match before that character."""

    __slots__ = ("before", "pending")

    def __init__(self, pending: frozenset[int], before: str) -> None:
        super().__init__()
        self.pending = pending
        self.before = before
        """What stands before: `A` the start, `n` a line feed, `w` a word character, `o` another."""


class Pattern:
    """A pattern ready to search with."""

    def __init__(self, text: str) -> None:
        tree = PatternParser(text).parse()
        _check_repeats(tree, 1)
        self._program: list[tuple[Chars | str, int, int]] = []
        self._start = self._compile(tree, self._emit("match", 0, 0))
        self._states: dict[tuple[frozenset[int], str], _State] = {}
        self._work = 0

    def search(self, text: str) -> int | None:
        """Return where the first match to be complete ends, or None."""
        self._work = 0
        state = self._state(frozenset((self._start,)), "A")
        for at, char in enumerate(text):
            # The hot path: one look-up a character, the automaton's states being made once each.
            if char in state:
                following = state[char]
            else:
                following = state[char] = self._step(state, char)
            if following is None:
                return at
            state = following
        return len(text) if self._closure(state, "")[1] else None

    def _emit(self, operation: Chars | str, one: int, two: int) -> int:
        if len(self._program) >= MAX_PROGRAM:
            raise PatternError("the pattern is too large")
        self._program.append((operation, one, two))
        return len(self._program) - 1

    def _compile(self, tree: Tree, then: int) -> int:
        """Emit a tree so that it continues at `then`; return where it begins."""
        match tree:
            case Chars():
                return self._emit(tree, then, then)
            case Assertion(kind):
                return self._emit(kind, then, then)
            case Sequence(items):
                for item in reversed(items):
                    then = self._compile(item, then)
                return then
            case Choice(items):
                begin = self._compile(items[-1], then)
                for item in reversed(items[:-1]):
                    begin = self._emit("split", self._compile(item, then), begin)
                return begin
            case Repeat(item, least, most):
                return self._compile_repeat(item, least, most, then)

    def _compile_repeat(self, item: Tree, least: int, most: int | None, then: int) -> int:
        begin = then
        if most is None:
            begin = self._emit("split", then, then)
            self._program[begin] = ("split", self._compile(item, begin), then)
        else:
            for _ in range(most - least):
                begin = self._emit("split", self._compile(item, begin), then)
        for _ in range(least):
            begin = self._compile(item, begin)
        return begin

    def _state(self, pending: frozenset[int], before: str) -> _State:
        key = (pending, before)
        found = self._states.get(key)
        if found is None:
            if len(self._states) >= MAX_STATES:
                for state in self._states.values():
                    state.clear()
                self._states.clear()
            found = self._states[key] = _State(pending, before)
        return found

    def _step(self, state: _State, char: str) -> _State | None:
        reached, matched = self._closure(state, char)
        if matched:
            return None
        code = ord(char)
        pending = {self._start}
        for at in reached:
            operation, one, _ = self._program[at]
            if isinstance(operation, Chars) and operation.has(code):
                pending.add(one)
        return self._state(frozenset(pending), "n" if char == "\n" else "w" if char in _WORD else "o")

    def _closure(self, state: _State, char: str) -> tuple[set[int], bool]:
        """Follow all that consumes nothing, given the characters on both sides."""
        reached: set[int] = set()
        todo = list(state.pending)
        while todo:
            at = todo.pop()
            if at in reached:
                continue
            reached.add(at)
            operation, one, two = self._program[at]
            if operation == "match":
                return reached, True
            if operation == "split":
                todo += (one, two)
            elif isinstance(operation, str) and _holds(operation, state.before, char):
                todo.append(one)
        self._work += len(reached) + 1
        if self._work > MAX_WORK:
            raise PatternError("the pattern is too costly for this text")
        return reached, False


def _holds(assertion: str, before: str, char: str) -> bool:
    match assertion:
        case "A":
            return before == "A"
        case "z":
            return char == ""
        case "^":
            return before in {"A", "n"}
        case "$":
            return char in {"", "\n"}
        case _:
            return ((before == "w") != (char in _WORD)) == (assertion == "b")


def _check_repeats(tree: Tree, outer: int) -> None:
    """Refuse nested counts that multiply beyond RE2's limit."""
    match tree:
        case Repeat(item, least, most):
            times = outer * max(least, most or 0, 1)
            if times > MAX_REPEAT:
                raise PatternError("invalid repetition size: nested repetitions multiply")
            _check_repeats(item, times)
        case Sequence(items) | Choice(items):
            for item in items:
                _check_repeats(item, outer)
        case _:
            pass


@lru_cache(maxsize=64)
def compiled(text: str) -> Pattern:
    """Make a pattern ready, or raise a PatternError."""
    return Pattern(text)
