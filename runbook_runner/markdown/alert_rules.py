"""Files of alert rules -> `RuleFile`: Prometheus rule files, PrometheusRule manifests, lists and values that hold them.

It stands with the reader of runbooks because both are the reader: text in, model and defects out, YAML's nodes known
here and nowhere else. Groups are looked for anywhere in a document, so that a `kind: List`, a ConfigMap or the values
of a chart need no case of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from runbook_runner.markdown import templates
from runbook_runner.markdown.places import Places
from runbook_runner.markdown.source import decode
from runbook_runner.model.alert import AlertRule, Expression, RuleFile, Written
from runbook_runner.model.span import Defect, Span
from runbook_runner.regex import regex

CODE = "bad-rule-file"
_LOOK = re.compile(rb"^[ \t]*(?:-[ \t]+)*[\"']?(?:alert|record)[\"']?[ \t]*:", re.M)
_ALSO = re.compile(rb"^[ \t]*(?:-[ \t]+)*[\"']?expr[\"']?[ \t]*:", re.M)
_FORBIDDEN = regex(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = regex("[\x85\u2028\u2029]")
"""YAML would count lines at them, and nothing else does."""
_DIALECTS = {"VMRule": "metricsql", "AlertingRule": "logql", "RecordingRule": "logql"}
_LOG_SELECTOR = regex(
    r"\}\s*(?:\|[=~>]|!=\s*[\"`]|!~\s*[\"`]|\|\s*(?:json|logfmt|regexp|pattern|unwrap|line_format)\b)"
)
_MAX_DEPTH = 40
_MAX_INSIDE = 3
_MAX_MERGED = 20
_MAX_PROBLEMS = 50


def looks_like_rules(data: bytes) -> bool:
    """Say whether a YAML file is worth reading as one of alert rules: it names an alert, or a record, and a query."""
    return _LOOK.search(data) is not None and _ALSO.search(data) is not None


def read_rule_file(data: bytes, path: str) -> RuleFile:
    """Return the alert rules that a file's bytes hold; what cannot be read is a defect of it."""
    source = decode(data)
    lines = tuple(source.text.split("\n"))
    text = _FORBIDDEN.sub("\ufffd", _BREAKS.sub(" ", source.text))
    wrong = [Defect(CODE, defect.message, defect.span, defect.hint) for defect in source.defects]
    reader = _Reader(Places(lines))
    problem = reader.read(text)
    if problem is not None and templates.first_action(text):
        again = _Reader(Places(lines), template=True)
        if again.read(templates.hidden(text)) is None:
            reader, problem = again, None
        else:
            hint = "render it first (`helm template …`), and give what comes out to --alerts"
            message = f"this template is not YAML before it is rendered: {problem.message}"
            problem = Defect(CODE, message, problem.span, hint)
    wrong += reader.defects[:_MAX_PROBLEMS]
    if problem is not None:
        wrong.append(problem)
    template = templates.first_action(text) if reader.template else 0
    return RuleFile(path, tuple(reader.alerts), tuple(reader.records), tuple(wrong), lines, template)


