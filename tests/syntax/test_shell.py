"""Variables, prompts, completeness and plausibility."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_runner.syntax.shell import ambient_name, analyse, is_complete, refused_name, split_prompts


@pytest.mark.parametrize(
    ("text", "uses", "sets", "again"),
    [
        ("echo $A ${B} \"$C\" '$D'", "A B C", "", ""),
        ("A=1; echo $A $B", "B", "A", ""),
        ("echo $A; A=1", "A", "A", ""),
        ("A=$A", "A", "A", ""),
        ("echo ${A:-x} ${B-} ${C:+y}", "", "", ""),
        ("echo $HOME $PWD $USER $1 $? $@ $RANDOM", "", "", ""),
        ("awk '{print $1, $NF}'", "", "", ""),
        ("cat <<EOF\n$A\nEOF", "A", "", ""),
        ("cat <<'EOF'\n$A\nEOF", "", "", ""),
        ("for i in $L; do echo $i; done", "L", "i", ""),
        ("read -r a b; echo $a $b", "", "a b", ""),
        ("export A=1 B; echo $A", "", "A", ""),
        ("(A=1); echo $A", "A", "", ""),
        ("A=1 env; echo $A", "A", "", ""),
        ('sh -c "ls $A"', "A", "", "A"),
        ("sh -c 'ls $A'", "", "", ""),
        ('ssh h "ls $A"', "A", "", "A"),
        ("echo $((A + 1))", "A", "", "A"),
        ("[[ $A -gt 3 ]]", "A", "", "A"),
        ("[[ $A == x ]]", "A", "", ""),
        ('jq ".[\\"$A\\"]"', "A", "", "A"),
        ('jq --arg a "$A" .b', "A", "", ""),
        ("eval $A", "A", "", "A"),
        ("bash <<EOF\n$A\nEOF", "A", "", "A"),
        ('B=$A; sh -c "$B"', "A", "B", "A B"),
        ("kubectl exec p -- ls $A", "A", "", ""),
    ],
)
def test_variables(text: str, uses: str, sets: str, again: str) -> None:
    analysis = analyse(text)
    assert analysis.uses == tuple(uses.split())
    assert analysis.sets == set(sets.split())
    assert analysis.reevaluated == set(again.split())


def test_names_that_are_refused_or_provided() -> None:
    assert [name for name in ("PATH", "IFS", "PS4", "LD_PRELOAD", "BASH_ENV", "POD", "HOME") if refused_name(name)] == [
        "PATH", "IFS", "PS4", "LD_PRELOAD", "BASH_ENV",
    ]  # fmt: skip
    assert ambient_name("HOME")
    assert not ambient_name("NAMESPACE")


@pytest.mark.parametrize(
    ("text", "parts", "sample", "inside"),
    [
        ("$ ls\na\nb\n$ df", ("ls", "df"), "a\nb", False),
        ("$ cat <<EOF\n$ x\nEOF\nout", ("cat <<EOF", "x"), "EOF\nout", False),
        ("$ cat <<EOF\nx\nEOF\nout", ("cat <<EOF\nx\nEOF",), "out", False),
        ("$ ls \\\n  -l\nout", ("ls \\\n  -l",), "out", False),
        ("$ ls \\\n> -l\nout", ("ls \\\n-l",), "out", False),
        ("$ echo 'a\nb'\nout", ("echo 'a\nb'",), "out", False),
        ("user@host:~$ ls\nout", ("ls",), "out", True),
        ("[root@x ~]# ls", ("ls",), "", True),
        ("sh-5.1# ls", ("ls",), "", True),
        ("# systemctl status x\nactive", ("systemctl status x",), "active", True),
        ("% ls", ("ls",), "", False),
    ],
)
def test_prompts(text: str, parts: tuple[str, ...], sample: str, inside: bool) -> None:
    done = split_prompts(text, "")
    assert (done.parts, done.sample, done.inside, done.prompted) == (parts, sample, inside, True)


@pytest.mark.parametrize(
    "text", ["# list the pods\nkubectl get pods", "ls\n# df is next\ndf", "echo $ a", "# Find the pod"]
)
def test_comments_are_no_prompts(text: str) -> None:
    assert split_prompts(text, "bash").parts == (text,)


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("ls", True),
        ("ls \\", False),
        ("ls |", False),
        ("a &&", False),
        ("echo 'a", False),
        ('echo "a', False),
        ("echo $(ls", False),
        ("if a; then", False),
        ("if a; then b; fi", True),
        ("for i in a; do", False),
        ("{ a", False),
        ("for i in a; do b; done", True),
        ("case x in a) b;; esac", True),
        ("cat <<EOF", False),
        ('jq <<< "$x"', True),
        ("load --size $[1<<30]", True),
        ("cat <<EOF\nEOF", True),
        ('echo "it\'s"', True),
        ("echo # 'x", True),
        ("echo ${#a}", True),
        ("echo done if", True),
        ("a &", True),
    ],
)
def test_complete(text: str, complete: bool) -> None:
    assert is_complete(text) is complete


@pytest.mark.parametrize(
    ("text", "plausible", "known"),
    [
        ("kubectl get pods", True, True),
        ("./fix.sh now", True, False),
        ("frobnicate --all", True, False),
        ("A=1 kubectl get x", True, True),
        ("# comment\nls", True, True),
        ("NAME   READY   STATUS\nx 1/1 Running", False, False),
        ('{"a": 1}', False, False),
        ("apiVersion: v1\nkind: Pod", False, False),
        ("2024-05-01 10:00:00 ERROR x", False, False),
        ("Traceback (most recent call last):", False, False),
        ("level=error msg=x", False, False),
        (".\n`-- packages", False, False),
        ("[ 'a', 'b', ]", False, False),
        ("expr = first(rest)", False, False),
        ("Error from server", False, False),
        ("", False, False),
    ],
)
def test_plausible(text: str, plausible: bool, known: bool) -> None:
    analysis = analyse(text)
    assert (analysis.plausible, analysis.known) == (plausible, known)


def test_typographic_quotes_are_a_problem() -> None:
    assert [(one.code, one.line, one.column) for one in analyse("ls\necho “x”").problems] == [("smart-quote", 2, 6)]


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab <>'\"$(){}[]|&;\\\n`=#-1\0é\ud800") | st.characters(), max_size=60))
def test_any_text_is_analysed_without_an_exception(text: str) -> None:
    analysis = analyse(text)
    assert analysis.text == text or analysis.placeholders
    split_prompts(text, "")
    is_complete(text)


@pytest.mark.parametrize(("lines", "width"), [(20_000, 1), (2_000, 60), (300, 700), (20, 9_000)])
def test_a_prompt_with_an_open_quote_takes_no_time(lines: int, width: int) -> None:
    begun = time.process_time()
    assert len(split_prompts('$ echo "\n' + ("x" * width + "\n") * lines, "console").parts) == 1
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "text", ["(" * 5000, "$(" * 3000, "a" * 300_000, "{ " * 2000 + "x", "sh -c '" * 200, "a;" * 20_000]
)
def test_huge_and_deep_texts_end(text: str) -> None:
    assert analyse(text).effect.value == "unknown"


def test_a_file_opened_both_ways_is_understood() -> None:
    for text in ("exec 3<>/dev/tcp/127.0.0.1/80", 'if exec {fd}<>"/dev/tcp/$H/$P"; then echo up; fi'):
        assert analyse(text).problems == ()
