"""What came of scenarios, as JUnit's XML: what CI systems show."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from xml.etree import ElementTree

from runbook_runner.formats.tested_text import TestedText
from runbook_runner.model.verdicts import Results, Tested
from runbook_runner.ports import Format
from runbook_runner.regex import regex

_NO_XML = regex("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class TestedJunit:
    """`runbook test --junit FILE`."""

    name = "junit"

    def render(self, subject: Any) -> str:
        """Return a suite for each file, a case for each scenario."""
        results: Results = subject
        root = ElementTree.Element("testsuites", name="runbook")
        for file, group in groupby(results.tested, key=lambda tested: tested.file):
            cases = list(group)
            suite = ElementTree.SubElement(root, "testsuite", name=_clean(file), tests=str(len(cases)))
            suite.set("failures", str(sum(not case.passed for case in cases)))
            suite.set("errors", "0")
            suite.set("time", f"{sum(case.seconds for case in cases):.4f}")
            for case in cases:
                _case(suite, case)
        for broken in results.broken:
            suite = ElementTree.SubElement(root, "testsuite", name=_clean(broken.file), tests="1", failures="0")
            suite.set("errors", "1")
            element = ElementTree.SubElement(suite, "testcase", classname=_clean(broken.file), name="the file itself")
            message = "; ".join(f"line {d.span.line}: {d.message}" for d in broken.defects)
            ElementTree.SubElement(element, "error", message=_clean(message))
        ElementTree.indent(root)
        text: str = ElementTree.tostring(root, encoding="unicode")
        return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _case(suite: ElementTree.Element, tested: Tested) -> None:
    element = ElementTree.SubElement(suite, "testcase", classname=_clean(tested.runbook), name=_clean(tested.name))
    element.set("file", _clean(tested.file))
    element.set("line", str(tested.span.line))
    element.set("time", f"{tested.seconds:.4f}")
    if not tested.passed:
        told = TestedText().render(Results((tested,)))
        why = tested.stuck.partition("\n")[0] or ", ".join(f"{d.what} differs" for d in tested.differences)
        failure = ElementTree.SubElement(element, "failure", message=_clean(why))
        failure.text = _clean(told.rpartition("\n\n")[0])


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


FORMAT: Format = TestedJunit()
