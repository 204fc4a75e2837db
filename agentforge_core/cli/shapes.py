"""The JSON shapes of `run --json` and `run --events`, for programs that read them.

Kept by hand, because they are a promise; tests hold them against what runs really print.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, get_args

from agentforge_core.boundary.events import EventType
from agentforge_core.capability import Level
from agentforge_core.diagnostics import Severity
from agentforge_core.errors import ForgeError, RunError
from agentforge_core.runs.result import Status, error_object

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ADDRESS = "https://github.com/agentforge/agentforge/schema/"


def no_run(error: ForgeError) -> dict[str, Any]:
    """The `run` object of a run that never began."""
    return {
        "run_id": None,
        "status": error.status if isinstance(error, RunError) else "failed",
        "output": None,
        "adapter": None,
        "placements": [],
        "usage": {
            "model_calls": 0,
            "tool_calls": 0,
            "input_tokens": 0,
            "output_tokens": 0,
            "cost_usd": 0.0,
        },
        "diagnostics": [d.to_dict() for d in error.diagnostics],
        "error": error_object(error),
    }


def run_schema() -> dict[str, Any]:
    """JSON Schema of the object that `run --json` prints."""
    return {
        "$schema": _DIALECT,
        "$id": f"{_ADDRESS}run-1.json",
        "title": "AgentForge run",
        "description": "How a run ended, or why it never began (`run_id` is null then).",
        **_object(
            run_id=_nullable("string", "Name of the run."),
            status={"enum": list(get_args(Status)), "description": "How it ended."},
            output={
                "description": "The answer: text, or JSON where an output schema was given; null without."
            },
            adapter={
                "description": "Adapter of the last task; null when none was reached.",
                "anyOf": [{"$ref": "#/$defs/adapter"}, {"type": "null"}],
            },
            placements={
                "type": "array",
                "items": {"$ref": "#/$defs/placement"},
                "description": "Each agent or team with the adapter it ran on.",
            },
            usage={"$ref": "#/$defs/usage"},
            diagnostics={
                "type": "array",
                "items": {"$ref": "#/$defs/diagnostic"},
                "description": "Remarks.",
            },
            error={
                "description": "Why it did not succeed; null when it did.",
                "anyOf": [{"$ref": "#/$defs/error"}, {"type": "null"}],
            },
        ),
        "$defs": _definitions(),
    }


def event_schema() -> dict[str, Any]:
    """JSON Schema of each line that `run --events` prints."""
    number = {"type": "integer", "minimum": 1}
    return {
        "$schema": _DIALECT,
        "$id": f"{_ADDRESS}event-1.json",
        "title": "AgentForge event",
        "description": "One thing that happened in a run.",
        **_object(
            run_id={"type": "string", "description": "The run."},
            seq={
                **number,
                "description": "Number within the run, from 1; a delta carries that of its model.started.",
            },
            type={"enum": list(get_args(EventType)), "description": "What happened."},
            time={"type": "string", "format": "date-time", "description": "When, in UTC."},
            task=_nullable("string", "The task it belongs to."),
            agent=_nullable("string", "The agent it belongs to."),
            parent={
                "description": "`seq` of the event this one happened within.",
                "anyOf": [number, {"type": "null"}],
            },
            data={"type": "object", "description": "More, by type."},
        ),
    }


def document_schema() -> dict[str, Any]:
    """JSON Schema of a document."""
    from agentforge_core.document.schema import document_schema as schema

    return schema()


SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "document": document_schema,
    "run": run_schema,
    "event": event_schema,
}
"""Every shape that `agentforge schema` prints and docs/schema/ keeps."""


def schema_text(name: str) -> str:
    """The schema of one shape as text, exactly what docs/schema/NAME.json holds."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"


def _definitions() -> dict[str, Any]:
    count = {"type": "integer", "minimum": 0}
    return {
        "adapter": _object(
            name={"type": "string", "description": "What `on:` says."},
            version={"type": "string", "description": "Version of the adapter."},
            framework_version=_nullable("string", "Version of its framework; null where it drives none."),
        ),
        "placement": {
            "type": "object",
            "description": "An `agent` or a `team`, and where it ran.",
            "properties": {
                "agent": {"type": "string"},
                "team": {"type": "string"},
                "adapter": {"$ref": "#/$defs/adapter"},
                "level": {"enum": [str(level) for level in Level]},
            },
            "required": ["adapter", "level"],
        },
        "usage": _object(
            model_calls={**count, "description": "Model calls; repeated requests count once."},
            tool_calls={**count, "description": "Tool calls."},
            input_tokens={**count, "description": "Tokens sent, as the providers reported them."},
            output_tokens={**count, "description": "Tokens received."},
            cost_usd={
                "description": "US dollars; null when any price is not known.",
                "anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}],
            },
        ),
        "diagnostic": _object(
            code={"type": "string", "pattern": "^AF[0-9]{4}$", "description": "Explained in docs/errors.md."},
            message={"type": "string", "description": "What is the matter."},
            severity={"enum": [str(severity) for severity in Severity]},
            path=_nullable("string", "Place in the user's terms, such as agents.writer.tools[2]."),
            file=_nullable("string", "The document."),
            line=_nullable("integer", "Line, from 1."),
            column=_nullable("integer", "Column, from 1."),
            subject=_nullable("string", "Who cannot do it, at which version."),
            reason=_nullable("string", "Why."),
            hint=_nullable("string", "What would help."),
        ),
        "error": _object(
            code={"type": "string", "pattern": "^AF[0-9]{4}$"},
            message={"type": "string"},
            path=_nullable("string", "Place in the user's terms."),
            hint=_nullable("string", "What would help."),
        ),
    }


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }


def _nullable(kind: str, description: str) -> dict[str, Any]:
    return {"type": [kind, "null"], "description": description}
