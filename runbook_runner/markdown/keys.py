"""The keys of the front matter: what the reader, the near-miss finding and the published schema share."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": ["string", "number", "null"]}
_DURATION = {"type": ["string", "integer"], "pattern": r"^\s*\d+(\.\d+)?\s*[A-Za-z]+.*$"}
_TEXTS = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_PARAMETER: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "type": {
            "enum": ["string", "integer", "number", "boolean"],
            "default": "string",
            "description": 'A number below zero needs a `pattern`: `kill "$PID"` with -1 ends everything.',
        },
        "default": {"type": ["string", "number", "boolean", "null"]},
        "from": {"type": "string", "description": "Where to take it from, such as `alert.labels.namespace`."},
        "choices": {"type": "array", "items": {"type": ["string", "number", "boolean"]}, "minItems": 1},
        "pattern": {"type": "string", "description": "A regular expression that the whole value must match."},
        "secret": {"type": "boolean", "default": False},
        "description": {"type": "string"},
    },
}
_CONTACT: dict[str, Any] = {
    "type": "object",
    "required": ["to"],
    "additionalProperties": False,
    "properties": {
        "to": {"type": "string"},
        "after": {**_DURATION, "description": "Counted from the page, such as `10m`."},
        "via": {"type": "string", "description": "Such as `pagerduty:payments` or `slack:#dba`."},
    },
}
_REVIEWED: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "by": {"type": "string"},
        "date": {"type": "string", "format": "date"},
        "every": {**_DURATION, "description": "How often a review is due, such as `90d`."},
    },
}
_TRIGGER: dict[str, Any] = {
    "oneOf": [
        {"type": "string"},
        {"type": "object", "required": ["alert"], "properties": {"alert": {"type": "string"}}},
    ]
}
_TARGET: dict[str, Any] = {
    "type": "object",
    "required": ["kind"],
    "properties": {
        "kind": {"type": "string", "description": "Such as `postgresql`, `kubernetes`, `prometheus`, `http` or `ssh`."},
        "production": {"type": "boolean", "default": False, "description": "A change wants the target's name typed."},
    },
}
_TARGETS: dict[str, Any] = {
    "oneOf": [
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}},
        {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]*$"},
            "additionalProperties": {"oneOf": [_TARGET, {"type": "string", "pattern": "://"}, {"type": "null"}]},
        },
    ],
    "description": "What `target=NAME` may name: names from runbook.toml, or names with an address or settings. Never "
    "a secret.",
}
_TRIGGERS: dict[str, Any] = {"type": "array", "items": _TRIGGER}

KEYS: dict[str, dict[str, Any]] = {
    "title": {**_TEXT, "description": "Wins over the first heading."},
    "kind": {"enum": ["runbook", "playbook"], "default": "runbook"},
    "service": _TEXT,
    "owner": _TEXT,
    "severity": _TEXT,
    "triggers": {**_TRIGGERS, "description": "The alerts that call for this runbook."},
    "dashboard": {"type": "string", "description": "Address of the dashboard."},
    "logs": {"type": "string", "description": "Address of the logs."},
    "parameters": {
        "type": "object",
        "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
        "additionalProperties": {"oneOf": [_PARAMETER, {"type": ["string", "number", "boolean", "null"]}]},
        "description": "Values that commands need; a plain value is the default.",
    },
    "targets": _TARGETS,
    "escalation": {"type": "array", "items": _CONTACT, "description": "The ladder of contacts."},
    "reviewed": {**_REVIEWED, "description": "Who last read it against the system, when, how often that is due."},
    "draft": {"type": "boolean", "default": False},
    "tags": _TEXTS,
}
"""What we define."""

FOREIGN: dict[str, dict[str, Any]] = {
    "owners": {**_TEXTS, "description": "Understood as `owner`."},
    "services": {**_TEXTS, "description": "Understood as `service`."},
    "dashboards": {**_TEXTS, "description": "Understood as `dashboard`."},
    "trigger": {**_TRIGGER, "description": "Understood as `triggers`."},
    "owner_slack": {**_TEXT, "description": "Understood as `owner`."},
    "team": {**_TEXT, "description": "Understood as `owner`."},
    "alert": {**_TEXTS, "description": "Understood as `triggers`."},
    "alerts": {**_TEXTS, "description": "Understood as `triggers`."},
    "last_reviewed_on": {"type": "string", "description": "Understood as `reviewed.date`."},
    "last_reviewed_by": {"type": "string", "description": "Understood as `reviewed.by`."},
    "review_in": {**_DURATION, "description": "Understood as `reviewed.every`."},
}
"""What other tools write and we understand."""

PASSED_OVER = frozenset(
    [
        "weight",
        "layout",
        "date",
        "description",
        "aliases",
        "slug",
        "author",
        "authors",
        "menu",
        "lastmod",
        "categories",
        "sidebar_label",
        "sidebar_position",
        "id",
        "url",
        "permalink",
        "summary",
        "keywords",
        "toc",
        "parent",
        "nav_order",
        "type",
        "version",
        "status",
        "created",
        "updated",
        "name",
        "log",
        "logo",
        "reviewer",
        "reviewers",
        "tag",
    ]
)
"""Other tools' keys, so like ours in spelling or so common that no finding is owed."""
PARAMETER_KEYS = tuple(_PARAMETER["properties"])
CONTACT_KEYS = tuple(_CONTACT["properties"])
REVIEWED_KEYS = tuple(_REVIEWED["properties"])


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the front matter."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Front matter of a runbook",
        "description": "Facts about a runbook. Unknown keys are kept, never refused.",
        "type": "object",
        "properties": {**KEYS, **FOREIGN},
        "additionalProperties": True,
    }
