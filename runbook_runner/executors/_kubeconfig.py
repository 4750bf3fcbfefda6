"""Which cluster kubectl would speak to, from its own files, without asking anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_CURRENT = re.compile(r"^current-context:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)
_ENTRY = re.compile(r"^ {0,2}- (?:.*\n(?! {0,2}- |\S))*.*", re.MULTILINE)


def context(environment: Mapping[str, str]) -> str:
    """Return `context NAME, namespace NAME`; says so when no context is set.

    Read as text: a YAML library would cost more than the answer is worth, and kubectl writes these files itself.
    """
    home = environment.get("HOME", "")
    files = environment.get("KUBECONFIG") or (f"{home}/.kube/config" if home else "")
    texts = [text for file in files.split(":") if file and (text := _read(Path(file)))]
    name = next((found[1] for text in texts if (found := _CURRENT.search(text))), "")
    if not name:
        return "no kube context is set"
    return f"kube context {name}, namespace {_namespace(texts, name) or 'default'}"


def _namespace(texts: list[str], name: str) -> str:
    for text in texts:
        start = text.find("\ncontexts:")
        for entry in _ENTRY.findall(text[start:] if start >= 0 else ""):
            if re.search(rf"name:[ \t]*[\"']?{re.escape(name)}[\"']?[ \t]*$", entry, re.MULTILINE):
                found = re.search(r"namespace:[ \t]*[\"']?([^\s\"'#]+)", entry)
                return found[1] if found else ""
    return ""


def _read(file: Path) -> str:
    try:
        return "\n" + file.read_text("utf-8", "replace")[:1_000_000]
    except OSError:
        return ""
