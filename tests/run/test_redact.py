"""Secrets are hidden by declaration, by name and by shape, however the text arrives; what only looks so stays."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from runbook_runner.run.redact import Redactor, is_secret_name, is_secret_shaped

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-def_g"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAabcdefghijkl\nQUJD\n-----END RSA PRIVATE KEY-----"

HIDDEN = [
    ("DB_PASSWORD=opensesame", "opensesame"),
    ("  password: opensesame", "opensesame"),
    ("tool --password opensesame --verbose", "opensesame"),
    ("tool --api-token=opensesame", "opensesame"),
    ('{"token": "open sesame", "x": 1}', "open sesame"),
    (r"{\"token\":\"opensesame\"}", "opensesame"),
    ("export API_KEY='open sesame'", "open sesame"),
    ("GET /x?access_token=opensesame&y=1", "opensesame"),
    ("postgresql://app:opensesame@db/app", "opensesame"),
    ("Authorization: Bearer opensesame", "opensesame"),
    ("authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ("Set-Cookie: sid=opensesame; Path=/", "opensesame"),
    ("curl -u bob:opensesame https://x", "opensesame"),
    (f"got {JWT} back", JWT),
    ("id AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ("aws_secret wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("ghp_" + "a1B2" * 9, "a1B2"),
    ("glpat-" + "a1B2" * 5, "a1B2"),
    ("xoxb-123456789012-abcdefghijkl", "abcdefghijkl"),
    ("sk_live_" + "a1B2" * 6, "a1B2"),
    (PEM, "MIIEow"),
    ("NEWPASS=opensesame tool", "opensesame"),
    ("redis-cli -h cache -a opensesame info", "opensesame"),
    ("docker login -u bob -p opensesame registry.example", "opensesame"),
    ("ldapsearch -x -D cn=admin -w opensesame", "opensesame"),
    ("openssl rsa -in k.pem -passin pass:opensesame", "opensesame"),
    ("smbclient //host/share -U bob%opensesame", "opensesame"),
    ("machine h.example login bob password opensesame", "opensesame"),
    ("ALTER USER app PASSWORD 'opensesame'", "opensesame"),
    ("CREATE USER app IDENTIFIED BY 'opensesame'", "opensesame"),
    ("the new password is: opensesame1", "opensesame1"),
    ("API_TOKEN: {secret: opensesame}", "opensesame"),
    ("https://x.blob.example/c?sv=1&sig=opensesameopensesame%3D", "opensesameopensesame"),
]
STAYS = [
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "payments-worker-5d4f8b6c5d-x7z2p 1/1 Running 0 3d",
    "id 123e4567-e89b-12d3-a456-426614174000",
    "sha256:9fceb02d0ae598e95dc970b74767f19372d61af89fceb02d0ae598e95dc970b7",
    "PWD=/root",
    "secretName: payments-db",
    "max_tokens: 5",
    "primary_key: id",
    "token: <none>",
    'tool --password "$DB_PASSWORD"',
    "sk-learn-service-7d9f8b6c5d-abcde",
    "PASSWORD=[redacted: name]",
    "http://10.0.0.1:8080/health",
    "the password is expired since yesterday",
    "BYPASS=1 COMPASS=north",
    "docker run -p 8080:80 web",
    "redis-cli info",
]


@pytest.mark.parametrize(("text", "secret"), HIDDEN)
def test_hidden(text: str, secret: str) -> None:
    seen = Redactor().text(text)
    assert secret not in seen
    assert "[redacted" in seen


@pytest.mark.parametrize("text", STAYS)
def test_stays(text: str) -> None:
    assert Redactor().text(text) == text


@pytest.mark.parametrize(
    "text", ["  API_TOKEN: {secret: true}", '"API_TOKEN": {"secret": true}', "PIN: {secret: true}", "TOKEN=(secret)"]
)
def test_a_front_matter_that_declares_a_secret_is_still_one(text: str) -> None:
    assert Redactor(names=["PIN"]).text(text) == text


@pytest.mark.parametrize(("text", "secret"), HIDDEN)
def test_hidden_wherever_the_reads_are_split_and_flushed(text: str, secret: str) -> None:
    for cut in range(len(text)):
        stream = Redactor().stream()
        seen = stream.feed(text[:cut]) + stream.flush() + stream.feed(text[cut:]) + stream.flush()
        seen += stream.feed("\nafter\n") + stream.finish()
        assert secret not in seen
        assert seen.endswith("\nafter\n")


WHOLE = [*(text for text in STAYS if text[-1] not in ">]"), "Continue? [y/N] ", "loading.... 10%"]


@pytest.mark.parametrize("text", WHOLE)
def test_what_stays_is_complete_however_it_is_split(text: str) -> None:
    for cut in range(len(text)):
        stream = Redactor().stream()
        seen = stream.feed(text[:cut]) + stream.flush() + stream.feed(text[cut:]) + stream.flush() + stream.finish()
        assert seen == text


def test_declared_secrets_in_every_guise() -> None:
    secret = 'it\'s a "p&ss"/wörd'
    redactor = Redactor([secret])
    guises = [secret, quote(secret, safe=""), json.dumps(secret), base64.b64encode(secret.encode()).decode()]
    guises.append(base64.b64encode(f"bob:{secret}".encode()).decode())
    for guise in guises:
        assert "[redacted: declared]" in redactor.text(f"see {guise} here")


def test_a_secret_of_several_lines_is_hidden_across_reads() -> None:
    secret = "alpha1\nxy\nomega9"
    stream = Redactor([secret]).stream()
    seen = stream.feed("a alpha1\n") + stream.feed("xy\nome") + stream.feed("ga9 b\n") + stream.finish()
    assert seen == "a [redacted: declared] b\n"


def test_a_prompt_is_shown_and_its_answer_hidden() -> None:
    stream = Redactor().stream()
    assert stream.feed("Password: ") + stream.flush() == "Password: "
    assert stream.feed("opensesame\n") == "[redacted: name]\n"


def test_a_lone_begin_does_not_hide_the_log_after_it() -> None:
    seen = Redactor().text("-----BEGIN PRIVATE KEY-----\n2026-11-23 12:00 all is well here\n")
    assert "all is well" in seen


def test_a_cut_stream_leaves_out_what_may_be_half_a_secret() -> None:
    stream = Redactor(["opensesame"]).stream()
    assert stream.feed("ok opense") + stream.finish(cut=True) == "ok "


@pytest.mark.parametrize(
    "unit", ["eyJ", "token=", 'key="', "://a:", "curl ", "--password ", "aws ", "mysql ", 'key:\\"']
)
def test_hostile_lines_take_linear_time(unit: str) -> None:
    redactor = Redactor()

    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        start = time.process_time()
        redactor.text(text)
        return time.process_time() - start

    seconds(10_000)
    small = max(seconds(40_000), 0.002)
    assert any(seconds(160_000) < 12 * small for _ in range(3))  # a machine that is busy slows down one of them


def test_names() -> None:
    for name in ("DB_PASSWORD", "apiKey", "X-Auth-Token", "AWS_SECRET_ACCESS_KEY", "GITLAB_PAT"):
        assert is_secret_name(name)
    for name in ("PWD", "OLDPWD", "AWS_ACCESS_KEY_ID", "SECRET_NAME", "PUBLIC_KEY", "KEY", "NAMESPACE", "TOKENIZER"):
        assert not is_secret_name(name)


def test_values_that_are_carried() -> None:
    assert is_secret_shaped(JWT)
    assert is_secret_shaped('declare -- DB_PASSWORD="x1"')
    assert not is_secret_shaped("payments-worker-5d4f8b6c5d-x7z2p")
    assert not is_secret_shaped("9fceb02d0ae598e95dc970b74767f19372d61af8")


@pytest.mark.parametrize("width", range(2, 18))
@pytest.mark.parametrize("indent", ["", "    "])
def test_a_declared_secret_is_hidden_with_lines_broken_inside_it(width: int, indent: str) -> None:
    secret = "tulip-Harbour-9131"
    broken = f"\n{indent}".join(secret[at : at + width] for at in range(0, len(secret), width))
    text = f"before\n{indent}{broken}\nafter\n"
    assert Redactor([secret]).text(text) == f"before\n{indent}[redacted: declared]\nafter\n"
    for cut in range(len(text)):
        stream = Redactor([secret]).stream()
        seen = stream.feed(text[:cut]) + stream.flush() + stream.feed(text[cut:]) + stream.flush() + stream.finish()
        assert seen.startswith("before\n")
        assert seen.endswith("\nafter\n")
        left = "".join(seen.split())
        assert not any(secret[at : at + 3] in left for at in range(len(secret) - 2)), (cut, seen)


DECLARED = "tulip-Harbour-9131"
PLACES = ["{0}", "see {0} here", "x{0}{0}", "{1}{0}", "a {1}\n{2} b", "{1}\r\n  {2}\n", "k={1}\n{2}"]


def pieces_of(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield every division of a text into three pieces, which may be empty: so in two as well."""
    for first in range(len(text) + 1):
        for second in range(first, len(text) + 1):
            yield text[:first], text[first:second], text[second:]


