"""What `runbook alerts` shows: the runbooks, the alert rules and the journal, put together."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from msgspec.structs import replace

from runbook_runner import registry
from runbook_runner.cli.config import Config, load
from runbook_runner.cli.files import is_rule_file
from runbook_runner.cli.journal import last_drills, target
from runbook_runner.cli.links import shown
from runbook_runner.cli.linting import Flags, cache_path, given_files, read, where
from runbook_runner.cli.rule_files import alerts
from runbook_runner.errors import InputError, StoreError
from runbook_runner.lint import records
from runbook_runner.lint.alert_table import Lately, coverage
from runbook_runner.lint.alerting import Alerts
from runbook_runner.lint.cache import Cache
from runbook_runner.lint.digest import digest
from runbook_runner.lint.outline import outline_of
from runbook_runner.lint.settings import matches, settings
from runbook_runner.lint.stamp import stamp
from runbook_runner.model import events as e
from runbook_runner.model.alert_table import AlertTable, LastRun
from runbook_runner.model.chain import decode
from runbook_runner.ports.lint import Landing, Outline


def cover(paths: Sequence[str], rules: Sequence[str], store: str) -> AlertTable:
    """Return the table for some runbooks and alert rules, else for those of the configuration."""
    config = load(Path.cwd())
    wanted = settings(config.extra.get("lint", {}), where(config))
    rules = (*rules, *(path for path in paths if is_rule_file(path)))
    runbooks = tuple(path for path in paths if not is_rule_file(path))

    def left_out(path: str) -> bool:
        return matches(os.path.relpath(path, config.root), wanted.exclude)

    files = given_files(Flags(runbooks), config, wanted).files
    found = alerts(rules, config, files, left_out)
    nothing = Alerts((), lambda _link, _beside: Landing(), lambda _: "", shown)
    for file in found.files if found else ():
        for defect in file.defects:
            sys.stderr.write(f"{file.path}:{defect.span.line}:{defect.span.column}: {defect.message}\n")
    read_of = outlines(files, config)
    drilled = last_drills(store, config) or {}
    drills = {each.path: drilled[real] for each in read_of if (real := os.path.realpath(each.path)) in drilled}
    before = replace(lately(store, config), drills=drills)
    return coverage(read_of, found or nothing, before, given=found is not None)


def outlines(files: Sequence[str], config: Config) -> list[Outline]:
    """Return the outlines of some documents: as lint keeps them, read where it does not know them."""
    from datetime import date

    path = cache_path(config)
    found: list[Outline] = []
    with closing(Cache(path, stamp(date.today()))) as cache:
        for shown_path in files:
            whole = os.path.abspath(shown_path)  # noqa: PTH100 - there may be ten thousand
            try:
                data = records.contents(whole)
            except (OSError, ValueError) as error:
                raise InputError(f"{shown_path}: {error}", "mend it, or leave it out by `exclude` in [lint]") from error
            known = cache.record(whole, digest(data))
            outline = records.head(known).outline if known is not None else None
            found.append(outline or outline_of(read(data, whole)))
    return found


def lately(store: str, config: Config) -> Lately:
    """Return the last runs, when there is a journal: none is made for this, and none is waited for."""
    where_it_is = target(store, config)
    if "://" not in where_it_is:
        from runbook_runner.stores.sqlite import default_path

        try:
            if not (Path(where_it_is) if where_it_is else default_path()).is_file():
                return Lately()
        except StoreError:
            return Lately()
    try:
        journal = registry.store(where_it_is)
        events = journal.select(("run_started", "run_ended"))
        journal.close()
    except StoreError as error:
        sys.stderr.write(f"the last runs are not shown: {error.message}\n")
        return Lately()
    by_alert: dict[str, LastRun] = {}
    by_path: dict[str, LastRun] = {}
    begun: dict[str, tuple[float, e.RunStarted]] = {}
    ended: dict[str, str] = {}
    for event in events:
        with suppress(ValueError):
            match decode(event):
                case e.RunStarted() as body:
                    begun[event.run] = (event.wall, body)
                case e.RunEnded(outcome=outcome):
                    ended[event.run] = outcome
                case _:
                    pass
    for run, (wall, body) in sorted(begun.items(), key=lambda item: item[1][0]):
        last = LastRun(run, wall, ended.get(run, ""), body.who)
        by_path[os.path.normpath(os.path.join(body.directory or ".", body.path))] = last  # noqa: PTH118
        if body.alert:
            by_alert[body.alert] = last
    return Lately(by_alert, by_path)
