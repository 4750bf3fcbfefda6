"""Names that the shell itself knows: its words, its variables, and variables that no value may be given to."""

from __future__ import annotations

SHELL_WORDS = frozenset(
    ". : [ [[ alias bg bind break builtin caller cd command compgen complete continue declare dirs disown echo enable "
    "eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd "
    "pwd read readarray readonly return set shift shopt source suspend test time times trap true type typeset ulimit "
    "umask unalias unset wait".split()
)
"""What needs no program on PATH."""

_AMBIENT = frozenset(
    "HOME USER PWD OLDPWD LOGNAME SHELL HOSTNAME HOSTTYPE OSTYPE MACHTYPE UID EUID PPID GROUPS RANDOM SRANDOM SECONDS "
    "LINENO SHLVL TERM LANG LANGUAGE TZ TMPDIR EDITOR VISUAL PAGER COLUMNS LINES FUNCNAME PIPESTATUS REPLY OPTARG OPTIND "
    "OPTERR DIRSTACK EPOCHSECONDS EPOCHREALTIME IFS PATH PS1 PS2 PS3 PS4 DISPLAY MAIL BASH _ "
    "HISTFILE HISTSIZE COMP_WORDS MAPFILE COPROC".split()
)
_REFUSED = frozenset(
    "PATH IFS PS4 ENV SHELLOPTS PROMPT_COMMAND CDPATH GLOBIGNORE PYTHONPATH PYTHONSTARTUP PERL5OPT PERL5LIB RUBYOPT "
    "NODE_OPTIONS GIT_SSH_COMMAND GIT_SSH GIT_EXTERNAL_DIFF PAGER EDITOR VISUAL BASHOPTS HISTFILE".split()
)


def ambient_name(name: str) -> bool:
    """Whether the shell or the login provides this variable, so that nobody need be asked for it."""
    return name in _AMBIENT or name.startswith(("BASH_", "LC_", "XDG_", "SSH_")) or refused_name(name)


def refused_name(name: str) -> bool:
    """Whether a value under this name could make other commands do something else."""
    return name in _REFUSED or name.startswith(("LD_", "BASH_", "DYLD_"))
