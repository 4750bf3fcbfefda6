"""Scenarios: the real walk, with made-up systems, a made-up engineer and made-up time."""

from __future__ import annotations

from pathlib import Path

from tests.rehearsal.play import play

DISK = """\
---
escalation:
  - {after: 10m, to: storage}
  - {after: 30m, to: lead}
---
# Disk

## Diagnosis

```sh {id=measure timeout=20s}
df --output=pcent /var
```

- If `int(stdout) > 90`, go to [Mitigation](#mitigation).
- If the owner is known, escalate to `lead`.
- Otherwise, resolved.

## Mitigation

```sh {id=clean timeout=1m}
rm -rf /var/tmp/old
```

Rollback: none.

## Verify

```sh {id=again timeout=20s every=30s}
df --output=pcent /var
```

Expected: `int(stdout) < 80`

- If `int(stdout) < 80`, resolved.
- After 5m, escalate to `storage`.
"""


def test_evidence_chooses_the_way_and_the_change_is_run() -> None:
    seen = play(DISK, "  - name: a\n    commands: {measure: '97', clean: '', again: '40'}\n")

    assert seen.stuck == ""
    assert seen.path == ("measure", "clean", "again")
    assert seen.branches == (("measure", "clean", "97 > 90"), ("again", "resolved", "40 < 80"))
    assert seen.changed == ("clean",)
    assert seen.outcome == "resolved"


def test_polling_takes_simulated_time_only_until_it_is_met() -> None:
    seen = play(DISK, "  - name: a\n    commands: {measure: '97', clean: '', again: ['85', '84', '79']}\n")

    assert seen.outcome == "resolved"
    assert 60 < seen.seconds < 62


def test_a_timer_is_taken_when_its_time_has_come_and_somebody_is_called() -> None:
    seen = play(DISK, "  - name: a\n    commands: {measure: '97', clean: '', again: '85'}\n")

    assert seen.branches[-1][:2] == ("again", "escalate to storage")
    assert [(to, int(at / 60)) for to, at in seen.called] == [("storage", 5)]
    assert seen.outcome == "escalated"


def test_the_ladder_is_climbed_from_the_time_of_the_page() -> None:
    text = "  - name: a\n    paged: 8m\n    reach: {storage: no answer}\n"
    seen = play(DISK, text + "    commands: {measure: '97', clean: '', again: '85'}\n")

    # The first rung falls due 10 minutes after the page, 2 into the walk; nobody answers, so the next is called.
    assert [(to, int(at / 60)) for to, at in seen.called][:2] == [("storage", 10), ("lead", 10)]


def test_all_who_are_due_at_the_start_are_called_one_after_the_other() -> None:
    seen = play(DISK, "  - name: a\n    paged: 31m\n    commands: {measure: '50'}\n    answers: {measure: resolved}\n")

    assert [(to, int(at / 60)) for to, at in seen.called] == [("storage", 31), ("lead", 31)]


def test_whoever_was_called_is_not_called_again_when_it_falls_due() -> None:
    early = DISK.replace("After 5m, escalate to `storage`", "After 40m, escalate to `storage`")
    text = "  - name: a\n    paged: 8m\n    reach: {storage: no answer}\n"
    seen = play(early, text + "    commands: {measure: '97', clean: '', again: '85'}\n")

    # At 30 minutes `lead` would be due, who knows already.
    calls = [("storage", 10), ("lead", 10), ("storage", 48), ("lead", 48)]
    assert [(to, int(at / 60)) for to, at in seen.called] == calls


def test_a_question_without_an_answer_stops_the_walk_by_name() -> None:
    seen = play(DISK, "  - name: a\n    commands: {measure: '50'}\n")

    assert seen.stuck.splitlines() == [
        "nothing says which way on from `measure`; it offers:",
        "  Mitigation",
        "  escalate to lead, if the owner is known",
        "  resolved, otherwise",
    ]


