"""The parser's shortcuts change nothing: its tokens and inlines are those of the library without them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from runbook_runner.markdown.inlines import Places, convert, of_tokens
from runbook_runner.markdown.parser import MAX_NESTING, parse
from runbook_runner.model.prose import Break, CodeSpan, Emphasis, Image, Inline, Link, Text

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
        "`a`",
        "[`a`](b.md)",
        "[`a]`](b)",
        "~",
        "~~a~~",
        "<a@b.c>",
        "<%",
        "&#",
        "` b `",
        "**a**",
        "**a b:**",
        "[a b](c.md)",
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


def bare(inlines: Iterable[Inline]) -> list[Any]:
    """Inlines without their places, which the library does not know."""
    found: list[Any] = []
    for each in inlines:
        match each:
            case Text(text) | CodeSpan(text):
                found.append((type(each), text))
            case Link(target, children, _, title):
                found.append((Link, target, title, bare(children)))
            case Emphasis(kind, children):
                found.append((kind, bare(children)))
            case Image(target, alt):
                found.append((Image, target, alt))
            case Break(hard):
                found.append((Break, hard))
    return found


def seen(tokens: list[Token], inlines: Callable[[Token], tuple[Inline, ...]]) -> list[Any]:
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
            bare(inlines(each)),
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
@example("a `b` **c** d **e:** [f](g) **h**, **i**j **k.** l\n`m``n` o!")
@example("**a.**b **c** d**")
@example("**a****a**")
@example("[`a`](b) [`c]`](d) [` e `](f.md#g) ![`h`](i) [`j``k`](l)")
@example("~a ~~b~~ ~~~c~~~ d~ e & f &amp; &#35; <% g %> <a@b.c> <x:y> < z <%a@b.c>")
@example("a! [b](c) ![d](e) a![f](g)")
def test_tokens_are_those_of_the_library(text: str) -> None:
    assume(":::" not in text and "!!!" not in text)  # admonitions, which the library does not know

    tokens, environment = parse(text)

    def ours(token: Token) -> tuple[Inline, ...]:
        return convert(token.content, _places(token), environment) if token.type == "inline" else ()

    def theirs(token: Token) -> tuple[Inline, ...]:
        return of_tokens(token.children or [], _places(token))

    assert seen(_whole(tokens), ours) == seen(_plain().parse(text), theirs)


def _whole(tokens: list[Token]) -> list[Token]:
    """Write out paragraphs, for which the reader has a token of their own."""
    found: list[Token] = []
    for each in tokens:
        if each.type == "paragraph":
            opening, closing = Token("paragraph_open", "p", 1), Token("paragraph_close", "p", -1)
            inline = Token("inline", "", 0, content=each.content, map=each.map)
            opening.map = each.map
            opening.level, inline.level, closing.level = each.level, each.level + 1, each.level
            found += [opening, inline, closing]
        else:
            found.append(each)
    return found


def _places(token: Token) -> Places:
    return Places((), token.content, 0)
