"""The context that a run began with, kept for it: what somebody else switches meanwhile redirects nothing here."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from runbook_runner.errors import InputError
from runbook_runner.executors._kubeconfig import current, entry, files_of
from runbook_runner.ports import Lent, Place
from runbook_runner.regex import regex

_FIELD = regex(r"^[ \t]*(?:- )?[ \t]*(cluster|user):[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)


def pinned(place: Place) -> Lent | None:
    """Return a KUBECONFIG whose first file, of this run alone, names context and namespace; None where none is set.

    Clusters and credentials stay in her own files behind it, so that nothing secret is copied and what is renewed
    there is seen. kubectl takes the context from the first file, and `use-context` in a step writes there.
    """
    settings = place.where.target.settings if place.where.target is not None else {}
    given = str(settings.get("kubeconfig") or "")
    files = str(Path(given).expanduser()) if given else files_of(place.where.environment)
    name, namespace = current(files, str(settings.get("context") or ""))
    namespace = str(settings.get("namespace") or namespace or "default")
    folder = place.private / "lent"
    file = folder / "kubeconfig"
    if not name or ":" in str(file):
        return None
    if file.exists():  # of a run that is taken up again
        name, namespace = current(str(file))
    else:
        parts = _parts(files, name)
        if parts is None:
            return None
        folder.mkdir(mode=0o700, exist_ok=True)
        _write(file, name, namespace, *parts)
    return Lent({"KUBECONFIG": f"{file}:{files}"}, f"kube context {name}, namespace {namespace or 'default'}")


def _parts(files: str, name: str) -> tuple[str, str] | None:
    """Return cluster and user of a context: from the text as kubectl writes it, else as the client reads it."""
    found = dict(_FIELD.findall(entry(files, name)))
    if "cluster" not in found:
        from runbook_runner.executors._kubernetes_client import contexts

        try:
            found = {key: str(value) for key, value in contexts(files).get(name, {}).items()}
        except InputError:
            return None
    return (found["cluster"], found.get("user", "")) if "cluster" in found else None


def _write(file: Path, name: str, namespace: str, cluster: str, user: str) -> None:
    quoted = [json.dumps(each) for each in (cluster, namespace, user, name)]
    lines = ["apiVersion: v1", "kind: Config", f"current-context: {quoted[3]}", "contexts:", "- context:"]
    lines += [f"    cluster: {quoted[0]}", f"    namespace: {quoted[1]}"]
    lines += [f"    user: {quoted[2]}"] if user else []
    lines += [f"  name: {quoted[3]}", ""]
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write("\n".join(lines))
