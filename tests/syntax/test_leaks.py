"""Secrets that were written down, and what only looks like one."""

from __future__ import annotations

import time

import pytest

from runbook_runner.syntax.leaks import leaks


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("key AK" + "IAQ3ZV7KDM2PXW5RTB", "an AWS access key"),
        ("aws_secret_access_key = q9Zx7Kp2vLw4Rt8Yc3Nm6Hd1Zs5Jf0GbTyUeXo3i", "an AWS secret key"),
        ("curl -u admin:kX29vLq8zR7w https://api.internal", "a password on a command line"),
        ("mysql -h db-1 -u root -pkX29vLq8zR7w", "a password on a command line"),
        ("password: kX29#vLq8zR7w", "a secret"),
        ("API_KEY=q9Zx7Kp2vLw4Rt8Yc3Nm6Hd1", "a secret"),
        ("Authorization: Bearer 9f86d081884c7d659a2feaa0c55ad015", "a bearer token"),
        ("redis://:kX29vLq8zR7w@cache-1:6379/0", "a password in an address"),
    ],
)
def test_a_secret(text: str, what: str) -> None:
    assert [leak.what for leak in leaks(text)] == [what]


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "AKIAXXXXXXXXXXXXXXXX",
        "postgres://user:password@host/db",
        "postgres://postgres:postgres@localhost:5432/db",
        "https://user:kX29vLq8zR7w@localhost/x",
        "password: Passw0rd123!",
        "password: Summer2024!!",
        "DB_PASSWORD=$(vault read -field=password db/creds)",
        "token: ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        '"NextToken": "q9Zx7Kp2vLw4Rt8Yc3Nm6Hd1"',
        "password: bm90IG15IHJlYWwgcGFzc3dvcmQ=",
        "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzb21lIjoicGF5bG9hZCJ9.4twFt5NiznN84AWoo1d7KO1T_yoc0Z6XOpOVswacPZg",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "secretName: payments-db-credentials-v2",
        "-----BEGIN RSA PRIVATE KEY-----\n" + ("x" * 64 + "\n") * 9 + "-----END RSA PRIVATE KEY-----",
        "kubeadm join --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:1234",
    ],
)
def test_no_secret(text: str) -> None:
    assert leaks(text) == ()


def test_the_password_of_somebody_who_tries_it_out_may_be_a_sample() -> None:
    texts = ["curl -u admin:kX29vLq8zR7w https://api.internal", "curl -u test:kX29vLq8zR7w https://api.internal"]
    assert [leak.sure for text in texts for leak in leaks(text)] == [True, False]


@pytest.mark.parametrize(
    "piece", ["curl ", "password ", "://a:b", "eyJ.", "A1" * 9 + " ", "mysql -p", "-----BEGIN PRIVATE KEY-----\n"]
)
def test_hostile_texts_are_read_in_time(piece: str) -> None:
    began = time.process_time()
    leaks(piece * 40_000)
    assert time.process_time() - began < 10
