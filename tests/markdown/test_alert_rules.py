"""Files of alert rules: every shape that they come in, and the place of each word."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_runner.markdown import looks_like_rules, read_rules
from runbook_runner.model.alert import RuleFile
from runbook_runner.model.span import Span

_CORPORA = Path(__file__).parents[3] / "shared" / "corpora"

PLAIN = """\
groups:
- name: payments
  rules:
  - record: job:failed:rate5m
    expr: sum by (job) (rate(failed_total[5m]))
  - alert: PaymentsWorkerStalled
    expr: |
      time() - heartbeat
        > 300
    for: 5m
    labels: {severity: page}
    annotations:
      runbook_url: "https://runbooks.example/payments/stalled"
"""


def rules(text: str) -> RuleFile:
    return read_rules(dedent(text).encode(), "rules.yml")


def under(file: RuleFile, span: Span) -> str:
    assert span.end_line == span.line
    return file.lines[span.line - 1][span.column - 1 : span.end_column - 1]


def indented(text: str, depth: int) -> str:
    return "".join(" " * depth + line if line.strip() else line for line in text.splitlines(keepends=True))


def documents() -> list[tuple[str, str]]:
    manifest = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n" + indented(PLAIN, 2)
    listed = "apiVersion: v1\nkind: List\nitems:\n- kind: Service\n- kind: PrometheusRule\n  spec:\n" + indented(
        PLAIN, 4
    )
    return [
        ("a rule file", PLAIN),
        ("a PrometheusRule", manifest),
        ("a list", listed),
        ("several documents", "kind: Service\nmetadata: {name: x}\n---\n" + manifest),
        ("a ConfigMap", "kind: ConfigMap\ndata:\n  other: x\n  rules.yml: |\n" + indented(PLAIN, 4)),
        ("values of a chart", "rules:\n  payments:\n" + indented(PLAIN, 4)),
        ("JSON's brackets and CRLF", PLAIN.replace("\n", "\r\n")),
    ]


@pytest.mark.parametrize("text", [text for _, text in documents()], ids=[name for name, _ in documents()])
def test_an_alert_is_read_with_the_place_of_each_word(text: str) -> None:
    file = read_rules(text.encode(), "rules.yml")
    assert file.defects == ()
    (alert,) = file.alerts

    assert (alert.name.text, alert.group, alert.duration, alert.severity) == (
        "PaymentsWorkerStalled", "payments", "5m", "page",
    )  # fmt: skip
    assert under(file, alert.name.span) == "PaymentsWorkerStalled"
    assert under(file, alert.labels["severity"].span) == "page"
    assert alert.runbook is not None
    assert alert.runbook.text == "https://runbooks.example/payments/stalled"
    assert under(file, alert.runbook.span) == '"https://runbooks.example/payments/stalled"'
    assert under(file, alert.runbook.key) == "runbook_url"
    assert alert.expr is not None
    place = alert.expr.place(2, 3)
    assert file.lines[place.line - 1][place.column - 1 :].rstrip("\r") == "> 300"
    (record,) = file.records
    place = record.place(1, 5)
    assert file.lines[place.line - 1][place.column - 1 :].startswith("by (job)")


@pytest.mark.parametrize(
    ("annotations", "runbook", "dashboard"),
    [
        ("runbook_url: https://x/a", "https://x/a", None),
        ("runbook: https://x/a", "https://x/a", None),
        ("runbookUrl: https://x/a", "https://x/a", None),
        ("playbook_url: https://x/a\nrunbook_link: https://x/b", "https://x/b", None),
        ("runbook: restart it\nrunbook_url: https://x/a", "https://x/a", None),
        ("runbook: restart it", None, None),
        ("runbook: docs/stalled.md#fix", "docs/stalled.md#fix", None),
        ("runbook_url: https://x/{{ $labels.job }}/a", "https://x/{{ $labels.job }}/a", None),
        ("summary: x\ndashboard_url: https://g/a", None, "https://g/a"),
        ("grafana: https://g/a", None, "https://g/a"),
        ("grafana_dashboard: ''\n__dashboardUid__: abc", None, "abc"),
        ("description: see the runbook at https://x/a", None, None),
    ],
)
def test_links_are_found_in_every_spelling(annotations: str, runbook: str | None, dashboard: str | None) -> None:
    text = "groups: [{name: g, rules: [{alert: A, expr: up, annotations: &a {}}]}]"
    text = text.replace("&a {}", "{" + ", ".join(f"{line}" for line in quoted(annotations)) + "}")
    (alert,) = rules(text).alerts

    assert (alert.runbook.text if alert.runbook else None) == runbook
    assert (alert.dashboard.text if alert.dashboard else None) == dashboard


def quoted(annotations: str) -> list[str]:
    pairs = [line.partition(": ") for line in annotations.splitlines()]
    return [f'{name}: "{text.strip(chr(39))}"' for name, _, text in pairs]


def test_what_the_rule_knows_of_its_labels_is_filled_into_its_link() -> None:
    (alert,) = rules("groups: [{name: g, rules: [{alert: A, expr: up, labels: {team: pay}}]}]").alerts

    link = "https://x/{{ $labels.team }}/{{ $labels.alertname }}/{{ $labels.pod }}"
    assert alert.linked(link) == "https://x/pay/A/{{ $labels.pod }}"


def test_merged_labels_are_read_and_own_ones_win() -> None:
    file = rules("""
        x: &page {severity: page, team: a}
        groups:
        - name: g
          rules:
          - alert: A
            expr: up
            labels:
              <<: *page
              team: b
        """)
    assert file.defects == ()
    assert {name: value.text for name, value in file.alerts[0].labels.items()} == {"severity": "page", "team": "b"}


def test_labels_of_a_group_are_labels_of_its_rules() -> None:
    (alert,) = rules("groups: [{labels: {severity: page, a: b}, rules: [{alert: A, expr: up, labels: {a: c}}]}]").alerts

    assert {name: value.text for name, value in alert.labels.items()} == {"severity": "page", "a": "c"}


HELM = """\
{{- if .Values.enabled }}
{{- /* what is
  rendered here */}}
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: {{ printf "%s-x" (include "n" .) | trunc 63 | quote }}
spec:
  groups:
  - name: general
    rules:
{{- if not (.Values.disabled.TargetDown | default false) }}
    - alert: TargetDown
      annotations:
        description: '{{`{{`}} printf "%.4g" $value {{`}}`}}% of: targets'
        runbook_url: {{ .Values.runbookUrl }}/general/targetdown
        {{- range $k, $v := .Values.more }}
        {{ $k }}: {{ $v }}
        {{- end }}
      expr: up{namespace="{{ $ns }}"} == 0
      for: {{ dig "TargetDown" "for" "10m" .Values.rules }}
{{- end }}
{{- end }}
"""


def test_a_chart_is_read_without_the_lines_that_helm_acts_on() -> None:
    file = read_rules(HELM.encode(), "templates/rules.yaml")

    assert (file.defects, file.template) == ((), 1)
    (alert,) = file.alerts
    assert alert.runbook is not None
    assert alert.runbook.text == "{{ .Values.runbookUrl }}/general/targetdown"
    assert under(file, alert.runbook.span) == alert.runbook.text
    assert alert.expr is not None
    assert (alert.expr.text, alert.expr.dialect) == ('up{namespace="{{ $ns }}"} == 0', "template")


def test_what_an_alert_of_a_chart_is_made_of_may_come_with_rendering() -> None:
    file = rules("""
        groups:
        - rules:
          {{- range $name, $rule := .Values.rules }}
          - alert: {{ $name }}
            {{- toYaml $rule | nindent 4 }}
          {{- end }}
          - record: x
            expr: up
        """)

    assert (file.defects, file.alerts, file.template) == ((), (), 4)


def test_a_template_that_is_no_yaml_even_so_is_told_with_what_to_do() -> None:
    file = read_rules(HELM.replace("    - alert:", "  - alert:").encode(), "templates/rules.yaml")

    (defect,) = file.defects
    assert defect.code == "bad-rule-file"
    assert "before it is rendered" in defect.message
    assert "helm template" in defect.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("groups:\n- name: g\n  rules:\n  - alert: A\n", "4:5 the alert `A` has no `expr`, so it never fires"),
        ("groups:\n- rules:\n  - alert:\n    expr: up\n", "3:5 the alert has no name"),
        ("groups:\n- rules:\n  - expr: up\n", "3:5 a rule has `alert: NAME` or `record: NAME`"),
        ("groups:\n- rules: up\n", "2:3 `rules` must be a list"),
        (PLAIN + "      runbook_url: x\n", "14:7 the key `runbook_url` stands there twice"),
        (PLAIN + "      more: [x]\n", "14:13 `more` must be one text"),
        (PLAIN + "\tx: y\n", "14:1 this is not valid YAML: found character that cannot start any token"),
        ("kind: ConfigMap\ndata:\n  r.yml: |\n" + indented(PLAIN, 4) + "     x: [\n", None),
    ],
)
def test_what_prometheus_would_not_read_is_a_defect_with_its_place(text: str, said: str | None) -> None:
    found = [f"{d.span.line}:{d.span.column} {d.message}" for d in read_rules(text.encode(), "rules.yml").defects]

    assert len(found) == 1
    if said is not None:
        assert found == [said]


def test_what_comes_before_a_mistake_is_still_read() -> None:
    file = read_rules((PLAIN + "---\na: [\n").encode(), "rules.yml")

    assert [alert.name.text for alert in file.alerts] == ["PaymentsWorkerStalled"]
    assert [defect.span.line for defect in file.defects] == [16]


@pytest.mark.parametrize(
    ("kind", "expr", "dialect"),
    [
        ("", "up == 0", "promql"),
        ("", 'sum(rate({app="x"} |= "error" [5m])) > 1', "logql"),
        ("", 'sum(rate({app="x"} | json [5m])) > 1', "logql"),
        ("", 'up{a="b"} != 1', "promql"),
        ("VMRule", "up default 0", "metricsql"),
        ("", "up > ${THRESHOLD}", "template"),
    ],
)
def test_other_languages_are_told_apart(kind: str, expr: str, dialect: str) -> None:
    text = f"kind: '{kind}'\ngroups:\n- rules:\n  - alert: A\n    expr: |\n      {expr}\n"
    (alert,) = rules(text).alerts

    assert alert.expr is not None
    assert alert.expr.dialect == dialect


def test_characters_that_yaml_counts_as_lines_move_nothing() -> None:
    text = PLAIN.replace("name: payments", "name: 'pay\u2028ments\x85'")
    file = read_rules(text.encode(), "rules.yml")

    assert under(file, file.alerts[0].name.span) == "PaymentsWorkerStalled"


def test_references_to_references_take_no_time() -> None:
    layers = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))

    file = read_rules(f"a0: &a0 [x]\n{layers}{PLAIN}".encode(), "rules.yml")

    assert len(file.alerts) == 1


def test_only_files_that_name_an_alert_and_a_query_look_like_rules() -> None:
    assert looks_like_rules(PLAIN.encode())
    assert not looks_like_rules(b"triggers:\n  - alert: A\n")
    assert not looks_like_rules(b"kind: Deployment\n")


@given(st.binary(max_size=300), st.integers(0, len(PLAIN)), st.integers(0, 40))
def test_no_bytes_are_too_much(noise: bytes, at: int, gone: int) -> None:
    data = PLAIN.encode()
    file = read_rules(data[:at] + noise + data[at + gone :], "rules.yml")

    for alert in file.alerts:
        assert 1 <= alert.name.span.line <= len(file.lines)


@pytest.mark.skipif(not _CORPORA.is_dir(), reason="the corpora are not beside this checkout")
def test_real_rules_are_read_whole_and_each_line_of_a_query_has_its_place() -> None:
    alerts = 0
    for path in sorted((_CORPORA / "kube-prometheus-rules").glob("*.yaml")):
        file = read_rules(path.read_bytes(), path.name)
        assert file.defects == ()
        alerts += len(file.alerts)
        for expression in (*(alert.expr for alert in file.alerts), *file.records):
            assert expression is not None
            for number, line in enumerate(expression.text.splitlines(), 1):
                place = expression.place(number, 1)
                assert file.lines[place.line - 1][place.column - 1 :] == line
    assert alerts == 139
