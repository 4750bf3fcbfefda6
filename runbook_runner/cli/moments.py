"""Times as people write them on the command line."""

from __future__ import annotations

import re
import time

import click

_SKEW = 120.0
"""Seconds by which another clock may be ahead of this one."""


def moment(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    """Read `--since`: a duration ago (`20m`), a time of day (`03:12`) or an ISO time."""
    if value is None:
        return None
    when = _moment(value.strip().removesuffix(" ago"))
    if when > time.time() + _SKEW:
        raise click.BadParameter(f"{value!r} has not come yet: the page was before now")
    return when


def _moment(value: str) -> float:
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    if re.fullmatch(r"(\d{1,6}[smhd])+", value):
        return time.time() - sum(int(n) * units[u] for n, u in re.findall(r"(\d+)([smhd])", value))
    from datetime import datetime, timedelta

    try:
        if re.fullmatch(r"\d\d?:\d\d", value):
            hour, minute = (int(part) for part in value.split(":"))
            now = datetime.now().astimezone()
            then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
            return (then if then <= now else then - timedelta(days=1)).timestamp()
        return datetime.fromisoformat(value).astimezone().timestamp()
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(f"{value!r} is not a time: 20m, 03:12 or 2026-11-23T03:12Z") from error
