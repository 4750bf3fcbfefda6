"""An Alertmanager webhook as the cause of a run."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from runbook_runner.cli.terminal.style import printable
from runbook_runner.errors import InputError

_NAMED = 5
"""So many of the other alerts are named."""


class Alert(Struct, frozen=True):
    """One alert, as far as a run needs it."""

    name: str
    starts: float | None
    """Wall time at which it began to fire."""
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    remark: str = ""
    """What the webhook says beside this alert: that it is over, that others fire too."""


def read_alert(source: str) -> Alert:
    """Read a webhook from a file, or from standard input for `-`; a firing alert is preferred."""
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")
        payload = json.loads(text)
        # Half a character of JSON's is no text: it could be neither recorded nor shown.
        json.dumps(payload, ensure_ascii=False).encode()
    except OSError as error:
        raise InputError(f"{source}: {(error.strerror or str(error)).lower()}", "--alert takes a file or -") from error
    except UnicodeEncodeError as error:
        raise InputError(f"{source}: it holds half a character", "mend it, or name the runbook and no alert") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source}: this is not JSON: {error}", "pass the body of an Alertmanager webhook") from error
    return parse_alert(payload, source)


def parse_alert(payload: Any, source: str) -> Alert:
    """Return the alert that a webhook is about; InputError when it holds none."""
    alerts = payload.get("alerts") if isinstance(payload, dict) else None
    if not isinstance(alerts, list) or not alerts or not all(isinstance(alert, dict) for alert in alerts):
        raise InputError(f"{source}: there is no alert in it", "pass the body of an Alertmanager webhook (version 4)")
    alert = next((alert for alert in alerts if alert.get("status") == "firing"), alerts[0])
    labels = {**_strings(payload.get("commonLabels")), **_strings(alert.get("labels"))}
    annotations = {**_strings(payload.get("commonAnnotations")), **_strings(alert.get("annotations"))}
    return Alert(labels.get("alertname", ""), _time(alert.get("startsAt")), labels, annotations, _remark(alert, alerts))


def _remark(alert: dict[str, Any], alerts: list[dict[str, Any]]) -> str:
    firing = [_strings(each.get("labels")) for each in alerts if each.get("status") == "firing"]
    others = len(firing) - 1
    if alert.get("status") == "resolved":
        ended = _time(alert.get("endsAt"))
        since = f" since {datetime.fromtimestamp(ended, UTC):%Y-%m-%d %H:%M} UTC" if ended and ended > 0 else ""
        return f"this alert has stopped firing{since}"
    if others <= 0:
        return ""
    names = [_apart(labels, firing) for labels in firing]
    more = f", and {others - _NAMED} more" if others > _NAMED else ""
    fire = "more alerts fire" if others > 1 else "more alert fires"
    named = f": {', '.join(names[1 : _NAMED + 1])}{more}" if len(set(names)) > 1 else ""
    first = f", {names[0]}" if named else ""
    return printable(f"{others} {fire} in this webhook{named}; the run is for the first{first}")


def _apart(labels: dict[str, str], among: list[dict[str, str]]) -> str:
    """Return an alert's name with what tells it from the others: `Down (instance=web-2)`."""
    own = (name for name in labels if name != "alertname" and any(labels[name] != each.get(name) for each in among))
    said = ", ".join(f"{name}={labels[name]}" for name in own)
    return f"{labels.get('alertname', 'an alert')} ({said})" if said else labels.get("alertname", "an alert")


def _strings(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {name: text for name, text in value.items() if isinstance(name, str) and isinstance(text, str)}


def _time(value: Any) -> float | None:
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
