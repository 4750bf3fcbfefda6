"""What runs at the far end of an ssh connection, and what comes back from there.

The command line that others may read in `ps`, here and there, holds no more than a line that evaluates what it reads
from its standard input. Everything else comes by there: the scripts of this file, and then fields that end in NUL,
which are data and never evaluated. The last field is `go`: without it (the runner died, the line broke) nothing runs.

What the command prints comes back as it is, and between it frames of ours, which `_ssh_frames` reads. A frame begins
with a mark that nobody can foresee: `H` when the far shell has read everything (what came before is the login's own
noise), `S PID GROUP START` when the command has started, `N WHY` when it could not, and `.` at its end: the records
of `_state.Dump` with `=L PID COMMAND` for what it leaves behind and `=X CODE`.

When the line is gone, the far shell's parent is (sshd has died, or let go). A read is stopped then, within seconds.
A change goes on to its end: a `cat` in between swallows what nobody reads any more, where it else would be killed by
what it prints; its exit code is left in a file, which the next question about it takes away.
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Mapping, Sequence

DUMP = "/dev/fd/19"
"""Where a far shell writes down what it leaves: a pipe, since a host in trouble may have no room for a file."""
NEVER_RAN = 125
ALIVE, GONE, ENDED = "alive", "gone", "ended"

# No `!` and no newline: the login shell there may be any.
_EVALUATE = 'IFS= read -r -d "" s && eval "$s"'
_EVALUATE_TYPED = (
    'o=$(stty -g); stty raw -echo; printf "\\001ready\\001"; IFS= read -r s; eval "$(printf %s "$s" | base64 -d)"'
)
READY = b"\x01ready\x01"

_FIELDS = """\
__rb_field() { IFS= read -r -d "" "$1" <&5; }
__rb_begun() { set -- "$1"; { IFS= read -r __rb_x <"/proc/$1/stat"; } 2>/dev/null || __rb_x=") "
  set -- ${__rb_x##*) }; __rb_begun=${20-}; }
"""

_LINE = """\
__rb_parent() { { IFS= read -r __rb_up <"/proc/$$/stat"; } 2>/dev/null || __rb_up=") - $(ps -o ppid= -p $$)"
  set -- ${__rb_up##*) }; __rb_up=${2-}; }
__rb_parent; __rb_line=$__rb_up
__rb_gone() { __rb_parent; [ "$__rb_line" ] && [ "$__rb_up" != "$__rb_line" ]; }
"""
_THROUGH = """\
__rb_through() { trap '' PIPE; cat 2>/dev/null; exec cat >/dev/null; }
exec 3> >(__rb_through 4>&-) 4> >(__rb_through >&2 3>&-)
"""
_KEEP = """\
__rb_gone && for __rb_y in /tmp /var/tmp; do
  ( umask 077; set -C; printf '%s\n' "${__rb_x#=X}" >"$__rb_y/runbook-$__rb_nonce" ) && break
done 2>/dev/null
"""

_PIPED = "exec 5<&0\n"
_TYPED = 'IFS= read -r s; exec 5< <(printf %s "$s" | base64 -d)\n'

_RUN = """\
__rb_argv=() __rb_env=() __rb_locale=${LC_ALL-}
[ "$__rb_locale" ] || LC_ALL=C
__rb_field __rb_nonce && __rb_field __rb_dir && __rb_field __rb_prog || exit 125
while __rb_field __rb_x && [ "$__rb_x" ]; do __rb_argv+=("$__rb_x"); done
while __rb_field __rb_x && [ "$__rb_x" ]; do __rb_env+=("$__rb_x"); done
__rb_field __rb_x && [ "$__rb_x" = go ] || exit 125
[ "$__rb_locale" ] || unset LC_ALL
@restore
__rb_frame() { printf '\\0%s\\0%s\\0' "$__rb_nonce" "$1"; }
__rb_frame H; __rb_frame H >&2
__rb_no() { __rb_frame "N$1"; exit 125; }
if [ "$__rb_dir" ]; then cd -- "$__rb_dir" 2>/dev/null || __rb_no "its directory $__rb_dir cannot be entered there"; fi
command -v "${__rb_argv[0]}" >/dev/null 2>&1 || __rb_no "${__rb_argv[0]} is not on PATH there"
unset BASH_ENV ENV OLDPWD s
@base
for __rb_x in "${__rb_env[@]+"${__rb_env[@]}"}"; do export "$__rb_x"; done
exec 3>&1 4>&2 5<&-
@through
"""

_BASE = """\
[ -z "${__rb_base-}" ] || printf 'B%s\\0' "$__rb_base" >&19
"""

_BEHIND = """\
{
exec 0</dev/null
@told
set -m
printf %s "$__rb_prog" | "${__rb_argv[@]}" 1>&3 2>&4 3>&- 4>&- &
__rb_pid=$! __rb_group=$(jobs -p)
set +m
__rb_begun "$__rb_pid"
__rb_frame "S$__rb_pid $__rb_group $__rb_begun" >&3
exec 3>&- 4>&-
@watch
wait "$__rb_pid"; __rb_code=$?
[ -z "${__rb_watch-}" ] || kill "$__rb_watch"
if kill -0 -- "-$__rb_group" 2>/dev/null; then
  ps -e -o pgid= -o pid= -o stat= -o args= | while read -r g p t a; do
    case $g:$t in "$__rb_group:Z"*) ;; "$__rb_group:"*) printf '=L%s %s\\0' "$p" "$a" >&19 ;; esac
  done
fi
printf '=X%s\\0' "$__rb_code" >&19
} 19>&1 >/dev/null 2>/dev/null | """

_WATCH = """\
( while sleep 1; do
  __rb_gone || continue
  for __rb_x in TERM KILL; do kill -"$__rb_x" -- "-$__rb_group" && kill -CONT -- "-$__rb_group"; sleep 2; done; exit
done ) 19>&- &
__rb_watch=$!
"""

_BEFORE_HER = """\
{
@told
printf %s "$__rb_prog" | "${__rb_argv[@]}" 1>&3 2>&4 3>&- 4>&-
__rb_code=$?
printf '=X%s\\0' "$__rb_code" >&19
} 19>&1 >/dev/null | """

_COLLECT = """\
{
exec 4>&-
__rb_all=()
while IFS= read -r -d "" __rb_x; do
  __rb_all+=("$__rb_x"); case $__rb_x in =X*) break ;; esac
done
@raw
@keep
{ printf '\\0%s\\0.\\0' "$__rb_nonce"; printf '%s\\0' "${__rb_all[@]}"; } >&3
case $__rb_x in =X*) exit "${__rb_x#=X}" ;; esac
exit 254
}
"""

_KIN = """\
__rb_field __rb_nonce && __rb_field pid && __rb_field group && __rb_field begun || exit 125
__rb_begun "$pid"
[ -z "$begun" ] || [ -z "$__rb_begun" ] || [ "$begun" = "$__rb_begun" ] || pid=-
kin() {
  t=($(ps -e -o pid= -o ppid= -o pgid= -o stat= 2>/dev/null)); was=$found; found=" "; more=1
  if [ ${#t[@]} -lt 4 ]; then
    kill -0 -- "-$group" 2>/dev/null && found=" -$group "
    return
  fi
  while [ "$more" ]; do
    more=
    for ((i = 0; i + 3 < ${#t[@]}; i += 4)); do
      p=${t[i]}
      case ${t[i+3]} in Z*) continue ;; esac
      case $found in *" $p "*) continue ;; esac
      case "$p:${t[i+2]}" in "$pid:"*|*":$group") ;; *) case "$was$found" in
        *" $p "*|*" ${t[i+1]} "*) ;; *) continue ;; esac ;; esac
      found="$found$p "; more=1
    done
  done
}
found=" "
kin
"""

_LOOK = '[ "$found" = " " ] && printf "\\0%s\\0gone" "$__rb_nonce" || printf "\\0%s\\0alive%s" "$__rb_nonce" "$found"\n'

_KEPT = """\
__rb_field kept && [ "$found" = " " ] && for d in /tmp /var/tmp; do
  f=$d/runbook-$kept
  [ -f "$f" ] && [ -O "$f" ] && IFS= read -r x <"$f" && rm -f -- "$f" || continue
  printf "\\0%s\\0ended %s" "$__rb_nonce" "$x"; exit