def test_a_common_answer_counts_where_the_evidence_decides_nothing() -> None:
    common = (
        "common:\n  commands: {measure: '97', clean: '', again: '40'}\n  answers: {measure: resolved}\nscenarios:\n"
        "  - name: a\n"
    )

    assert play(DISK, common).path == ("measure", "clean", "again")
    assert play(DISK, common + "    commands: {measure: '50'}\n").path == ("measure",)
    assert play(DISK, common + "    answers: {measure: {take: resolved, anyway: true}}\n").path == ("measure",)


def test_an_answer_against_the_evidence_is_meant_or_is_a_mistake() -> None:
    text = "  - name: a\n    commands: {measure: '97', clean: '', again: '40'}\n    answers: {measure: resolved}\n"
    seen = play(DISK, text)

    assert seen.stuck.startswith("at `measure` the evidence chooses: Mitigation; `{take: resolved, anyway: true}`")
    assert play(DISK, text.replace("measure: resolved", "measure: mitigation")).stuck == ""


def test_an_answer_takes_the_branch_that_it_names() -> None:
    seen = play(DISK, "  - name: a\n    commands: {measure: '50'}\n    answers: {measure: resolved}\n")

    assert (seen.stuck, seen.outcome) == ("", "resolved")


def test_an_answer_that_does_not_fit_is_told() -> None:
    seen = play(DISK, "  - name: a\n    commands: {measure: '50'}\n    answers: {measure: elsewhere}\n")

    assert seen.stuck.startswith("`measure` does not lead to 'elsewhere' now")


def test_a_command_without_a_reply_fails_by_name() -> None:
    seen = play(DISK, "  - name: a\n    commands: {measure: '97'}\n")

    assert seen.stuck == "no answer is given for the command of `clean`: rm -rf /var/tmp/old"
    assert seen.changed == ("clean",)


def test_a_command_that_hangs_runs_into_its_timeout() -> None:
    text = "  - name: a\n    commands: {measure: hangs}\n    answers: {measure: [{expected: no}, {take: resolved}]}\n"
    seen = play(DISK, text)

    assert (seen.stuck, seen.outcome) == ("", "resolved")
    assert seen.seconds == 20


def test_a_file_beside_the_scenario_is_what_a_command_prints(tmp_path: Path) -> None:
    (tmp_path / "full.txt").write_text("99\n")
    text = "  - name: a\n    commands: {measure: {file: full.txt}, clean: '', again: '1'}\n"

    assert play(DISK, text, tmp_path).path == ("measure", "clean", "again")
    assert "cannot be read" in play(DISK, text.replace("full", "none"), tmp_path).stuck


def test_what_is_common_holds_unless_a_scenario_says_otherwise() -> None:
    common = "common:\n  commands: {measure: '97', clean: '', again: '40'}\nscenarios:\n  - name: a\n"

    assert play(DISK, common).path == ("measure", "clean", "again")
    own = common + "    commands: {measure: '50'}\n    answers: {measure: resolved}\n"
    assert play(DISK, own).path == ("measure",)


def test_a_recurrence_is_seen_in_what_was_earlier() -> None:
    book = (
        "## Diagnosis\n\n```sh {id=look}\nuptime\n```\n\n- If it recurs within 10m, escalate.\n- Otherwise, resolved.\n"
    )

    assert play(book, "  - name: a\n    commands: {look: up}\n").outcome == "resolved"
    again = "  - name: a\n    commands: {look: up}\n    earlier: [{ended: 7m}]\n"
    assert play(book, again).outcome == "escalated"
    assert play(book, again.replace("7m", "12m")).outcome == "resolved"


