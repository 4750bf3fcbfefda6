"""The state that crosses fences: read from what a shell wrote down, kept in a private file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from shlex import quote, split

from msgspec import Struct, field

from runbook_runner.regex import regex

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"|\$\'[^\'\\]*(?:\\.[^\'\\]*)*\''
_DECLARATION = regex(
    rf"^declare -(\S+) ([A-Za-z_]\w*)(?:=((?:\((?:{_STRING}|[^\"$)]|\$(?!'))*\)|{_STRING}|[^\n]*)))?$",
    re.DOTALL | re.MULTILINE,
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)", re.DOTALL)
_ESCAPES = {b"a": b"\a", b"b": b"\b", b"E": b"\x1b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_OWN = frozenset(
    {"DIRSTACK", "EUID", "EPOCHREALTIME", "EPOCHSECONDS", "FUNCNAME", "GROUPS", "HISTCMD", "HOSTNAME", "HOSTTYPE"}
    | {"LINENO", "MACHTYPE", "OPTERR", "OSTYPE", "PIPESTATUS", "PPID", "PWD", "RANDOM", "SECONDS", "SHELLOPTS"}
    | {"SHLVL", "SRANDOM", "UID", "COLUMNS", "LINES", "COMP_WORDBREAKS", "_"}
)
"""What a shell sets for itself."""


class State(Struct, frozen=True):
    """What the next shell starts from."""

    directory: str
    variables: Mapping[str, str] = field(default_factory=dict)
    """Declarations by name; functions as `name()`, what was taken away as `unset -v`."""
    base: Mapping[str, str] = field(default_factory=dict)
    """What a shell declares before anything of ours, to tell what changed."""
    attempt: int = -1
    """Whose end it is."""

    def same(self, other: State) -> bool:
        """Whether a shell that starts from the other one would not know the difference."""
        return (self.directory, self.variables, self.base) == (other.directory, other.variables, other.base)


class Dump(Struct):
    """What one shell wrote down."""

    parameters: dict[str, str] = field(default_factory=dict)
    passed: bool = False
    """It came through its gate."""
    base: dict[str, str] | None = None
    complete: bool = False
    """The end marker is there."""
    code: int | None = None
    statuses: tuple[int, ...] = ()
    directory: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    exports: dict[str, str] | None = None
    """zsh: the environment that it leaves."""
    _listing: str = ""

    def same(self, other: Dump) -> bool:
        """Whether both shells left the same, given the same."""
        mine = (self.directory, self.parameters, self.base, self.variables, self.functions, self.exports)
        return mine == (other.directory, other.parameters, other.base, other.variables, other.functions, other.exports)

    def take(self, record: str) -> None:
        """Take one record: a letter and what it stands for."""
        if self.exports is not None and record != "Z":
            name, _, value = record.partition("=")
            self.exports[name] = value
            return
        rest = record[1:]
        match record[:1]:
            case "P":
                name, _, value = rest.partition("=")
                self.parameters[name] = value
            case "S":
                self.passed = True
            case "B":  # taken with this command's parameters in place, which are no part of the beginning
                self.base = {name: text for name, text in declarations(rest).items() if name not in self.parameters}
            case "C":
                self.code, *statuses = map(int, rest.split())
                self.statuses = tuple(statuses)
            case "D":
                self.directory = rest
            case "V":
                self.variables = declarations(rest)
            case "F":
                self._listing = rest
            case "G":
                self.functions = _functions(self._listing, rest)
            case "E":
                self.exports = {}
            case "Z":
                self.complete = True


def header(parameters: Mapping[str, str]) -> bytes:
    """Return the beginning of a dump, so that it can be understood by whoever finds it."""
    return b"".join(f"P{name}={value}\0".encode(errors="surrogateescape") for name, value in parameters.items())


def read_dump(path: str) -> Dump | None:
    """Read what a shell wrote down; None when there is no such file."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - at every step
            raw = file.read()
    except OSError:
        return None
    dump = Dump()
    for record in raw.decode(errors="surrogateescape").split("\0"):
        dump.take(record)
        if dump.complete:
            break
    return dump


@lru_cache(maxsize=2)  # most commands leave what they found
def declarations(text: str) -> Mapping[str, str]:
    """Return the output of `declare -p` by name, without readonly flags and what the shell sets for itself."""
    found = {}
    for match in _DECLARATION.finditer(text):
        flags, name, value = match.groups()
        if name in _OWN or name.startswith(("BASH", "__rb_")):
            continue
        flags = flags.replace("r", "") or "-"
        found[name] = f"declare -{flags} {name}" + ("" if value is None else f"={value}")
    return found


