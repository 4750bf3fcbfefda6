"""A site as a folder: the same bytes from the same files, only what changed made again, only ours removed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from runbook_runner.errors import InputError
from runbook_runner.model.finding import Finding, Group, Severity
from runbook_runner.model.span import Span
from runbook_runner.site.build import Report, build
from runbook_runner.site.options import Options, Source, Verdict

DISK = """---
title: Disk
service: storage
owner: team-storage
triggers: [{alert: DiskFull}]
reviewed: {by: a, date: 2026-01-01, every: 90d}
---
## Diagnosis

Look:

```sh
df -h
```

See [the other](other.md#fix) and ![a picture](pictures/a.png).
"""
OTHER = "# Other\n\n## Fix\n\nBack to [disk](disk.md).\n"


@pytest.fixture
def books(tmp_path: Path) -> Path:
    folder = tmp_path / "books"
    (folder / "pictures").mkdir(parents=True)
    (folder / "disk.md").write_text(DISK, "utf-8")
    (folder / "other.md").write_text(OTHER, "utf-8")
    (folder / "pictures/a.png").write_bytes(b"\x89PNG not really")
    return folder


def make(books: Path, out: Path, verdicts: dict[str, Verdict] | None = None, **options: object) -> Report:
    files = sorted(file for file in books.rglob("*.md"))
    sources = [Source(str(file), str(file.relative_to(books.parent))) for file in files]
    return build(sources, Options(out, today="2026-02-01", **options), verdicts)  # type: ignore[arg-type]


def contents(out: Path) -> dict[str, bytes]:
    return {str(file.relative_to(out)): file.read_bytes() for file in sorted(out.rglob("*")) if file.is_file()}


def test_a_site_has_its_pages_and_what_leads_to_them(books: Path, tmp_path: Path) -> None:
    report = make(books, tmp_path / "site")

    assert (report.made, report.kept, report.removed, report.told) == (2, 0, 0, ())
    made = contents(tmp_path / "site")
    assert {"index.html", "by-alert.html", "by-owner.html", "reviews.html", "runbooks.json"} <= set(made)
    assert {"runbooks/disk.html", "runbooks/other.html", "alerts/DiskFull.html", "files/pictures/a.png"} <= set(made)
    assert b'href="other.html#fix"' in made["runbooks/disk.html"]
    assert b'src="../files/pictures/a.png" alt="a picture"' in made["runbooks/disk.html"]
    machine = json.loads(made["runbooks.json"])
    assert machine["alerts"] == {"DiskFull": "alerts/DiskFull.html"}
    assert [each["page"] for each in machine["runbooks"]] == ["runbooks/disk.html", "runbooks/other.html"]
    assert machine["runbooks"][0]["review_due"] == "2026-04-01"


def test_the_same_files_give_the_same_bytes_whoever_makes_them(books: Path, tmp_path: Path) -> None:
    for number in range(90):  # enough for more than one process
        (books / f"more-{number}.md").write_text(DISK.replace("Disk", f"Disk {number}"), "utf-8")
    make(books, tmp_path / "one", jobs=1)
    make(books, tmp_path / "two", jobs=2)

    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_only_what_changed_is_made_again(books: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    make(books, out)
    before = {file: (out / file).stat().st_mtime_ns for file in contents(out)}
    (books / "other.md").write_text(OTHER + "\nMore.\n", "utf-8")

    report = make(books, out)

    assert (report.made, report.kept) == (1, 1)
    touched = {file for file, when in before.items() if (out / file).stat().st_mtime_ns != when}
    assert touched == {"runbooks/other.html", ".runbook-site.json", "runbooks.json"}
    fresh = tmp_path / "fresh"
    make(books, fresh)
    assert contents(fresh) == contents(out)


def test_a_page_is_made_again_when_what_it_refers_to_comes_or_goes(books: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    make(books, out)
    (books / "other.md").unlink()
    (books / "pictures/a.png").unlink()

    report = make(books, out)

    assert (report.made, report.kept, report.removed) == (1, 0, 2)
    assert [one.message for one in report.told] == ["there is no a.png", "there is no other.md"]
    assert not (out / "runbooks/other.html").exists()
    assert not (out / "files").exists(), "nothing is left in it"
    assert make(books, out).told == report.told, "it is told until it is mended"


def test_a_picture_that_changed_is_copied_again(books: Path, tmp_path: Path) -> None:
    make(books, tmp_path / "site")
    (books / "pictures/a.png").write_bytes(b"another")

    assert make(books, tmp_path / "site").made == 0
    assert (tmp_path / "site/files/pictures/a.png").read_bytes() == b"another"


def test_another_title_another_verdict_or_another_day_makes_pages_again(books: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    make(books, out)
    finding = Finding("books/disk.md", "x", Group.STYLE, Severity.WARNING, "it could be better", Span(3, 1, 3, 2))

    assert make(books, out, title="Ours").made == 2
    assert make(books, out, {str(books / "disk.md"): Verdict(70, (finding,))}, title="Ours").made == 1
    page = (out / "runbooks/disk.html").read_text("utf-8")
    assert "70/100" in page
    assert "it could be better" in page
    sources = [Source(str(file), f"books/{file.name}") for file in sorted(books.glob("*.md"))]
    late = build(sources, Options(out, "Ours", today="2026-06-01"))
    assert late.made == 1, "it lost its verdict, and its review is overdue"
    assert "overdue since" in (out / "runbooks/disk.html").read_text("utf-8")


def test_a_page_that_somebody_removed_or_cut_is_made_again(books: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    make(books, out)
    (out / "runbooks/disk.html").unlink()
    (out / "runbooks/other.html").write_text("", "utf-8")

    assert make(books, out).made == 2


def test_a_folder_with_other_files_is_refused_and_they_survive(books: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    (out / "runbooks").mkdir(parents=True)
    (out / "runbooks/mine.html").write_text("mine", "utf-8")

    with pytest.raises(InputError, match="did not write"):
        make(books, out)
    make(books, out, force=True)
    (books / "disk.md").unlink()
    make(books, out)

    assert (out / "runbooks/mine.html").read_text("utf-8") == "mine"
    assert not (out / "runbooks/disk.html").exists()


def test_a_file_of_hers_in_our_folder_is_never_overwritten(books: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    make(books, out)
    (out / "runbooks/new.html").write_text("mine", "utf-8")
    (books / "new.md").write_text(OTHER, "utf-8")

    with pytest.raises(InputError, match="in the way"):
        make(books, out)
    assert (out / "runbooks/new.html").read_text("utf-8") == "mine"


def test_a_manifest_cannot_name_files_elsewhere(books: Path, tmp_path: Path) -> None:
    out, victim = tmp_path / "site", tmp_path / "victim"
    make(books, out)
    victim.write_text("x", "utf-8")
    manifest = json.loads((out / ".runbook-site.json").read_text("utf-8"))
    manifest["files"].append("../victim")
    (out / ".runbook-site.json").write_text(json.dumps(manifest), "utf-8")

    with pytest.raises(InputError, match="outside"):
        make(books, out)
    assert victim.exists()


def test_a_folder_that_is_a_link_is_not_written_through(books: Path, tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    make(books, out)
    elsewhere.mkdir()
    for file in (out / "alerts").iterdir():
        file.unlink()
    (out / "alerts").rmdir()
    (out / "alerts").symlink_to(elsewhere)

    with pytest.raises(InputError, match="link"):
        make(books, out)
    assert list(elsewhere.iterdir()) == []


def test_after_a_run_that_broke_off_the_folder_is_still_ours(
    books: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "site"

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    sources = [Source(str(file), f"books/{file.name}") for file in sorted(books.glob("*.md"))]
    with pytest.raises(KeyboardInterrupt):
        build(sources, Options(out, today="2026-02-01"), None, stop)

    assert make(books, out).made == 2
    fresh = tmp_path / "fresh"
    make(books, fresh)
    assert contents(fresh) == contents(out)


def test_what_cannot_be_read_gets_a_page_that_says_so(books: Path, tmp_path: Path) -> None:
    (books / "folder.md").mkdir()
    (books / "dangling.md").symlink_to(books / "nowhere")
    (books / "noise.md").write_bytes(bytes(range(256)) * 40)

    report = make(books, tmp_path / "site")

    assert {one.path for one in report.told if one.broken} == {"books/folder.md", "books/dangling.md"}
    assert "is a directory" in (tmp_path / "site/runbooks/folder.html").read_text("utf-8")
    assert "no such file" in (tmp_path / "site/runbooks/dangling.html").read_text("utf-8")
    assert "Broken" in (tmp_path / "site/reviews.html").read_text("utf-8")
    assert (tmp_path / "site/runbooks/noise.html").exists()
    assert make(books, tmp_path / "site").kept == 3, "the broken ones are tried again"


def test_a_private_file_is_not_taken_along(books: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("s", "utf-8")
    (books / ".env").write_text("s", "utf-8")
    (books / "link.txt").symlink_to(tmp_path / "secret.txt")
    (books / "run.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "utf-8")
    targets = ["../secret.txt", ".env", "link.txt", str(tmp_path / "secret.txt"), "run.svg", "../../../../etc/hosts"]
    (books / "take.md").write_text("# T\n\n" + "\n".join(f"[x]({t}) ![y]({t})\n" for t in targets), "utf-8")

    report = make(books, tmp_path / "site")

    assert len(report.told) == 2 * len(targets)
    assert {name for name in contents(tmp_path / "site") if name.startswith("files/")} == {"files/pictures/a.png"}
    assert os.path.lexists(books / "link.txt")
