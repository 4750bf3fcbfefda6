"""The shapes that secrets have: cloud keys, tokens, and what stands behind a tool's option for a password."""

from __future__ import annotations

import re
from functools import cache

from msgspec import Struct


class Shape(Struct, frozen=True):
    """A rule: the pattern's group `v`, or all of it, is a secret if it passes the test."""

    label: str
    needles: tuple[str, ...]
    """Lower case; the pattern is tried only where one of them occurs."""
    source: str
    flags: int
    mixed: bool = False
    """Only if it has upper case, lower case and a digit."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return the rule, compiled when a needle first asks for it: most never do."""
        return _compiled(self.source, self.flags)


@cache
def _compiled(source: str, flags: int) -> re.Pattern[str]:
    return re.compile(source, flags)


def _shape(label: str, needles: str, pattern: str, flags: int = 0, *, mixed: bool = False) -> Shape:
    return Shape(label, tuple(needles.split()), pattern, flags | re.ASCII, mixed)


_I = re.IGNORECASE
SHAPES: tuple[Shape, ...] = (
    _shape("aws key", "akia asia abia acca", r"(?<![A-Za-z0-9])A(?:KI|SI|BI|CC)A[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _shape(
        "aws secret",
        "akia asia secret aws",
        r"(?:\bA[KS]IA[A-Z0-9]{16}|secret|\baws)[^\n]{0,60}?(?<![A-Za-z0-9/+])(?P<v>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])",
        _I,
        mixed=True,
    ),
    _shape("github token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{20,}+"),
    _shape("github token", "github_pat_", r"github_pat_[A-Za-z0-9_]{20,}+"),
    _shape(
        "gitlab token",
        "glpat- glptt- gldt- glrt- glcbt- glsoat- glft- glimt- glagent- gloas-",
        r"(?<![A-Za-z0-9])gl(?:pat|ptt|dt|rt|cbt|soat|ft|imt|agent|oas)-[\w-]{16,}+",
    ),
    _shape("slack token", "xox xapp-", r"(?<![A-Za-z0-9])(?:xox[abceoprs]|xapp)-[A-Za-z0-9-]{10,}+"),
    _shape("slack webhook", "hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows)/(?P<v>[A-Za-z0-9/_-]++)"),
    _shape(
        "stripe key", "k_live_ k_test_ whsec_", r"(?<![A-Za-z0-9])(?:[srp]k_(?:live|test)_|whsec_)[A-Za-z0-9+/]{10,}+"
    ),
    _shape("openai key", "sk-", r"(?<![A-Za-z0-9_-])sk-[\w-]{20,}+", mixed=True),
    _shape("google key", "aiza ya29.", r"(?<![A-Za-z0-9_-])(?:AIza[\w-]{35}(?![\w-])|ya29\.[\w.-]{20,}+)"),
    _shape(
        "token",
        "npm_ pypi- hvs. hvb. dop_v1_ dckr_pat_ hf_ sg. pul- nrak- dapi shpat_",
        r"(?<![A-Za-z0-9_-])(?:npm_[A-Za-z0-9]{30,}+|pypi-[\w-]{40,}+|hv[sb]\.[\w-]{20,}+|do[pro]_v1_[a-f0-9]{40,}+"
        r"|dckr_pat_[\w-]{20,}+|hf_[A-Za-z0-9]{30,}+|SG\.[\w-]{16,64}+\.[\w-]{16,}+|pul-[a-f0-9]{40}|NRAK-[A-Z0-9]{20,}+"
        r"|dapi[a-f0-9]{32}|shpat_[a-fA-F0-9]{32})",
    ),
    _shape(
        "private key",
        "ls0tls1crudjti",
        r"LS0tLS1CRUdJTi(?:BSU0EgUFJJVk|BQUklWQVRF|BFQyBQUklW|BPUEVOU1NI|BFTkNSWVBURUQgUFJJ|BEU0EgUFJJVk)[\w+/=]*+",
    ),
    _shape("password in URL", "://", r"://[^\s/@:\"'<>?#]{0,256}+:(?P<v>[^\s/\"'<>]{1,256})@"),
    _shape(
        "authorization",
        "authorization",
        r"authorization\\{0,3}[\"']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,3}[\"']?"
        r"(?:(?:bearer|basic|digest|token|negotiate|apikey|aws4-hmac-sha256)[ \t]+)?"
        r"(?P<v>[^\s\"'\\][^\n\"'\\]*+)",
        _I,
    ),
    _shape("bearer token", "bearer", r"\bbearer[ \t]{1,4}(?P<v>(?=[A-Za-z._~+/-]{0,512}[0-9])[\w.~+/-]{12,}+=*+)", _I),
    _shape(
        "cookie",
        "cookie",
        r"\b(?:set-)?cookie\\{0,3}[\"']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,3}[\"']?"
        r"(?P<v>[^\s\"'\\][^\n\"'\\]*+)",
        _I,
    ),
    _shape("cookie", "sessid sessionid", r"\b(?:J|PHP|ASP)SESSION?ID[ \t]{0,2}=[ \t]{0,2}(?P<v>[^\s;,\"']++)", _I),
    _shape(
        "password",
        "curl",
        r"\bcurl\b[^\n|;]{0,300}?[ \t](?:-u|--user)[ \t=]{0,2}[\"']?"
        r"[^\s:\"']{1,80}+:(?P<v>[^\s\"']++)",
    ),
    _shape(
        "password",
        "mysql mariadb",
        r"\b(?:mysql|mariadb)\w{0,12}+[^\n|;]{0,300}?[ \t]-p[\"']?"
        r"(?P<v>[^\s\"'-][^\s\"']*+)",
    ),
    _shape("password", "sshpass", r"\bsshpass[ \t]+-p[ \t]{0,3}[\"']?(?P<v>[^\s\"']++)"),
    _shape("password", "redis-cli", r"\bredis-cli\b[^\n|;]{0,300}?[ \t]-a[ \t]{0,3}[\"']?(?P<v>[^\s\"']++)"),
    _shape(
        "password",
        "login",
        r"\b(?:docker|podman|helm|oc|az)\b[^\n|;]{0,80}?\blogin\b[^\n|;]{0,300}?[ \t]-p[ \t]{1,3}[\"']?"
        r"(?P<v>[^\s\"']++)",
    ),
    _shape("password", "ldap", r"\bldap[a-z]{3,10}\b[^\n|;]{0,300}?[ \t]-w[ \t]{1,3}[\"']?(?P<v>[^\s\"']++)"),
    _shape("password", "pass:", r"(?<![\w-])-pass(?:in|out)?[ \t]{1,3}[\"']?pass:(?P<v>[^\s\"']++)"),
    _shape(
        "password", "smb", r"\bsmb[a-z]{3,10}\b[^\n|;]{0,300}?[ \t]-U[ \t]{0,3}[\"']?[^\s%\"']{1,80}+%(?P<v>[^\s\"']++)"
    ),
    _shape("password", "machine", r"\bmachine[ \t]+\S{1,80}[ \t]+login[ \t]+\S{1,80}[ \t]+password[ \t]+(?P<v>\S++)"),
    _shape("password", "identified password", r"\b(?:identified[ \t]+by|password)[ \t]+'(?P<v>[^'\n]{1,128})", _I),
    _shape(
        "password",
        "pass",
        r"\bpass(?:word|phrase|code)?[ \t]+is[ \t:=]{1,4}[\"']?(?P<v>(?=\S{0,64}[0-9])[^\s\"']{6,128})",
        _I,
    ),
    _shape(
        "signature", "sig= signature=", r"[?&](?:sig|x-amz-signature|x-goog-signature)=(?P<v>[^&\s\"']{16,512}+)", _I
    ),
)
