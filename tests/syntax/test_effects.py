"""What a command does, judged from its text: `read`, `change` or `unknown`."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_runner.model.command import Effect
from runbook_runner.syntax.shell import analyse


def _cases() -> list[tuple[str, Effect]]:
    cases = []
    for section in (Path(__file__).parent / "effects.txt").read_text(encoding="utf-8").split("\n[")[1:]:
        name, _, rows = section.partition("]\n")
        written = [case.strip().replace("¦", "|") for case in rows.replace("\n", " | ").split(" | ")]
        cases += [(case, Effect(name)) for case in written if case]
    return cases


@pytest.mark.parametrize(("command", "effect"), _cases())
def test_effect(command: str, effect: Effect) -> None:
    analysis = analyse(command)
    assert analysis.effect is effect, analysis.reasons


DOCUMENTS = [
    ("bash <<EOF\nrm x\nEOF", Effect.CHANGE),
    ("ssh host <<'EOF'\nls\nsystemctl restart x\nEOF", Effect.CHANGE),
    ("ssh host <<'EOF'\nls\nEOF", Effect.READ),
    ("cat <<EOF | kubectl apply -f -\na: b\nEOF", Effect.CHANGE),
    ("cat <<EOF | bash\nrm x\nEOF", Effect.CHANGE),
    ("cat <<EOF >f\nx\nEOF", Effect.CHANGE),
    ("cat <<EOF\n$(rm x)\nEOF", Effect.CHANGE),
    ("cat <<'EOF'\n$(rm x)\nEOF", Effect.READ),
    ("psql <<EOF\nselect 1;\nEOF", Effect.READ),
    ("psql <<EOF\ntruncate t;\nEOF", Effect.CHANGE),
    ("psql <<'EOF'\nselect 'drop table x' \\gexec\nEOF", Effect.UNKNOWN),
    ("psql <<'EOF'\nselect 1 \\gx\nselect 2 \\gset p_\n\\dt\nEOF", Effect.READ),
    ("ssh host bash -s <<'EOF'\nsystemctl restart x\nEOF", Effect.CHANGE),
    ("ssh host 'sudo bash' <<EOF\ndf -h\nEOF", Effect.READ),
    ("ls 'unclosed", Effect.UNKNOWN),
]


@pytest.mark.parametrize(("command", "effect"), DOCUMENTS)
def test_effect_of_documents(command: str, effect: Effect) -> None:
    assert analyse(command).effect is effect


def test_every_simple_command_has_its_reason() -> None:
    analysis = analyse("ls\nkubectl delete pod x | frob $(rm y)")
    assert [(one.command, one.effect.value, one.line) for one in analysis.reasons] == [
        ("ls", "read", 1),
        ("kubectl delete pod x", "change", 2),
        ("frob $(rm y)", "unknown", 2),
        ("rm y", "change", 2),
    ]
    assert analysis.reasons[1].why == "deletes objects"


@pytest.mark.parametrize(
    ("command", "traits"),
    [
        ("vi f", "tty"),
        ("less f", "tty"),
        ("kubectl edit x", "tty"),
        ("docker run -it x", "tty"),
        ("docker run -it alpine sh", "tty shell"),
        ("docker run -dit --name x alpine sh", ""),
        ("docker run -it alpine sh -c 'touch /x'", "tty"),
        ("ssh host", "tty shell"),
        ("psql -h x", "tty shell"),
        ("kubectl exec -it p -- bash", "tty shell"),
        ("kubectl exec -it p -- ls", "tty"),
        ("kubectl exec p -- ls", ""),
        ("tail -f x", "never"),
        ("tail -n5 x", ""),
        ("journalctl -fu x", "never"),
        ("kubectl get pods -w", "never"),
        ("kubectl logs -f x", "never"),
        ("kubectl proxy", "never"),
        ("ping x", "never"),
        ("ping -c 3 x", ""),
        ("vmstat 1", "never"),
        ("vmstat 1 3", ""),
        ("top", "tty never"),
        ("top -bn1", ""),
        ("while true; do ls; sleep 1; done", "never"),
        ("psql -c 'select 1'", ""),
    ],
)
def test_who_needs_a_terminal_and_who_never_ends(command: str, traits: str) -> None:
    analysis = analyse(command)
    found = {"tty": analysis.interactive, "shell": analysis.opens_shell, "never": analysis.never_returns}
    assert " ".join(name for name, holds in found.items() if holds) == traits


def test_tools_are_those_of_this_machine() -> None:
    assert analyse("cd /; sudo kubectl get x | jq . ; ssh h frob; f() { ls; }; f").tools == (
        "sudo", "kubectl", "jq", "ssh", "ls",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "if command -v zpool >/dev/null; then zpool list; fi; df",
        "type zpool && sudo zpool list; df",
        "hash zpool 2>/dev/null && zpool list; df",
    ],
)
def test_a_program_that_the_text_looks_for_itself_need_not_be_there(text: str) -> None:
    assert set(analyse(text).tools) & {"zpool", "df"} == {"df"}
