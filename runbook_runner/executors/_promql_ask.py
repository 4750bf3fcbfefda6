"""What a `promql` fence does once it runs: asks its queries, and says what was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runbook_runner.executors._conversation import Result, Write, raising
from runbook_runner.executors._web_target import Endpoint
from runbook_runner.ports import Request

if TYPE_CHECKING:
    from runbook_runner.executors._prometheus import Failed, Found

NOW = "/api/v1/query"
_WINDOW = "/api/v1/query_range"


def prepared(request: Request, to: Endpoint) -> Querying:
    """Return the queries of a text, with their values; InputError where there is nobody to ask."""
    from runbook_runner.errors import InputError
    from runbook_runner.syntax.promql_slots import fill, windowed

    if not to.base:
        raise InputError(
            "a query needs a Prometheus", "name it: ```promql {target=NAME}, or `targets:` in the front matter"
        )
    *first, last = _queries(request.text)
    named = request.windows if windowed(last) else ()
    return Querying(
        [fill(text, request.environment) for text in first],
        {name: fill(last, request.environment, name) for name in named} or {"": fill(last, request.environment)},
        request,
        to,
    )


def _queries(text: str) -> list[str]:
    """Return the queries of a text: one, or several parted by empty lines, if each is one by itself."""
    import re

    from runbook_runner.syntax.promql_fences import is_one_query, problem_in_promql

    if is_one_query(text):
        return [text.strip("\n")]
    parts = [part for part in re.split(r"\n[ \t]*\n", text.strip("\n")) if re.sub(r"#[^\n]*", "", part).strip()]
    if len(parts) < 2 or not all(_balanced(part) and problem_in_promql(part) is None for part in parts):
        return [text.strip("\n")]
    return parts


def _balanced(part: str) -> bool:
    """Say whether a part could be a query: it neither begins nor ends in the middle of one."""
    bare = part.strip()
    joined = bare[0] in "*/%^),<>=!" or bare[-1] in "+-*/%^(,<>="
    return not joined and all(bare.count(a) == bare.count(b) for a, b in ("()", "{}", "[]"))


class Querying:
    """Queries, to be asked one after the other."""

    def __init__(self, before: Sequence[str], queries: Mapping[str, str], request: Request, to: Endpoint) -> None:
        """Ask some `before`; the last one, by window, is judged."""
        from runbook_runner.executors._web import SILENCE, Cancellable

        self._before = before
        self._queries = queries
        self._request = request
        self._to = to
        self._silence = request.timeout + 5 if request.timeout is not None else SILENCE
        self._line = Cancellable()

    def cancel(self) -> None:
        """Cut the connection."""
        self._line.cancel()

    def perform(self, write: Write) -> Result:
        """Ask, and return what came of the last query."""
        from runbook_runner.executors._prometheus import Failed

        if self._to.warning:
            write("stderr", f"{self._to.warning}\n".encode())
        for text in self._before:
            try:
                self._told(write, f"> {text}\n", self._asked(text, write))
            except Failed as error:
                return _failed(error, text, write)
        queries = list(self._queries.values())
        if self._before:
            write("stdout", f"> {queries[-1]}\n".encode())
        try:
            return self._last(write)
        except Failed as error:
            return _failed(error, queries[0], write)

    def _told(self, write: Write, head: str, found: Found) -> None:
        from runbook_runner.executors._promql_show import instant

        write("stdout", (head + instant(found) + "\n").encode("utf-8", "replace"))

    def _last(self, write: Write) -> Result:
        from runbook_runner.executors import _promql_show as show
        from runbook_runner.executors._prometheus import plain, sample

        ratios: dict[str, float | str] = {}
        main: Found | None = None
        if any(self._queries):
            for name, text in self._queries.items():
                found = self._asked(text, write)
                ratios[name] = sample(found)
                main = main or found
            write("stdout", show.windows(ratios).encode())
        else:
            ratios = dict.fromkeys(self._request.windows, "the query has no $window")
        values: dict[str, Any] = {"windows": ratios}
        text = next(iter(self._queries.values()))
        if self._request.range is not None:
            drawn, until, step = self._drawn(text, self._request.range, write)
            write("stdout", show.window(drawn, self._request.range, until, step).encode("utf-8", "replace"))
            values |= {"series": plain(drawn, window=True)}
            value = sample(main) if main is not None else sample(drawn, until=until, step=step)
        else:
            if main is None:
                main = self._asked(text, write)
                write("stdout", show.instant(main).encode("utf-8", "replace"))
            elif len(main.series) > 1:
                write("stdout", ("\n" + show.instant(main)).encode("utf-8", "replace"))
            values |= {"series": plain(main, window=False)}
            value = sample(main)
        values["value"] = raising(value) if isinstance(value, str) else value
        return Result(0, values)

    def _asked(self, text: str, write: Write) -> Found:
        return self._found(NOW, {"query": text}, write)

    def _drawn(self, text: str, seconds: float, write: Write) -> tuple[Found, float, float]:
        import time

        from runbook_runner.executors._promql_show import step_for

        step = step_for(seconds)
        until = time.time()
        asked = {"query": text, "start": f"{until - seconds:.3f}", "end": f"{until:.3f}", "step": f"{step:g}"}
        return self._found(_WINDOW, asked, write), until, step

    def _found(self, path: str, form: dict[str, str], write: Write) -> Found:
        from runbook_runner.executors._prometheus import ask
        from runbook_runner.executors._web import CONNECT

        if self._request.timeout is not None:
            form["timeout"] = f"{self._request.timeout:g}s"
        found = ask(self._to, path, form, self._line.run, self._silence, CONNECT)
        for line in found.said:
            write("stderr", f"{line}\n".encode("utf-8", "replace"))
        return found


def _failed(error: Failed, text: str, write: Write) -> Result:
    values = dict.fromkeys(("value", "series", "windows"), raising(error.message.partition("\n")[0]))
    if error.cancelled:
        return Result(1, values, error.message)
    write("stderr", f"{error.message}\n{_pointed(error.message, text)}".encode("utf-8", "replace"))
    return Result(1, values)


def _pointed(message: str, text: str) -> str:
    """Return the line of the query that an error names, with a mark below the place."""
    import re

    found = re.search(r"(?<![\d.])(\d{1,4}):(\d{1,5}): parse error", message)
    lines = text.split("\n")
    if found is None or not 0 < int(found[1]) <= len(lines):
        return ""
    line, column = lines[int(found[1]) - 1], int(found[2])
    return f"  {line}\n  {' ' * (column - 1)}^\n" if 0 < column <= len(line) + 1 else f"  {line}\n"
