"""What a shell is given: a gate, the state to start from, the text, and what to write down at the end.

The gate is the shell's standard input. Its preamble sources it to the end, so that a runner that dies first leaves a
program without its last line, `__rb_go=1`, and the shell exits at once. State comes through the gate too: as an
argument anybody could read it in `ps`. The text is an argument, after the preamble on the preamble's own line, so that
line numbers, `PIPESTATUS` and `$0` are what they would be without us; a text that the kernel would not take as an
argument comes through the gate as well, and loses the last pipeline's statuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote

NEVER_RAN = 125
"""Exit code of a shell whose gate never opened."""
_LONGEST = 100_000
"""Linux takes 128 KiB as one argument."""
PREAMBLE = "unset -v __rb_go; "
"""The end of what stands before her text."""
_GATE = f". /dev/stdin; [[ $__rb_go ]] || exit {NEVER_RAN}; {PREAMBLE}"

_BASH_END = """\
{ builtin set -- "$?" "${PIPESTATUS[@]}"
builtin trap - DEBUG RETURN ERR
builtin set +eufvx
@secrets
{
builtin printf 'C%s' "$1"; builtin shift; builtin printf ' %s' "$@"
builtin printf '\\0D%s\\0V' "$PWD"; builtin unset -v BASH_EXECUTION_STRING; builtin declare -p
builtin printf '\\0F'; builtin declare -F
builtin printf '\\0G'; builtin declare -f
builtin printf '\\0Z\\0'
} >>@
[[ -e /proc/$PPID/exe ]] || {
builtin unset -v HISTIGNORE HISTCONTROL; HISTSIZE=9 HISTFILESIZE=9 HISTFILE=@ended
builtin set -o history; builtin history -s ended; }
} 2>/dev/null"""
"""No function: `declare -f` would print it too.

A shell that a signal ends comes here too, and then nobody but its parent learns of the signal. Where the parent is
gone (a zombie has no `exe` either), one that ends by itself writes its history afterwards, and one that a signal ends
does not.
"""

_ZSH_END = """\
__rb_end() { { builtin printf 'C%s\\0D%s\\0E\\0' "$*" "$PWD"; command env @secrets -0; builtin printf 'Z\\0'; } >>@; }
trap '__rb_end "$?" "${pipestatus[@]}" 2>/dev/null' EXIT
"""


def arguments(shell: str, text: str) -> list[bytes]:
    """Return the command line that executes a text once its gate opens."""
    tail = text if len(text.encode(errors="surrogateescape")) <= _LONGEST else 'eval "$__rb_text"'
    options = ["-f"] if shell == "zsh" else ["--norc", "--noprofile"]
    return [word.encode(errors="surrogateescape") for word in (shell, *options, "-c", f"{_GATE}{tail}")]


def opening(
    shell: str,
    text: str,
    dump: str,
    ended: str,
    variables: Mapping[str, str],
    *,
    base: bool,
    terminal: bool,
    present: frozenset[str],
    secrets: frozenset[str] = frozenset(),
) -> bytes:
    """Return what opens the gate.

    `dump` is the file for the state, `ended` the one that says how it ended where nobody sees it; `base` also has it
    hold the state before anything of ours; `present` names what the environment already exports, which a declaration
    alone could not take back; `secrets` are never dumped.
    """
    target = quote(dump)
    parts = ["exec 0<&1\n" if terminal else "exec 0</dev/null\n"]
    if shell == "zsh":
        parts.append(f"printf 'S\\0' >>{target}\n")
    else:
        # In a subshell, where the secrets can be forgotten: the command itself still needs them.
        listing = f"( {_forget(secrets)}; builtin declare -p )" if secrets else "builtin declare -p"
        before = f"builtin printf 'B'; {listing}; builtin printf '\\0'; " if base else ""
        parts.append(f"{{ builtin printf 'S\\0'; {before}}} >>{target}\n")
        parts += _restore(variables, present)
    parts.append(_end(shell, target, quote(ended), secrets))
    if len(text.encode(errors="surrogateescape")) > _LONGEST:
        parts.append(f"__rb_text={quote(text)}\n")
    parts.append("__rb_go=1\n")
    return "".join(parts).encode(errors="surrogateescape")


def _end(shell: str, target: str, ended: str, secrets: frozenset[str]) -> str:
    if shell == "zsh":
        text = _ZSH_END.replace("@secrets", " ".join(f"-u {name}" for name in sorted(secrets)))
        return text.replace(">>@", f">>{target}")
    text = _BASH_END.replace("@secrets\n", f"{_forget(secrets)}\n" if secrets else "")
    text = text.replace(">>@", f">>{target}").replace("@ended", ended)
    return f"builtin trap {quote(text)} EXIT\n"


def _forget(secrets: frozenset[str]) -> str:
    return f"builtin unset -v {' '.join(sorted(secrets))}"


def _restore(variables: Mapping[str, str], present: frozenset[str]) -> list[str]:
    parts = []
    functions = []
    for name, declaration in variables.items():
        if name.endswith("()"):
            # Through eval, so that one that does not parse here is lost alone and not with everything after it.
            functions.append(f"eval {quote(declaration)} 2>/dev/null\n")
        else:
            parts.append(f"unset -v {name}\n{declaration}\n" if name in present else f"{declaration}\n")
    if functions:  # their patterns may need it, and it is not carried
        parts += ["shopt -s extglob\n", *functions, "shopt -u extglob\n"]
    return parts
