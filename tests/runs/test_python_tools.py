"""Python tools of documents: where they come from, and that loading leaves nothing behind."""

from __future__ import annotations

import json
import sys
import textwrap

import pytest

from agentforge_core import load
from agentforge_core.errors import DocumentError

ECHO = {"text": "{{last_tool_result}}"}


@pytest.fixture
def document(tmp_path):
    """Writes a document with one agent that calls the tool `x`, and the files beside it."""

    def write(reference, files, arguments=None, *, folder="doc", **settings):
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        for name, text in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(textwrap.dedent(text), encoding="utf-8")
        script = {"replies": [{"tool_calls": [{"name": "x", "arguments": arguments or {}}]}, ECHO]}
        (place / "script.json").write_text(json.dumps(script), encoding="utf-8")
        described = {
            "agentforge": 1,
            "models": {"default": {"model": "scripted/script.json"}},
            "tools": {"x": {"python": reference, **settings}},
            "agents": {"a": {"tools": ["x"]}},
        }
        (place / "desk.json").write_text(json.dumps(described), encoding="utf-8")
        return load(place / "desk.json")

    return write


@pytest.fixture(autouse=True)
def nothing_left(tmp_path):
    path, modules = list(sys.path), dict(sys.modules)
    yield
    assert sys.path == path
    for name in set(sys.modules) - set(modules):
        assert name.startswith("agentforge_document_") or str(tmp_path) not in str(
            getattr(sys.modules[name], "__file__", "")
        )
    assert {k: v for k, v in sys.modules.items() if k in modules} == modules


async def answer(forge):
    result = await forge.run(prompt="go")
    assert result.status == "succeeded", result.error
    return result.output


async def test_two_documents_with_a_module_of_one_name(document):
    text = "def f() -> str:\n    return '{}'\n"
    one = document("tools:f", {"tools.py": text.format("one")}, folder="one")
    two = document("tools:f", {"tools.py": text.format("two")}, folder="two")
    assert [await answer(one), await answer(two), await answer(one)] == ["one", "two", "one"]
    assert "tools" not in sys.modules


async def test_helpers_beside_the_module(document):
    files = {
        "tools.py": """
            import helper
            from pack.inner import number
            def f() -> int:
                return helper.double(number())
        """,
        "helper.py": "def double(n): return 2 * n",
        "pack/__init__.py": "",
        "pack/inner.py": """
            from . import deep
            def number(): return deep.VALUE
        """,
        "pack/deep.py": "VALUE = 21",
    }
    assert await answer(document("tools:f", files)) == "42"
    for name in ("tools", "helper", "pack", "pack.inner", "pack.deep"):
        assert name not in sys.modules


async def test_a_module_in_a_package(document):
    files = {"pack/__init__.py": "", "pack/tools.py": "def f() -> str:\n    return 'deep'"}
    assert await answer(document("pack.tools:f", files)) == "deep"


async def test_two_tools_share_the_module_they_both_import(document, tmp_path):
    files = {
        "one.py": "import state\ndef f() -> int:\n    state.hits.append(1)\n    return len(state.hits)",
        "two.py": "import one, state\ndef g() -> int:\n    one.f()\n    return len(state.hits)",
        "state.py": "hits = []",
    }
    forge = document("one:f", files)
    place = tmp_path / "doc"
    script = {"replies": [{"tool_calls": [{"name": "x"}]}, {"tool_calls": [{"name": "y"}]}, ECHO]}
    (place / "script.json").write_text(json.dumps(script), encoding="utf-8")
    described = json.loads((place / "desk.json").read_text(encoding="utf-8"))
    described["tools"]["y"] = {"python": "two:g"}
    described["agents"]["a"]["tools"].append("y")
    (place / "desk.json").write_text(json.dumps(described), encoding="utf-8")
    assert await answer(load(place / "desk.json")) == "2"
    del forge


@pytest.mark.parametrize("name", ["json", "string", "pydantic", "pytest", "agentforge_core"])
async def test_a_module_that_shadows_an_installed_one(document, name):
    forge = document(f"{name}:f", {f"{name}.py": "def f() -> str:\n    return 'mine'"})
    assert await answer(forge) == "mine"


async def test_a_helper_that_has_the_name_of_a_loaded_module(document, monkeypatch):
    import types

    stranger = types.ModuleType("helper")
    monkeypatch.setitem(sys.modules, "helper", stranger)
    files = {
        "tools.py": "from helper import word\ndef f() -> str:\n    return word",
        "helper.py": "word = 'mine'",
    }
    assert await answer(document("tools:f", files)) == "mine"
    assert sys.modules["helper"] is stranger


async def test_an_installed_module_needs_no_file(document):
    assert await answer(document("textwrap:dedent", {}, {"text": "  a"})) == "a"


FUTURE = """
    from __future__ import annotations
    from dataclasses import dataclass
    from typing import TYPE_CHECKING, Annotated
    from pydantic import BaseModel, Field
    from agentforge_core import tool

    class Query(BaseModel):
        text: str
        inner: Query | None = None

    @dataclass
    class Range:
        low: Annotated[int, Field(ge=0)]
        high: int = 9

    def f(query: Query, span: Range) -> str:
        return f"{query.inner.text} {span.low}-{span.high}"

    class Box:
        @staticmethod
        def g(query: Query, span: Range) -> str:
            return f(query, span)

        def __init__(self, word):
            self.word = word

        def h(self, query: Query, span: Range) -> str:
            return self.word + f(query, span)

    box = Box("boxed ")

    @tool(side_effects="none")
    def decorated(query: Query, span: Range) -> str:
        return f(query, span)

    async def later(query: Query, span: Range) -> str:
        return f(query, span)
"""


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ("f", "deep 1-9"),
        ("Box.g", "deep 1-9"),
        ("box.h", "boxed deep 1-9"),
        ("decorated", "deep 1-9"),
        ("later", "deep 1-9"),
    ],
)
async def test_annotations_that_are_read_later(document, which, expected):
    arguments = {"query": {"text": "a", "inner": {"text": "deep"}}, "span": {"low": 1}}
    forge = document(f"tools:{which}", {"tools.py": FUTURE}, arguments)
    assert await answer(forge) == expected