def test_another_runbook_is_walked_with_names_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text(
        "## Diagnosis\n\n```sh {id=there}\nuptime\n```\n\n- If `stdout == 'up'`, resolved.\n"
    )
    book = "## Diagnosis\n\n```sh {id=here}\nuptime\n```\n\n- If `stdout == 'x'`, follow [it](other.md).\n"
    text = "  - name: a\n    commands: {here: x, 'other.md#there': up}\n    answers: {end: {end: mitigated}}\n"
    seen = play(book, text, tmp_path)

    assert (seen.stuck, seen.path, seen.outcome) == ("", ("here", "other.md#there"), "mitigated")


def test_a_walk_that_goes_round_for_ever_ends() -> None:
    book = "## Diagnosis\n\n```sh {id=look}\nuptime\n```\n\n- If `stdout == 'up'`, go to [Diagnosis](#diagnosis).\n"

    assert "goes round for ever" in play(book, "  - name: a\n    commands: {look: up}\n").stuck


def test_manual_steps_are_done_and_guards_answered() -> None:
    book = "## Fix\n\n1. Call the owner.\n2. If it is a replica, tell the team.\n"

    assert "nothing says whether this holds" in play(book, "  - name: a\n").stuck
    text = "  - name: a\n    answers: {fix-2: yes, end: {end: resolved}}\n"
    seen = play(book, text)
    assert (seen.stuck, seen.path, seen.outcome) == ("", ("fix-1", "fix-2"), "resolved")


def test_of_data_only_what_differs_from_the_common_reply_is_said(tmp_path: Path) -> None:
    book = (
        "## Diagnosis\n\n```sh {id=look}\nuptime\n```\n\n"
        "- If `json.a == 1 && json.b == 2 && duration > 3.0`, escalate.\n"
        "- Otherwise, resolved.\n"
    )
    common = "common:\n  commands: {look: {json: {a: 1, b: 1}, duration: 4s}}\nscenarios:\n  - name: a\n"

    assert play(book, common + "    commands: {look: {json: {b: 2}}}\n").outcome == "escalated"
    assert play(book, common + "    commands: {look: {json: {b: 2}, duration: 1s}}\n").outcome == "resolved"
    assert (
        play(book, common.replace("4s", "4s, exit: 3") + "    commands: {look: {json: {b: 2}, exit: 0}}\n").stuck == ""
    )
    # What is no data, or is not said as data, stands for itself.
    assert play(book, common + "    commands: {look: '{\"b\": 2}'}\n    answers: {look: resolved}\n").stuck == ""


def test_the_steps_that_failed_and_the_time_it_took_are_seen() -> None:
    seen = play(DISK, "  - name: a\n    commands: {measure: '97', clean: '', again: ['85', '84', '79']}\n")
    assert (seen.failed, int(seen.seconds)) == ((), 60)

    seen = play(DISK, "  - name: a\n    commands: {measure: '97', clean: '', again: '85'}\n")
    assert seen.failed == ("again",)

    text = "  - name: a\n    commands: {measure: '97', clean: '', again: '85'}\n"
    seen = play(DISK, text + "    answers: {again: [{overrule: it is old}, {take: resolved}]}\n")
    assert (seen.stuck, seen.failed, seen.outcome) == ("", (), "resolved")


def test_what_falls_due_while_she_watches_is_done_at_its_time() -> None:
    text = "  - name: a\n    paged: {0}\n    commands: {{measure: '97', clean: '', again: '85'}}\n"

    # The rung at 10 minutes after the page comes before the timer at 5 minutes of the visit, in between two looks.
    seen = play(DISK, text.format("9m10s"))
    assert [(to, int(at)) for to, at in seen.called] == [("storage", 600), ("storage", 850)]

    seen = play(DISK, text.format("1m"))
    assert [(to, int(at)) for to, at in seen.called] == [("storage", 360)]


