"""Which cluster kubectl would speak to, from its own files, without asking anybody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from runbook_runner.regex import regex

_CURRENT = regex(r"^current-context:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)
_ENTRY = regex(r"^ {0,2}- (?:.*\n(?! {0,2}- |\S))*.*", re.MULTILINE)
_FLOW = regex(r"\A\s*\{|(?:^|[:-])[ \t]+[{\[]\s*[^\s\]}]", re.MULTILINE)
"""JSON, or a mapping or list on one line: never written by kubectl, and read by it."""


_CLIENTS = frozenset({"kubectl", "oc", "k", "helm", "kubecolor", "stern", "velero", "flux", "argocd"})
_WRAPPERS = frozenset({"sudo", "doas", "env", "time", "timeout", "xargs", "nohup", "nice", "watch", "exec", "command"})
_NAMESPACE = ("-n", "--namespace")
_CONTEXT = ("--context", "--kube-context", "--kubecontext")
_EVERYWHERE = frozenset({"-A", "--all-namespaces", "--all-namespaces=true"})
_VARIABLE = regex(r"\$(?:\{(\w+)\}|(\w+))")
_MOST = 3


def reached(commands: Iterable[Sequence[str]], environment: Mapping[str, str]) -> str:
    """Return where the clients among some commands would act, by their own flags first; empty when there are none.

    `commands` are words as written; variables in them are looked up in `environment`.
    """
    found: dict[str, None] = {}
    for words in commands:
        place = client_at(words)
        if place is None:
            continue
        flags = place_flags(words[place + 1 :])
        given = {name: value_of(text, environment) for name, text in flags.items()}
        files = {"KUBECONFIG": given["file"]} if "file" in given else {}
        found[context({**environment, **files}, given.get("context", ""), given.get("namespace", ""))] = None
    several = list(found)
    more = f" and {len(several) - _MOST} more" if len(several) > _MOST else ""
    return "; ".join(several[:_MOST]) + more


def context(environment: Mapping[str, str], name: str = "", namespace: str = "") -> str:
    """Return `context NAME, namespace NAME`, of which a command may name either; says so when no context is set.

    Read as text: a YAML library would cost more than the answer is worth, and kubectl writes these files itself.
    """
    name, own = current(files_of(environment), name)
    if not name:
        return "no kube context is set" + (f", {_named(namespace)}" if namespace else "")
    return f"kube context {name}, {_named(namespace or own or 'default')}"


def files_of(environment: Mapping[str, str]) -> str:
    """Return kubectl's own files as KUBECONFIG names them, or the one that it reads where that is not set."""
    home = environment.get("HOME", "")
    return environment.get("KUBECONFIG") or (f"{home}/.kube/config" if home else "")


def current(files: str, name: str = "") -> tuple[str, str]:
    """Return the context that some files set, or that of a name, and its namespace; empty where there is none."""
    texts = [text for file in files.split(":") if file and (text := _read(Path(file)))]
    if any(_FLOW.search(text) for text in texts):
        return _parsed(texts, name)
    name = name or next((found[1] for text in texts if (found := _CURRENT.search(text))), "")
    return name, (_namespace(texts, name) if name else "")


def uses_client(tools: Iterable[str]) -> bool:
    """Say whether one of the programs speaks to a cluster."""
    return not _CLIENTS.isdisjoint(tools)


def client_at(words: Sequence[str]) -> int | None:
    """Return where a client stands in a command: in front, or behind what runs it on this machine."""
    if words[0].rpartition("/")[2] in _CLIENTS:
        return 0
    if words[0] not in _WRAPPERS or words[:2] in (("command", "-v"), ("command", "-V")):
        return None
    behind = (place for place, word in enumerate(words) if len(word) > 1 and word.rpartition("/")[2] in _CLIENTS)
    return next(behind, None)


def _named(namespace: str) -> str:
    return "all namespaces" if namespace in _EVERYWHERE else f"namespace {namespace}"


def place_flags(words: Sequence[str]) -> dict[str, str]:
    """Return what a client's own flags name, as written; after `--` comes what another program reads."""
    found: dict[str, str] = {}
    for place, word in enumerate(words):
        if word == "--":
            break
        flag, equals, value = word.partition("=")
        following = value if equals else (words[place + 1] if place + 1 < len(words) else "")
        if word in _EVERYWHERE:
            found["namespace"] = word
        elif flag in _NAMESPACE:
            found["namespace"] = following
        elif flag in _CONTEXT:
            found["context"] = following
        elif flag == "--kubeconfig":
            found["file"] = following
        elif word.startswith("-n") and word != "-n" and not word.startswith("--"):
            found["namespace"] = word[2:]
    return found


def value_of(text: str, environment: Mapping[str, str]) -> str:
    """Return a word with the values of its variables; what has none stays as written, and so does a command in it."""
    if "$" not in text or "$(" in text or "`" in text:
        return text
    return _VARIABLE.sub(lambda found: environment.get(found[1] or found[2]) or found[0], text).replace('"', "")


def entry(files: str, name: str) -> str:
    """Return the text that says what a context of that name is; empty where there is none."""
    return _entry([text for file in files.split(":") if file and (text := _read(Path(file)))], name)


def _namespace(texts: list[str], name: str) -> str:
    found = re.search(r"namespace:[ \t]*[\"']?([^\s\"'#]+)", _entry(texts, name))
    return found[1] if found else ""


def _parsed(texts: list[str], name: str) -> tuple[str, str]:
    """Return the same as `current` of files that tools of other people wrote; what cannot be read says nothing."""
    import yaml

    whole: list[Mapping[str, Any]] = []
    for text in texts:
        try:
            found = yaml.safe_load(text)
        except yaml.YAMLError:
            continue
        whole += [found] if isinstance(found, dict) else []
    name = name or next((str(each["current-context"]) for each in whole if each.get("current-context")), "")
    for each in whole:
        there = each.get("contexts")
        for one in there if isinstance(there, list) else ():
            if isinstance(one, dict) and one.get("name") == name and isinstance(one.get("context"), dict):
                return name, str(one["context"].get("namespace") or "")
    return name, ""


def _entry(texts: list[str], name: str) -> str:
    for text in texts:
        start = text.find("\ncontexts:")
        for each in _ENTRY.findall(text[start:] if start >= 0 else ""):
            if re.search(rf"name:[ \t]*[\"']?{re.escape(name)}[\"']?[ \t]*$", each, re.MULTILINE):
                return str(each)
    return ""


def _read(file: Path) -> str:
    try:
        return "\n" + file.read_text("utf-8", "replace")[:1_000_000]
    except OSError:
        return ""
