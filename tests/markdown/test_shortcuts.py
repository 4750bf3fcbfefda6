"""The parser's shortcuts change nothing: its tokens are those of the library without them, texts joined."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from runbook_runner.markdown.parser import MAX_NESTING, parse

_PIECES = (
    (
        "a",
        "Word",
        " ",
        "  ",
        "\n",
        "\n\n",
        "\t",
        "    ",
        ".",
        ",",
        ":",
        "-",
        "- ",
        "* ",
        "+ ",
        "1. ",
        "2) ",
        "# ",
        "## ",
    ),
    (
        "> ",
        "```\n",
        "~~~ sh\n",
        "---\n",
        "===\n",
        "***\n",
        "| a | b |\n",
        "|---|:-:|\n",
        "`",
        "``",
        "*",
        "**",
        "_",
        "__",
    ),
    (
        "snake_case",
        "a__b",
        "~~",
        "[",
        "]",
        "(",
        ")",
        "![",
        "](",
        "](#a)",
        "](a.md)",
        "](a.md#b)",
        "](<a b>)",
        "](a(b)c)",
    ),
    ("](https://x.example/a?b=c&d=e#f)", "](https://X.example)", "](javascript:x)", "](//x)", '](a "t")', "[a]: b\n"),
    (
        "[a][a]",
        "[a](b)",
        "<https://x.example>",
        "<b>",
        "&amp;",
        "&",
        "\\",
        "\\*",
        "\\\n",
        "é",
        "磁",
        "\u00a0",
        "!",
        "!!",
        "#",
    ),
)
_TEXTS = st.lists(st.sampled_from([piece for pieces in _PIECES for piece in pieces]), max_size=40).map("".join)


@cache
def _plain() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING}).enable(["table", "strikethrough"])
    return parser.disable(["html_block", "html_inline"])


def joined(tokens: list[Token] | None) -> list[Any]:
    """Inlines, those of text that stand side by side in one, as the reader takes them; it asks for no levels."""
    found: list[Any] = []
    for each in tokens or []:
        kind = "text" if each.type == "text_special" else each.type
        if kind == "text" and found and found[-1][0] == "text":
            found[-1] = ("text", found[-1][1] + each.content)
        elif kind == "text":
            found.append(("text", each.content))
        else:
            found.append((kind, each.tag, each.content, each.info, each.markup, each.attrs, joined(each.children)))
    return [each for each in found if each != ("text", "")]


def seen(tokens: list[Token]) -> list[Any]:
    return [
        (
            each.type,
            each.tag,
            each.map,
            each.level,
            each.content,
            each.info,
            each.markup,
            each.attrs,
            joined(each.children),
        )
        for each in tokens
    ]


@given(_TEXTS)
@settings(max_examples=300, deadline=None)
@example("a  \nb   \n c")
@example("a_b_c _d_ e_")
@example("[a](b.md) [c](#d)")
@example("- a\n\n  b\n- c")
@example("[" * 70 + "a](b)")
@example("> " * 65 + "a")
def test_tokens_are_those_of_the_library(text: str) -> None:
    assume(":::" not in text and "!!!" not in text)  # admonitions, which the library does not know

    assert seen(parse(text)) == seen(_plain().parse(text))
