from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge_core.ir import fill, placeholders

NAMES = st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_]{0,8}\Z")
PLAIN = st.text(alphabet=st.characters(exclude_characters="{}", exclude_categories=["Cs"]), max_size=20)
BRACED = st.text(alphabet="{}ab1_ :\"'!.,[]\n" + string.ascii_letters, max_size=40)


@given(BRACED)
def test_any_text_can_be_filled(text):
    fill(text, dict.fromkeys(placeholders(text), ""))


@given(PLAIN, PLAIN, NAMES, PLAIN)
def test_a_placeholder_becomes_its_value(before, after, name, value):
    assert fill(f"{before}{{{name}}}{after}", {name: value}) == before + value + after


@given(BRACED, NAMES)
def test_values_are_never_filled_again(value, name):
    inputs = {"a": "refilled", "b": "refilled", name: value}
    assert fill(f"<{{{name}}}>", inputs) == f"<{value}>"


@given(NAMES)
def test_doubled_braces_are_the_text_itself(name):
    text = f"{{{{{name}}}}}"
    assert placeholders(text) == ()
    assert fill(text, {}) == f"{{{name}}}"


@pytest.mark.parametrize(
    "text",
    [
        '{"key": 1, "other": {"deep": []}}',
        "{}",
        "{{}}",
        "{ topic }",
        "{topic.name}",
        "{topic[0]}",
        "{topic!r:>10}",
        "{0}",
        "{1abc}",
        "function() { return {a: 1}; }",
        "{% for x in y %}",
        "open { only",
        "close } only",
        "$" + "{HOME-}",
        "\\frac{1}{2}",
    ],
)
def test_other_braces_stay_as_they_are(text):
    assert placeholders(text) == ()
    assert fill(text, {}) == text


def test_names_come_once_and_in_order():
    assert placeholders("{b} {a} {b} {{c}} {ü}") == ("b", "a", "ü")


def test_values_of_any_type_become_text():
    assert fill("{n} {x} {none}", {"n": 3, "x": ["a"], "none": None}) == "3 ['a'] None"


def test_a_missing_input_is_named():
    with pytest.raises(KeyError, match="topic"):
        fill("About {topic}", {"topics": 1})
