"""A thousand hostile values and labels: none is executed, none becomes an option, each is refused or passed whole."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from runbook_runner.executors.shell import EXECUTOR
from runbook_runner.model.runbook import Parameter, ParameterType
from runbook_runner.ports import Ending, Place, Request, Session
from runbook_runner.run.parameters import refusal
from tests.contracts.executors import Recorder
from tests.e2e.program import call, events, of

WHOLE = Parameter("P", pattern=r"[\s\S]*")
STRICT = [
    Parameter("P"),
    Parameter("P", type=ParameterType.INTEGER),
    Parameter("P", type=ParameterType.NUMBER),
    Parameter("P", type=ParameterType.BOOLEAN),
    Parameter("P", choices=("a", "-b; c")),
]
FRAGMENTS = [
    *("$(touch X)", "`touch X`", "; touch X", "| touch X", "&& touch X", "& touch X &", "\ntouch X\n", "\r\ntouch X"),
    *("' ; touch X ; '", '" ; touch X ; "', "'", '"', "\\", "\\'", '\\"', "\\\n", "${P:=$(touch X)}", "$P", "$$", "$!"),
    *(
        "<(touch X)",
        "> X",
        ">> X",
        "2>X",
        "<<X\ntouch X\nX\n",
        "a[$(touch X)]",
        "x[0$(touch X)]=1",
        "$((a[$(touch X)]))",
    ),
    *("-rf", "--", "-", "-n", "--help", "-exec", "--output=X", "-o X", "@X", "*", "?", "[a-z]*", "~", "~root", "{a,b}"),
    *("../../../etc/passwd", "/dev/null", " ", "\t", "  a  b ", "\x0b", "\x7f", "\x1b[2J", "\x1b]0;X\x07", "\x08\x08"),
    *(
        "é",
        "猫",
        "\u202e",
        "\u2028",
        "\ufeff",
        "\U0001f600",
        "ａ",
        "％",
        "–rf",
        "＄(touch X)",
        "\udcff",
        "\x80",
        "\xad",
    ),
    *(
        "() { :; }; touch X",
        "P=1 touch X",
        "%s%n",
        "%(touch X)T",
        "!!",
        "!touch",
        "#",
        "\n",
        "",
        "\0",
        "a\0b",
        "\0touch X",
    ),
    *(
        "x" * 5000,
        "$(touch X)" * 500,
        "'" * 999,
        "A" * 131_072,
        "true",
        "1e9",
        "0x10",
        "-1",
        "08",
        "1\n",
        "a\n",
        "true\n",
    ),
]


def hostile() -> list[str]:
    """Return more than a thousand values: each fragment, pairs of them, each amid something harmless too."""
    rng = random.Random(20261123)
    short = [text for text in FRAGMENTS if len(text) < 100]
    pairs = ["".join(pair) for pair in itertools.product(short, short)]
    inside = [f"web-1{text}.example" for text in short] + [f"-{text}" for text in short]
    return list(dict.fromkeys([*FRAGMENTS, *inside, *rng.sample(pairs, 800)]))


VALUES = hostile()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a-file").touch()
    (tmp_path / "private").mkdir(mode=0o700)
    opened = EXECUTOR.open(Place(tmp_path / "private", str(folder)))
    yield opened
    opened.close(remove=True)


def said(session: Session, number: int, text: str, value: str) -> tuple[Ending, bytes]:
    recorder = Recorder()
    finished = session.execute(Request(number, text, "bash", {"P": value}), recorder)
    return finished.ending, recorder.output.get("stdout", b"")


def nothing_was_touched(folder: Path) -> None:
    assert sorted(path.name for path in (folder / "work").iterdir()) == ["a-file"]


def test_there_are_a_thousand() -> None:
    assert len(VALUES) >= 1000


def test_what_a_pattern_lets_through_arrives_whole(session: Session, tmp_path: Path) -> None:
    refused = 0
    for number, value in enumerate(VALUES):
        if why := refusal(WHOLE, value):
            assert "\0" in value, (value, why)
            refused += 1
            continue
        ending, out = said(session, number, "printf '%s' \"$P\"", value)
        if ending is Ending.NOT_STARTED:
            assert len(value) > 100_000, "refused by the system, and said so"
            assert not out
        else:
            assert out == value.encode(errors="surrogateescape"), value[:200]
    assert 0 < refused < 300
    nothing_was_touched(tmp_path)


def test_what_is_taken_without_a_pattern_is_one_word_even_unquoted(session: Session, tmp_path: Path) -> None:
    taken = [value for value in VALUES if not refusal(STRICT[0], value)] + ["web-1.example:80/a@b+c", "_x", "0"]
    assert len(taken) > 5, "a rule that refuses everything would prove nothing"
    for number, value in enumerate(taken):
        _, out = said(session, number, "printf '[%s]' $P; cd -- . $(: $P)", value)
        assert out == f"[{value}]".encode() or len(value) > 100_000, value[:200]
        assert not value.startswith("-")
    nothing_was_touched(tmp_path)


@pytest.mark.parametrize("wanted", STRICT, ids=lambda wanted: str(wanted.type) + "-" * bool(wanted.choices))
def test_what_is_refused_is_refused_with_a_reason(wanted: Parameter) -> None:
    refused = [value for value in VALUES if refusal(wanted, value)]
    assert len(refused) > len(VALUES) * 0.9
    for value in set(VALUES) - set(refused):
        assert value.isascii(), value
        assert not set(value) & set("$`;|&<>()'\"\\*?[]{}~!# \t\r\n\0"), value
        assert not value.startswith("-") or value[1:].isdigit(), value


# --- through the real program ---------------------------------------------------------------------

RUNBOOK = """\
---
triggers:
  - alert: Hostile
