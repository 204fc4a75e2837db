"""What the three readers make of texts that people write."""

from __future__ import annotations

import pytest

from agentforge_core.document import Bounds, parse
from agentforge_core.errors import DocumentError


def fails(content, kind="yaml", **bounds):
    with pytest.raises(DocumentError) as caught:
        parse(content, kind, bounds=Bounds(**bounds))
    return caught.value.diagnostics


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("no", "no"),
        ("off", "off"),
        ("true", True),
        ("False", False),
        ("2026-11-20", "2026-11-20"),
        ("2026-11-20 10:00:00", "2026-11-20 10:00:00"),
        ("1:30", "1:30"),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-7", -7),
        ("~", None),
        ("", None),
        ("null", None),
        ('"3"', "3"),
        ("! 3", "3"),
        ("!!str 3", "3"),
        ("!!float 3", 3.0),
        ("!!int 0x10", 16),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        ("18446744073709551615", 2**64 - 1),
    ],
)
def test_yaml_scalars_follow_the_core_schema(written, value):
    found = parse(f"on: {written}", "yaml").data
    assert found == {"on": value}
    assert type(found["on"]) is type(value)


def test_aliases_and_merge_keys():
    text = "a: &a {x: 1, y: [2]}\nb: *a\nc: {<<: *a, x: 9}\nd: {<<: [{x: 5}, *a]}\n"
    data = parse(text, "yaml").data
    assert data["b"] == {"x": 1, "y": [2]}
    assert data["c"] == {"x": 9, "y": [2]}
    assert data["d"] == {"x": 5, "y": [2]}
    data["b"]["y"].append(3)
    assert data["a"]["y"] == [2], "an alias is a copy"


def test_a_merged_key_is_located_where_it_is_written():
    source = parse("a: &a\n  x: 1\nb:\n  <<: *a\n  y: 2\n", "yaml")
    assert source.locate(("b", "x")) == (2, 6)
    assert source.locate(("b", "y"), key=True) == (5, 3)


def test_locate_falls_back_to_the_nearest_ancestor():
    source = parse("agents:\n  writer:\n    role: x\n", "yaml")
    assert source.locate(("agents", "writer", "tools", 3)) == (3, 5)
    assert source.locate(("agents", "writer", "tools", 3), key=True) == (2, 3)
    assert source.locate(()) == (1, 1)
    assert source.locate(("nothing",)) == (1, 1)


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r"])
def test_every_line_break_counts_once(break_):
    source = parse(break_.join(["a: 1", "b:", "  c: \u2028x", "d: 2"]), "yaml")
    assert source.locate(("b", "c")) == (3, 6)
    assert source.locate(("d",)) == (4, 4)


def test_line_breaks_of_yaml_1_1_are_characters_in_1_2():
    text = "a: x\x85y\u2028z\nb: 'p\u2029\ue000'\n"
    assert parse(text, "yaml").data == {"a": "x\x85y\u2028z", "b": "p\u2029\ue000"}


def test_a_byte_order_mark_is_no_part_of_the_text():
    for kind, text in (("yaml", "a: 1"), ("json", '{"a": 1}'), ("toml", "a = 1")):
        source = parse(b"\xef\xbb\xbf" + text.encode(), kind)
        assert source.data == {"a": 1}
        assert source.locate(("a",), key=True)[0] == 1


def test_json_positions():
    source = parse('{\n\t"a": [1,\n\t\t{"b\\u0041": "x"}],\n "c": true}', "json")
    assert source.data == {"a": [1, {"bA": "x"}], "c": True}
    assert source.locate(("a",), key=True) == (2, 2)
    assert source.locate(("a", 1, "bA")) == (3, 15)
    assert source.locate(("c",)) == (4, 7)


TOML = '''agentforge = 1
text = """
[agents.false]
key = 1
"""
[agents.writer]
role = 'x = 1'   # y = 2
tools = [
  "one", # [table]
  {a.b = 1},
]
"odd key".inner = 2026-11-20
[[teams.desk.steps]]
n = 1
[[teams.desk.steps]]
n = 2
'''


