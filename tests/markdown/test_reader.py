"""What the lines of the cases do not show: durations, spans of blocks, the schema, what is imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.markdown import schema
from runbook_runner.markdown.durations import seconds
from runbook_runner.markdown.reader import read_runbook
from runbook_runner.model.command import Handling
from runbook_runner.model.prose import Fence, Opaque, walk
from runbook_runner.model.runbook import Question
from runbook_runner.ports import Kind
from tests.commands import FakeExecutor
from tests.markdown.dump import read_text

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("10m", 600), ("30s", 30), ("1h30m", 5400), ("90d", 7776000), ("5 minutes", 300), ("6 months", 15552000),
        ("2 weeks", 1209600), ("1 hour and 30 minutes", 5400), ("1.5h", 5400), ("500ms", 0.5), ("an hour", 3600),
        ("10", None), ("", None), ("soon", None), ("0m", None), ("5 parsecs", None), ("m", None),
    ],
)  # fmt: skip
def test_durations(text: str, length: float | None) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize("name", sorted(schema.SCHEMAS))
def test_the_published_schema_is_the_generated_one(name: str) -> None:
    assert (_ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8") == schema.text(name)


def test_the_schema_accepts_the_example_and_refuses_wrong_values() -> None:
    validator = pytest.importorskip("jsonschema_rs").validator_for(json.loads(schema.text()))
    good = {
        "title": "T",
        "triggers": [{"alert": "A"}],
        "parameters": {"N": {"from": "alert.labels.n", "default": "x"}},
        "escalation": [{"after": "10m", "to": "a", "via": "slack:#a"}],
        "reviewed": {"by": "a", "date": "2026-10-02", "every": "90d"},
        "colour": "blue",
    }
    assert validator.is_valid(good)
    bad: list[dict[str, object]] = [
        {"escalation": [{"after": "10m"}]},
        {"parameters": {"a b": {}}},
        {"draft": "x"},
        {"kind": "x"},
    ]
    for wrong in bad:
        assert not validator.is_valid({**good, **wrong}), wrong


def test_a_fence_knows_where_its_content_stands() -> None:
    runbook = read_text("## Fix\n\n1. x\n\n   ```sh\n   uptime\n   ```\n\n> ~~~sh\n> df\n> ~~~\n\n    free\n")
    fences = [block for block in walk(runbook.phases[0].blocks) if isinstance(block, Fence)]
    places = [(fence.text, fence.content_line, fence.content_column) for fence in fences]
    assert places == [("uptime\n", 6, 4), ("df\n", 10, 3), ("free\n", 13, 5)]


def test_template_text_stays_in_sight_but_inert() -> None:
    runbook = read_text("{{< warning >}}\n\n<br/>\n")
    assert all(isinstance(block, Opaque) for block in runbook.phases[0].blocks)


def test_unknown_keys_are_kept() -> None:
    runbook = read_text("---\ncolour: {deep: [1, x]}\n---\n")
    assert runbook.facts.extra == {"colour": {"deep": [1, "x"]}}
    assert runbook.defects == ()


def test_importing_the_reader_loads_no_library() -> None:
    heavy = "('markdown_it', 'yaml', 'tree_sitter')"
    code = f"import sys, runbook_runner.markdown; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=_ROOT)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("If you decide to use the tool above, then perform the following:", "you decide to use the tool above"),
        ("If pods run out of memory, delete them:", "pods run out of memory"),
        ("If you use Helm, do this:", "you use Helm"),
        ("If it is stuck run:", "it is stuck"),
    ],
)
def test_a_guard_is_a_whole_condition(words: str, asked: str) -> None:
    (step,) = read_text(f"## Fix\n\n{words}\n\n```sh\nls\n```\n").steps
    assert [guard.text for guard in step.guards if isinstance(guard, Question)] == [asked]


def test_a_language_that_another_package_runs_is_a_step() -> None:
    text = b"# Look\n\n## Diagnosis\n\n```vault\nstatus\n```\n\n```yaml\na: 1\n```\n"
    added = FakeExecutor({}, languages=frozenset({"vault"}))

    def kinds(language: str) -> Kind | None:
        return added if language == "vault" else registry.executor(language)

    (step,) = read_runbook(text, "look.md", kinds).steps
    assert step.command is not None
    assert (step.command.language, step.command.handling) == ("vault", Handling.RUN)
    assert [each.command for each in read_runbook(text, "look.md", registry.executor).steps] == [None]
