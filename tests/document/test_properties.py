"""Properties of reading: whatever comes in, a source or an error of ours comes out."""

from __future__ import annotations

import io
import json
import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from agentforge_core.document import parse
from agentforge_core.errors import ForgeError

# readers of YAML in pure Python are slow on a loaded machine; what matters is the variety
many = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])

FORMATS = ("yaml", "json", "toml")
SEEDS = {
    "yaml": "agentforge: 1\na: &x {b: [1, *y, 'c']}\n<<: *x\nt: |\n  text\n",
    "json": '{"agentforge": 1, "a": {"b": [1, -2.5e3, "c\\u00e9", null, true]}}',
    "toml": 'agentforge = 1\n[a.b]\nc = [1, {d = "e"}, """f\n""", 1979-05-27]\n[[g]]\nh.i = \'j\'\n',
}
noise = st.text(
    st.sampled_from("{}[]:,-?*&!|>%@`\"'#\n\t \r\\ab01.=<~\u2028\x85é\x00\ud800\ufeff_eE"), max_size=60
)
text = st.text(st.characters(codec="utf-8"), max_size=12)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
documents = st.dictionaries(text, values, min_size=1, max_size=5)


def reads_or_refuses(content, kind):
    refused = ForgeError()
    try:
        parse(content, kind)
    except ForgeError as e:
        refused = e
    assert all(re.fullmatch(r"AF10\d\d", d.code) and d.file == "<text>" for d in refused.diagnostics)
    str(refused).encode()


@pytest.mark.parametrize("kind", FORMATS)
@many
@given(content=st.binary(max_size=60) | st.text(max_size=60) | noise)
@example(content="a: !!%ff x")
def test_any_input(kind, content):
    reads_or_refuses(content, kind)


@pytest.mark.parametrize("kind", FORMATS)
@many
@given(data=st.data())
def test_damaged_documents(kind, data):
    seed = SEEDS[kind]
    start = data.draw(st.integers(0, len(seed)))
    end = data.draw(st.integers(start, len(seed)))
    reads_or_refuses(seed[:start] + data.draw(noise) + seed[end:], kind)


def to_yaml(data):
    stream = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.allow_unicode = False  # it would write U+0085 as a line break, which it is in YAML 1.1 only
    writer.default_flow_style = False  # in flow style it writes keys such as :0 bare and cannot read them
    writer.width = 1 << 20  # and folds long quoted keys so that they gain blanks
    writer.dump(data, stream)
    return stream.getvalue()


def to_toml(data):
    def value(v):
        if isinstance(v, dict):
            return "{" + ", ".join(f"{string(k)} = {value(w)}" for k, w in v.items()) + "}"
        if isinstance(v, list):
            return "[\n" + "".join(f"  {value(w)},\n" for w in v) + "]"
        return string(v) if isinstance(v, str) else json.dumps(v)

    def string(s):
        return json.dumps(s, ensure_ascii=False).replace("\x7f", "\\u007f")

    tables = {k: v for k, v in data.items() if isinstance(v, dict)}
    lines = [f"{string(k)} = {value(v)}\n" for k, v in data.items() if k not in tables]
    for key, table in tables.items():
        lines += [f"[{string(key)}]\n", *(f"{string(k)} = {value(v)}\n" for k, v in table.items())]
    return "".join(lines)


def without_nothing(value):
    """TOML has no null."""
    if isinstance(value, dict):
        return {k: without_nothing(v) for k, v in value.items() if v is not None}
    return [without_nothing(v) for v in value if v is not None] if isinstance(value, list) else value


@many
@given(documents)
def test_what_is_written_as_yaml_reads_back(data):
    assert parse(to_yaml(data), "yaml").data == data


@many
@given(documents)
def test_what_is_written_as_json_reads_back(data):
    assert parse(json.dumps(data), "json").data == data
    assert parse(json.dumps(data, ensure_ascii=False, indent="\t"), "json").data == data


@many
@given(documents.map(without_nothing).filter(bool))
def test_what_is_written_as_toml_reads_back(data):
    assert parse(to_toml(data), "toml").data == data


def paths(value, path=()):
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*path, key)
        yield from paths(inner, (*path, key))


plain_key = st.from_regex(r"[a-z][a-z0-9]{3,8}", fullmatch=True).filter(
    lambda k: k not in ("true", "false", "null")
)
plain_documents = st.dictionaries(
    plain_key,
    st.recursive(
        st.integers(0, 9) | plain_key,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain_key, inner, max_size=3),
        max_leaves=10,
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize(
    ("kind", "write"),
    [("yaml", to_yaml), ("json", lambda d: json.dumps(d, indent=1)), ("json", json.dumps), ("toml", to_toml)],
)
@many
@given(data=plain_documents)
def test_every_path_is_located_at_its_own_text(kind, write, data):
    content = write(data)
    source = parse(content, kind)
    lines = content.splitlines()
    for path in paths(data):
        line, column = source.locate(path, key=True)
        here = lines[line - 1][column - 1 :]
        if isinstance(path[-1], str):
            assert here.lstrip('"').startswith(path[-1])
        line, column = source.locate(path)
        value = data
        for part in path:
            value = value[part]
        if isinstance(value, (int, str)):
            assert lines[line - 1][column - 1 :].lstrip('"').startswith(str(value))
