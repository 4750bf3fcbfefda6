"""What a `kubernetes` fence may say, how its values are put in, and the kubectl line that does the same."""

from __future__ import annotations

import shlex
import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_runner.errors import InputError
from runbook_runner.executors._kubernetes_fence import Order, fill, read
from runbook_runner.executors._kubernetes_find import Listing
from runbook_runner.executors._kubernetes_line import line
from runbook_runner.executors._kubernetes_rollout import rollout
from runbook_runner.executors._kubernetes_table import events_table, table
from runbook_runner.executors.kubernetes import EXECUTOR
from runbook_runner.model.command import Effect


def order(text: str, **values: str) -> Order:
    return fill(read(text), values)


def problems(text: str) -> list[str]:
    return [f"{p.line}:{p.column} {p.message} ({p.hint})" for p in EXECUTOR.analyse(text, "kubernetes").problems]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("get: pods\nnamepsace: x", "2:1 `namepsace` is no option of `get` (did you mean `namespace`?)"),
        ("get: pods\nfollow: true", "2:1 `follow` is no option of `get` (it takes: name, "),
        ("gets: pods", "1:1 no verb stands here (did you mean `get`?)"),
        ("rollout-restart: deploy/x", "1:1 no verb stands here (did you mean `rollout_restart`?)"),
        ("drain: node", "1:1 no verb stands here (one of: get, logs, "),
        ("get: pods\ndelete: pod/x", "2:1 `delete` is a second verb beside `get`"),
        ("get: pods\nget: deploy", "2:1 `get` is given twice"),
        ("get: [pods, svc]", "1:6 `get` is a type of objects, or TYPE/NAME"),
        ("- get", "1:1 this is no mapping"),
        ("get: {", "this is no YAML"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: x}", "1:1 this is a manifest, not a command"),
        ("exec: pod/x", "1:1 `exec` needs `command`"),
        ("exec: pod/x\ncommand: df -h", "2:10 `command` is a list of words (write command: [df, -h, /data])"),
        ("scale: deploy/x", "1:1 `scale` needs `replicas`"),
        ("scale: deploy/x\nreplicas: many", "2:11 'many' is not a whole number"),
        ("scale: deploy/x\nreplicas: -1", "2:11 '-1' is not a whole number"),
        ("delete: pods", "1:1 `delete` needs `name` or `selector` (write `delete: TYPE/NAME`)"),
        ("rollout_undo: deploy", "1:1 `rollout_undo` needs `name`"),
        ("wait: deploy/x\nfor: Available", "2:6 'Available' is not condition=NAME"),
        ("wait: deploy/x\nfor: rollout\ntimeout: soon", "3:10 'soon' is not a span of time, such as 90s, 5m or 1h"),
        ("get: pods\nnamespace: A_b", "2:12 'A_b' is not a name: small letters, digits and -"),
        ("get: pods\nselector: app=", ""),
        ("get: pods\nselector: 'app=a;b'", "2:11 'app=a;b' is not a label selector"),
        ("events: pods", "1:9 'pods' is not all, Warning or Normal"),
        ("exec: pod/x\ncommand: [sh, -c, 'rm <file>']", "2:19 <file> stands in a script, where a value would be code"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, told: str) -> None:
    found = problems(text)
    assert (found == []) if not told else any(told in each for each in found), found
    if told:
        with pytest.raises(InputError):
            fill(read(text), {})


def test_yaml_reads_no_truth_and_no_number_into_a_text() -> None:
    assert order("get: po\nnamespace: 'on'").options["namespace"] == "on"
    assert order("get: po\nname: 1e3").name == "1e3"
    assert order("# which\nget: po   # all of them\n").type == "po"


def test_parameters_are_asked_for_and_put_in_after_parsing() -> None:
    text = "exec: deploy/$NAME\nnamespace: ${SPACE}\ncommand: [echo, '<the word>', '$$HOME', 'a=$NAME']"
    analysis = EXECUTOR.analyse(text, "kubernetes")
    assert analysis.uses == ("NAME", "SPACE", "THE_WORD")
    assert [(p.written, p.name, p.line) for p in analysis.placeholders] == [("<the word>", "THE_WORD", 3)]
    assert not analysis.needs_target
    filled = order(text, NAME="web", SPACE="shop", THE_WORD="x: [y]\n- z # $(id) '\"")
    assert (filled.name, filled.options) == ("web", {"namespace": "shop"})
    assert filled.command == ("echo", "x: [y]\n- z # $(id) '\"", "$HOME", "a=web")


