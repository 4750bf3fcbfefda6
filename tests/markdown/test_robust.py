"""Whatever the bytes, the reader answers, and soon."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbook_runner import registry
from runbook_runner.markdown import read
from runbook_runner.model.command import Handling
from runbook_runner.model.runbook import Runbook

_PIECES = [
    b"---\n",
    b"title: a\n",
    b"a: [*b, &b\n",
    b"# ",
    b"## Fix\n",
    b"## ",
    b"- ",
    b"1. ",
    b"   ",
    b"\t",
    b"\n",
    b"\n\n",
    b"> ",
    b"```sh\n",
    b"```\n",
    b"~~~",
    b"$ ssh host\n",
    b"exit\n",
    b"`exit_code == 0`",
    b"Expected: ",
    b"If ",
    b", go to [x](#y)",
    b"Otherwise, resolved.",
    b"escalate to ",
    b"After 5m",
    b"<!--",
    b"-->",
    b"<a name=x>",
    b"(x)=\n",
    b"{#id}",
    b":::note\n",
    b":::\n",
    b"!!! warning\n    ",
    b"[!NOTE]",
    b"**Note:** ",
    b"|a|b|\n|-|-|\n",
    b"<% %>",
    b"{{< x >}}",
    b"\x00",
    b"\xff",
    b"\r\n",
    b"\xef\xbb\xbf",
    b"Rollback:",
    b"{id=a timeout=}",
    b"<x y>",
    b"$X",
    b"'",
    b'"',
    b"\\",
    b"[a]: b\n",
    b"![",
    b"](",
    "\ue000\uf000é".encode(),
    b"%ff",
]


def read_bytes(data: bytes) -> Runbook:
    return read(data, "x.md", registry.executor)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(_PIECES) | st.binary(max_size=6), max_size=40).map(b"".join))
def test_any_bytes_are_read_and_every_place_exists(data: bytes) -> None:
    start = time.process_time()
    runbook = read_bytes(data)
    assert time.process_time() - start < 5
    lines = runbook.source.split("\n")
    spans = [defect.span for defect in runbook.defects] + [step.span for step in runbook.steps]
    spans += [branch.span for step in runbook.steps for branch in step.branches]
    for span in spans:
        assert 1 <= span.line <= len(lines)
        assert span.column >= 1
    assert len({step.id for step in runbook.steps}) == len(runbook.steps)
    assert len({phase.slug for phase in runbook.phases}) == len(runbook.phases)


_LONG = {
    "one line": b"a" * 10_000_000,
    "brackets": b"[" * 10_000_000,
    "many brackets": (b"[" * 200 + b"\n") * 2000,
    "stars": b"*a " * 3_000_000,
    "quotes": b"> " * 100_000 + b"x",
    "many quotes": (b"> " * 500 + b"x\n") * 100,
    "lists": b"- " * 100_000 + b"x",
    "deep lists": b"".join(b"  " * depth + b"- x\n" for depth in range(400)),
    "backticks": b"".join(b"`" * n + b" " for n in range(1, 2000)),
    "headings": b"# x\n" * 20_000,
    "fences": b"```sh\nuptime\n```\n\n" * 1000,
    "a deep command": b"```sh\n" + b"$(" * 5000 + b"\n```\n",
    "a long command": b"```sh\necho " + b"a" * 100_000 + b"\n```\n",
    "deep yaml": b"---\na: " + b"[" * 50_000 + b"\n---\nx\n",
    "wide yaml": b"---\n" + b"".join(b"k%d: 1\n" % n for n in range(10_000)) + b"---\nx\n",
    "sentences": b"If a, b. " * 2000,
    "colons": b":::note\n" * 1000,
    "marks": b"!!! note\n" * 2000,
    "comments": b"<!--" * 200_000,
    "emphasis in emphasis": b"**a *b " * 2000 + b"c* d** " * 2000,
    "one run of stars": b"*" * 15_000 + b"a" + b"*" * 15_000,
    "pictures in pictures": b"![a" * 3000 + b"](x)" * 3000,
    "ifs": b"- If " + b"x, " * 5000 + b"[y](#z)\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", _LONG)
def test_hostile_shapes_are_read_in_time(name: str) -> None:
    start = time.process_time()
    read_bytes(_LONG[name])
    assert time.process_time() - start < 30


def test_a_cut_line_never_runs() -> None:
    runbook = read_bytes(b"## Fix\n\n```sh\necho " + b"a" * 30_000 + b"; rm -rf /tmp/x\n```\n")
    assert [defect.code for defect in runbook.defects] == ["long-line"]
    assert not [step for step in runbook.steps if step.command and step.command.handling is Handling.RUN]


def test_bytes_that_are_not_utf8_are_a_defect_with_a_place() -> None:
    runbook = read_bytes(b"\xef\xbb\xbf## Fix\r\n\r\n1. caf\xe9\r\n")
    assert [(defect.code, defect.span.line, defect.span.column) for defect in runbook.defects] == [("encoding", 3, 7)]
    assert [step.title for step in runbook.steps] == ["caf�"]


def test_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    text = "---\ntitle: T\n---\n## Checks\n\n```sh\nuptime\n```\n\n- If `exit_code == 0`, resolved.\n"
    plain, dos = read_bytes(text.encode()), read_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert plain.phases == dos.phases
    assert plain.defects == dos.defects == ()
    assert plain.source == dos.source
    assert plain.digest != dos.digest


def test_tabs_indent_as_commonmark_says() -> None:
    runbook = read_bytes(b"## Checks\n\n1.\tLook:\n\n\t```sh\n\tuptime\n\t```\n")
    assert [step.command.source for step in runbook.steps if step.command] == ["uptime\n"]
