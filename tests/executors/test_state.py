"""State crosses fences as if they were pasted into one shell."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runbook_runner.executors.shell import EXECUTOR
from runbook_runner.ports import Place, Request, Session
from tests.contracts.executors import Recorder


def walk(session: Session, *texts: str, env: dict[str, str] | None = None, first: int = 1) -> str:
    """Execute texts one after the other and return what the last one printed."""
    sink = Recorder()
    for attempt, text in enumerate(texts, first):
        sink = Recorder()
        session.execute(Request(attempt, text, "bash", env or {}), sink)
    return sink.stdout


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))


@pytest.mark.parametrize(
    ("first", "second", "printed"),
    [
        ("x=5", "echo $x", "5\n"),
        ("x=5", "bash -c 'echo -$x-'", "--\n"),
        ("export x=5", "bash -c 'echo -$x-'", "-5-\n"),
        ('x=\'a  b\n$HOME `id` "q" \\ \'"\'"', 'printf %s "$x"', 'a  b\n$HOME `id` "q" \\ \''),
        ("x=$'\\377\\001\\n'", 'printf %s "$x" | od -An -tx1', " ff 01 0a\n"),
        ("a=(1 'b c' '')", 'echo ${#a[@]} "${a[1]}"', "3 b c\n"),
        ("a[7]=x", "echo ${!a[@]}", "7\n"),
        ("declare -A m=([k 1]=v ['\"']=w)", 'echo "${m[k 1]}${m[\\"]}"', "vw\n"),
        ("declare -i n=5", "n+=3; echo $n", "8\n"),
        ("declare -u s=abc", "s=xyz; echo $s", "XYZ\n"),
        ("declare -n r=t; t=9", "echo $r", "9\n"),
        ("declare -r c=1", "c=2; echo $c", "2\n"),
        ('f() { echo "f $1"; }', "f 2", "f 2\n"),
        ("f() { cat <<X\n}\ng () \nX\n}; g() { f; }", "g", "}\ng () \n"),
        ("f() { :; }", "unset -f f", ""),
        ("shopt -s extglob\nf() { case $1 in @(a|b)) echo yes;; esac; }", "shopt -s extglob; f a", "yes\n"),
        ("f() { echo e; }; export -f f", "bash -c f", "e\n"),
        ("cd /usr", "pwd; echo $OLDPWD | wc -l", "/usr\n1\n"),
        ("cd /usr; cd /", "cd -", "/usr\n"),
        ("unset HOME", "echo ${HOME-none}", "none\n"),
        ("export -n HOME", "bash -c 'echo ${HOME:-none}' | sed 's,/.*,/,'", "none\n"),
        ("IFS=,; x=1", 'set -- 1 2; echo "$*"', "1,2\n"),
        ("PATH=$PATH:/nowhere", "echo ${PATH##*:}", "/nowhere\n"),
        ("x=5; exit 3", "echo $x", "5\n"),
        ("set -e; x=5; false; x=6", "echo $x", "5\n"),
        ("set -u; x=5; echo $nothing", "echo $x", "5\n"),
        ("x=5; set -x", "echo $x", "5\n"),
        ("x=5; set -f; set -C; IFS=", "echo $x; echo /et[c]", "5\n/etc\n"),
        ("set -o posix; x=5", "echo $x", "5\n"),
        ("umask 000", "umask | tail -c 3", "22\n"),
        ("(x=5)", "echo ${x-none}", "none\n"),
        ("x=1 true", "echo ${x-none}", "none\n"),
        ("printf() { :; }; declare() { :; }; x=5", "builtin echo $x", "5\n"),
        ("x=5; exec 1>&- 2>&-", "echo $x", "5\n"),
    ],
)
def test_it_crosses(session: Session, first: str, second: str, printed: str) -> None:
    assert walk(session, first, second) == printed


def test_set_x_shows_nothing_of_ours(session: Session) -> None:
    sink = Recorder()
    session.execute(Request(1, "set -x\ntrue", "bash", {}), sink)
    assert sink.stderr == "+ true\n"


@pytest.mark.parametrize("text", ["x=6; kill -9 $$", "x=6; exec true", "x=6; kill -9 $$ | true"])
def test_without_an_end_the_state_before_stands(session: Session, text: str) -> None:
    walk(session, "x=5")
    finished = session.execute(Request(2, text, "bash", {}), Recorder())
    assert finished.snapshot is not None
    assert finished.snapshot.note
    assert finished.snapshot.variables["x"] == 'declare -- x="5"'
    assert walk(session, "echo $x", first=3) == "5\n"


def test_parameters_are_no_state_until_changed(session: Session) -> None:
    env = {"P": 'line\n"$x" é \\'}
    session.execute(Request(1, "true", "bash", env), Recorder())
    snapshot = session.snapshot()
    assert snapshot is not None
    assert "P" not in snapshot.variables
    assert walk(session, "P=new", "echo $P; bash -c 'echo $P'", env=env, first=2) == "new\nnew\n"
    assert walk(session, "unset P", "echo ${P-none}", env=env, first=4) == "none\n"


def test_an_earlier_step_wins_over_the_environment(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMBIENT", "outside")
    assert walk(session, "AMBIENT=inside", "echo $AMBIENT; bash -c 'echo $AMBIENT'") == "inside\ninside\n"


def test_nothing_changed_is_nothing_carried(session: Session) -> None:
    walk(session, "true", "ls >/dev/null; for _ in 1; do :; done")
    snapshot = session.snapshot()
    assert snapshot is not None
    assert dict(snapshot.variables) == {}


def test_a_step_back_to_the_beginning_is_carried_too(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMBIENT", "outside")
    assert walk(session, "AMBIENT=x", "AMBIENT=outside", "echo $AMBIENT") == "outside\n"
    assert walk(session, "f() { :; }", "unset -f f", "type -t f; echo $?", first=4) == "1\n"


def test_a_new_session_goes_on(tmp_path: Path) -> None:
    place = Place(tmp_path / "private", str(tmp_path))
    first = EXECUTOR.open(place)
    assert first.snapshot() is None
    walk(first, "mkdir d; cd d; x=5; f() { echo f$x; }")
    first.close(remove=False)
    second = EXECUTOR.open(place)
    assert second.snapshot() is not None
    assert walk(second, "f; basename $PWD", first=2) == "f5\nd\n"
    assert walk(second, "x=7", "f", first=3) == "f7\n"


def test_a_parameter_that_is_not_given_is_not_taken_away(session: Session) -> None:
    walk(session, "true", env={"P": "5"})
    walk(session, "true", first=2)
    assert walk(session, "echo $P", env={"P": "6"}, first=3) == "6\n"


def test_an_ambient_value_does_not_beat_a_parameter(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("P", "ambient")
    walk(session, "true", env={"P": "5"})
    assert walk(session, "echo $P", first=2) == "ambient\n"
    assert walk(session, "echo $P", env={"P": "6"}, first=3) == "6\n"


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not here")
def test_zsh_carries_directory_and_exports(session: Session) -> None:
    sink = Recorder()
    walk(session, "export B='b c'; x=5")
    session.execute(Request(2, 'echo $B; export Z="it\'s"; y=6; cd /usr; exit 3', "zsh", {}), sink)
    assert sink.stdout == "b c\n"
    assert walk(session, "echo $Z $x ${y-none}; pwd", first=3) == "it's 5 none\n/usr\n"