def test_she_watches_for_as_long_as_her_answer_says_and_no_longer() -> None:
    book = DISK.replace("- After 5m, escalate", "- If it stays, go to [Diagnosis](#diagnosis).\n- After 5m, escalate")
    text = "  - name: a\n    commands: {measure: '97', clean: '', again: ['85', '84', '84', '79']}\n"
    seen = play(book, text + "    answers: {again: {wait: 1m10s, take: it stays, undecided: true}}\n")

    # Three looks in 70 seconds, and the fourth on the second round.
    assert seen.path == ("measure", "clean", "again", "measure", "clean", "again")
    assert (seen.outcome, int(seen.seconds)) == ("resolved", 70)
    late = play(book, text + "    answers: {again: {wait: 6m}}\n".replace("6m", "20m"))
    assert late.outcome == "resolved"


VALUES = """\
---
parameters:
  POD: {default: web-1}
---
# Restart

## Fix

```sh {id=restart effect=change}
restart "$POD"
```

Rollback: none.
"""


def test_asking_for_values_before_the_word_uses_up_no_answer() -> None:
    answers = "    answers: {restart: [{do: run}, {do: skip}], end: {end: resolved}}\n"
    seen = play(VALUES, "  - name: a\n    commands: {restart: ''}\n" + answers)

    assert (seen.stuck, seen.changed, seen.outcome) == ("", ("restart",), "resolved")


WAITED = """\
# Wait

## Verify

```sh {id=ready every=10s}
cat state
```

Expected: `stdout == "ready"`

- If `stdout != "ready"`, escalate.
- Otherwise, resolved.
"""


def test_what_is_not_yet_as_expected_is_looked_at_again_before_its_branch_is_taken() -> None:
    seen = play(WAITED, "  - name: a\n    commands: {ready: [starting, starting, ready]}\n")
    assert (seen.stuck, seen.outcome) == ("", "resolved")

    seen = play(WAITED, "  - name: a\n    commands: {ready: [starting, broken]}\n")
    assert (seen.stuck, seen.outcome) == ("", "escalated")


def test_the_tenth_branch_can_be_taken() -> None:
    ways = "\n".join(f"- If it is case {n}, go to [Case {n}](#case-{n})." for n in range(1, 13))
    sections = "\n".join(f"## Case {n}\n\n```sh {{id=do-{n}}}\nuptime\n```\n" for n in range(1, 13))
    text = f"# Many\n\n## Diagnosis\n\n```sh {{id=look}}\nuptime\n```\n\n{ways}\n\n{sections}"
    for n in (10, 12):
        replies = f"{{look: '', do-{n}: ''}}"
        seen = play(
            text, f"  - name: a\n    commands: {replies}\n    answers: {{look: '#case-{n}', end: {{end: resolved}}}}\n"
        )

        assert (seen.stuck, seen.path) == ("", ("look", f"do-{n}"))


def test_what_http_and_prometheus_give_can_be_told() -> None:
    book = """---
targets: [api, prometheus]
---
## Diagnosis

1. Ask:

   ```http {id=ask}
   GET /healthz
   ```

   Expected: `exit_code == 0 && status == 200`

   - If `exit_code == 0 && status == 200 && certificate_days < 14`, continue.
   - Otherwise, escalate.

2. Measure:

   ```promql {id=burn}
   errors:ratio_rate${window}
   ```

   - If `burn_rate(0.999, "1h") > 14.4 && burn_rate(0.999, "5m") > 14.4`, resolved.
   - Otherwise, escalate.
"""
    ratios = "{windows: {1h: 0.02, 5m: 0.03}}"
    seen = play(
        book, f"  - name: x\n    commands:\n      ask: {{status: 200, certificate_days: 13}}\n      burn: {ratios}\n"
    )
    assert (seen.path, seen.outcome) == (("ask", "burn"), "resolved")
    assert "budget 0.001 = 20 > 14.4" in seen.branches[1][2]
    seen = play(book, "  - name: nobody answers\n    commands:\n      ask: {exit: 1, stderr: 'no answer'}\n")
    assert (seen.path, seen.outcome) == (("ask",), "escalated"), "what needs no status is decided without one"
