from __future__ import annotations

import functools
import typing
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Literal, Optional

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from agentforge_core import Tool, tool


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Place(BaseModel):
    """A place."""

    city: str
    zip: int | None = None


class Trip(BaseModel):
    places: list[Place]
    title: str = "untitled"


@dataclass
class Span:
    start: date
    days: int = 1


class Row(TypedDict):
    key: str
    value: float


GOOGLE = """Search the archive.

    Looks in titles only.

    Args:
        query: what to look for
        limit (int): most results
            on one page

    Returns:
        The titles.
    """
NUMPY = """Search the archive.

    Looks in titles only.

    Parameters
    ----------
    query : str
        what to look for
    limit : int, optional
        most results
        on one page

    Returns
    -------
    list
        The titles.
    """
REST = """Search the archive.

    Looks in titles only.

    :param query: what to look for
    :param int limit: most results
        on one page
    :returns: The titles.
    """


@pytest.mark.parametrize("doc", [GOOGLE, NUMPY, REST], ids=["google", "numpy", "rest"])
def test_docstrings_describe_tool_and_parameters(doc):
    def search(query: str, limit: int = 10) -> list[str]:
        return [query] * limit

    search.__doc__ = doc
    made = tool(search)
    assert made.name == "search"
    assert made.description == "Search the archive.\n\nLooks in titles only."
    limit = made.parameters["properties"]["limit"]
    assert " ".join(limit.pop("description").split()) == "most results on one page"
    assert limit == {"type": "integer", "default": 10}
    assert made.parameters == {
        "type": "object",
        "properties": {"query": {"type": "string", "description": "what to look for"}, "limit": limit},
        "required": ["query"],
        "additionalProperties": False,
    }


def properties(function):
    return tool(name="x")(function).parameters["properties"]


def test_scalars_and_containers():
    def f(a: bool, b: float, c: list[int], d: dict[str, float], e: tuple[int, str], g: set[str]):
        pass

    seen = properties(f)
    assert seen["a"] == {"type": "boolean"}
    assert seen["b"] == {"type": "number"}
    assert seen["c"] == {"type": "array", "items": {"type": "integer"}}
    assert seen["d"] == {"type": "object", "additionalProperties": {"type": "number"}}
    assert seen["e"]["prefixItems"] == [{"type": "integer"}, {"type": "string"}]
    assert seen["g"] == {"type": "array", "items": {"type": "string"}, "uniqueItems": True}


def test_choices_and_options():
    def f(a: Literal["x", "y"], b: Colour, c: Optional[int] = None, d: int | str = 3):  # noqa: UP045
        pass

    made = tool(f)
    seen = made.parameters["properties"]
    assert seen["a"] == {"type": "string", "enum": ["x", "y"]}
    assert made.parameters["$defs"]["Colour"] == {"type": "string", "enum": ["red", "blue"]}
    assert seen["c"] == {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None}
    assert seen["d"] == {"anyOf": [{"type": "integer"}, {"type": "string"}], "default": 3}
    assert made.parameters["required"] == ["a", "b"]


def test_models_and_dataclasses():
    def f(trip: Trip, span: Span, row: Row):
        pass

    defs = tool(f).parameters["$defs"]
    assert set(defs) == {"Place", "Row", "Span", "Trip"}
    assert defs["Trip"]["properties"]["title"] == {"type": "string", "default": "untitled"}
    assert defs["Place"]["required"] == ["city"]
    assert defs["Span"]["properties"]["start"] == {"type": "string", "format": "date"}


def test_constraints_and_field_descriptions():
    def f(
        n: Annotated[int, Field(ge=1, le=9, description="from the field")],
        s: Annotated[str, Field(pattern="^a")] = "a",
    ):
        """F.

        Args:
            n: from the docstring
            s: a text
        """

    seen = properties(f)
    assert seen["n"] == {"type": "integer", "minimum": 1, "maximum": 9, "description": "from the field"}
    assert seen["s"] == {"type": "string", "pattern": "^a", "default": "a", "description": "a text"}


def test_a_parameter_may_be_called_title_or_properties():
    class Inner(BaseModel):
        title: str
        properties: dict[str, int]

    def f(title: str, properties: Inner, default: str = "d"):
        pass

    f.__annotations__["properties"] = Inner
    parameters = tool(f).parameters
    assert list(parameters["properties"]) == ["title", "properties", "default"]
    assert list(parameters["$defs"]["Inner"]["properties"]) == ["title", "properties"]
    assert "title" not in parameters["properties"]["title"]


def test_a_default_stays_whole():
    def f(person: dict[str, str] = {"title": "Dr", "name": "x"}):  # noqa: B006
        pass

    assert properties(f)["person"]["default"] == {"title": "Dr", "name": "x"}


