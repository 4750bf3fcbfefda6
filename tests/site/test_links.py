"""Where links lead: to pages, copied files, the outside, or nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_runner.site import paths
from runbook_runner.site.links import Kind, Links


@pytest.fixture
def links(tmp_path: Path) -> Links:
    for name in ("a/disk.md", "a/two words.md", "b/deep/net.md", "b/_index.md", "a/plain.txt", "a/not-ours.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", "utf-8")
    files = [str(tmp_path / name) for name in ("a/disk.md", "a/two words.md", "b/deep/net.md", "b/_index.md")]
    return Links(files[0], "runbooks/a/disk.html", paths.pages(files, str(tmp_path)), (str(tmp_path),))


@pytest.mark.parametrize(
    ("target", "kind", "href"),
    [
        ("../b/deep/net.md", Kind.PAGE, "../b/deep/net.html"),
        ("../b/deep/net.md#fix-it", Kind.PAGE, "../b/deep/net.html#fix-it"),
        ("../b/deep/net.html#fix-it", Kind.PAGE, "../b/deep/net.html#fix-it"),
        ("../b/deep/net", Kind.PAGE, "../b/deep/net.html"),
        ("/b/deep/net.html", Kind.PAGE, "../b/deep/net.html"),
        ("../b/", Kind.PAGE, "../b/_index.html"),
        ("two%20words.md", Kind.PAGE, "two%20words.html"),
        ("plain.txt", Kind.FILE, "../../files/a/plain.txt"),
        ("not-ours.md", Kind.BEYOND, ""),
        ("gone.md", Kind.MISSING, ""),
        ("", Kind.MISSING, ""),
        ("#here", Kind.ANCHOR, "#here"),
        ("https://x.example/?a=1#b", Kind.OUTSIDE, "https://x.example/?a=1#b"),
        ("HTTPS://x.example", Kind.OUTSIDE, "HTTPS://x.example"),
        ("//x.example/y", Kind.OUTSIDE, "https://x.example/y"),
        ("mailto:a@b.example", Kind.OUTSIDE, "mailto:a@b.example"),
        ("javascript:alert(1)", Kind.UNSAFE, ""),
        ("JaVaScRiPt:alert(1)", Kind.UNSAFE, ""),
        (" javascript:alert(1)", Kind.UNSAFE, ""),
        ("data:text/html,x", Kind.UNSAFE, ""),
        ("file:///etc/passwd", Kind.UNSAFE, ""),
        ("vbscript:x", Kind.UNSAFE, ""),
        ("java\tscript:x", Kind.MISSING, ""),
        ("a" * 2000, Kind.UNSAFE, ""),
        ("%00", Kind.UNSAFE, ""),
    ],
)
def test_targets(links: Links, target: str, kind: Kind, href: str) -> None:
    where = links.resolve(target)

    assert (where.kind, where.href) == (kind, href)


def test_names_of_pages_are_unique_and_say_where_they_come_from() -> None:
    found = paths.pages(["/r/a/x.md", "/r/a/x.markdown", "/r/X.md", "/r/y?#.md"], "/r")

    assert found["/r/a/x.md"] != found["/r/a/x.markdown"]
    assert len({page.casefold() for page in found.values()}) == 4
    assert paths.href(found["/r/y?#.md"], "index.html") == "runbooks/y%3F%23.html"
    assert paths.href("runbooks/a:b.html", "runbooks/c.html") == "a%3Ab.html"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "", ".", "..", "a/b", "CON", "index", "x" * 300, "é", "a\0b", "<b>"]
)
def test_the_page_of_an_alert_has_a_safe_name(name: str) -> None:
    page = paths.alert_pages([name, "Plain", "plain"])

    assert page["Plain"] == "alerts/Plain.html"
    assert len({each.casefold() for each in page.values()}) == len(page)
    stem = page[name].removeprefix("alerts/").removesuffix(".html")
    assert stem.isascii()
    assert 0 < len(stem) <= 100
    assert not set(stem) & set('/\\:*?"<>|\0 ')
    assert stem not in {".", "..", "index", "CON"}
