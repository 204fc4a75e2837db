"""Whole error texts of wrong documents, as `agentforge validate` shows them.

To change them, run with AGENTFORGE_GOLDEN=write and read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentforge_compat.documents import upgrade
from agentforge_core.document import read
from agentforge_core.document.build import build
from agentforge_core.errors import DocumentError

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("case", sorted(p.stem for p in GOLDEN.glob("*.yaml")))
def test_golden(case, monkeypatch):
    monkeypatch.chdir(GOLDEN)
    with pytest.raises(DocumentError) as caught:
        build(upgrade(read(f"{case}.yaml")))
    places = [(d.line, d.column) for d in caught.value.diagnostics]
    assert places == sorted(places)
    expected = GOLDEN / f"{case}.txt"
    text = f"{caught.value}\n"
    if os.environ.get("AGENTFORGE_GOLDEN") == "write":
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
    for jargon in (
        "Input should",
        "Extra inputs",
        "pydantic",
        "string_type",
        "model_type",
        "tuple",
        "dict",
        "NoneType",
        "sk-",
    ):
        assert jargon not in text
