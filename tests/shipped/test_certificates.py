"""The runbook for certificates, on certificates that are made and served here."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.markdown import read
from tests.pgbouncer import listens
from tests.postgres import free_port, wait_for
from tests.shipped import recorded

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="it asks openssl")
RUNBOOK = Path(__file__).parent.parent.parent / "runbooks" / "certificate-expiring.md"


@contextmanager
def served(folder: Path, days: int) -> Iterator[dict[str, str]]:
    """Serve a new certificate for `localhost` on a port of its own; give the runbook's parameters for it."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", str(days)]
    subprocess.run([*make, *name, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    port = free_port()
    serve = ["openssl", "s_server", "-quiet", "-accept", f"127.0.0.1:{port}", "-cert", str(certificate)]
    server = subprocess.Popen([*serve, "-key", str(key)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: listens(port))
        yield {"HOST": "localhost", "PORT": str(port), "CERT_FILE": str(certificate), "KEY_FILE": str(key)}
    finally:
        server.kill()
        server.wait()


def result(id: str, values: dict[str, str], folder: Path) -> str:
    """Run a step's command for real; return its verdict and where it leads."""
    runbook = read(RUNBOOK.read_bytes(), str(RUNBOOK), registry.executor)
    step = next(step for step in runbook.steps if step.id == id)
    folder.mkdir()
    case = recorded.Case(RUNBOOK.name, id, "", values, [recorded.Call("sleep", "*")])
    verdict, chosen = recorded.decide(step, recorded.observe(case, runbook, step, folder))
    return f"{verdict}: " + ("ask" if chosen is None else recorded.where(runbook, step.branches[chosen]))


@pytest.mark.parametrize(
    ("days", "asked", "again"), [(90, "passed: Fine now", "passed: resolved"), (5, "failed: continue", "failed: ask")]
)
def test_a_certificate_that_clients_trust(tmp_path: Path, days: int, asked: str, again: str) -> None:
    with served(tmp_path, days) as values:
        trusted = {**values, "SSL_CERT_FILE": values["CERT_FILE"]}

        assert result("served", trusted, tmp_path / "1").endswith(": continue")
        assert result("each", trusted, tmp_path / "2") == asked
        assert result("again", trusted, tmp_path / "3") == again


def test_a_certificate_that_nobody_trusts_and_one_for_another_name(tmp_path: Path) -> None:
    with served(tmp_path, 90) as values:
        assert result("served", values, tmp_path / "1") == "failed: The chain"
        assert result("served", {**values, "HOST": "ip6-localhost.invalid"}, tmp_path / "2") == (
            "failed: service-not-answering.md"
        )
        assert result("served", {**values, "HOST": "127.0.0.1"}, tmp_path / "3") == "failed: The wrong certificate"


def test_the_file_is_compared_with_what_is_served(tmp_path: Path) -> None:
    with served(tmp_path, 5) as values:
        assert result("compare", values, tmp_path / "1") == "failed: Why nothing renewed it"
        (tmp_path / "new").mkdir()
        with served(tmp_path / "new", 90) as new:
            renewed = {**values, "CERT_FILE": new["CERT_FILE"], "KEY_FILE": new["KEY_FILE"]}
            assert result("compare", renewed, tmp_path / "2") == "failed: Reload it"
            mixed = {**renewed, "KEY_FILE": values["KEY_FILE"]}
            assert result("compare", mixed, tmp_path / "3") == "failed: escalate to service-owner"