DECORATED = """
    from agentforge_core import tool

    @tool(name="other", description="From the code.", side_effects="none", on_error="fail", timeout_s=3)
    def f(n: int = 1) -> int:
        "Not used."
        return n
"""


async def test_settings_of_the_document_go_before_those_of_the_code(document):
    forge = document("tools:f", {"tools.py": DECORATED}, description="From the document.", timeout_s=9)
    assert await answer(forge) == "1"
    assert "From the document." in forge.lowered()
    plain = document("tools:f", {"tools.py": DECORATED}, folder="plain")
    assert "From the code." in plain.lowered()
    assert "tool x:" in plain.lowered()


async def test_on_error_of_the_code_holds(document):
    text = """
        from agentforge_core import tool
        @tool(on_error="fail")
        def f() -> None:
            raise ValueError("no")
    """
    forge = document("tools:f", {"tools.py": text})
    assert (await forge.run(prompt="go")).status == "failed"
    softened = document("tools:f", {"tools.py": text}, folder="soft", on_error="return")
    assert await answer(softened) == "Error: ValueError: no"


FAULTS = {
    "import error": (
        "import not_there_at_all",
        "ModuleNotFoundError: No module named 'not_there_at_all'",
        None,
    ),
    "raises": ("1 / 0", "ZeroDivisionError: division by zero", None),
    "syntax": ("def f(:\n  pass", "SyntaxError: ", None),
    "exit": ("import sys; sys.exit(3)", "SystemExit: 3", None),
    "missing function": (
        "def serch(): pass",
        "module 'tools' has no attribute 'search'",
        "did you mean 'serch'?",
    ),
    "not a function": ("search = 3", "TypeError: search is int, not a function", None),
    "no schema": ("def search(*a): pass", "TypeError: search: a tool cannot take *a", None),
}


@pytest.mark.parametrize(("text", "reason", "hint"), FAULTS.values(), ids=FAULTS.keys())
async def test_what_does_not_load(document, text, reason, hint):
    forge = document("tools:search", {"tools.py": text})
    with pytest.raises(DocumentError) as caught:
        await forge.run(prompt="go")
    problem = caught.value.first
    assert (problem.code, problem.path, caught.value.exit_code) == ("AF1201", "tools.x.python", 4)
    assert problem.reason.startswith(reason)
    assert problem.hint == hint
    assert "tools" not in sys.modules


async def test_a_missing_module(document):
    with pytest.raises(DocumentError) as caught:
        await document("nowhere_at_all:f", {}).run(prompt="go")
    assert caught.value.first.hint == "put nowhere_at_all.py beside the document"


async def test_an_attribute_missing_elsewhere_gives_no_odd_advice(document):
    with pytest.raises(DocumentError) as caught:
        await document("tools:getcwd", {"tools.py": "import os\nos.getcwdx()"}).run(prompt="go")
    assert caught.value.first.hint is None


async def test_a_mended_module_loads(document, tmp_path):
    forge = document("tools:f", {"tools.py": "1 / 0"})
    with pytest.raises(DocumentError):
        await forge.run(prompt="go")
    (tmp_path / "doc" / "tools.py").write_text("def f() -> str:\n    return 'mended now'", encoding="utf-8")
    assert await answer(forge) == "mended now"


async def test_a_module_that_changes_the_import_path(document):
    text = "import sys\nsys.path.remove(sys.path[0])\ndef f() -> str:\n    return 'x'"
    assert await answer(document("tools:f", {"tools.py": text})) == "x"


def test_loading_a_document_runs_no_code_of_it(document):
    document("tools:f", {"tools.py": "raise SystemExit('was imported')"})


async def test_only_the_tools_of_what_runs_are_loaded(document, tmp_path):
    forge = document("tools:f", {"tools.py": "def f() -> str:\n    return 'x'"})
    path = tmp_path / "doc" / "desk.json"
    described = json.loads(path.read_text(encoding="utf-8"))
    described["tools"]["broken"] = {"python": "gone:f"}
    described["agents"]["b"] = {"tools": ["broken"]}
    path.write_text(json.dumps(described), encoding="utf-8")
    assert (await load(path).run("a", prompt="go")).output == "x"
    del forge


async def test_what_is_installed_below_the_folder_stays_what_it_is(document, tmp_path, monkeypatch):
    """A virtual environment often lies beside the document."""
    site = tmp_path / "doc" / ".venv" / "site-packages"
    monkeypatch.syspath_prepend(str(site))
    files = {
        "tools.py": "import installed_thing\ndef f() -> str:\n    return installed_thing.__name__",
        ".venv/site-packages/installed_thing.py": "",
    }
    assert await answer(document("tools:f", files)) == "installed_thing"
    assert "installed_thing" in sys.modules
    del sys.modules["installed_thing"]


async def test_a_module_that_the_program_has_imported_itself_is_shared(document, tmp_path, monkeypatch):
    forge = document(
        "shared_tools:f", {"shared_tools.py": "hits = []\ndef f() -> int:\n    return len(hits)"}
    )
    monkeypatch.syspath_prepend(str(tmp_path / "doc"))
    import shared_tools

    shared_tools.hits.append(1)
    assert await answer(forge) == "1"
    assert sys.modules["shared_tools"] is shared_tools
    del sys.modules["shared_tools"]
