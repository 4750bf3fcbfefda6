"""`<name>` becomes a quoted variable, and a value reaches the program as it is, whatever is in it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from runbook_runner.syntax.shell import analyse, substitute

HOSTILE = [
    '$(touch pwned); rm -rf "',
    "' ; touch pwned ; '",
    "`touch pwned`",
    "a b  c",
    "*",
    "-rf",
    "\\",
    "${HOME}",
    'x" $(id) "',
]
CASES = [
    ("printf %s a <x>", 'printf %s a "$X"'),
    ("printf '%s' 'a <x>'", "printf '%s' 'a '\"$X\""),
    ("printf %s '<x> a'", "printf %s \"$X\"' a'"),
    ("printf %s '<x>'", 'printf %s "$X"'),
    ("printf %s 'a <x> b <x>'", "printf %s 'a '\"$X\"' b '\"$X\""),
    ("printf %s '<x><x>'", None),
    ("printf %s $'a\\t<x>'", None),
    ('printf %s "a <x>"', 'printf %s "a ${X}"'),
    ('printf %s "<x>y"', 'printf %s "${X}y"'),
    ("printf %s --ns=<x>", 'printf %s --ns="$X"'),
    ("printf %s https://<x>/y", 'printf %s https://"$X"/y'),
    ("printf %s a-<x>-b", 'printf %s a-"$X"-b'),
    ('printf %s "$(printf %s <x>)"', 'printf %s "$(printf %s "$X")"'),
    ("cat <<EOF\n<x>\nEOF", "cat <<EOF\n${X}\nEOF"),
    ('Y=<x>; printf %s "$Y"', None),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_arrives_whole(text: str, expected: str | None, value: str, tmp_path: Path) -> None:
    done, placeholders, problems = substitute(text)
    assert not problems
    assert {one.name for one in placeholders} == {"X"}
    assert expected is None or done == expected
    ran = subprocess.run(
        ["bash", "-c", done], env={"X": value, "PATH": "/usr/bin:/bin"}, cwd=tmp_path, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert value in ran.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text",
    [
        "cat <in >out",
        "cat < in > out",
        "cat <<EOF\nx\nEOF",
        "cat <<EOF >f\nx\nEOF",
        "diff <(a) <(b)",
        "a <&3",
        "cat <<<x",
        "[[ a < b ]] && [[ c > d ]]",
        "ls # replace <x>",
        "grep -P '(?<name>x)' f",
        "grep '\\<x\\>' f",
        "echo '<b>x</b>'",
    ],
)
def test_what_is_no_placeholder_stays(text: str) -> None:
    assert substitute(text) == (text, (), ())


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("<pod name>", "POD_NAME"),
        ("<your-namespace>", "YOUR_NAMESPACE"),
        ("<POD_NAME>", "POD_NAME"),
        ("<path>", "PATH_VALUE"),
        ("<user>", "USER_VALUE"),
        ("<cluster's name>", "CLUSTERS_NAME"),
        ("<a|b>", "A_B"),
        ("<größe>", "GR_E"),
    ],
)
def test_names(written: str, name: str) -> None:
    analysis = analyse(f"kubectl get pod {written}")
    assert [one.written for one in analysis.placeholders] == [written]
    assert analysis.uses == (name,)
    assert analysis.text == f'kubectl get pod "${name}"'


@pytest.mark.parametrize(
    "text",
    [
        "sh -c 'ls <x>'",
        'ssh host "ls <x>"',
        "ssh host ls <x>",
        "jq '.a == \"<x>\"'",
        "awk '/<x>/' f",
        "echo $((<x> + 1))",
        "psql -c 'select <x>'",
        "<x> y",
        "eval <x>",
        "bash <<EOF\nls <x>\nEOF",
        "cat <<'EOF'\n<x>\nEOF",
        "sudo sh -c 'ls <x>'",
    ],
)
def test_inside_code_it_is_marked(text: str) -> None:
    analysis = analyse(text)
    assert [one.reevaluated for one in analysis.placeholders] == [True]
    assert "X" in analysis.reevaluated


def test_where_nothing_expands_there_is_a_problem() -> None:
    _, _, problems = substitute("cat <<'EOF'\n<x>\nEOF")
    assert [(one.code, one.line) for one in problems] == [("placeholder-in-document", 2)]


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("git checkout -b [BRANCH-NAME]", 'git checkout -b "$BRANCH_NAME"'),
        ("kubectl get events -n [problem-namespace]", 'kubectl get events -n "$PROBLEM_NAMESPACE"'),
        ('kubectl rollout restart "deployment/{deployment}"', 'kubectl rollout restart "deployment/${DEPLOYMENT}"'),
        (
            "kubectl -n [NAMESPACE] get pod -o jsonpath='{name}'",
            "kubectl -n \"$NAMESPACE\" get pod -o jsonpath='{name}'",
        ),
        ("tool --name [name of addon] | grep [A-Z]", 'tool --name "$NAME_OF_ADDON" | grep [A-Z]'),
        ("kubectl -n <a> logs [pod-name]", 'kubectl -n "$A" logs "$POD_NAME"'),
        (
            "kubectl -n [namespace] rollout history deploy/[name]",
            'kubectl -n "$NAMESPACE" rollout history deploy/"$NAME"',
        ),
        (
            "gcloud x list --project PROJECT_NAME --i=INSTANCE_ID",
            'gcloud x list --project "$PROJECT_NAME" --i="$INSTANCE_ID"',
        ),
        ("gcloud x --region=REGION --zone ZONE", 'gcloud x --region="$REGION" --zone "$ZONE"'),
        ("ssh admin@YOUR_HOST", 'ssh admin@"$YOUR_HOST"'),
        ('kubectl -n your-namespace get pod "YOUR_POD"', 'kubectl -n "$YOUR_NAMESPACE" get pod "${YOUR_POD}"'),
        ("aws x --instance-ids i-xxxxxxxx", 'aws x --instance-ids "$I_XXXXXXXX"'),
        ("kubectl logs web-xxxxx-yyyyy -n web", 'kubectl logs "$WEB_XXXXX_YYYYY" -n web'),
    ],
)
def test_a_value_in_other_brackets(text: str, becomes: str) -> None:
    assert analyse(text).text == becomes


@pytest.mark.parametrize(
    "text",
    [
        "ls [abc]* file[AB] [A-Z] [0-9]",
        "[ -f x ] && [[ -n y ]]",
        "awk '{print}' f",
        "jq {name} f",
        "echo ${name} {a,b} {} HEAD@{upstream}",
        "curl -w %{http_code} x",
        "arr=([foo-bar]=1)",
        "f() { ls; }",
        "grep [ERROR] f",
        "aws x --query 'D[*].[DBInstanceIdentifier]'",
        "cat <<EOF\n{name} [SECTION]\nEOF",
        "cat <<EOF\nYOUR_HOST INSTANCE_NAME\nEOF",
        "export DB_HOST=x; echo DB_HOST",
        "docker run -e DB_HOST x | grep INSTANCE_NAME",
        'mysql -e "SELECT THREAD_ID FROM t"',
        "mktemp /tmp/x.XXXXXX",
        "kubectl get pod -o custom-columns=POD_NAME:.metadata.name",
        "gcloud x list --format='value(PROJECT_ID)' --filter=STATE",
        "# then use INSTANCE_NAME",
        "ls [abcde]* && curl -XPOST h",
    ],
)
def test_what_only_looks_like_it(text: str) -> None:
    assert analyse(text).text == text


@pytest.mark.parametrize("text", ["terraform apply -target=x", "terraform destroy", "terraform force-unlock 1"])
def test_what_asks_for_a_yes_gets_a_terminal(text: str) -> None:
    assert analyse(text).interactive


@pytest.mark.parametrize("text", ["terraform apply -auto-approve", "terraform apply plan.out", "yes | terraform apply"])
def test_what_does_not_ask_gets_none(text: str) -> None:
    assert not analyse(text).interactive


@pytest.mark.parametrize("text", ["kubectl exec -n a pod-1", "chroot /host"])
def test_without_a_command_it_opens_a_shell(text: str) -> None:
    assert analyse(text).opens_shell
    assert not analyse(f"{text} -- ls").opens_shell
