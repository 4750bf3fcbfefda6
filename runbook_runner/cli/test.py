"""`runbook test`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runbook_runner import registry
from runbook_runner.errors import InputError

if TYPE_CHECKING:
    from runbook_runner.model.coverage import Coverage
    from runbook_runner.model.graph import Graph
    from runbook_runner.model.verdicts import Results, Tested
    from runbook_runner.rehearsal.rehearse import Seen


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("-k", "words", metavar="TEXT", default="", help="Only scenarios with this in `FILE: NAME`.")
@click.option("-x", "--exitfirst", "first", is_flag=True, help="Stop at the first that fails.")
@click.option("-v", "--verbose", is_flag=True, help="A line for each scenario.")
@click.option("--coverage", "covered", is_flag=True, help="Say what of the step graphs no scenario walks.")
@click.option("--fail-under", metavar="PERCENT", type=float, help="Exit with 1 when less of a runbook is walked.")
@click.option("--explore", is_flag=True, help="Walk every way instead, and tell where a run would go wrong.")
@click.option("--update", is_flag=True, help="Rewrite what came out otherwise, write what is not said, show how.")
@click.option("--junit", metavar="FILE", help="Write JUnit XML there as well.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def test(
    paths: tuple[str, ...],
    words: str,
    first: bool,
    verbose: bool,
    covered: bool,
    fail_under: float | None,
    explore: bool,
    update: bool,
    junit: str | None,
    as_json: bool,
) -> int:
    """Walk the scenarios of runbooks, touching no system, in simulated time.

    PATHS are scenario files, runbooks that have one beside them, or folders; the configured folders without any.
    Exit code 1 when a scenario fails, 2 when there is none or a file cannot be used.
    """
    if explore:
        from runbook_runner.cli.exploring import explore_all

        return explore_all(paths, as_json=as_json)
    results, walked = perform(paths, words, first=first, show=False if as_json else (verbose or None))
    if junit:
        _write(Path(junit), registry.format_for("tested_junit").render(results))
    if not results.tested and not results.broken:
        if words:
            raise InputError(f"no scenario has {words!r} in its name", "without -k all of them are walked")
        raise InputError("there is no scenario in there", "each is an item below `scenarios:`")
    reports = walked.reports() if covered or fail_under is not None else []
    if as_json:
        click.echo(_json(results, reports))
    else:
        if reports:
            click.echo(registry.format_for("coverage_text").render(reports))
        click.echo(_coloured(registry.format_for("tested_text").render(results)), nl=False)
    if results.broken:
        return 2
    if update:
        return _update(results, walked)
    little = [report.runbook for report in reports if fail_under is not None and report.percent < fail_under]
    if little and not as_json:
        click.echo(f"less than {fail_under:g}% is walked of {', '.join(little)}", err=True)
    return 1 if results.failed or little else 0


def perform(paths: tuple[str, ...], words: str, *, first: bool, show: bool | None) -> tuple[Results, Walked]:
    """Walk all scenarios of all files; `show` is True for a line each, None for a mark each."""
    from runbook_runner.cli.theatre import cast, scenario_files, theatre
    from runbook_runner.model.verdicts import Broken, Results
    from runbook_runner.rehearsal.suite import perform as walk

    begun = time.perf_counter()
    tested: list[Tested] = []
    broken: list[Broken] = []
    all_of_them = 0
    walked = Walked()
    with theatre() as stage:
        for file in scenario_files(paths):
            found = cast(file, stage)
            if isinstance(found, Broken):
                broken.append(found)
                continue
            all_of_them += len(found.scenarios)
            marks = _Marks(str(file), show)
            walked.graphs[found.graph.runbook.path] = found.graph

            def listen(one: Tested, seen: Seen, marks: _Marks = marks) -> None:
                marks(one)
                walked.seen.append(seen)

            for one in walk(found, stage, lambda c, s: _chosen(words, str(c.file), s.name), listen):
                tested.append(one)
                if first and not one.passed:
                    break
            marks.end()
            if first and tested and not tested[-1].passed:
                break
    left_out = all_of_them - len(tested) if words else 0
    return Results(tuple(tested), tuple(broken), left_out, time.perf_counter() - begun), walked


def _update(results: Results, walked: Walked) -> int:
    """Rewrite what scenarios expect to what was seen; those that are stuck expect nothing that could be written."""
    from runbook_runner.cli.updating import update

    stuck = sum(bool(each.stuck) for each in results.tested)
    changed = 0
    for file, difference in update(results, walked.seen):
        click.echo(f"updated {file}")
        click.echo(difference, nl=False)
        changed += 1
    if not changed:
        click.echo("nothing to update")
    if stuck:
        click.echo(f"{stuck} could not go on, and cannot be updated", err=True)
    return 1 if stuck else 0


class Walked:
    """The runbooks that have scenarios, and all runs of them."""

    def __init__(self) -> None:
        self.graphs: dict[str, Graph] = {}
        self.seen: list[Seen] = []

    def reports(self) -> list[Coverage]:
        """Return how much of each runbook was walked."""
        from runbook_runner.rehearsal.coverage import coverage

        return [coverage(graph, self.seen) for graph in self.graphs.values()]


def _json(results: Results, reports: list[Coverage]) -> str:
    import json

    told = json.loads(registry.format_for("tested_json").render(results))
    if reports:
        told["coverage"] = json.loads(registry.format_for("coverage_json").render(reports))
    return json.dumps(told, indent=2, ensure_ascii=False)


class _Marks:
    """Shows each scenario as it is walked, as pytest does."""

    def __init__(self, file: str, verbose: bool | None) -> None:
        self._file = file
        self._verbose = verbose
        self._open = False

    def __call__(self, tested: Tested) -> None:
        if self._verbose is False:
            return
        if self._verbose:
            word = click.style("PASSED", fg="green") if tested.passed else click.style("FAILED", fg="red")
            click.echo(f"{self._file}: {tested.name} {word}")
            return
        if not self._open:
            click.echo(f"{self._file} ", nl=False)
            self._open = True
        click.echo(click.style(".", fg="green") if tested.passed else click.style("F", fg="red"), nl=False)

    def end(self) -> None:
        """End the line of a file."""
        if self._open:
            click.echo("")


def _chosen(text: str, file: str, name: str) -> bool:
    return text.lower() in f"{file}: {name}".lower()


def _coloured(text: str) -> str:
    import os

    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    *rest, last = text.rstrip("\n").split("\n")
    colour = "red" if "failed" in last else "green"
    painted = [click.style(line, fg="red") if line.startswith(("FAILED", "ERROR")) else line for line in rest]
    return "\n".join([*painted, click.style(last, fg=colour, bold=True)]) + "\n"


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: {(error.strerror or str(error)).lower()}") from error
