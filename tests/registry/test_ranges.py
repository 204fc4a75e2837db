from __future__ import annotations

from typing import Any

import packaging.specifiers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge_compat.ranges import Wish, inside, overlap, parse, split
from agentforge_core.errors import DocumentError, ForgeError, UsageError


@pytest.mark.parametrize(
    ("value", "wishes"),
    [
        ("auto", [Wish("auto")]),
        ("AUTO", [Wish("auto")]),
        (" somelib ", [Wish("somelib")]),
        ("Some_Lib.X", [Wish("some-lib-x")]),
        ("somelib==0.3.*", [Wish("somelib", "==0.3.*")]),
        ("somelib >= 1.4, < 2", [Wish("somelib", "<2,>=1.4")]),
        ("somelib~=1.4,!=1.4.7", [Wish("somelib", "!=1.4.7,~=1.4")]),
        (["a>=1", "auto"], [Wish("a", ">=1"), Wish("auto")]),
        (("a",), [Wish("a")]),
    ],
)
def test_what_may_be_written(value: Any, wishes: list[Wish]) -> None:
    assert list(parse(value)) == wishes


@pytest.mark.parametrize(
    ("value", "words", "hint"),
    [
        ("somelib 0.3", "not a PEP 440 specifier", "did you mean 'somelib==0.3'?"),
        ("somelib=0.3.*", "not a PEP 440 specifier", "did you mean 'somelib==0.3.*'?"),
        ("somelib@1", "not a PEP 440 specifier", "did you mean 'somelib==1'?"),
        ("somelib; python_version<'3'", "not a PEP 440 specifier", "write auto"),
        ("somelib[all]>=1", "extras", "write auto"),
        ("auto>=1", "auto takes no version", "name the framework"),
        ("", "not the name of an adapter", "write auto"),
        (">=1", "not the name of an adapter", "write auto"),
        (True, "True is not the name", "write auto"),
        ([], "list of adapters is empty", "write auto"),
    ],
)
def test_what_may_not(value: Any, words: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(value)
    assert caught.value.code == "AF2001"
    assert words in caught.value.first.message
    assert hint in (caught.value.first.hint or "")


def test_in_a_document_the_place_is_named() -> None:
    with pytest.raises(DocumentError) as caught:
        parse(["a", "b c"], "agents.writer.on")
    assert caught.value.first.path == "agents.writer.on[1]"
    assert caught.value.exit_code == 4
    with pytest.raises(DocumentError) as caught:
        parse(3, "on")
    assert caught.value.first.path == "on"


def test_a_wish_reads_as_it_was_written() -> None:
    assert str(parse("some_lib==1.*")[0]) == "some-lib==1.*"


def test_splitting_keeps_ranges_whole() -> None:
    assert split("a>=1.4,<2, b ,c==1.*") == ("a>=1.4,<2", "b", "c==1.*")


@given(st.one_of(st.text(), st.lists(st.text()), st.none(), st.integers()))
def test_any_value_is_wishes_or_a_reasoned_error(value: Any) -> None:
    try:
        found: object = parse(value)
    except ForgeError as error:
        found = error.first.hint
    assert found


@pytest.mark.parametrize(
    ("version", "specifier", "is_inside"),
    [
        ("1.4", "", True),
        ("1.4.7", ">=1.4,<2", True),
        ("1.5.0rc1", ">=1.4", True),
        ("1.4.0rc1", ">=1.4", False),
        ("1.4.0+local", "==1.4", True),
        ("not-a-version", ">=0", False),
        ("not-a-version", "", True),
    ],
)
def test_inside(version: str, specifier: str, is_inside: bool) -> None:
    assert inside(version, specifier) is is_inside


@pytest.mark.parametrize(
    ("first", "second", "meet"),
    [
        (">=1.4", "==0.3.*", False),
        (">=1.4,<2", ">=1.9", True),
        ("<2", "!=0", True),
        ("!=1.4.*,>=1.4", "<1.5", False),
        ("!=1.4.*,>=1.4", "<1.6", True),
        (">1.4", "<1.4.1", True),
        ("~=1.4", "<1.4", False),
        (">=1!2", "<3", False),
        ("===odd", ">=1", False),
        ("", "==9", True),
        ("", "", True),
    ],
)
def test_overlap(first: str, second: str, meet: bool) -> None:
    assert overlap(first, second) is meet
    assert overlap(second, first) is meet


VERSIONS = st.sampled_from(["0", "1", "1.4", "1.4.2", "1.5", "2", "2.0", "1!1", "1.4.post1"])
PREFIXES = st.sampled_from(["0.0", "1", "1.4", "2"])
SPECIFIERS = st.lists(
    st.one_of(
        st.builds("{}{}".format, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), VERSIONS),
        st.builds("{}{}.*".format, st.sampled_from(["==", "!="]), PREFIXES),
        st.builds("~={}".format, st.sampled_from(["1.4", "1.4.2", "2.0"])),
    ),
    min_size=1,
    max_size=3,
).map(",".join)


@given(SPECIFIERS, SPECIFIERS)
def test_overlap_is_what_packaging_says(first: str, second: str) -> None:
    joined = packaging.specifiers.SpecifierSet(f"{first},{second}", prereleases=True)
    if not hasattr(joined, "is_unsatisfiable"):
        pytest.skip("only packaging 26 and later can tell")
    assert overlap(first, second) is not joined.is_unsatisfiable()