def test_toml_positions():
    source = parse(TOML, "toml")
    assert source.data["agents"]["writer"]["odd key"] == {"inner": "2026-11-20"}
    assert source.locate(("text",)) == (2, 8)
    assert source.locate(("agents", "writer"), key=True) == (6, 9)
    assert source.locate(("agents", "writer", "tools", 0)) == (9, 3)
    assert source.locate(("agents", "writer", "tools", 1, "a", "b"), key=True) == (10, 6)
    assert source.locate(("agents", "writer", "odd key", "inner")) == (12, 19)
    assert source.locate(("teams", "desk", "steps", 1, "n")) == (16, 5)


def test_toml_dates_stay_text():
    data = parse("a = 2026-11-20T10:00:00Z\nb = [10:30:00]\nc = 2026-11-20\n", "toml").data
    assert data == {"a": "2026-11-20T10:00:00+00:00", "b": ["10:30:00"], "c": "2026-11-20"}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "yaml",
            "a: &a [x, x, x, x, x, x, x, x, x]\n"
            + "".join(
                f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n"
                for a, b in zip("abcdefgh", "bcdefghi", strict=True)
            ),
        ),
        (
            "yaml",
            "a: &a {x: 1}\n"
            + "".join(
                f"{b}: &{b} {{{', '.join(f'k{i}: *{a}' for i in range(9))}}}\n"
                for a, b in zip("abcdefgh", "bcdefghi", strict=True)
            ),
        ),
        ("yaml", "a: &a '" + "x" * 100_000 + "'\nb: [" + "*a, " * 200 + "]\n"),
        ("json", '{"a": [' + "1," * 150_000 + "1]}"),
        ("toml", "".join(f"[[a]]\nb.c{i} = 1\n" for i in range(35_000))),
        ("yaml", "a: " + "[" * 2_000),
        ("json", '{"a": ' + "[" * 500_000),
        ("toml", "a = " + "[" * 500_000),
        ("toml", "a" + ".a" * 400_000 + " = 1"),
        ("toml", "a = " + "{a = " * 100_000),
        ("yaml", "- " * 100_000),
        (
            "yaml",
            "a: &a [[[[[[[[x]]]]]]]]\n"
            + "".join(
                f"{b}: &{b} [[[[[[[[*{a}]]]]]]]]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
            ),
        ),
        ("yaml", "a: " + "x" * (1 << 20)),
    ],
    ids=range(13),
)
def test_limits_are_clear_errors(kind, text):
    assert {d.code for d in fails(text, kind)} == {"AF1004"}


def test_the_limits_themselves_are_allowed():
    for kind, template in (("yaml", "a: {}"), ("json", '{{"a": {}}}'), ("toml", "a = {}")):
        assert parse(template.format("[" * 63 + "]" * 63), kind)
        assert fails(template.format("[" * 64 + "]" * 64), kind)[0].code == "AF1004"
    assert parse("a: [1, 2]", "yaml", bounds=Bounds(nodes=5))
    assert fails("a: [1, 2]", nodes=4)[0].code == "AF1004"
    assert parse("a: x", "yaml", bounds=Bounds(size=4))
    assert fails("a: x", size=3)[0].code == "AF1004"


