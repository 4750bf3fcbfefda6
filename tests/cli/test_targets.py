"""`runbook targets`, and what a run does with them: references to secrets, errors with a place, and nothing shown."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.cli.targets import line_of
from tests.cli.program import Here

PLUGIN = """
import time
from runbook_runner.executors._conversation import Conversation, Result
from runbook_runner.model.command import Analysis, Effect
from runbook_runner.ports import Check, Setting, TargetKind


class Work:
    def __init__(self, settings):
        self.settings = settings

    def perform(self, write):
        write("stdout", f"opened with {self.settings['password']} at {self.settings['url']}\\n".encode())
        return Result(0)

    def cancel(self):
        pass


class Vault:
    languages = frozenset({"network"})
    kinds = (
        TargetKind(
            "vault",
            {
                "url": Setting("where it is", required=True, example="https://vault.example"),
                "password": Setting("what opens it", secret=True),
            },
        ),
    )

    def analyse(self, text, language):
        return Analysis(effect=Effect.READ, text=text, plausible=True, known=True, needs_target=True)

    def check(self, command):
        return ()

    def preflight(self, commands, where):
        settings = where.target.settings
        if "hang" in settings["url"]:
            time.sleep(60)
        if "bug" in settings["url"]:
            raise ValueError("of the executor")
        name = f"target {where.target.name}"
        return (Check(name, "closed" not in settings["url"], f"tried {settings.get('password')}"),)

    def reach(self, command, where):
        return ""

    def open(self, place):
        settings = place.where.target.settings
        return Conversation(lambda request: Work(settings))


EXECUTOR = Vault()
"""
BOOK = """\
---
targets: [safe]
---
# Look into the vault

## Diagnosis