parameters:
  P: {from: alert.labels.p%s}
---
# Hostile

## Diagnosis

1. Say it:

   ```sh {id=say}
   printf '%%s' "$P" | od -An -v -tx1
   ```

2. Say it in a placeholder:

   ```sh {id=place}
   printf '%%s' 'whole: <P>' | od -An -v -tx1
   ```
"""
OPEN, CLOSED = RUNBOOK % ", pattern: '[\\s\\S]*'", RUNBOOK % ""
SAMPLE = ["$(touch X)", "'; touch X; '", '"; touch X; "', "-rf *", "\n`touch X`\n", "猫 \u202e\x1b[2J"]


def alert(folder: Path, value: str, name: str = "Hostile") -> str:
    labels = {"alertname": name, "p": value, "other": value, value: "name"}
    fired = {"status": "firing", "labels": labels, "annotations": {"summary": value}, "startsAt": value}
    (folder / "alert.json").write_text(json.dumps({"version": "4", "alerts": [fired]}))
    return "alert.json"


def hexes(store: Path) -> list[str]:
    return [bytes.fromhex(output["head"]).decode("utf-8", "surrogateescape") for output in of(events(store), "output")]


@pytest.mark.parametrize("value", SAMPLE)
def test_a_label_that_its_pattern_allows_is_passed_whole(value: str, tmp_path: Path) -> None:
    (tmp_path / "hostile.md").write_text(OPEN)
    store = tmp_path / "journal.db"
    done = call(store, "run", "hostile.md", "--plain", "--alert", alert(tmp_path, value), stdin="r\n\nr\n\nr\n\n")
    assert done.returncode == 0, done
    assert hexes(store) == [value, f"whole: {value}"]
    assert not (tmp_path / "X").exists()
    shown = call(store, "report").stdout + call(store, "show").stdout + done.stdout
    assert b"\x1b" not in shown, "a label moves the cursor"
    assert "\u202e".encode() not in done.stdout, "a label turns the line round"


@pytest.mark.parametrize("value", ["$(touch X)", "-rf", "a\0b", "/etc/passwd", "x" * 200_000 + ";"])
def test_a_label_that_nothing_allows_waits_for_a_person(value: str, tmp_path: Path) -> None:
    (tmp_path / "hostile.md").write_text(CLOSED)
    store = tmp_path / "journal.db"
    done = call(store, "run", "hostile.md", "--auto", "--alert", alert(tmp_path, value))
    assert done.returncode == 3, done
    assert b"refused" in done.stdout
    assert not of(events(store), "attempt_started")
    assert not (tmp_path / "X").exists()
    assert call(store, "report").returncode == 0
    assert call(store, "show", "--json").returncode == 0


@pytest.mark.parametrize("value", ["$(touch X)", "-rf", "a b", "", "猫", "a\n", "../x"])
def test_a_flag_that_nothing_allows_is_bad_input(value: str, tmp_path: Path) -> None:
    (tmp_path / "hostile.md").write_text(CLOSED)
    store = tmp_path / "journal.db"
    done = call(store, "run", "hostile.md", "--auto", "--param", f"P={value}")
    assert done.returncode == 2, done
    assert b"P: it " in done.stderr
    assert not of(events(store), "attempt_started")
    assert not (tmp_path / "X").exists()


def test_half_a_character_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "hostile.md").write_text(OPEN)
    store = tmp_path / "journal.db"
    done = call(store, "run", "hostile.md", "--auto", "--alert", alert(tmp_path, "a\ud800"))
    assert done.returncode == 2, done
    assert done.stderr.startswith(b"runbook: alert.json:")
    assert events(store) == []


LINKS = (
    "https://runbooks.example/../other",
    "https://runbooks.example/%2e%2e/other",
    "https://runbooks.example/..%2fother.md",
    "https://runbooks.example/leak",
    "https://runbooks.example/hostile$(touch X)",
    "https://elsewhere.example/hostile",
    "file:///etc/passwd",
    "other.md",
    "../other.md",
    "/etc/passwd",
    "javascript:alert(1)",
    "--help",
    "https://runbooks.example/\0",
    "https://runbooks.example/" + "a/" * 5000,
)


def test_the_link_of_an_alert_leads_to_a_configured_folder_or_nowhere(tmp_path: Path) -> None:
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks" / "hostile.md").write_text(CLOSED)
    (tmp_path / "other.md").write_text(CLOSED)
    (tmp_path / "runbooks" / "leak.md").symlink_to(tmp_path / "other.md")
    (tmp_path / "runbook.toml").write_text('[lint.alerts.runbook-urls]\n"https://runbooks.example/" = "runbooks"\n')
    store = tmp_path / "journal.db"

    def page(link: str) -> CompletedProcess[bytes]:
        fired = {"status": "firing", "labels": {"alertname": "Unheard"}, "annotations": {"runbook_url": link}}
        (tmp_path / "alert.json").write_text(json.dumps({"version": "4", "alerts": [fired]}))
        return call(store, "run", "--auto", "--alert", "alert.json")

    for link in LINKS:
        done = page(link)
        assert done.returncode in (2, 3), (link, done)
        assert b"Traceback" not in done.stderr
        assert events(store) == [], link
    assert not (tmp_path / "X").exists()

    done = page("https://runbooks.example/Hostile.html")
    assert b"runbooks/hostile.md: the alert links to it" in done.stderr
    assert next(event.type for event in events(store)) == "run_started"


def test_the_name_of_an_alert_is_a_name_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks" / "hostile.md").write_text(CLOSED)
    (tmp_path / "other.md").write_text(CLOSED)
    store = tmp_path / "journal.db"
    paths = [str(tmp_path / "other.md"), "other.md", "./other.md#x", "../runbooks/hostile.md\0"]
    for name in [*paths, "$(touch X)", "--help", "\n", "-", "\ud800", "[", "%s"]:
        done = call(store, "run", "--auto", "--alert", alert(tmp_path, "a", name))
        assert done.returncode in (2, 3), (name, done)
        assert done.stderr.strip()
        assert b"Traceback" not in done.stderr
        assert events(store) == [], name
    assert not (tmp_path / "X").exists()