def test_no_parameters_and_no_docstring():
    @tool
    def now():
        return "12:00"

    assert now.parameters == {"type": "object", "properties": {}, "additionalProperties": False}
    assert now.description == ""


def test_keyword_only_parameters():
    def f(*, a: int, b: str = "b"):
        pass

    assert tool(f).parameters["required"] == ["a"]


def test_what_cannot_be_named_is_refused():
    def many(*values: int):
        pass

    def open_(**values: int):
        pass

    def positional(a: int, /):
        pass

    def unknown(a):
        pass

    unknown.__annotations__["a"] = "Nowhere"

    def callback(a: typing.Callable[[int], int]):
        pass

    with pytest.raises(TypeError, match=r"many: a tool cannot take \*values"):
        tool(many)
    with pytest.raises(TypeError, match=r"open_: a tool cannot take \*\*values"):
        tool(open_)
    with pytest.raises(TypeError, match="positional-only"):
        tool(positional)
    for function in (unknown, callback):
        with pytest.raises(TypeError, match="no JSON Schema"):
            tool(function)


def test_a_builtin_without_signature_is_refused():
    with pytest.raises(TypeError, match="signature"):
        tool(max)


class Shop:
    def __init__(self, stock: int) -> None:
        self.stock = stock

    def count(self, more: int = 0) -> int:
        """How many there are.

        Args:
            more: to be added
        """
        return self.stock + more

    @staticmethod
    def greet(name: str) -> str:
        return f"hello {name}"

    @classmethod
    def kind(cls) -> str:
        return cls.__name__

    def __call__(self, item: str) -> str:
        """Buys."""
        return f"{item} bought"


def test_methods():
    count = tool(Shop(3).count)
    assert (count.name, count(more=1)) == ("count", 4)
    assert count.parameters["properties"] == {
        "more": {"type": "integer", "default": 0, "description": "to be added"}
    }
    assert tool(Shop.greet)(name="x") == "hello x"
    assert tool(Shop.kind)() == "Shop"


def test_partials_and_callable_objects_take_the_name_given():
    def scale(factor: int, value: int) -> int:
        """Scales.

        Args:
            value: what is scaled
        """
        return factor * value

    double = tool(name="double", description="Doubles.")(functools.partial(scale, 2))
    assert double(value=4) == 8
    assert double.parameters["required"] == ["value"]
    buy = tool(name="buy")(Shop(1))
    assert (buy.name, buy.description, buy(item="tea")) == ("buy", "Buys.", "tea bought")


def test_a_partial_has_the_name_of_its_function():
    def scale(factor: int, value: int) -> int:
        return factor * value

    assert tool(functools.partial(scale, 2)).name == "scale"


def test_an_unhashable_callable_object():
    @dataclass
    class Adder:
        n: int

        def __call__(self, value: int) -> int:
            return self.n + value

    assert tool(name="plus")(Adder(2))(value=1) == 3


def test_a_lambda_needs_a_name():
    with pytest.raises(TypeError, match=r"'<lambda>' is no name of a tool.*name="):
        tool(lambda: 1)
    assert tool(name="one")(lambda: 1)() == 1


def test_closures_are_told_apart():
    def make(n):
        @tool
        def number() -> int:
            return n

        return number

    one, two = make(1), make(2)
    assert (one(), two()) == (1, 2)
    assert one != two


async def test_async_functions():
    @tool(side_effects="none", timeout_s=3)
    async def fetch(url: str) -> str:
        """Fetches."""
        return url.upper()

    assert fetch.parameters["required"] == ["url"]
    assert await fetch(url="a") == "A"


def test_settings():
    @tool(
        name="sum_up",
        description="Adds.",
        parameters={"type": "object", "properties": {"a": {"type": "integer"}}},
        side_effects="idempotent",
        approval="always",
        on_error="retry",
        timeout_s=1.5,
    )
    def add(a: int) -> int:
        """Not used."""
        return a

    assert isinstance(add, Tool)
    assert (add.name, add.description, add.side_effects) == ("sum_up", "Adds.", "idempotent")
    assert (add.approval, add.on_error, add.timeout_s) == ("always", "retry", 1.5)
    assert add.parameters["properties"] == {"a": {"type": "integer"}}


def test_a_tool_is_once_unless_it_says_so():
    assert tool(Shop.greet).side_effects == "once"


def test_wrapped_functions_show_what_they_wrap():
    def logged(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            return function(*args, **kwargs)

        return inner

    @tool
    @logged
    def area(width: int, height: int) -> int:
        """Area.

        Args:
            width: in metres
        """
        return width * height

    assert area.name == "area"
    assert area.parameters["properties"]["width"] == {"type": "integer", "description": "in metres"}