class _Reader:
    def __init__(self, places: Places, *, template: bool = False, inside: int = 0) -> None:
        self.places = places
        self.template = template
        self.inside = inside
        self.alerts: list[AlertRule] = []
        self.records: list[Expression] = []
        self.defects: list[Defect] = []
        self.seen: set[int] = set()
        self.dialect = "promql"

    # --- documents ----------------------------------------------------------------------------

    def read(self, text: str) -> Defect | None:
        """Take in all documents of a text; return why it is not YAML from some place on."""
        try:
            for node in yaml.compose_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
                if node is not None:
                    self.dialect = _DIALECTS.get(_kind(node), "promql")
                    self._search(node, 0)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            span = self.places.at(mark.line, mark.column) if mark else Span()
            return Defect(CODE, f"this is not valid YAML: {error.problem or error.context or 'unknown reason'}", span)
        except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
            reason = str(error).partition("\n")[0] or "nested too deeply"
            return Defect(CODE, f"this cannot be read as YAML: {reason}", Span())
        return None

    def _search(self, node: Node, depth: int) -> None:
        """Look for groups of rules below a node; each node is looked at once, however often it is referred to."""
        if id(node) in self.seen or depth > _MAX_DEPTH:
            return
        self.seen.add(id(node))
        match node:
            case MappingNode():
                for key, value in node.value:
                    if key.value == "groups" and isinstance(value, SequenceNode) and _groups(value):
                        for group in value.value:
                            self._group(group)
                    else:
                        self._search(value, depth + 1)
            case SequenceNode():
                for item in node.value:
                    self._search(item, depth + 1)
            case ScalarNode() if node.style == "|" and looks_like_rules(node.value.encode()):
                self._read_inside(node)
            case _:
                pass

    def _read_inside(self, node: ScalarNode) -> None:
        """Read a file of rules that is the value of a key, as in a ConfigMap."""
        if self.inside == _MAX_INSIDE:
            return
        inner = _Reader(self.places.within(node), template=self.template, inside=self.inside + 1)
        problem = inner.read(str(node.value))
        self.alerts += inner.alerts
        self.records += inner.records
        self.defects += inner.defects + ([problem] if problem is not None else [])

    # --- groups and rules ---------------------------------------------------------------------

    def _group(self, node: Node) -> None:
        fields = self._fields(node, "a group")
        name = _text(fields["name"][1]) if "name" in fields else ""
        if "rules" not in fields:
            return
        key, rules = fields["rules"]
        shared = self._texts(*fields["labels"]) if "labels" in fields else {}
        if isinstance(rules, SequenceNode):
            for rule in rules.value:
                self._rule(rule, name, shared)
        elif _text(rules):
            self._wrong("`rules` must be a list", key)

    def _rule(self, node: Node, group: str, shared: dict[str, Written]) -> None:
        fields = self._fields(node, "a rule")
        expr = self._expression(fields["expr"][1]) if "expr" in fields else None
        if "alert" not in fields:
            if "record" in fields and expr is not None:
                self.records.append(expr)
            elif fields and "record" not in fields:
                self._wrong("a rule has `alert: NAME` or `record: NAME`", node)
            return
        key, value = fields["alert"]
        name = self._written(key, value)
        if not name.text:
            self._wrong("the alert has no name", key)
            return
        if expr is None and self.template:
            return  # what it is made of comes with rendering
        if expr is None:
            self._wrong(f"the alert `{name.text}` has no `expr`, so it never fires", key)
        labels = {**shared, **(self._texts(*fields["labels"]) if "labels" in fields else {})}
        annotations = self._texts(*fields["annotations"]) if "annotations" in fields else {}
        duration = _text(fields["for"][1]) if "for" in fields else ""
        self.alerts.append(AlertRule(name, group, expr, duration, labels, annotations))

    def _texts(self, key: ScalarNode, node: Node) -> dict[str, Written]:
        found: dict[str, Written] = {}
        for name, (at, value) in self._fields(node, f"`{key.value}`").items():
            if isinstance(value, ScalarNode):
                found[name] = self._written(at, value)
            else:
                self._wrong(f"`{name}` must be one text", value)
        return found

    def _fields(self, node: Node, what: str) -> dict[str, tuple[ScalarNode, Node]]:
        """Return the keys and values of a mapping: the first of equal ones, own ones before merged ones (`<<`)."""
        found: dict[str, tuple[ScalarNode, Node]] = {}
        if not isinstance(node, MappingNode):
            if _text(node) or isinstance(node, SequenceNode):
                self._wrong(f"{what} must be made of `key: value` lines", node)
            return found
        for key, value, merged in _flat(node, 0):
            name = _text(key)
            if name not in found:
                found[name] = (key, value)
            elif not merged and not self.template:
                self._wrong(f"the key `{name}` stands there twice", key, "remove one of them")
        return found

    def _written(self, key: Node, node: Node) -> Written:
        return Written(_text(node).strip(), self.places.span(node), self.places.span(key))

    def _expression(self, node: Node) -> Expression | None:
        text = _text(node)
        if not isinstance(node, ScalarNode) or not text.strip():
            return None
        dialect = self.dialect
        if "{{" in text or "[[" in text or "${" in text:
            dialect = "template"
        elif dialect == "promql" and _LOG_SELECTOR.search(text):
            dialect = "logql"
        return Expression(text, self.places.span(node), self.places.of_lines(node), dialect)

    def _wrong(self, message: str, node: Node, hint: str = "") -> None:
        self.defects.append(Defect(CODE, message, self.places.span(node), hint))


def _text(node: Node) -> str:
    return templates.restored(str(node.value)) if isinstance(node, ScalarNode) else ""


def _kind(node: Node) -> str:
    if not isinstance(node, MappingNode):
        return ""
    return next((str(value.value) for key, value in node.value if key.value == "kind"), "")


def _groups(node: SequenceNode) -> bool:
    """Say whether a list is one of groups of rules."""
    mappings = [group for group in node.value if isinstance(group, MappingNode)]
    return any(key.value == "rules" for group in mappings for key, _ in group.value)


def _flat(node: MappingNode, depth: int) -> Iterator[tuple[ScalarNode, Node, bool]]:
    later: list[Node] = []
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            continue
        if key.value == "<<" and not key.style:
            later += value.value if isinstance(value, SequenceNode) else [value]
        else:
            yield key, value, depth > 0
    for mapping in later[:_MAX_MERGED]:
        if isinstance(mapping, MappingNode) and depth < 3:
            yield from _flat(mapping, depth + 1)
