"""Values that somebody might send to be executed, and others that merely break things."""

from __future__ import annotations

import random

from hypothesis import strategies as st

FRAGMENTS = [
    '$(touch X)', '`touch X`', '; touch X', '| touch X', '&& touch X', '\ntouch X\n', '\r\nX-Evil: 1\r\n\r\n',
    '%0d%0aX: 1', "'", '"', '\\', "\\'", '\\"', '\\\\', "''", '""', "' OR '1'='1", '"} or vector(1) or up{x="', '`',
    '``', '\\u0022', '{{X}}', '${X}', '$X', '<x y>', '$window', '{{', '}}', '${', '$__interval', '[[x]]', '%(x)s',
    '{0}', '-rf', '--', '--help', '@/etc/passwd', '< ./file', '> {% %}', '### x', '# x', '// x',
    '\n###\nDELETE http://x/\n', '..', '.', '../../etc/passwd', '..%2f..%2f', '%2e%2e', '/', '//evil.example/',
    '\\\\evil', '?', '#', '&a=b', 'a=b&c=d', 'http://evil.example/', 'https://evil.example', '@evil.example', 'a@b',
    ':80', 'evil.example:1', '[::1]', '%00', '\x00', 'HTTP/1.1', ' HTTP/1.1\r\nHost: evil', '\r', '\n', '\t', '\x0b',
    '\x1b[2J', '\x7f', '\x85', '\u2028', '\ufeff', '\ud800', '", "admin": true, "x": "', '], [', '},{', 'null',
    'true', '1e400', '-0', '0x10', 'NaN', 'Infinity', '1,2', '01', '.*', '.+|.*', 'a|b', '(', ')', '[', ']', '^$',
    '(?i)x', '\\d', '\\', 'x{1,}', '*', '+', '?', '}', '{', '|', '5m', '5m] or up[5m', '5m:1m', '1h offset 1d', '0s',
    '-5m', '5', '99999999999999999999d', '5M', '1h30m', '5m ', ' 5m', 'up', 'up or vector(1)', 'sum', 'by', 'on',
    'bool', 'and', 'inf', 'nan', 'up{', 'up)', 'up # x', 'job:rate5m', '1up', 'a-b', 'é', '猫', '\U0001f600', '\uff41',
    '\u202e', '', ' ', '  a  ', "a" * 5000, '\ue000', '\ue001x', '&lt;', '<script>', ']]>',
]  # fmt: skip


def values(count: int, seed: int = 1) -> list[str]:
    """Return all fragments, and mixtures of them."""
    chance = random.Random(seed)
    mixed = ["".join(chance.choices(FRAGMENTS, k=chance.randint(2, 4))) for _ in range(count)]
    return [*FRAGMENTS, *mixed][: max(count, len(FRAGMENTS))]


ANY = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="\"'`\\{}[]()$&?#%/:;,.|<>=~!@ \n\r\t\0ab5m", max_size=20),
    st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=4).map("".join),
)
