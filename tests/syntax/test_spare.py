"""Programs that a shell text may do without."""

from __future__ import annotations

import pytest

from runbook_runner.syntax.shell import analyse


@pytest.mark.parametrize(
    ("text", "spare"),
    [
        ("iostat -x 1 3", ""),
        ("ss -tlnp || netstat -tlnp", "netstat ss"),
        ("ss -tlnp || true", ""),
        ("ss -tlnp || echo none", ""),
        ("dig x || { sleep 1; nslookup x; }", "dig nslookup sleep"),
        ("[ -d /run/docker ] && docker ps", "docker"),
        ("test -d /run/docker || podman ps", "podman"),
        ("cd /srv && rsync -a a b", ""),
        ("if iostat; then vmstat; else mpstat; fi", "mpstat vmstat"),
        ("case $X in a) perf top;; *) uptime;; esac", "perf uptime"),
        ("for x in a b; do iostat; done", ""),
        ("ss -t || netstat -t; netstat -s", "ss"),
        ("ss -t | sort || netstat -t", "netstat sort ss"),
        ("if true; then sudo bash -c 'perf top'; fi", "bash perf sudo"),
        ("command -v perf && perf top", ""),
    ],
)
def test_what_a_text_may_do_without(text: str, spare: str) -> None:
    found = analyse(text)
    assert " ".join(sorted(found.spare)) == spare
    assert found.spare <= set(found.tools)
