"""Puts `runbook lint` together: the command line over the configuration, files, and where the text goes."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

from msgspec import Struct

from runbook_runner import registry
from runbook_runner.cli.config import Config, load
from runbook_runner.cli.files import SCENARIOS, is_rule_file, markdown_files
from runbook_runner.errors import InputError
from runbook_runner.lint import baseline, engine
from runbook_runner.lint.choice import choose
from runbook_runner.lint.digest import digest
from runbook_runner.lint.engine import Job, Result
from runbook_runner.lint.settings import Settings, matches, settings
from runbook_runner.lint.sieve import Wishes
from runbook_runner.model.finding import Finding, Group, Look, RuleText, Severity
from runbook_runner.model.span import Span

if TYPE_CHECKING:
    from runbook_runner.lint.alerting import Alerts
    from runbook_runner.model.runbook import Runbook
    from runbook_runner.ports.lint import LintFormat


_SELDOM = 100_000
"""Objects made since garbage was last looked for: reading a document makes thousands, and hardly any in circles."""


class Flags(Struct, frozen=True):
    """What the command line says."""

    paths: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    form: str = "text"
    output: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    strict: bool = False
    statistics: bool = False
    baseline: str = ""
    write_baseline: bool = False
    processes: int = 1
    cache: bool = True
    quiet: bool = False


class Given(Struct, frozen=True):
    """The files that are meant."""

    files: tuple[str, ...]
    excluded: int
    troubles: tuple[Finding, ...]
    """What could not be looked into."""


def run(flags: Flags) -> int:
    """Lint as the flags say; return the exit code."""
    gc.enable()  # the entry point switched it off; here it would not do for ten thousand documents
    gc.set_threshold(_SELDOM)
    config = load(Path.cwd())
    wanted = settings(config.extra.get("lint", {}), where(config))
    flags, rules = _split(flags)
    target = flags.baseline or (str(config.root / wanted.baseline) if wanted.baseline else "")
    if flags.write_baseline and not target:
        raise InputError("there is no baseline to write", "say where: --baseline FILE, or `baseline` in [lint]")
    old = baseline.load(target) if target and (not flags.write_baseline or Path(target).exists()) else None
    given = given_files(flags, config, wanted)
    wishes = Wishes(
        choose(flags.select, flags.ignore, wanted.choice), flags.strict or wanted.strict, wanted.per_file, old,
        flags.write_baseline, wanted.min_score,
    )  # fmt: skip
    with _sink("" if flags.write_baseline else flags.output) as sink:
        job = Job(
            files=given.files,
            read=read,
            form=cast("LintFormat", registry.format_for(f"lint_{flags.form}")),
            look=_look(flags, sink, strict=wishes.strict),
            wishes=wishes,
            root=str(config.root),
            alerts=_alerts(rules, given, config, wanted),
            more=(*given.troubles, *_of_scenarios(given, flags, config, wishes), *_of_targets(config)),
            cache=cache_path(config) if flags.cache else "",
            processes=flags.processes,
            excluded=given.excluded,
            targets=frozenset(config.extra.get("targets", ())),
        )
        result = engine.lint(job, len if flags.write_baseline else sink.write)
        sink.flush()
    gc.freeze()  # the end of the program would look through all of it once more
    if flags.write_baseline:
        return _keep(target, old, result, quiet=flags.quiet)
    return 1 if result.summary.errors else 0


def _of_scenarios(given: Given, flags: Flags, config: Config, wishes: Wishes) -> tuple[Finding, ...]:
    from runbook_runner.cli.lint_scenarios import findings

    return findings(given.files, wishes.choice.wants, cache_path(config) if flags.cache else "", config)


def _of_targets(config: Config) -> Iterator[Finding]:
    """Yield what is wrong with the targets of the configuration; each would fail a step that names it."""
    if not config.extra.get("targets"):
        return
    from runbook_runner.cli.targets import Configured

    for error in Configured(config).faults():
        file, line, message = error.message.split(":", 2)
        yield Finding(
            _short(file), "bad-target", Group.CORRECTNESS, Severity.ERROR, message.strip(), Span(int(line)), error.hint
        )


def _split(flags: Flags) -> tuple[Flags, tuple[str, ...] | None]:
    """Return the flags with runbooks only as paths, and where alert rules are; None when they are not to be looked at.

    The configuration's are left out when only some runbooks are looked at, as before a commit.
    """
    rules = tuple(path for path in flags.paths if is_rule_file(path))
    if not rules:
        return flags, flags.alerts if flags.alerts or not flags.paths else None
    from msgspec.structs import replace

    return replace(flags, paths=tuple(path for path in flags.paths if path not in rules)), (*flags.alerts, *rules)


def _alerts(places: tuple[str, ...] | None, given: Given, config: Config, wanted: Settings) -> Alerts | None:
    if places is None or not (places or wanted.alerts.get("rules")):
        return None
    from runbook_runner.cli.rule_files import alerts

    def left_out(path: str) -> bool:
        return matches(os.path.relpath(path, config.root), wanted.exclude)

    return alerts(places, config, given.files, left_out)


def read(data: bytes, path: str) -> Runbook:
    """Read one document, with the executors that there are."""
    from runbook_runner.markdown import read as read_markdown

    return read_markdown(data, path, registry.executor)


def where(config: Config) -> str:
    """Return what errors call the configuration of lint."""
    own = config.root / "runbook.toml"
    return f"{own}: lint" if own.is_file() else f"{config.root / 'pyproject.toml'}: tool.runbook.lint"


def given_files(flags: Flags, config: Config, wanted: Settings) -> Given:
    """Return the files that are meant: those of the command line, else of the configuration."""
    for path in flags.paths:
        if not os.path.lexists(path):
            raise InputError(f"{path}: no such file or folder", _near(path))
    places = tuple(map(_own_runbook, flags.paths)) or [_short(str(config.root / entry)) for entry in config.runbooks]
    found, troubles = markdown_files(places)
    unique = dict(zip(engine.absolute(reversed(found)), reversed(found), strict=True))
    files = sorted(unique.values())
    if wanted.exclude:
        files = [path for path in files if not matches(os.path.relpath(path, config.root), wanted.exclude)]
    if not unique and not troubles:
        hint = "name files or folders" if flags.paths else "name files or folders, or set `runbooks` in runbook.toml"
        places_named = ", ".join(map(_short, places))
        raise InputError(f"there is no Markdown file in {places_named}", hint)
    return Given(
        tuple(files), len(unique) - len(files), tuple(_trouble(path, error) for path, error in troubles.items())
    )


def _own_runbook(path: str) -> str:
    """Return the runbook that a file of scenarios stands beside; any other path as it is."""
    own = path.removesuffix(SCENARIOS) + ".md"
    return own if path.endswith(SCENARIOS) and os.path.lexists(own) else path


def _trouble(path: str, error: OSError) -> Finding:
    why = (error.strerror or str(error)).lower()
    hint = "mend it, or leave it out by `exclude`"
    return Finding(path, "unreadable", Group.CORRECTNESS, Severity.ERROR, why, Span(), hint)


def _near(path: str) -> str:
    from difflib import get_close_matches

    file = Path(path)
    names: list[str] = []
    with suppress(OSError):
        names = [entry.name for entry in file.parent.iterdir()]
    near = get_close_matches(file.name, names, 1, 0.6)
    return f"did you mean `{file.with_name(near[0])}`?" if near else "name a file or a folder that is there"


def _short(path: str) -> str:
    inside = os.path.relpath(path)
    return path if inside.startswith("..") else inside


def _look(flags: Flags, sink: TextIO, *, strict: bool) -> Look:
    from runbook_runner.cli.terminal.colour import colour_wanted

    rules: tuple[RuleText, ...] = ()
    if flags.form == "sarif" or flags.statistics:
        from runbook_runner.lint.catalog import texts

        rules = texts(strict=strict)
    terminal = not flags.output and sink.isatty()
    width = os.get_terminal_size(sink.fileno()).columns if terminal else 0
    colour = not flags.output and colour_wanted(sink, os.environ)
    return Look(colour, width, flags.statistics, flags.quiet, rules)


@contextmanager
def _sink(output: str) -> Iterator[TextIO]:
    """Yield where the text goes: a file, which is there whole or not at all, or the standard output."""
    if not output:
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
        yield sys.stdout
        return
    target = Path(os.path.realpath(output)) if os.path.isfile(output) else Path(output)  # noqa: PTH113
    if target.exists() and not target.is_file():
        with target.open("w", encoding="utf-8", errors="backslashreplace") as file:
            yield file  # a device or a pipe is written to: a file that took its place would be in everybody's way
        return
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with part.open("w", encoding="utf-8", errors="backslashreplace") as file:
            yield file
        part.replace(target)
    except OSError as error:
        raise InputError(f"{output}: {(error.strerror or str(error)).lower()}", "name another file") from error
    finally:
        part.unlink(missing_ok=True)


def cache_path(config: Config) -> str:
    """Return where results are kept for the runbooks of a configuration."""
    name = digest(os.fsencode(config.root.absolute())).hex()
    return os.path.join(cache_folder(), "lint", name)  # noqa: PTH118


def cache_folder() -> str:
    """Return the user's cache folder."""
    if os.uname().sysname == "Linux":  # what platformdirs says there, without the 5 ms that importing it takes
        given = os.environ.get("XDG_CACHE_HOME", "").strip()
        base = given if os.path.isabs(given) else os.path.expanduser("~/.cache")  # noqa: PTH111, PTH117
        return os.path.join(base, "runbook")  # noqa: PTH118
    from platformdirs import user_cache_dir

    return user_cache_dir("runbook")


def _keep(target: str, old: baseline.Baseline | None, result: Result, *, quiet: bool) -> int:
    folder = str(Path(target).absolute().parent)
    new = baseline.merged(old, folder, result.baseline)
    baseline.save(target, new)
    if not quiet:
        count = sum(count for known in new.files.values() for lines in known.values() for count in lines.values())
        sys.stdout.write(f"{target} knows {count} findings in {len(new.files)} files now\n")
    return 0