done
"""

_END = (
    """\
for s in TERM KILL; do
  for ((n = 0; n < 20; n++)); do
    [ "$found" = " " ] && break 2
    if [ $n = 0 ]; then for p in $found; do kill -$s -- $p; kill -CONT -- $p; done; fi
    sleep 0.1; kin
  done
done 2>/dev/null
"""
    + _LOOK
)

_TOOLS = """\
__rb_field __rb_nonce || exit 125
printf '\\0%s\\0' "$__rb_nonce"
while __rb_field x && [ "$x" ]; do p=$(command -v -- "$x"); printf '%s\\0%s\\0' "$x" "$p"; done
"""


def line(*, typed: bool = False) -> str:
    """Return the command that the far login shell is asked to run."""
    return f"exec bash --norc --noprofile -c '{_EVALUATE_TYPED if typed else _EVALUATE}'"


def nonce() -> str:
    """Return a mark that nobody foresees."""
    return secrets.token_hex(12)


def program(
    mark: str,
    directory: str,
    opening: bytes,
    arguments: Sequence[bytes],
    environment: Mapping[str, str],
    *,
    typed: bool,
    base: bool = False,
    reads: bool = False,
) -> bytes:
    """Return all that the far end reads: `typed` where it does so from a terminal, whose end a command is told of.

    `base` has it say what its environment is before anything of ours, for a shell that does not say so itself. What
    only `reads` is stopped once the line is gone.
    """
    restore, raw = ('stty "$o"', "stty raw -echo </dev/tty") if typed else ("", "")
    run = _RUN.replace("@restore", restore).replace("@base", "__rb_base=$(declare -px)" if base else "")
    run += (_BEFORE_HER if typed else _BEHIND).replace("@told", _BASE if base else "")
    run += _COLLECT.replace("@raw", raw)
    alone = not typed
    parts = {"@through": _THROUGH if alone and not reads else "", "@watch": _WATCH if alone and reads else ""}
    for name, text in {**parts, "@keep": _KEEP if alone and not reads else ""}.items():
        run = run.replace(f"{name}\n", text)
    pairs = [f"{name}={value}".encode(errors="surrogateescape") for name, value in environment.items()]
    place = directory.encode(errors="surrogateescape")
    fields = [mark.encode(), place, opening, *arguments, b"", *pairs, b"", b"go"]
    data = b"".join(each + b"\0" for each in fields)
    if typed:
        script = (_FIELDS + _TYPED + run).encode()
        return b64encode(script) + b"\n" + b64encode(data) + b"\n"
    return (_FIELDS + _LINE + _PIPED + run).encode() + b"\0" + data


def question(script: str, mark: str, *fields: str) -> bytes:
    """Return what the far end reads to answer something about itself: `look`, `end` or `tools`."""
    text = {"look": _KIN + _KEPT + _LOOK, "end": _KIN + _END, "tools": _TOOLS}[script]
    return (_FIELDS + _PIPED + text).encode() + b"\0" + b"".join(f"{each}\0".encode() for each in (mark, *fields))


def answer(mark: str, raw: bytes) -> str | None:
    """Return what the far end answered; None when it did not."""
    _, found, rest = raw.partition(f"\0{mark}\0".encode())
    return rest.decode(errors="surrogateescape") if found else None