@pytest.mark.parametrize(
    ("kind", "text", "code", "place"),
    [
        ("yaml", "a: 1\nb: {c: 1, c: 2}", "AF1006", (2, 11)),
        ("json", '{"a": 1,\n "a": 2}', "AF1006", (2, 2)),
        ("toml", "a = 1\na = 2", "AF1006", (2, 1)),
        ("toml", "[a]\n[b]\n[a]\n", "AF1006", (3, 1)),
        ("toml", "a = {b = 1, b = 2}", "AF1006", (1, 13)),
        ("toml", "a = 1\n[a]\n", "AF1005", (2, 3)),
        ("yaml", "a: !!python/object:os.system x", "AF1007", (1, 4)),
        ("yaml", "a: !foo {}", "AF1007", (1, 4)),
        ("yaml", "!!set {a}", "AF1007", (1, 1)),
        ("yaml", "a: !!int x", "AF1007", (1, 4)),
        ("yaml", "a: !!%ff x", "AF1005", (1, 6)),
        ("yaml", "%YAML 1.1\n---\na: 1", "AF1007", (2, 1)),
        ("yaml", "a: 1\n---\nb: 1", "AF1007", (2, 1)),
        ("yaml", "a: *b", "AF1007", (1, 4)),
        ("yaml", "a: &a [*a]", "AF1007", (1, 8)),
        ("yaml", "<<: 3", "AF1007", (1, 1)),
        ("yaml", "{<<: {}, <<: {}}", "AF1006", (1, 10)),
        ("yaml", "agents:\n  1: {}", "AF1008", (2, 3)),
        ("yaml", "true: 1", "AF1008", (1, 1)),
        ("yaml", "? [a]\n: 1", "AF1008", (1, 3)),
        ("yaml", ": 1", "AF1008", (1, 1)),
        ("yaml", "a: .nan", "AF1009", (1, 4)),
        ("json", '{"a": [NaN]}', "AF1009", (1, 8)),
        ("json", '{"a": -Infinity}', "AF1009", (1, 7)),
        ("json", '{"a": 1e999}', "AF1009", (1, 7)),
        ("toml", "a = inf", "AF1009", (1, 5)),
        ("yaml", "a: " + "9" * 5000, "AF1009", (1, 4)),
        ("json", '{"a": ' + "9" * 5000 + "}", "AF1009", (1, 7)),
        ("toml", "a = " + "9" * 5000, "AF1009", (1, 5)),
        ("toml", "a = 0x" + "f" * 5000, "AF1009", (1, 5)),
        ("yaml", 'a: "\\ud800"', "AF1009", (1, 4)),
        ("yaml", 'a: "\\UFFFFFFFF"', "AF1005", (1, 1)),
        ("json", '{"a": {"\\ud800": 1}}', "AF1009", (1, 7)),
        ("yaml", "a: b\x00", "AF1003", (1, 5)),
        ("yaml", "a: b\x07", "AF1003", (1, 5)),
        ("yaml", b"a: 1\nb: \xe4", "AF1003", (2, 4)),
        ("json", "a: 1".encode("utf-16"), "AF1003", (1, 1)),
        ("yaml", "a: \ud800", "AF1003", (1, 4)),
        ("yaml", "", "AF1010", (1, 1)),
        ("json", " \n", "AF1010", (1, 1)),
        ("yaml", "# nothing\n", "AF1010", (1, 1)),
        ("yaml", "- a", "AF1010", (1, 1)),
        ("json", "3", "AF1010", (1, 1)),
        ("json", '{"a": 1,}', "AF1005", (1, 8)),
        ("json", '{"a": [1,\n]}', "AF1005", (1, 9)),
        ("json", '{"a": "x\ny"}', "AF1005", (1, 9)),
        ("json", '{"a": 1} x', "AF1005", (1, 10)),
        ("json", "{'a': 1}", "AF1005", (1, 2)),
        ("toml", "a", "AF1005", (1, 2)),
        ("toml", "a = x", "AF1005", (1, 5)),
        ("toml", "a = 'x\nb = 1", "AF1005", (2, 6)),
    ],
)
def test_bad_texts(kind, text, code, place):
    found = fails(text, kind)
    assert [(d.code, (d.line, d.column)) for d in found] == [(code, place)]


def test_a_duplicate_key_names_both_lines():
    for kind, text in (
        ("yaml", "a: 1\nb: 2\na: 3"),
        ("json", '{"a": 1,\n"b": 2,\n"a": 3}'),
        ("toml", "a=1\nb=2\na=3"),
    ):
        assert "lines 1 and 3" in fails(text, kind)[0].message


def test_all_wrong_keys_are_found_at_once():
    found = fails("1: a\nb: {2: c, d: 1, d: 2}\ne: !x y\n")
    assert [d.code for d in found] == ["AF1008", "AF1008", "AF1006", "AF1007"]


def test_the_byte_offset_of_what_is_not_utf8_is_said():
    assert "byte 0xe4 at byte offset 8" in fails(b"a: 1\nb: \xe4")[0].message


def test_another_format_is_a_wrong_call():
    with pytest.raises(ValueError, match="xml"):
        parse("", "xml")