@pytest.mark.parametrize("flushed", [False, True])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("before", ["", "all well\n"])
def test_no_part_of_a_declared_secret_is_shown_however_it_is_divided(place: str, before: str, flushed: bool) -> None:
    text = before + place.format(DECLARED, DECLARED[0], DECLARED[1:]) + "\nafter\n"
    redactor = Redactor([DECLARED])
    whole = redactor.text(text)
    parts = [DECLARED[at : at + 3] for at in range(len(DECLARED) - 2)]
    assert not any(part in whole for part in parts)
    for pieces in pieces_of(text):
        stream, seen = redactor.stream(), ""
        for piece in pieces:
            seen += stream.feed(piece)
            seen += stream.flush() if flushed else ""
        seen += stream.finish()
        assert not any(part in seen for part in parts), (pieces, seen)
        assert flushed or seen == whole, pieces


@pytest.mark.parametrize(("text", "secret"), [each for each in HIDDEN if len(each[0]) < 60])
def test_no_part_of_a_secret_is_shown_once_it_is_known_for_one(text: str, secret: str) -> None:
    """Without a flush, which is a look at an unfinished line, three pieces are as good as one."""
    whole = Redactor().text(f"{text}\nafter\n")
    for pieces in pieces_of(text):
        stream = Redactor().stream()
        seen = "".join(stream.feed(piece) for piece in pieces) + stream.feed("\nafter\n") + stream.finish()
        assert seen == whole, pieces


def test_lines_that_end_as_a_secret_begins_are_shown_once_the_next_comes() -> None:
    stream = Redactor(["tulip-Harbour-9131"]).stream()
    assert stream.feed("a tulip\n") + stream.flush() == "a "
    assert stream.feed("grows\n") == "tulip\ngrows\n"
    assert stream.feed("last: tulip\n") + stream.finish() == "last: tulip\n"