def _functions(listing: str, text: str) -> dict[str, str]:
    """Split the output of `declare -f`, which follows the order of `declare -F`."""
    found: dict[str, str] = {}
    names = [line.split(" ", 2) for line in listing.splitlines()]
    starts = []
    position = 0
    for _, _, name in names:
        match = re.compile(rf"^(?:function )?{re.escape(name)} \(\) \n{{ $", re.MULTILINE).search(text, position)
        starts.append(match.start() if match else position)
        position = match.end() if match else position
    for (_, flags, name), start, end in zip(names, starts, [*starts, len(text)][1:], strict=True):
        if not name.startswith("__rb_"):
            exported = f"\nexport -f {quote(name)}" if "x" in flags else ""
            found[f"{name}()"] = text[start:end].rstrip("\n") + exported
    return found


def plain(declaration: str) -> str | None:
    """Return the value that a declaration gives a plain variable; None for arrays and declarations without one."""
    _, equals, value = declaration.partition("=")
    if not equals or value.startswith("("):
        return None
    if value.startswith('"'):
        return re.sub(r"\\([\"$`\\])", r"\1", value[1:-1])
    if value.startswith("$'"):
        raw = _ESCAPE.sub(_unescape, value[2:-1].encode(errors="surrogateescape"))
        return raw.decode(errors="surrogateescape")
    if value.startswith("'"):  # our own quoting, of what zsh exported
        return "".join(split(value))
    return value


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match[1]
    if code[:1].isdigit():
        return bytes([int(code, 8) & 255])
    if code[:1] == b"x" and len(code) > 1:
        return bytes([int(code[1:], 16)])
    return _ESCAPES.get(code, code)


def advance(state: State, dump: Dump, attempt: int, outside: Mapping[str, str] = os.environ) -> State:
    """Return the state after a shell that wrote everything down; `outside` is the environment that it was given."""
    base = state.base if dump.base is None else dump.base
    if dump.exports is not None:
        return State(dump.directory, {**state.variables, **_exported(state, dump, base, outside)}, base, attempt)
    variables = dict(dump.functions)
    for name, declaration in dump.variables.items():
        if base.get(name) == declaration and name not in dump.parameters:
            continue
        given = dump.parameters.get(name, outside.get(name))
        if name not in state.variables and declaration.startswith("declare -x ") and plain(declaration) == given:
            continue
        variables[name] = declaration
    for name in {*base, *dump.parameters, *state.variables}:
        if name not in dump.variables and not name.endswith("()"):
            variables[name] = f"unset -v {name}"
    return State(dump.directory, variables, base, attempt)


def exports(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what a state exports, for a shell that does not speak its declarations."""
    return {
        name: value
        for name, declaration in variables.items()
        if re.match(r"declare -\w*x", declaration) and (value := plain(declaration)) is not None
    }


def _exported(state: State, dump: Dump, base: Mapping[str, str], outside: Mapping[str, str]) -> dict[str, str]:
    before = {**exports(base), **dump.parameters, **exports(state.variables)} if base else dict(outside)
    return {
        name: f"declare -x {name}={quote(value)}"
        for name, value in (dump.exports or {}).items()
        if before.get(name) != value
        and re.fullmatch(r"[A-Za-z_]\w*", name)
        and name not in _OWN | {"LOGNAME"}  # zsh sets that one
    }


def load(path: str, directory: str) -> State:
    """Read the state that an earlier session left; the beginning when there is none."""
    try:
        kept = json.loads(Path(path).read_text(encoding="ascii"))
        return State(kept["directory"], kept["variables"], kept["base"], kept["attempt"])
    except (OSError, ValueError, KeyError, TypeError):
        return State(directory)


def save(path: str, state: State) -> None:
    """Keep the state, all of it or what was there before."""
    kept = {"directory": state.directory, "variables": state.variables, "base": state.base, "attempt": state.attempt}
    replace_file(path, json.dumps(kept))


def replace_file(path: str, text: str) -> None:
    """Write a private file that holds, whenever its writer is killed, all of the text or what was there before."""
    temporary = f"{path}~"
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:  # noqa: PTH123
        file.write(text)
    os.replace(temporary, path)  # noqa: PTH105
