"""One defect of each kind planted in whole runbooks that have none: each is found, and nothing else is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.lint._rule import Rule
from runbook_runner.markdown import read
from runbook_runner.model.finding import Group
from runbook_runner.model.graph import build
from runbook_runner.ports.lint import Document
from tests.lint.test_rules import encode

_RUNBOOKS = sorted((Path(__file__).parents[2] / "runbooks").glob("*.md"))
_RULES = [rule for rule in registry.rules() if isinstance(rule, Rule) and rule.group is Group.CORRECTNESS]
_ELSEWHERE = {"empty-file"}
"""What a whole runbook cannot have."""
_WITH_PASSWORD = '"postgresql://oncall:s3sam3@db.example/x"'
_KEY = "AK⟦49⟧AQ3ZV7KDM2PXW5RTB"

FACTS = {
    "front-matter": "reviewed: {date: yesterday}",
    "near-miss-key": "escalaton: []",
    "duplicate-key": "planted: 1\nplanted: 2",
    "refused-parameter": None,
    "secret-in-target": f"targets: {{db: {_WITH_PASSWORD}}}",
}
"""Lines for the front matter; None: see below."""

SECTIONS = {
    "bad-attribute": "```sh {timeout=soon}\nuptime\n```",
    "bad-duration": "1. Look once more.\n\n   - After 5 mintues, escalate.\n   - Otherwise, resolved.",
    "bad-predicate": "```sh\nuptime\n```\n\nExpected: `exit_code = 0`",
    "branch-never-taken": "```sh\nuptime\n```\n\n- If `exit_code > 1`, escalate.\n- If `exit_code > 3`, resolved.",
    "broken-list": "1. Look at it:\n\n```sh\nuptime\n```\n\n2. Look again.",
    "duplicate-anchor": "1. Look at it.\n\n## More of it {#planted}\n\n1. Look again.",
    "duplicate-id": "```sh {id=twice}\nuptime\n```\n\nAgain:\n\n```sh {id=twice}\nuptime\n```",
    "effect-contradiction": "```sh {effect=read}\nkubectl delete pod web-0\n```",
    "encoding": "A byte ⟦e9⟧ that is no character.",
    "endless-loop": "1. Look at it.\n2. Look again.\n\n   - If it hangs, go to step 1.\n   - Otherwise, go to step 2.",
    "endless-polling": "```sh {every=15s}\nuptime\n```",
    "guard-always-holds": "```sh\nuptime\n```\n\nExpected: `exit_code >= 0`",
    "guard-never-holds": "```sh\nuptime\n```\n\nExpected: `exit_code == 1 && exit_code == 2`",
    "http-syntax": "```http\nGET https://api.example/orders\n{{token}}\n```",
    "inside-another-shell": "```sh\nssh db-1\nuptime\n```",
    "long-line": "⟦x×25000⟧",
    "misplaced-fence": "1. Look at it:\n\n   ```sh\n   uptime\n```\n\nThat is all.\n\n```sh\nuptime\n```",
    "nul": "A ⟦00⟧ in it.",
    "odd-dash": "```sh\nps –ef\n```",
    "odd-space": "```sh\nps\u00a0-ef\n```",
    "placeholder-in-document": "```sh\ncat <<'EOF'\n<region>\nEOF\n```",
    "placeholder-place": '```sh\necho "$<region>x"\n```',
    "promql-place": "```promql {target=prometheus}\nrate(up[$__interval])\n```",
    "promql-syntax": "```promql\nsum(rate(up[5m]) by (job)\n```",
    "secret": f"```sh\nexport AWS_ACCESS_KEY_ID={_KEY}\n```",
    "shell-syntax": "```sh\nps -ef | awk '{print $1}\n```",
    "smart-quote": "```sh\ngrep “a b” /etc/hosts\n```",
    "psql-command": "```sql {target=orders}\n\\d+ jobs\n```",
    "sql-placeholder": "```sql {target=orders}\nSELECT * FROM jobs WHERE id = <id>;\n```",
    "kubernetes-fence": "```kubernetes\nget: pods\nnamepsace: shop\n```",
    "sql-syntax": "```sql\nSELECT pid FROM pg_stat_activity WHER state = 'idle';\n```",
    "timer-too-short": "```sh {timeout=10m}\nuptime\n```\n\n- After 5m, escalate.",
    "too-large": "```sh\n" + "ls " + "$(ls " * 130 + ")" * 130 + "\n```",
    "unclosed-fence": "```sh\nuptime\n",
    "uncovered-range": "```sh\ndf\n```\n\n- If `int(stdout) < 80`, resolved.\n- If `int(stdout) > 90`, escalate.",
    "unknown-attribute": "```sh {timout=5s}\nuptime\n```",
    "unknown-contact": "1. Look.\n\n   - If it hangs, escalate to `no-such-team`.",
    "unknown-name": "```sh\nuptime\n```\n\nExpected: `exitcode == 0`",
    "unknown-target": "```sql {target=nowhere}\nselect 1;\n```",
    "unreachable-step": "1. Look.\n\n   - If it hangs, resolved.\n   - Otherwise, go to [a](#planted).\n\n2. Look on.",
    "unsafe-parameter": '```sh\nssh db-1 "ls /srv/<tenant>"\n```',
    "unset-variable": '```sh\necho "$planted"\n```\n\nThen:\n\n```sh\nplanted=1\n```',
    "wrong-evidence": "```sh\nuptime\n```\n\nExpected: `size(rows) == 0`",
}


def _planted(code: str, text: str) -> str:
    head, _, rest = text.removeprefix("---\n").partition("\n---\n")
    if code in FACTS:
        extra = FACTS[code]
        if extra is None:
            return f"---\n{head.replace('parameters:', 'parameters:' + chr(10) + '  PATH: /opt', 1)}\n---\n{rest}"
        key = extra.partition(":")[0]
        if key == "targets":  # whatever the runbook names is declared, each with the secret
            names = list(dict.fromkeys(re.findall(r"\btarget=(\w+)", rest))) or ["db"]
            extra = "targets: {" + ", ".join(f"{name}: {_WITH_PASSWORD}" for name in names) + "}"
        head = re.sub(rf"^{key}:.*(?:\n +.*)*\n", "", head + "\n", flags=re.MULTILINE).rstrip("\n")
        lines = head.split("\n")
        return "---\n" + "\n".join([*lines, extra]) + f"\n---\n{rest}"
    if code == "unknown-target" and "\ntargets:" not in head:
        head += "\ntargets: {db: postgresql://db.example/x}"
    section = SECTIONS[code]
    if names := re.findall(r"^targets: *\[?(?:\n +)?(\w+)", head, re.MULTILINE):
        section = re.sub(r"target=(?!nowhere)\w+", f"target={names[0]}", section)
    # A section of its own, somewhere in the middle, that nothing else leads into or out of.
    parts = rest.split("\n## ")
    place = len(parts) if code in ("unclosed-fence", "endless-loop") else len(parts) // 2
    parts.insert(place, f"Planted\n\n{section}\n")
    return f"---\n{head}\n---\n" + "\n## ".join(parts)


def _found(text: str) -> set[str]:
    runbook = read(encode(text), "docs/case.md", registry.executor)
    document = Document(runbook, build(runbook), tuple(runbook.source.split("\n")))
    return {defect.code for rule in _RULES for defect in rule.check(document)}


def test_there_is_one_for_each_rule() -> None:
    assert {rule.code for rule in _RULES} - _ELSEWHERE == set(SECTIONS) | set(FACTS)


@pytest.mark.parametrize("file", _RUNBOOKS, ids=lambda file: file.stem)
def test_there_is_nothing_wrong_before(file: Path) -> None:
    assert _found(file.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize("code", sorted(set(SECTIONS) | set(FACTS)))
@pytest.mark.parametrize("file", _RUNBOOKS, ids=lambda file: file.stem)
def test_what_was_planted_is_found(file: Path, code: str) -> None:
    text = file.read_text(encoding="utf-8")
    if code == "refused-parameter" and "\nparameters:" not in text:
        pytest.skip("this runbook has no parameters")

    assert _found(_planted(code, text)) == {code}
