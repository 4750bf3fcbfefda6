"""Scenario files: YAML -> scenarios, with the place of whatever is wrong."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from runbook_runner.markdown import scenario_defects
from runbook_runner.markdown.front_matter import document
from runbook_runner.markdown.scenario_short import written_out
from runbook_runner.model.scenario import Scenario, Scenarios, merged
from runbook_runner.model.span import Defect, Span


class Read(Struct, frozen=True):
    """A scenario file as read."""

    runbook: str
    """As written; empty for the file of the same name."""
    scenarios: tuple[Scenario, ...]
    """What is common to all is in each already."""
    places: tuple[Span, ...]
    """Where each begins."""
    defects: tuple[Defect, ...]
    spans: Mapping[tuple[str, ...], Span]
    """Where each key stands, by all keys above it."""


def read(text: str) -> Read:
    """Return the scenarios in a text; where it has defects they are not to be trusted."""
    found = document(text)
    defects = [scenario_defects.of_yaml(defect, text) for defect in found.defects]
    values = written_out(found.values)
    whole = Scenarios()
    try:
        whole = msgspec.convert(values, Scenarios)
    except msgspec.ValidationError as error:
        defects.append(scenario_defects.of_shape(str(error), found))
    defects += scenario_defects.of_values(found)
    names = [scenario.name for scenario in whole.scenarios]
    for place, name in enumerate(names):
        if name in names[:place]:
            span = found.span("scenarios", str(place), "name")
            defects.append(Defect("scenario", f"two scenarios are called {name!r}", span, "each name once"))
    scenarios = tuple(merged(scenario, whole.common) for scenario in whole.scenarios)
    places = tuple(found.span("scenarios", str(place)) for place in range(len(scenarios)))
    return Read(whole.runbook, scenarios, places, tuple(defects), found.spans)
