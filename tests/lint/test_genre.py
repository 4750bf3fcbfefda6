"""What a document is taken for: only runbooks owe what a runbook needs."""

from __future__ import annotations

import pytest

from runbook_runner import registry
from runbook_runner.lint._genre import Genre, genre
from runbook_runner.markdown import read
from runbook_runner.model.graph import build
from runbook_runner.ports.lint import Document

_DO = "\n\n```sh\nsystemctl restart web\n```\n"
_LOOK = "\n\n```sh\ndf -h\n```\n"


def document(text: str, path: str = "docs/page.md") -> Document:
    runbook = read(text.encode(), path, registry.executor)
    return Document(runbook, build(runbook), tuple(runbook.source.split("\n")))


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        pytest.param("---\nalerts: [X]\n---\n# X\n", "", Genre.ALERT, id="an alert in the front matter"),
        pytest.param("# X\n\n## Meaning\n\nBad.\n", "", Genre.ALERT, id="a section on what the alert means"),
        pytest.param("# WebPodCrashLooping\n\n## Diagnosis\n\nLook.\n", "", Genre.ALERT, id="named as alerts are"),
        pytest.param("# WebDown\n\nThis alert fires when it is down.\n", "", Genre.ALERT, id="a short name"),
        pytest.param("# NodeDiskFailing\n\nLook.\n", "r/NodeDiskFailing.md", Genre.ALERT, id="heading and file agree"),
        pytest.param("---\nsection: Icinga alerts\n---\n# Lag\n\nLook.\n", "", Genre.ALERT, id="filed under alerts"),
        pytest.param("# Lag\n\nLook.\n", "docs/alerts/lag.md", Genre.ALERT, id="in a folder of alerts"),
        pytest.param(
            "# Slow web\n\n## Symptoms\n\nX.\n\n## Diagnosis\n\nX.\n\n## Resolution\n\nX.\n", "", Genre.ALERT,
            id="symptoms, diagnosis and remedy",
        ),
        pytest.param("# Rotate the key" + _DO, "", Genre.TASK, id="a command that changes something"),
        pytest.param("# Failing over the database\n\n1. Ask.\n2. Do it.\n", "", Genre.TASK, id="by hand, a verb"),
        pytest.param("# Backups\n\n## Steps\n\n1. Look.\n", "", Genre.TASK, id="a section of steps"),
        pytest.param("---\nkind: runbook\n---\n# Backups\n", "", Genre.TASK, id="it says so"),
        pytest.param("---\nkind: playbook\n---\n# Outages\n", "", Genre.PLAYBOOK, id="a playbook"),
        pytest.param("# Architecture" + _DO, "", Genre.OTHER, id="a page on architecture"),
        pytest.param("# Incident on 2020-02-12" + _DO, "", Genre.OTHER, id="a report of an incident"),
        pytest.param("# Web down" + _DO, "docs/2020-02-12-web-down.md", Genre.OTHER, id="a dated file"),
        pytest.param("# Web" + _DO, "docs/web/README.md", Genre.OTHER, id="a read me"),
        pytest.param("# Team Runbooks" + _DO, "", Genre.OTHER, id="a list of runbooks"),
        pytest.param("# Runbook template" + _DO, "", Genre.OTHER, id="a template"),
        pytest.param("# WebQueueExporter Design" + _DO, "", Genre.OTHER, id="a page on how something is built"),
        pytest.param("# Rotate the key" + _DO, "key/SKILL.md", Genre.OTHER, id="what a program is told"),
        pytest.param("# Onboarding of joiners" + _DO, "", Genre.OTHER, id="for joiners"),
        pytest.param("# NodeDiskFailing\n\nSee [other](o.md).\n", "r/NodeDiskFailing.md", Genre.OTHER, id="a pointer"),
        pytest.param("# Using PostgreSQL" + _LOOK, "", Genre.OTHER, id="a product's name is no alert"),
        pytest.param("# How we work\n\n1. Meet.\n2. Talk.\n", "", Genre.OTHER, id="how a team works"),
        pytest.param("", "", Genre.OTHER, id="nothing"),
    ],
)  # fmt: skip
def test_genre(text: str, path: str, expected: Genre) -> None:
    assert genre(document(text, path or "docs/page.md")) is expected


def test_what_was_worked_out_of_a_document_is_kept_for_the_next_rule() -> None:
    given, asked = document("# Rotate the key" + _DO), []

    def work_out(document: Document) -> str:
        asked.append(document.runbook.path)
        return "found"

    assert [given.once(work_out), given.once(work_out)] == ["found", "found"]
    assert asked == ["docs/page.md"]
