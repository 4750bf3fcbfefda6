"""Settings of targets that are tables, files and secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_runner.cli.config import Config
from runbook_runner.cli.targets import Configured
from runbook_runner.errors import InputError


def configured(folder: Path, **settings: object) -> Configured:
    return Configured(
        Config(root=folder, extra={"targets": {"api": {"kind": "http", "url": "https://a.example", **settings}}})
    )


def test_headers_may_be_secrets_and_files_lie_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    known = configured(
        tmp_path, headers={"X-Api-Key": "file:key", "X-Scope-OrgID": "blue"}, ca="ca.pem", client_cert="/c.pem"
    )
    target = known.named("api")
    assert target is not None
    found, secrets = known.resolve(target)
    assert found.settings["headers"] == {"X-Api-Key": "s3cret", "X-Scope-OrgID": "blue"}
    assert (found.settings["ca"], found.settings["client_cert"]) == (str(tmp_path / "ca.pem"), "/c.pem")
    assert secrets == {"s3cret"}


def test_a_password_is_hidden_as_it_is_sent_too(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("p")
    known = configured(tmp_path, username="u", password="file:password")
    target = known.named("api")
    assert target is not None
    assert known.resolve(target)[1] == {"p", "dTpw"}


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"headers": {"X-Api-Key": "s3cret"}}, "`headers.X-Api-Key` is a secret"),
        ({"headers": {"Authorization": "Bearer x"}}, "`headers.Authorization` is a secret"),
        ({"headers": "X: y"}, "table of names"),
        ({"headers": {"X": 7}}, "table of names"),
        ({"token": "s3cret"}, "`token` is a secret"),
        ({"insecure": True}, "`insecure` is no setting"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, settings: dict[str, object], why: str) -> None:
    with pytest.raises(InputError, match=why):
        configured(tmp_path, **settings).all()
