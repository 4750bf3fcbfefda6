"""Blocks of code that are shown and never run, whatever shell they claim: told by their text alone."""

from __future__ import annotations

import re

from runbook_runner.regex import has_one, regex

_POWERSHELL = regex(
    r"^\s*(?:& [\"']|\$\w+ = New-Object\b|(?:Get|Set|New|Add|Remove|Start|Stop|Restart|Invoke|Test|Enable)-[A-Z]\w+ )",
    re.M,
)
_POWERSHELL_SIGNS = (
    *('& "', "& '", "New-Object"),
    *("Get-", "Set-", "New-", "Add-", "Remove-", "Start-", "Stop-", "Restart-", "Invoke-", "Test-", "Enable-"),
)
_SYNOPSIS = regex(
    r"(?:[\w./][\w./ <>-]* \[[\w().|/, -]+\](?:\.\.\.)?[ \t]*\n(?:[ \t]+\[?-.*\n|(?:#.*)?[ \t]*\n)*+)++", re.ASCII
)
"""What a program understands: `tool check [options]`, and its options below it."""
_USAGE = regex(r"[a-z][\w./ <>:=-]* \[(?:options|flags|arguments|args|OPTIONS|FLAGS)\](?:\.\.\.)?", re.ASCII)
"""The same in one line."""
_REMARKS = regex(r"(?:#.*\n|[ \t]*\n)*")
_TEMPLATE_SIGNS = ("<%", "{{", "{%", "<<")
_TEMPLATE = regex(r"<%=?.*?%>|\{\{[<%]|\{%|(?<=\s)<<[a-z]+>>(?=\s)", re.S)


def is_remarks(text: str) -> bool:
    """Tell whether each line of a text is a comment or blank, and one of them a comment."""
    if "# " not in text:
        return False
    for line in text.split("\n"):
        bare = line.lstrip()
        if bare and not bare.startswith("# "):
            return False
    return True


def holds_tag(text: str) -> bool:
    """Tell whether a template is filled in before anybody reads the text."""
    return has_one(text, _TEMPLATE_SIGNS) and _TEMPLATE.search(text) is not None


def is_powershell(text: str) -> bool:
    """Tell whether a line is PowerShell's."""
    return has_one(text, _POWERSHELL_SIGNS) and _POWERSHELL.search(text) is not None


def is_synopsis(text: str) -> bool:
    """Tell whether a text says what a program understands."""
    if "]" not in text:
        return False
    if _USAGE.fullmatch(text.strip()):
        return True
    return (
        re.search(r"\n[ \t]+\[?-", text) is not None
        and _SYNOPSIS.fullmatch(_REMARKS.sub("", text, 1).rstrip("\n") + "\n") is not None
    )