```network {id=look target=safe}
show
```
"""
SECRET = "correct-horse-battery"


@pytest.fixture(autouse=True)
def vault(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package of somebody else's, which brings a kind of target with a secret."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "rb_vault_plugin.py").write_text(PLUGIN)
    about = folder / "rb_vault_plugin-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: rb-vault-plugin\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[runbook_runner.executors]\nnetwork = rb_vault_plugin:EXECUTOR\n")
    assert registry.executor("network") is None
    monkeypatch.syspath_prepend(str(folder))
    registry.forget()
    yield
    registry.forget()


def configure(here: Here, *lines: str, name: str = "safe", url: str = "https://vault.example") -> None:
    text = "\n".join([f"[targets.{name}]", 'kind = "vault"', f'url = "{url}"', *lines, ""])
    file = here.folder / "runbook.toml"
    file.write_text((file.read_text() if file.exists() else "") + text)


# --- references --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way", ["env:SAFE_WORD", "file:word.txt", "command:cat word.txt", "command:printf %s $SAFE_WORD"]
)
def test_a_secret_is_fetched_and_never_shown(here: Here, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.setenv("SAFE_WORD", SECRET)
    here.write("word.txt", SECRET + "\n")
    here.write("vault.md", BOOK)
    configure(here, f'password = "{way}"')
    done = here.call("targets", "--check")
    assert done.code == 0
    assert "ok: target safe: tried " in done.out
    assert f"password={way}" in done.out.replace("\n    ", " ")
    assert json.loads(here.call("targets", "--json").out)[0]["settings"]["password"] == way
    ran = here.call("run", "vault.md", "--auto", "--store", "journal.db")
    assert "opened with " in ran.out + ran.err
    for text in (done.out, done.err, ran.out, ran.err, here.call("targets", "--check", "--json").out):
        assert SECRET not in text
    for kind in ("markdown", "json"):
        assert SECRET not in here.call("report", "--store", "journal.db", "--format", kind).out
    files = [file for file in here.folder.parent.rglob("*") if file.is_file() and file.name != "word.txt"]
    assert [file.name for file in files if SECRET.encode() in file.read_bytes()] == []


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("env:NOT_SET_HERE", "in the environment variable NOT_SET_HERE, which is not set: export NOT_SET_HERE"),
        ("file:nowhere.txt", "which cannot be read: no such file"),
        ("command:echo out of order >&2; exit 3", "its command ended with 3: out of order"),
    ],
)
def test_a_secret_that_is_not_there(here: Here, way: str, said: str) -> None:
    here.write("vault.md", BOOK)
    configure(here, f'password = "{way}"')
    done = here.call("targets", "--check")
    assert done.code == 1
    assert said in " ".join(done.out.split())
    ran = here.call("run", "vault.md", "--auto", "--store", "journal.db")
    assert ran.code == 3
    assert said.split(":")[0] in " ".join((ran.out + ran.err).split())


def test_a_secret_that_is_not_needed_is_not_fetched(here: Here) -> None:
    configure(here, 'password = "command:touch fetched; echo x"')
    assert here.call("targets").code == 0
    assert not (here.folder / "fetched").exists()


# --- trying them -------------------------------------------------------------------------------


def test_each_is_tried_and_none_holds_up_the_others(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runbook_runner.cli.target_list._PATIENCE", 0.5)
    for name in ("open", "closed", "hang", "hang2", "bug"):
        configure(here, name=name, url=f"https://{name}.example")
    begun = time.monotonic()
    done = here.call("targets", "--check")
    assert time.monotonic() - begun < 30
    assert done.code == 1
    words = [line.strip().split(":")[0] for line in done.out.splitlines() if ": target" in line]
    assert words == ["ok", "FAILED", "unknown", "unknown", "unknown"]
    assert "it could not be tried: of the executor" in done.out


def test_some_of_them(here: Here) -> None:
    for name in ("one", "two"):
        configure(here, name=name)
    assert [each["name"] for each in json.loads(here.call("targets", "two", "--json").out)] == ["two"]
    done = here.call("targets", "three")
    assert done.code == 2
    assert "there is no target 'three'" in done.err
    assert "one, two" in done.err


def test_none_at_all(here: Here) -> None:
    done = here.call("targets")
    assert (done.code, done.out) == (0, "no targets here. Write [targets.NAME] in runbook.toml.\n")


# --- those of a runbook ------------------------------------------------------------------------


def test_which_of_a_runbooks_targets_are_known(here: Here) -> None:
    configure(here)
    assert here.call("targets", str(here.write("vault.md", BOOK))).code == 0
    text = BOOK.replace("[safe]", "{other: 'ssh://deploy:pass-w0rd-9x@web.example'}").replace("=safe", "=sale")
    done = here.call("targets", str(here.write("vault.md", text)))
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[0] == "other  ssh  (front matter)"
    assert "pass-w0rd-9x" not in done.out
    assert [line for line in lines if line.startswith("sale") and "NOT KNOWN" in line]
    assert "for look" in done.out


# --- what is wrong in the file -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "place", "said"),
    [
        (['kind = "valt"'], 4, "[targets.safe]: `kind` is one of"),
        (['kind = "vault"'], 3, "[targets.safe]: `url` is missing"),
        (['kind = "vault"', 'url = "x"', 'pasword = "env:X"'], 6, "[targets.safe]: `pasword` is no setting"),
        (['kind = "vault"', 'url = "x"', 'password = "hunter2"'], 6, "[targets.safe]: `password` is a secret"),
        (['kind = "vault"', 'url = "x"', "production = 1"], 6, "[targets.safe]: `production` is true or false"),
    ],
)
def test_errors_have_a_place(here: Here, lines: list[str], place: int, said: str) -> None:
    here.write("runbook.toml", "\n".join(["# ours", 'runbooks = ["."]', "[targets.safe]", *lines, ""]))
    done = here.call("targets")
    assert done.code == 2
    assert f"runbook.toml:{place}: {said}" in done.err
    assert "hunter2" not in done.err
    here.write("vault.md", BOOK)
    linted = here.call("lint", "vault.md", "--select", "bad-target", "--format", "github")
    assert linted.code == 1
    assert f"file=runbook.toml,line={place}" in linted.out


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[targets."a.b"]\nkind = 1\n', 2),
        ("[tool.runbook.targets.x]\nother = 2\n", 1),
        ("[targets]\nz = 1\nx = {kind = 'vault'}\n", 3),
        ("targets.x.kind = 'vault'\n", 1),
        ("targets = {x = {}}\n", 1),
    ],
)
def test_where_a_target_stands(text: str, line: int) -> None:
    name = "a.b" if "a.b" in text else "x"
    assert line_of(text, name, f"[targets.{name}]: `kind` is one of …") == line


def test_one_wrong_target_does_not_stop_a_run_with_another(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(here, 'password = "command:echo sesame-42"')
    configure(here, "nonsense = 1", name="other")
    here.write("vault.md", BOOK)
    ran = here.call("run", "vault.md", "--auto", "--store", "journal.db")
    assert "opened with " in ran.out + ran.err


def test_lint_knows_the_names_of_the_configuration(here: Here) -> None:
    here.write("vault.md", BOOK.replace("targets: [safe]", "title: x"))
    call = ("lint", "vault.md", "--select", "unknown-target", "--format", "github")
    assert here.call(*call).code == 0
    configure(here, name="other")
    done = here.call(*call)
    assert done.code == 1
    assert "there is no target `safe`" in done.out
    configure(here, name="safe")
    assert here.call(*call).code == 0
    here.write("vault.md", BOOK.replace("[safe]", "[safe, gone]").replace("=safe", "=gone"))
    assert "nothing says what it is" in here.call(*call).out


def test_tab_offers_them(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.shell_completion import ShellComplete

    from runbook_runner.cli.main import cli

    configure(here, name="payments")
    found = ShellComplete(cli, {}, "runbook", "_RUNBOOK_COMPLETE").get_completions(["targets"], "pay")
    assert ("payments", "plain") in [(each.value, each.type) for each in found]


def test_its_file_is_found_in_pyproject_too(here: Here, tmp_path: Path) -> None:
    here.write("pyproject.toml", "[tool.runbook.targets.safe]\nkind = 'valt'\n")
    assert "pyproject.toml:2: [targets.safe]: `kind`" in here.call("targets").err


@pytest.mark.parametrize("way", ["env:SAFE_WORD", "command:touch fetched; echo x", "file:word.txt"])
def test_a_runbook_of_somebody_elses_takes_no_secret(here: Here, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.setenv("SAFE_WORD", SECRET)
    own = f"targets:\n  safe: {{kind: vault, url: 'https://evil.example', password: '{way}'}}"
    here.write("vault.md", BOOK.replace("targets: [safe]", own))
    ran = here.call("run", "vault.md", "--auto", "--store", "journal.db")
    assert "opened with" not in ran.out + ran.err
    assert "a document may not say where one is" in ran.out + ran.err
    assert here.call("targets", "./vault.md", "--check").code == 1
    assert not (here.folder / "fetched").exists()
