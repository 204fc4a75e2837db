"""What the words of a command line mean."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge_core.cli.text import one_line, printable
from agentforge_core.cli.values import Place, numbers, pairs, places
from agentforge_core.errors import UsageError

AGENTS = ("writer", "the editor", "x.y")


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ([], [Place("", None)]),
        (["crewai"], [Place("crewai", "crewai")]),
        (["langchain==0.3.*"], [Place("langchain==0.3.*", "langchain==0.3.*")]),
        (["langchain>=1.4,<2"], [Place("langchain>=1.4,<2", "langchain>=1.4,<2")]),
        (["a,b==1.*,<2,c"], [Place("a", "a"), Place("b==1.*,<2", "b==1.*,<2"), Place("c", "c")]),
        (["writer=crewai"], [Place("", {"writer": "crewai"})]),
        (["writer=langchain==0.3.*"], [Place("", {"writer": "langchain==0.3.*"})]),
        (["the editor=crewai"], [Place("", {"the editor": "crewai"})]),
        (["writr=crewai"], [Place("", {"writr": "crewai"})]),
        (["langchain=1.4"], [Place("langchain=1.4", "langchain=1.4")]),
        (["langchain!=1.4"], [Place("langchain!=1.4", "langchain!=1.4")]),
        (
            ["native", "writer=crewai"],
            [Place("native", {"*": "native", "writer": "crewai"})],
        ),
    ],
)
def test_placements(given_: list[str], expected: list[Place]) -> None:
    assert places(given_, AGENTS) == tuple(expected)


@pytest.mark.parametrize("given_", ["native,,langchain", "native,", "", " ", "writer="])
def test_an_empty_wish(given_: str) -> None:
    with pytest.raises(UsageError, match="a wish is empty") as caught:
        places([given_], AGENTS)
    assert caught.value.code == "AF6021"


@pytest.mark.parametrize("given_", [["a", "b"], ["writer=a", "writer=b"]])
def test_a_place_said_twice(given_: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        places(given_, AGENTS)
    assert caught.value.code == "AF6023"


def test_pairs_keep_the_rest_of_the_text() -> None:
    assert pairs("--input", ["a=b=c", "d="]) == {"a": "b=c", "d": ""}


@pytest.mark.parametrize("given_", [["a"], ["=b"], ["a=1", "a=2"], ["a=\udcff"]])
def test_what_is_no_pair(given_: list[str]) -> None:
    with pytest.raises(UsageError):
        pairs("--input", given_)


def test_numbers_stay_whole() -> None:
    found = numbers("--limit", ["model_calls=5", "cost_usd=0.5", "seconds=1e2"])
    assert found == {"model_calls": 5, "cost_usd": 0.5, "seconds": 100.0}
    assert isinstance(found["model_calls"], int)
    with pytest.raises(UsageError, match="'five' is not a number"):
        numbers("--limit", ["model_calls=five"])


@given(st.text())
def test_nothing_printable_is_obeyed_by_a_terminal(text: str) -> None:
    shown = printable(text)
    assert all(c in "\n\t" or (c >= " " and not "\x7f" <= c <= "\x9f") for c in shown)
    shown.encode()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_printable_json_is_the_same_json(text: str) -> None:
    assert json.loads(printable(json.dumps(text, ensure_ascii=False))) == text


@given(st.text(), st.integers(4, 40))
def test_one_line_is_one_line(text: str, width: int) -> None:
    shown = one_line(text, width)
    assert len(shown) <= width
    assert len(shown.splitlines()) <= 1
