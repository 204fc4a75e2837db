from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge_core.capability import Capability, Level, Support
from agentforge_core.errors import AdapterError
from agentforge_registry.manifest import SIZE_LIMIT, Manifest, parse, read

GOOD = """
contract = 1
framework = "somelib"
summary = "Somelib agents"
documentation = "https://example.org"
[capabilities]
streaming = "full"
structured_output = { level = "emulated", reason = "the host repairs" }
"teams.sequential" = { level = "versioned", since = "1.2", reason = "not before" }
teams.handoff = { level = "never", reason = "no" }
"""


def test_a_full_manifest() -> None:
    manifest = parse(GOOD)
    assert (manifest.contract, manifest.framework, manifest.summary) == (1, "somelib", "Somelib agents")
    assert manifest.documentation == "https://example.org"
    assert manifest.capabilities == {
        Capability.STREAMING: Support(Level.FULL),
        Capability.STRUCTURED_OUTPUT: Support(Level.EMULATED, reason="the host repairs"),
        Capability.TEAMS_SEQUENTIAL: Support(Level.VERSIONED, "1.2", "not before"),
        Capability.TEAMS_HANDOFF: Support(Level.NEVER, reason="no"),
    }


HEAD = 'contract = 1\nsummary = "s"\n'
WRONG = {
    "": ("contract", "expected a whole number"),
    "contract = true": ("contract", "found True"),
    'contract = "1"': ("contract", "found '1'"),
    "contract = 0": ("contract", "found 0"),
    "contract = 1": ("summary", "found nothing"),
    'contract = 1\nsummary = "a\\nb"': ("summary", "one line"),
    HEAD + "framework = 3": ("framework", "the name of a distribution"),
    HEAD + 'framwork = "x"': ("framwork", "is not a key"),
    HEAD + 'documentation = "file:///etc/passwd"': ("documentation", "https://"),
    HEAD + "capabilities = []": ("capabilities", "expected a table"),
    HEAD + '[capabilities]\nstreamng = "full"': ("capabilities.streamng", "is not a capability"),
    HEAD + '[capabilities]\nteams.nope = "full"': ("capabilities.teams.nope", "is not a capability"),
    HEAD + '[capabilities]\nstreaming = "ful"': ("capabilities.streaming", "found 'ful'"),
    HEAD + '[capabilities]\nstreaming = "unknown"': ("capabilities.streaming", "found 'unknown'"),
    HEAD + "[capabilities]\nstreaming = 1": ("capabilities.streaming", "found 1"),
    HEAD + "[capabilities]\nstreaming = {}": ("capabilities.streaming", "found nothing"),
    HEAD + "[capabilities]\nstreaming = {level = []}": ("capabilities.streaming", "found []"),
    HEAD + '[capabilities]\nstreaming = {level = "versioned", reason = "x"}': (
        "capabilities.streaming",
        "expected since",
    ),
    HEAD + '[capabilities]\nstreaming = {level = "versioned", since = 1.2, reason = "x"}': (
        "capabilities.streaming.since",
        "found 1.2",
    ),
    HEAD + '[capabilities]\nstreaming = {level = "versioned", since = "soon", reason = "x"}': (
        "capabilities.streaming.since",
        "expected a version",
    ),
    HEAD + '[capabilities]\nstreaming = "never"': ("capabilities.streaming", "expected a reason"),
    HEAD + '[capabilities]\nstreaming = {level = "full", why = "x"}': (
        "capabilities.streaming.why",
        "is not a key",
    ),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_manifest_names_key_and_expectation(text: str) -> None:
    key, words = WRONG[text]
    with pytest.raises(AdapterError) as caught:
        parse(text, "/somewhere/adapter.toml")
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.path, problem.file) == ("AF2009", key, "/somewhere/adapter.toml")
    assert words in problem.message
    assert key in problem.message


@pytest.mark.parametrize(
    ("text", "near"),
    [
        (HEAD + 'framwork = "x"', "'framework'"),
        (HEAD + '[capabilities]\nstreamng = "full"', "'streaming'"),
        (HEAD + '[capabilities]\n"teams.handof" = "full"', "'teams.handoff'"),
        (HEAD + '[capabilities]\nstreaming = "emulted"', "'emulated'"),
    ],
)
def test_a_near_name_is_offered(text: str, near: str) -> None:
    with pytest.raises(AdapterError) as caught:
        parse(text)
    assert caught.value.first.hint == f"did you mean {near}?"


def test_all_problems_at_once() -> None:
    with pytest.raises(AdapterError) as caught:
        parse('contract = 1\nx = 1\n[capabilities]\nstreaming = "never"\nlift = 3')
    assert len(caught.value.diagnostics) == 4


def test_a_manifest_of_another_contract_is_not_judged() -> None:
    manifest = parse('contract = 2\nsummary = "new"\nsomething = 1\n[capabilities]\ntelepathy = "full"')
    assert (manifest.contract, manifest.summary, manifest.capabilities) == (2, "new", {})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"contract = ", "is not TOML"),
        (b"\xff\xfe", "is not UTF-8 at byte 0"),
        (b"#" * (SIZE_LIMIT + 1), "is larger than"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, "is not TOML"),
        (b"contract = " + b"9" * 5000, "is not TOML"),
    ],
)
def test_files_that_cannot_be_manifests(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "adapter.toml"
    file.write_bytes(content)
    with pytest.raises(AdapterError) as caught:
        read(file)
    assert words in caught.value.first.message


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="cannot be read"):
        read(tmp_path / "adapter.toml")


VALUES = st.recursive(
    st.one_of(
        st.integers(-3, 3),
        st.booleans(),
        st.sampled_from([*Level]).map(str),
        st.text(max_size=6),
        st.just("1.2"),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["level", "since", "reason", "sequential", "x"]), inner, max_size=4),
    ),
    max_leaves=6,
)
KEYS = st.one_of(
    st.sampled_from(
        ["contract", "framework", "summary", "documentation", "capabilities", "teams", *map(str, Capability)]
    ),
    st.text(max_size=6),
)


def toml(value: object) -> str:
    """`value` as a TOML value."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    return "[" + ", ".join(map(toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


def outcome(text: str) -> Manifest | AdapterError:
    try:
        return parse(text)
    except AdapterError as error:
        return error


@given(st.dictionaries(KEYS, VALUES, max_size=6), st.dictionaries(KEYS, VALUES, max_size=8), st.booleans())
def test_any_table_is_a_manifest_or_a_reasoned_error(
    top: dict[str, object], capabilities: dict[str, object], valid: bool
) -> None:
    table = {**top, **({"contract": 1, "summary": "s", "capabilities": capabilities} if valid else {})}
    found = outcome("".join(f"{json.dumps(k)} = {toml(v)}\n" for k, v in table.items()))
    if isinstance(found, Manifest):
        assert all(isinstance(s, Support) for s in found.capabilities.values())
    else:
        assert all(d.code == "AF2009" and d.message for d in found.diagnostics)


@given(st.text())
def test_any_text_is_a_manifest_or_a_reasoned_error(text: str) -> None:
    for candidate in (text, f"contract = 1\n{text}"):
        found = outcome(candidate)
        assert isinstance(found, Manifest) or found.diagnostics
