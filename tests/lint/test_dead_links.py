"""Links to files and to their sections: those that lead somewhere, those that do not, and very many that do not."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.lint.linting import run, told, write

_THERE = {
    "restore.md": "# Restore\n\n## Before you begin\n\nLook.\n\n## Step 2: start it\n\nLook.\n",
    "notes/disk.md": "# Disk\n",
    "made.md.in": "# Made by a build\n",
    "settings.md": "# Settings\n\n#### <!-- md:setting config.dir -->\n",
    "names.md": "# Names\n\n<a id='new' name='old'></a>\n\n<h2 id=\"html\">HTML</h2>\n\n- ### Item\n\n> ### Quote\n\n"
    '<summary><h3>All the <b>pools</b> &amp; queues</h3></summary>\n\nOf it { id="of-it" }\n\n'
    '=== "On a host"\n\n    Look.\n\n## <mark>Two</mark> words\n\n## Braces {: braces }\n',
    "index/_index.md": "# Index\n",
}


def said(folder: Path, text: str) -> list[tuple[str, str]]:
    """Return message and hint of each finding about links to files."""
    write(folder, _THERE)
    written, _ = run(write(folder, {"a.md": text}), form="json")
    about = {"dead-file", "dead-file-anchor"}
    return [(each["message"], each["hint"]) for each in json.loads(written)["findings"] if each["code"] in about]


@pytest.mark.parametrize(
    "target",
    [
        "restore.md", "restore.html", "./notes/disk.md", "restore.md#before-you-begin", "restore.md#Before_You_Begin",
        "restore.md#user-content-before-you-begin", "restore.md#markdown-header-before-you-begin", "names.md#braces",
        "restore.md#top", "restore.md#readme",
        "made.md", "settings.md#config.dir", "names.md#new", "names.md#old", "names.md#html",
        "names.md#item", "names.md#quote", "names.md#all-the-pools--queues", "names.md#of-it", "names.md#on-a-host",
        "names.md#two-words",
        "names.md#+made.by_build",
        "index/", "https://x.example/restor.md", "{{ page }}.md", "mailto:a@b.example",
        "../another-book/disk.html", "/tree/main.c", "notes/full.html", "gone/disk.html",
        "`Queue.Pool`", "{static}disk.png", "|filename|/disk.md", "queue.services.HubAuth",
    ],
)  # fmt: skip
def test_what_is_there_or_elsewhere_passes(tmp_path: Path, target: str) -> None:
    assert said(tmp_path, f"# A\n\nSee [it]({target}).\n") == []


@pytest.mark.parametrize(
    ("target", "message", "hint"),
    [
        ("restor.md", "there is no file `restor.md`", "did you mean `restore.md`?"),
        ("notes/disc.md", "there is no file `notes/disc.md`", "did you mean `notes/disk.md`?"),
        ("restart_all.md", "there is no file `restart_all.md`", "write the file, or mend the link"),
        ("ops@x.example", "there is no file `ops@x.example`", "if it is an address, write `mailto:ops@x.example`"),
        ('a@x.example">b@x.de', 'there is no file `a@x.example">b@x.de`', "if it is an address, write `mailto:a@x.example`"),  # noqa: E501
        ("/gone.md", "there is no file `/gone.md`", "write the file, or mend the link"),
        ("/notes/disc.md", "there is no file `/notes/disc.md`", "write the file, or mend the link"),
        ("queue.services.hub", "there is no file `queue.services.hub`", "write the file, or mend the link"),
        ("x.example.com/a.html", "there is no file `x.example.com/a.html`", "if it is another site, write `https://x.example.com/a.html`"),
        ("restore.md.md", "there is no file `restore.md.md`", "did you mean `restore.md`?"),
        ("gone/disk.md", "there is no file `gone/disk.md`", "there is no folder `gone` either"),
        ("www.x.example/a.md", "there is no file `www.x.example/a.md`", "if it is another site, write `https://www.x.example/a.md`"),
        (
            "restore.md#before-you-start", "`restore.md` has no section `#before-you-start`",
            "did you mean `restore.md#before-you-begin`?",
        ),
        ("restore.md#q", "`restore.md` has no section `#q`", "write the section, or mend the link"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_with_what_may_be_meant(tmp_path: Path, target: str, message: str, hint: str) -> None:
    assert said(tmp_path, f"# A\n\nSee [it]({target}).\n") == [(message, hint)]


def test_headings_have_links_too(tmp_path: Path) -> None:
    assert [message for message, _ in said(tmp_path, "# A\n\n## See [it](gone.md)\n\nLook.\n")] == [
        "there is no file `gone.md`"
    ]


@pytest.mark.parametrize(
    ("target", "least"), [("all/about-{}.md", 500), ("sections.md#about-{}", 3), ("#about-{}", 500)]
)
def test_very_many_dead_links_among_very_many_names_are_told_soon(tmp_path: Path, target: str, least: int) -> None:
    write(tmp_path, {f"all/something-about-{number}.md": "# A\n" for number in range(1500)})
    sections = "".join(f"## Something about {number}\n\nx\n\n" for number in range(1500))
    write(tmp_path, {"sections.md": sections})
    links = "".join(f"- [x]({target.format(number)})\n" for number in range(1000))
    begin = time.process_time()

    _, summary = run(write(tmp_path, {"a.md": f"# A\n\n{links}\n{sections}"}), form="json")

    assert time.process_time() - begin < 30
    assert summary.errors >= least


def test_a_comment_as_sphinx_takes_it_leads_nowhere(tmp_path: Path) -> None:
    assert said(tmp_path, "# A\n\n% What is in [it](options.txt) stands below.\n") == []


@pytest.mark.parametrize(
    "line",
    ["::: queue.functions", "#SCHEMA# queue.settings", '=== "Pool"\n\n    #SCHEMA# pool', "```{include} more.md"],
)
def test_a_page_that_a_build_adds_to_may_have_any_section(tmp_path: Path, line: str) -> None:
    write(tmp_path, {"made.md": f"# Functions\n\n{line}\n", "plain.md": "# Functions\n"})
    assert said(tmp_path, "# A\n\nSee [it](made.md#queue.functions.look).\n") == []
    assert said(tmp_path, "# A\n\nSee [it](plain.md#queue.functions.look).\n") != []


@pytest.mark.parametrize(
    "line", ["- [`pools`]{#pool-names}: which", '<span id="pool-names">Pools</span>', "{: #pool-names}"]
)
def test_an_anchor_within_a_text_is_one_for_other_files(tmp_path: Path, line: str) -> None:
    write(tmp_path, {"other.md": f"# Settings\n\nSome.\n{line}\n"})
    assert said(tmp_path, "# A\n\nSee [it](other.md#pool-names).\n") == []


def test_a_folder_that_a_build_fills_in_is_no_dead_one(tmp_path: Path) -> None:
    assert said(tmp_path, "# A\n\nSee [it](@docs@/queue.md).\n") == []


def test_a_part_of_a_page_links_to_sections_of_the_others(tmp_path: Path) -> None:
    text = "# A\n\nSee [it](#raw-command).\n"
    written, _ = run(write(tmp_path, {"includes/_a.md": text, "b.md": text}), form="json")
    found = [each["path"] for each in json.loads(written)["findings"] if each["code"] == "dead-anchor"]
    assert [Path(each).name for each in found] == ["b.md"]


def test_what_a_part_of_a_page_links_to_counts_from_that_page(tmp_path: Path) -> None:
    part = "# A\n\nSee [it](images/gone.png), [that](../a.md#gone) and [below](#gone).\n"
    files = write(tmp_path, {"a.md": "# A\n", "_includes/part.md": part})
    assert told(files, "dead-file", "dead-file-anchor", "dead-anchor") == []


def test_a_page_is_missed_where_others_lie_ready(tmp_path: Path) -> None:
    files = {"out/pools.html": "<p>", "out/queues.md": "# Queues\n", "made/queues.md": "# Queues\n"}
    text = "# A\n\nSee [pools](out/pools.html), [hosts](out/hosts.html)\n\nand [these](made/hosts.html).\n"
    write(tmp_path, files)
    assert told(write(tmp_path, {"a.md": text}), "dead-file") == ["a.md:3 dead-file"]


@pytest.mark.parametrize(
    "name",
    [
        ".github/PULL_REQUEST_TEMPLATE.md", ".github/ISSUE_TEMPLATE/bug.md", ".gitlab/merge_request_templates/Plan.md",
        "deps/queue/README.md", "third_party/queue/docs/a.md", "queue/testdata/a.md", "tests/data/pages/a.md",
    ],
)  # fmt: skip
def test_what_is_no_page_of_this_project_may_miss_files(tmp_path: Path, name: str) -> None:
    assert told(write(tmp_path, {name: "# A\n\nSee [it](docs/gone.md).\n"}), "dead-file") == []


@pytest.mark.parametrize(
    "name", ["deps/README.md", "deps/repo/a.md", "vendor/switches/a.md", "testdata/repo/docs/a.md", "data/a.md"]
)
def test_a_page_of_this_project_may_not(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"deps/repo/.git/HEAD": "x", "testdata/repo/.git/HEAD": "x"})
    assert told(write(tmp_path, {name: "# A\n\nSee [it](docs/gone.md).\n"}), "dead-file") != []


def test_what_a_vendor_folder_holds_is_a_copy_where_a_licence_came_with_it(tmp_path: Path) -> None:
    write(tmp_path, {"vendor/host.example/queue/LICENSE": "x"})
    files = write(tmp_path, {"vendor/host.example/queue/docs/a.md": "# A\n\nSee [it](gone.md).\n"})
    assert told(files, "dead-file") == []


def test_a_page_that_is_a_link_to_another_is_right_where_that_is(tmp_path: Path) -> None:
    write(tmp_path, {"README.md": "# A\n\nSee [it](shots/a.png) and\n\n[that](shots/b.png).\n", "shots/a.png": "x"})
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/README.md").symlink_to("../README.md")
    assert told((str(tmp_path / "docs/README.md"),), "dead-file") == ["README.md:5 dead-file"]


def test_a_site_may_count_every_link_from_its_root(tmp_path: Path) -> None:
    text = "# A\n\nSee [it](queues/stop.md), [that](queues/gone.md)\n\nand [those](../queues/stop.md).\n"
    files = write(tmp_path, {"docs/pools/in/a.md": text, "docs/queues/stop.md": "# Stop\n"})
    assert told(files, "dead-file") == ["a.md:3 dead-file", "a.md:5 dead-file"]

    write(tmp_path, {"docs/_sidebar.md": "- [A](pools/in/a.md)\n"})
    assert told(files, "dead-file") == ["a.md:3 dead-file", "a.md:5 dead-file"]


def test_a_folder_that_is_not_there_is_told_once_with_how_many_links_lead_there(tmp_path: Path) -> None:
    text = "# A\n\nSee [it](gone/a.md), [that](gone/b.md)\n\nand [those](gone/c.md), or [this](away/d.md).\n"
    assert said(tmp_path, text) == [
        ("there is no file `gone/a.md`", "there is no folder `gone` either, and 2 more links lead there"),
        ("there is no file `away/d.md`", "there is no folder `away` either"),
    ]


@pytest.mark.parametrize("root", [".git/HEAD", "LICENSE"])
def test_what_leads_above_the_repository_is_the_forges(tmp_path: Path, root: str) -> None:
    text = (
        "# A\n\n[Issues](../../issues.md), [shots](../assets/a.gif)\n\n![B](/../shots/b.gif)\n\n[C](docs/../gone.md)\n"
    )
    files = write(tmp_path, {"a/README.md": text, f"a/{root}": "x"})
    assert told(files[:1], "dead-file") == ["README.md:7 dead-file"]

    part = write(tmp_path, {"a/parts/b/README.md": "# B\n\n[C](../c/gone.md)\n", "a/parts/b/package.json": "{}"})
    assert told(part[:1], "dead-file") == ["README.md:3 dead-file"]


@pytest.mark.parametrize("settings", ["mkdocs.yml", "properdocs.yml"])
def test_a_site_may_have_a_program_write_pages(tmp_path: Path, settings: str) -> None:
    text = "# A\n\n[Settings](made/settings.md), [tools](b.md#tools)\n\n![it](shots/a.png)\n"
    files = write(tmp_path, {"docs/a.md": text, "docs/b.md": "# B\n", settings: "plugins:\n  - search\n"})
    cache = str(tmp_path / "cache")
    about = ("dead-file", "dead-file-anchor")
    assert told(files[:1], *about, cache=cache) == ["a.md:3 dead-file", "a.md:3 dead-file-anchor", "a.md:5 dead-file"]

    write(tmp_path, {settings: "plugins:\n  - gen-files:\n      scripts: [settings.py]\n"})
    assert told(files[:1], *about, cache=cache) == ["a.md:5 dead-file"]


def test_many_dead_links_to_one_page_are_told_with_how_many_more(tmp_path: Path) -> None:
    links = "\n\n".join(f"[{name}](b.md#{name})" for name in ("one", "two", "three", "four", "five"))
    write(tmp_path, {"b.md": "# B\n\n## Once\n\nLook.\n"})
    hint = "write the section, or mend the link"
    assert said(tmp_path, f"# A\n\n{links}\n") == [
        ("`b.md` has no section `#one`", "did you mean `b.md#once`?"),
        ("`b.md` has no section `#two`", hint),
        ("`b.md` has no section `#three`", f"{hint}; 2 more links lead to sections that it lacks"),
    ]
    write(tmp_path, {"b.md": "# B\n\nWhat a build fills.\n"})
    assert said(tmp_path, f"# A\n\n{links}\n") == []
    write(tmp_path, {"b.md": "::: mkdocs-click\n    :module: a.b\n\n## Once\n\n## Twice\n"})
    assert said(tmp_path, f"# A\n\n{links}\n") == []


def test_a_page_is_called_as_its_front_matter_says_or_in_each_language(tmp_path: Path) -> None:
    files = write(tmp_path, {"docs/a.md": "# A\n\n[B](b.md), [B](/b.md)\n\n[C](./c.md)\n\n[D](d.md)\n\n[E](e.md)\n"})
    write(
        tmp_path,
        {
            "docs/b-js.md": "---\nid: b\n---\n# B\n",
            "docs/c.en.md": "# C\n",
            "docs/c.pt-br.md": "# C\n",
            "docs/d-js.md": "---\nid: other\n---\n# D\n",
        },
    )
    cache = str(tmp_path / "cache")
    assert told(files, "dead-file", cache=cache) == ["a.md:7 dead-file", "a.md:9 dead-file"]

    write(tmp_path, {"docs/e-py.md": "---\nslug: /e\n---\n# E\n"})
    assert told(files, "dead-file", cache=cache) == ["a.md:7 dead-file"]


def test_a_site_may_serve_pictures_from_a_folder_of_its_own(tmp_path: Path) -> None:
    text = "# A\n\n![it](images/a.png)\n\n![it](../shots/b.png)\n\n![it](images/c.png)\n\n![it](shots/b.png)\n"
    files = write(tmp_path, {"docs/pages/a.md": text, "docs/assets/images/a.png": "x", "shots/b.png": "x"})
    assert told(files[:1], "dead-file") == ["a.md:5 dead-file", "a.md:7 dead-file", "a.md:9 dead-file"]

    write(tmp_path, {"mkdocs.yml": "site_name: a\n"})
    assert told(files[:1], "dead-file") == ["a.md:7 dead-file", "a.md:9 dead-file"]


@pytest.mark.parametrize("folder", ["templates", "docs/_snippets"])
def test_what_is_put_elsewhere_links_to_files_from_there(tmp_path: Path, folder: str) -> None:
    assert told(write(tmp_path, {f"{folder}/issue.md": "# A\n\nSee [it](issues/1.md).\n"}), "dead-file") == []


def test_folders_that_a_source_package_was_made_without_are_not_asked_after(tmp_path: Path) -> None:
    text = "# A\n\nSee [it](docs/a.md).\n\nSee [that](LICENCE.md).\n\nSee [those](src/gone.md).\n\n[Up](../up.md).\n"
    files = write(tmp_path, {"README.md": text, "src/there.md": "# There\n", "PKG-INFO": "Name: a\n"})

    assert told(files[:1], "dead-file") == ["README.md:7 dead-file"]

    (tmp_path / "PKG-INFO").unlink()
    assert len(told(files[:1], "dead-file")) == 4


def test_what_a_forge_needs_is_asked_after_in_a_checkout(tmp_path: Path) -> None:
    text = "# A\n\nSee [it](../.github/workflows/a.yml).\n\nSee [that](../.config/a.yml).\n"
    files = write(tmp_path, {"docs/a.md": text})
    assert told(files, "dead-file") == ["a.md:5 dead-file"]

    write(tmp_path, {".git/HEAD": "x"})
    assert told(files, "dead-file") == ["a.md:3 dead-file", "a.md:5 dead-file"]


def test_the_readme_of_templates_speaks_of_its_folder(tmp_path: Path) -> None:
    files = write(tmp_path, {"templates/README.md": "# A\n\nSee [it](gone.yaml).\n"})
    assert told(files, "dead-file") == ["README.md:3 dead-file"]


def test_a_checkout_below_a_folder_of_that_name_is_judged(tmp_path: Path) -> None:
    files = write(tmp_path, {"templates/repo/a.md": "# A\n\nSee [it](gone.md) and [below](#gone).\n"})
    assert told(files, "dead-file", "dead-anchor") == ["a.md:3 dead-file", "a.md:3 dead-anchor"]


def test_a_dead_anchor_is_offered_a_section_before_a_step(tmp_path: Path) -> None:
    steps = "```sh\nmake one\n```\n\nThen:\n\n```sh\nmake two\n```\n"
    text = f"# A\n\n[It](#build-it-all-1x)\n\n## Build it all\n\n{steps}"
    written, _ = run(write(tmp_path, {"a.md": text}), form="json")
    (found,) = (each for each in json.loads(written)["findings"] if each["code"] == "dead-anchor")
    assert found["hint"] == "did you mean `#build-it-all`?"


def links(folder: Path, targets: list[str], more: dict[str, str], name: str = "docs/a.md") -> list[str]:
    """Return which links of a page are told, where a project holds some more files."""
    text = "# A\n\n" + "\n\n".join(f"See [it]({target})." for target in targets)
    files = write(folder, {**more, name: text})
    written, _ = run(tuple(file for file in files if file.endswith(name)), form="json")
    about = ("dead-file", "dead-anchor")
    return [each["message"].split("`")[1] for each in json.loads(written)["findings"] if each["code"] in about]


def test_sphinx_finds_pages_without_their_ending_and_what_a_program_is_documented_from(tmp_path: Path) -> None:
    targets = ["api/queue.Client", "queue.openall", "stack.openall", "api/queue.Pool"]
    project = {"docs/conf.py": "", "docs/api/queue.Client.rst": "", "src/queue/__init__.py": ""}

    assert links(tmp_path / "one", targets, project) == ["stack.openall", "api/queue.Pool"]
    assert links(tmp_path / "two", targets, {}) == ["api/queue.Client", "queue.openall", "stack.openall"]


def test_doxygen_finds_files_by_their_path_in_the_project_and_pictures_in_its_folders(tmp_path: Path) -> None:
    targets = ["docs/b.md", "docs/c.md", "queue.sh", "queue.png", "stack.png"]
    project = {"docs/b.md": "# B\n", "docs/shots/queue.png": "x", "queue.sh": "x"}
    settings = {"docs/Doxyfile.in": "INPUT = docs\nIMAGE_PATH = @ROOT@/docs/shots \\\n  other\n"}

    assert links(tmp_path / "one", targets, {**project, **settings}) == ["docs/c.md", "queue.sh", "stack.png"]
    assert links(tmp_path / "two", targets, project) == ["docs/b.md", "queue.sh", "queue.png", "stack.png"]


def test_vuepress_serves_its_public_folder_at_the_root(tmp_path: Path) -> None:
    assert links(tmp_path, ["/a.png", "/b.png"], {"docs/.vuepress/public/a.png": "x"}) == ["/b.png"]


def test_a_page_that_pandoc_makes_of_many_files_has_the_sections_of_all(tmp_path: Path) -> None:
    pages = {"docs/parts/b.md": "# Pools {#pools}\n", "docs/c.md": "# Queues\n"}
    makefile = {"docs/Makefile": "FILES = a.md parts/b.md\n\nall.html: $(FILES)\n\tpandoc -o $@ $(FILES)\n"}

    assert links(tmp_path / "one", ["#pools", "#queues"], {**pages, **makefile}) == ["#queues"]
    assert links(tmp_path / "two", ["#pools", "#queues"], pages) == ["#pools", "#queues"]


def test_a_section_that_is_missing_is_told_once(tmp_path: Path) -> None:
    written, _ = run(write(tmp_path, {"a.md": "# A\n\n[a](#b), [c](#d)\n\n[e](#b), [f](#b)\n"}), form="json")
    found = [each for each in json.loads(written)["findings"] if each["code"] == "dead-anchor"]
    assert [(each["line"], each["column"]) for each in found] == [(3, 1), (3, 10)]
    assert found[0]["hint"].endswith("; 2 more links lead there")


def test_myst_looks_for_names_in_the_whole_site(tmp_path: Path) -> None:
    targets = ["#pools", "#restart-the-queu"]
    project = {"docs/conf.py": 'extensions = ["myst_parser"]\n', "docs/b.rst": ".. _pools:\n"}
    text = "# A\n\nSee [it](#pools), [that](#restart-the-queu).\n\n## Restart the queue\n"

    written, _ = run(write(tmp_path / "one", {**project, "docs/a.md": text})[-1:], form="json")
    found = [each["message"] for each in json.loads(written)["findings"] if each["code"] == "dead-anchor"]
    assert found == ["nothing here is called `#restart-the-queu`"]
    assert links(tmp_path / "two", targets, {}) == targets


def test_what_a_script_of_the_build_names_is_written_by_it(tmp_path: Path) -> None:
    targets = ["reports/passed.svg", "reports/failed.svg", "more.md"]
    script = {"noxfile.py": "session.run('badge', '-o', 'docs/reports/passed.svg', 'docs/more.md')\n"}

    assert links(tmp_path, targets, {**script, "docs/reports/x": ""}) == ["reports/failed.svg", "more.md"]


def test_a_page_of_a_forge_begins_with_the_name_of_the_project(tmp_path: Path) -> None:
    shown = {"docs/_config.yml": "title: Queue\n", "docs/shots/a.png": "x", "queue/__init__.py": ""}

    assert links(tmp_path, ["/queue/shots/a.png", "/queue/shots/b.png"], shown) == ["/queue/shots/b.png"]