def test_the_variables_of_a_script_are_its_own() -> None:
    fence = read("exec: pod/x\ncommand: [/bin/sh, -ec, 'echo $HOME $1', x, $NAME]")
    assert fence.uses == ("NAME",)
    assert fill(fence, {"NAME": "a b"}).command == ("/bin/sh", "-ec", "echo $HOME $1", "x", "a b")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("get: pods\nnamespace: $X", "shop/../kube-system"),
        ("get: pods\nnamespace: $X", "-A"),
        ("delete: pod/$X", "a/b"),
        ("delete: pod/$X", "../nodes"),
        ("delete: pod/$X", "x?force=true"),
        ("delete: $X", "pods --all"),
        ("delete: pods\nselector: app=$X", "a,tier=b"),
        ("delete: pods\nselector: app=$X", "a||b"),
        ("delete: pods\nselector: app=$X", "a)"),
        ("delete: pods\nselector: $X", "app=a;b"),
        ("delete: pods\nselector: $X", ""),
        ("get: pods\nfield_selector: status.phase=$X", "a,metadata.name=b"),
        ("scale: deploy/x\nreplicas: $X", "-1"),
        ("scale: deploy/x\nreplicas: $X", "1e9"),
        ("wait: deploy/x\nfor: condition=$X", "a=b,c"),
        ("cordon: $X", "a b"),
        ("logs: pod/x\nsince: $X", "5m; rm -rf"),
        ("exec: pod/x\ncommand: [echo, $X]", "a\0b"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(text: str, value: str) -> None:
    assert not read(text).problems
    with pytest.raises(InputError):
        order(text, X=value)


def test_a_value_that_is_missing_is_named() -> None:
    with pytest.raises(InputError, match="NAME has no value"):
        order("get: pod/$NAME")


_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


@given(
    _TEXT, st.sampled_from(["get: pod/$X", "delete: pods\nselector: app=$X", "get: pods\nnamespace: $X", "cordon: <x>"])
)
def test_no_value_becomes_anything_else(value: str, text: str) -> None:
    try:
        found = order(text, X=value)
    except InputError:
        return
    allowed = set(string.ascii_letters + string.digits + "-._")
    assert value == "" or set(value) <= allowed, (value, found)


@given(st.lists(_TEXT, min_size=1, max_size=4))
def test_the_line_gives_a_shell_the_same_words(words: list[str]) -> None:
    names = {f"V{at}": word for at, word in enumerate(words)}
    text = "exec: pod/x\ncommand: [echo, " + ", ".join(f"${name}" for name in names) + "]"
    found = order(text, **names)
    assert found.command[1:] == tuple(words)
    assert shlex.split(line(found, namespace="n"))[-len(words) :] == words


@pytest.mark.parametrize(
    ("text", "effect", "why"),
    [
        ("get: secrets", Effect.READ, "shows objects"),
        ("logs: deploy/x", Effect.READ, "shows logs"),
        ("events: all", Effect.READ, "shows events"),
        ("wait: pod/x\nfor: delete", Effect.READ, "waits for a condition"),
        ("rollout_restart: deploy/x", Effect.CHANGE, "restarts pods"),
        ("rollout_undo: deploy/x", Effect.CHANGE, "goes back to an earlier revision"),
        ("scale: deploy/x\nreplicas: 1", Effect.CHANGE, "changes the number of replicas"),
        ("cordon: n1", Effect.CHANGE, "changes where pods are scheduled"),
        ("delete: pod/x", Effect.CHANGE, "deletes objects"),
        ("exec: pod/x\ncommand: [df, -h]", Effect.READ, "in the container: "),
        ("exec: pod/x\ncommand: [rm, -rf, /data/$DIR]", Effect.CHANGE, "in the container: "),
        ("exec: pod/x\ncommand: [sh, -c, 'echo x > /etc/y']", Effect.CHANGE, "in the container: "),
        ("exec: pod/x\ncommand: [/app/reload]", Effect.UNKNOWN, "in the container: "),
        ("gett: pods", Effect.UNKNOWN, "is not understood"),
    ],
)
def test_effects(text: str, effect: Effect, why: str) -> None:
    analysis = EXECUTOR.analyse(text, "kubernetes")
    assert analysis.effect is effect
    assert analysis.reasons[0].why.startswith(why)


def test_a_parameter_that_a_program_reads_as_code_needs_a_type() -> None:
    analysis = EXECUTOR.analyse("exec: pod/x\ncommand: [awk, '{print $$1 <n>}']", "kubernetes")
    assert analysis.reevaluated == {"N"}
    assert not EXECUTOR.analyse("exec: pod/x\ncommand: [cat, $FILE]", "kubernetes").reevaluated


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("get: pods\nall_namespaces: true", "kubectl --context=c get pods -A"),
        ("get: deploy/x\nnamespace: n", "kubectl --context=c -n n get deploy/x"),
        ("get: deploy\nname: x", "kubectl --context=c -n d get deploy/x"),
        ("logs: deploy/x\nsince: 5m", "kubectl --context=c -n d logs deploy/x --all-pods --since=5m"),
        ("logs: pod/x\nprevious: true\ntail: 9", "kubectl --context=c -n d logs pod/x --previous --tail=9"),
        (
            "logs: pods\nselector: app=a",
            "kubectl --context=c -n d logs --prefix --max-log-requests=50 --tail=-1 -l app=a",
        ),
        ("events: Warning\nfor: pod/x", "kubectl --context=c -n d events --types=Warning --for=pod/x"),
        ("wait: deploy/x\nfor: rollout\ntimeout: 2m", "kubectl --context=c -n d rollout status deploy/x --timeout=2m"),
        ("rollout_undo: deploy/x\nto_revision: 3", "kubectl --context=c -n d rollout undo deploy/x --to-revision=3"),
        ("delete: pods\nselector: 'a in (b,c)'", "kubectl --context=c -n d delete pods --wait=false -l 'a in (b,c)'"),
        ("exec: pod/x\ncommand: [sh, -c, 'a b']", "kubectl --context=c -n d exec pod/x -- sh -c 'a b'"),
    ],
)
def test_the_kubectl_line(text: str, shown: str) -> None:
    found = order(text)
    namespace = found.options.get("namespace", "d")
    assert line(found, context="c", namespace=namespace) == shown


