from __future__ import annotations

import itertools
import json

import pytest


@pytest.fixture
def say(tmp_path):
    """Writes a script and names the model that follows it."""
    numbers = itertools.count()

    def write(*replies, rules=()):
        path = tmp_path / f"script{next(numbers)}.json"
        shaped = [{"text": r} if isinstance(r, str) else r for r in replies]
        script = {"replies": shaped, "rules": list(rules)}
        path.write_text(json.dumps({k: v for k, v in script.items() if v}), encoding="utf-8")
        return f"scripted/{path}"

    return write


@pytest.fixture
def ask():
    """A reply that asks for tools: name, or name and arguments."""

    def reply(*calls, text=""):
        pairs = [(c, {}) if isinstance(c, str) else c for c in calls]
        return {"text": text, "tool_calls": [{"name": n, "arguments": a} for n, a in pairs]}

    return reply
