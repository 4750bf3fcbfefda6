"""Where the link of an alert leads, as the configuration says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runbook_runner.cli.config import Config
from runbook_runner.cli.links import Links
from runbook_runner.errors import InputError

FILES = (
    "docs/Disk/DiskFull.md",
    "docs/_index.md",
    "docs/net/index.md",
    "docs/net.md",
    "docs/two words.md",
    "teams/pay/runbooks/stalled.md",
    "RUNBOOK.md",
    "secret/notes.md",
    "docs/.hidden/x.md",
)
URLS = {
    "https://runbooks.example/": "docs",
    "https://runbooks.example/old": "docs/Disk",
    "https://git.example/{team}/blob/main/{name}.md": "teams/{team}/runbooks/{name}.md",
    "https://git.example/{team}/wiki/": "teams/{team}/runbooks",
    "https://wiki.example/page?id=7": "RUNBOOK.md",
    "https://one.example/runbook": "RUNBOOK.md",
    "https://app.example/#/": "docs",
    "{{ .Values.runbookUrl }}/": "docs",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("# X\n")
    return tmp_path


def links(root: Path, urls: Any = URLS) -> Links:
    return Links(Config(root, extra={"lint": {"alerts": {"runbook-urls": urls}}}))


@pytest.mark.parametrize(
    ("link", "file", "anchor"),
    [
        ("https://runbooks.example/disk/diskfull", "docs/Disk/DiskFull.md", ""),
        ("http://RUNBOOKS.example/Disk/DiskFull.html?from=mail#Fix%20it", "docs/Disk/DiskFull.md", "Fix it"),
        ("https://runbooks.example/disk/diskfull/index.html", "docs/Disk/DiskFull.md", ""),
        ("https://runbooks.example/", "docs/_index.md", ""),
        ("https://runbooks.example/net/", "docs/net.md", ""),
        ("https://runbooks.example/two%20words", "docs/two words.md", ""),
        ("https://runbooks.example/two-words", "docs/two words.md", ""),
        ("https://runbooks.example/old/diskfull", "docs/Disk/DiskFull.md", ""),
        ("https://git.example/pay/blob/main/stalled.md#fix", "teams/pay/runbooks/stalled.md", "fix"),
        ("https://git.example/pay/wiki/Stalled", "teams/pay/runbooks/stalled.md", ""),
        ("https://wiki.example/page?id=7", "RUNBOOK.md", ""),
        ("https://one.example/runbook#fix", "RUNBOOK.md", "fix"),
        ("https://app.example/#/disk/diskfull", "docs/Disk/DiskFull.md", ""),
        ("https://app.example/#/disk/diskfull#fix", "docs/Disk/DiskFull.md", "fix"),
        ("{{ .Values.runbookUrl }}/disk/diskfull", "docs/Disk/DiskFull.md", ""),
        ("docs/Disk/DiskFull.md#fix", "docs/Disk/DiskFull.md", "fix"),
    ],
)
def test_a_link_leads_to_a_file(root: Path, link: str, file: str, anchor: str) -> None:
    landing = links(root).landing(link)

    assert (landing.mapped, landing.path, landing.anchor) == (True, str(root / file), anchor)


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/disk/diskfull",
        "https://runbooks.example.evil/disk/diskfull",
        "https://one.example/runbooks-of-others",
        "https://wiki.example/page?id=8",
        "file:///etc/passwd",
        "//runbooks",
        "diskfull",
        "",
        "https://runbooks.example/" + "x" * 3000,
        "https://runbooks.example/\0",
    ],
)
def test_a_link_that_nothing_maps_leads_nowhere(root: Path, link: str) -> None:
    landing = links(root).landing(link)

    assert (landing.mapped, landing.path) == (False, "")


@pytest.mark.parametrize(
    "link",
    [
        "https://runbooks.example/../secret/notes",
        "https://runbooks.example/%2e%2e/secret/notes",
        "https://runbooks.example/..%2fsecret%2fnotes.md",
        "https://runbooks.example//etc/passwd",
        "https://runbooks.example/.hidden/x",
        "https://git.example/../blob/main/..%2f..%2f..%2fsecret%2fnotes.md",
        "https://git.example/%2e%2e/wiki/secret/notes",
        "../secret/notes.md",
        "/etc/hosts.md",
        "docs/linked.md/../../secret/notes.md",
    ],
)
def test_no_link_leads_out_of_the_folder_that_the_configuration_names(root: Path, link: str) -> None:
    assert links(root / "docs", {}).landing(link).path == ""
    assert links(root).landing(link).path in ("", str(root / "secret/notes.md") if "://" not in link else "")
    assert not links(root).landing(link).path.startswith("/etc")


def test_a_symbolic_link_out_of_the_folder_is_no_runbook(root: Path) -> None:
    (root / "docs" / "leak.md").symlink_to(root / "secret" / "notes.md")

    assert links(root).landing("https://runbooks.example/leak").path == ""


def test_a_page_that_is_not_there_is_named_with_one_that_may_be_meant(root: Path) -> None:
    landing = links(root).landing("https://runbooks.example/net/diskfull")

    assert (landing.mapped, landing.path) == (True, "")
    assert landing.wanted.endswith("docs/net/diskfull.md")
    assert landing.near.endswith("docs/Disk/DiskFull.md")


@pytest.mark.parametrize(
    ("urls", "said"),
    [
        (["https://x/"], "is no table"),
        ({"https://x/": 5}, "is no table"),
        ({"https://x/{a}": "{b}"}, "{b} stands in its value only"),
        ({"https://x/{a}/{a}": "docs"}, "a name stands in it twice"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(root: Path, urls: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        links(root, urls)


def test_a_folder_that_is_not_there_is_told_when_rules_are_checked(root: Path) -> None:
    with pytest.raises(InputError, match="there is no nowhere"):
        links(root, {"https://x/": "nowhere"}).check()