PARTED: dict[str, object] = {
    "replicas": 2,
    "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
}


@pytest.mark.parametrize(
    ("kind", "spec", "status", "said", "done"),
    [
        ("Deployment", {"replicas": 3}, {"updatedReplicas": 1, "replicas": 3}, "1 out of 3 new replicas", False),
        ("Deployment", {"replicas": 3}, {"updatedReplicas": 3, "replicas": 4}, "1 old replicas are pending", False),
        ("Deployment", {"replicas": 2}, {"updatedReplicas": 2, "replicas": 2}, "0 of 2 updated replicas", False),
        ("Deployment", {"replicas": 0}, {}, "successfully rolled out", True),
        ("StatefulSet", {"replicas": 2}, {"readyReplicas": 1}, "Waiting for 1 pods to be ready", False),
        (
            "StatefulSet",
            {"replicas": 1},
            {"readyReplicas": 1, "updateRevision": "b", "currentRevision": "a"},
            "rolling update to complete 0 pods at the new revision",
            False,
        ),
        ("StatefulSet", PARTED, {"readyReplicas": 2, "updatedReplicas": 1}, "1 out of 2 new pods", False),
        ("StatefulSet", PARTED, {"readyReplicas": 2, "updatedReplicas": 2}, "partitioned roll out complete: 2", True),
        ("DaemonSet", {}, {"desiredNumberScheduled": 2, "updatedNumberScheduled": 1}, "1 out of 2 new pods", False),
        ("DaemonSet", {}, {}, "successfully rolled out", True),
    ],
)
def test_how_far_a_rollout_is(
    kind: str, spec: dict[str, object], status: dict[str, int], said: str, done: bool
) -> None:
    found = rollout({"kind": kind, "metadata": {"name": "x", "generation": 1}, "spec": spec, "status": status})
    assert "spec update to be observed" in found.said
    found = rollout({"kind": kind, "metadata": {"name": "x"}, "spec": spec, "status": status})
    assert said in found.said
    assert found.done is done


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"), (119, "119s"), (120, "2m"), (138, "2m18s"), (600, "10m"), (10_799, "179m"), (10_800, "3h"),
        (19_800, "5h30m"), (36_000, "10h"), (172_799, "47h"), (172_800, "2d"), (277_200, "3d5h"), (864_000, "10d"),
        (63_072_000, "2y"), (64_000_000, "2y10d"),
    ],
)  # fmt: skip
def test_how_long_ago_an_event_was_seen(seconds: int, shown: str) -> None:
    now = datetime(2026, 11, 26, 3, tzinfo=UTC)
    at = (now - timedelta(seconds=seconds)).isoformat()
    event = {"involvedObject": {"kind": "Pod", "name": "x"}, "type": "Normal", "reason": "R", "message": "m"}
    once = {**event, "lastTimestamp": at, "firstTimestamp": at}
    assert events_table([once], now, everywhere=False).splitlines()[1].startswith(f"{shown} ")
    again = events_table([{**once, "count": 3}], now, everywhere=False)
    assert again.splitlines()[1].startswith(f"{shown} (x3 over {shown}) ")


def test_a_cell_that_a_custom_resource_leaves_empty_is_empty() -> None:
    columns = [{"name": name, "priority": 0} for name in ("Name", "Ready", "Age")]
    shown = table(Listing(objects=[{}], columns=columns, cells=[["a", None, "3s"]]))
    assert shown == "NAME   READY   AGE\na              3s\n"
