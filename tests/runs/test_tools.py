"""Tools: results, errors, policies, time, and what the model sees of them."""

from __future__ import annotations

import asyncio
import json
import math
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from agentforge_core import Agent, tool

ECHO = "{{last_tool_result}}"


@dataclass
class Point:
    x: int
    when: datetime


class Person(BaseModel):
    name: str
    friends: list[Person] = []


class Size(StrEnum):
    BIG = "big"


class Mixed(str, Enum):  # noqa: UP042 - still common
    ONE = "one"


class BrokenError(Exception):
    def __str__(self):
        raise RuntimeError("cannot say")


async def call(say, ask, function, arguments=None, **settings):
    """What the model sees of one call, and how the run ended."""
    made = tool(name="x", **settings)(function)
    agent = Agent(name="a", model=say(ask(("x", arguments or {})), ECHO), tools=[made])
    return await agent.run("go")


MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RESULTS = {
    "text": ("plain \n text", "plain \n text"),
    "empty text": ("", ""),
    "none": (None, "null"),
    "dict": ({"a": 1, "ü": [True]}, '{"a":1,"ü":[true]}'),
    "number": (3.5, "3.5"),
    "nan": ({"n": math.nan, "i": -math.inf}, '{"n":"NaN","i":"-Infinity"}'),
    "dataclass": (Point(1, MOMENT), '{"x":1,"when":"2026-01-02T03:04:05Z"}'),
    "pydantic": (Person(name="a", friends=[Person(name="b")]), None),
    "datetime": (MOMENT, '"2026-01-02T03:04:05Z"'),
    "utf-8 bytes": (b"abc", '"abc"'),
    "set": ({1}, "[1]"),
    "tuple": ((1, "2"), '[1,"2"]'),
    "str enum": (Size.BIG, "big"),
    "mixed enum": (Mixed.ONE, "one"),
    "half a pair": ("a\ud800b", "a?b"),
    "huge": ("x" * 1_000_000, "x" * 1_000_000),
}


@pytest.mark.parametrize("kind", RESULTS)
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
async def test_results_become_text(say, ask, kind, is_async):
    value, expected = RESULTS[kind]

    def sync():
        return value

    async def asynchronous():
        return value

    result = await call(say, ask, asynchronous if is_async else sync)
    assert result.status == "succeeded"
    if expected is None:
        expected = json.dumps(value.model_dump(), separators=(",", ":"))
    assert result.output == expected


async def test_a_generator_gives_its_values(say, ask):
    def numbers():
        yield 1
        yield 2

    assert (await call(say, ask, numbers)).output == "[1,2]"


def loop_of_lists():
    ring = []
    ring.append(ring)
    return ring


def failing_generator():
    yield 1
    raise KeyError("inside")


UNFIT = {
    "object": object,
    "raw bytes": lambda: b"\xff\xfe",
    "class": lambda: int,
    "ring": loop_of_lists,
    "generator that raises": failing_generator,
    "lock": threading.Lock,
}


@pytest.mark.parametrize("make", UNFIT.values(), ids=UNFIT.keys())
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
async def test_what_is_not_json_is_an_error_the_model_sees(say, ask, make, is_async):
    def sync():
        return make()

    async def asynchronous():
        return make()

    result = await call(say, ask, asynchronous if is_async else sync)
    assert result.status == "succeeded"
    assert result.output.startswith("Error: x returned ")
    assert result.output.endswith(", which is not JSON")


class Stranger(BaseException):
    pass


def raising(error):
    def sync():
        raise error

    async def asynchronous():
        raise error

    return sync, asynchronous


ERRORS = {
    "error": (ValueError("no such row"), "Error: ValueError: no such row"),
    "silent": (ValueError(), "Error: ValueError"),
    "lines": (ValueError("a\nb"), "Error: ValueError: a\nb"),
    "own time-out": (TimeoutError("db"), "Error: TimeoutError: db"),
    "exit": (SystemExit(3), "Error: SystemExit: 3"),
    "cancel": (asyncio.CancelledError(), "Error: CancelledError"),
    "stranger": (Stranger("odd"), "Error: Stranger: odd"),
    "speechless": (BrokenError(), "Error: BrokenError"),
    "stop iteration": (StopIteration(1), None),
    "group": (ExceptionGroup("many", [ValueError("x")]), "Error: ExceptionGroup: many (1 sub-exception)"),
}


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("which", [0, 1], ids=["sync", "async"])
async def test_whatever_a_tool_raises_the_model_sees_as_text(say, ask, kind, which):
    error, expected = ERRORS[kind]
    result = await call(say, ask, raising(error)[which], timeout_s=5)
    assert result.status == "succeeded", result.error
    if expected is not None:
        assert result.output == expected
    assert result.output.startswith("Error: ")
    assert "Traceback" not in result.output
    assert ".py" not in result.output


async def test_a_keyboard_interrupt_of_a_thread_is_an_error_of_the_tool(say, ask):
    result = await call(say, ask, raising(KeyboardInterrupt())[0])
    assert result.output == "Error: KeyboardInterrupt"


def test_the_loop_of_run_sync_survives_what_tools_raise(say, ask):
    for error in (KeyboardInterrupt(), SystemExit(1), Stranger()):
        for function in raising(error):
            agent = Agent(name="a", model=say(ask("x"), ECHO), tools=[tool(name="x")(function)])
            assert agent.run_sync("go").output.startswith("Error: ")


# -- policies -------------------------------------------------------------------------------------


def failing(times):
    """Fails so often, then works."""
    tries = []

    def function():
        tries.append(1)
        if len(tries) <= times:
            raise ValueError(f"try {len(tries)}")
        return "worked"

    function.tries = tries
    return function


async def test_on_error_fail_ends_the_run(say, ask):
    result = await call(say, ask, failing(9), on_error="fail")
    assert (result.status, result.exit_code, result.error.code) == ("failed", 1, "AF4101")
    assert result.error.first.path == "tools.x"
    assert result.error.first.reason == "ValueError: try 1"


async def test_on_error_retry_tries_once_more_and_counts_once(say, ask):
    function = failing(1)
    result = await call(say, ask, function, on_error="retry")
    assert (result.output, len(function.tries), result.usage.tool_calls) == ("worked", 2, 1)
    function = failing(9)
    result = await call(say, ask, function, on_error="retry")
    assert (result.output, len(function.tries)) == ("Error: ValueError: try 2", 2)


async def test_on_error_ask(say, ask):
    from agentforge_core.boundary.effects import HumanReply

    async def run(function, **settings):
        made = tool(name="x", on_error="ask")(function)
        return await Agent(name="a", model=say(ask("x"), ECHO), tools=[made]).run("go", **settings)

    questions = []

    def again(question):
        questions.append((question.kind, question.message))
        return True

    assert (await run(failing(2), approve=again)).output == "worked"
    assert questions == [
        ("tool_error", "x failed: ValueError: try 1"),
        ("tool_error", "x failed: ValueError: try 2"),
    ]
    assert (await run(failing(2), approve=lambda _: "use 42")).output == "use 42"
    refused = await run(failing(2), approve=lambda _: False)
    assert (refused.status, refused.error.code) == ("failed", "AF4101")
    nobody = await run(failing(2))
    assert (nobody.status, nobody.exit_code) == ("needs_approval", 8)
    assert (await run(failing(1), approve=lambda _: HumanReply("retry"))).output == "worked"


async def test_a_person_may_mend_the_arguments_of_a_failed_call(say, ask):
    from agentforge_core.boundary.effects import HumanReply

    @tool(on_error="ask")
    def half(n: int) -> int:
        if n % 2:
            raise ValueError("odd")
        return n // 2

    def run(arguments):
        agent = Agent(name="a", model=say(ask(("half", {"n": 3})), ECHO), tools=[half])
        return agent.run("go", approve=lambda _: HumanReply("retry", arguments=arguments))

    assert (await run({"n": 4})).output == "2"
    assert "do not fit its schema" in (await run({"n": "x"})).output


# -- time -----------------------------------------------------------------------------------------


async def test_a_slow_async_tool_is_cancelled(say, ask):
    cancelled = []

    async def slow():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(1)
            raise

    result = await call(say, ask, slow, timeout_s=0.05)
    assert result.output == "Error: x took longer than 0.05 s"
    assert cancelled == [1]


async def test_a_slow_sync_tool_is_not_waited_for(say, ask):
    gate = threading.Event()
    result = await call(say, ask, lambda: gate.wait(5), timeout_s=0.05)
    gate.set()
    assert result.output == "Error: x took longer than 0.05 s"


async def test_a_time_out_of_the_tools_own_is_told_apart(say, ask):
    async def inner():
        async with asyncio.timeout(0.01):
            await asyncio.Event().wait()

    assert (await call(say, ask, inner, timeout_s=5)).output == "Error: TimeoutError"


async def test_an_endless_generator_does_not_block_the_loop(say, ask):
    stop = threading.Event()

    def endless():
        while not stop.is_set():
            yield 1

    result = await call(say, ask, endless, timeout_s=0.1)
    stop.set()
    assert result.output == "Error: x took longer than 0.1 s"


# -- arguments ------------------------------------------------------------------------------------


async def test_arguments_are_checked_before_the_function_runs(say, ask):
    ran = []

    def function(n: Annotated[int, Field(ge=1)], name: str = "x"):
        ran.append(n)
        return n

    for arguments in ({}, {"n": 0}, {"n": "1"}, {"n": 1.5}, {"n": 1, "z": 1}, {"n": 1, "name": None}, "[1]"):
        result = await call(say, ask, function, arguments)
        assert result.output.startswith("Error: the arguments of x ")
        assert result.usage.tool_calls == 0
    assert ran == []
    assert (await call(say, ask, function, {"n": 2})).output == "2"


async def test_arguments_become_what_the_signature_asks_for(say, ask):
    def function(when: datetime, who: Person, point: Point):
        return f"{type(when).__name__} {who.friends[0].name} {point.x + 1}"

    arguments = {
        "when": "2026-01-02T03:04:05Z",
        "who": {"name": "a", "friends": [{"name": "b"}]},
        "point": {"x": 1, "when": "2026-01-02T03:04:05Z"},
    }
    assert (await call(say, ask, function, arguments)).output == "datetime b 2"


async def test_what_only_pydantic_can_check_is_an_error_the_model_sees(say, ask):
    def function(when: datetime):
        return "ran"

    result = await call(say, ask, function, {"when": "yesterday"})
    assert result.output.startswith("Error: ")
    assert "when" in result.output
    assert "pydantic.dev" not in result.output


async def test_parameters_of_the_document_are_what_is_checked(say, ask):
    schema = {"type": "object", "properties": {"n": {"enum": [1, 2]}}, "required": ["n"]}
    assert "is not one of" in (await call(say, ask, lambda n: n, {"n": 3}, parameters=schema)).output


async def test_callables_of_every_kind(say, ask):
    import functools

    class Shop:
        def price(self, item: str) -> str:
            return f"price of {item}"

        async def order(self, item: str) -> str:
            return f"order of {item}"

        def __call__(self, item: str) -> str:
            return f"call for {item}"

    class Later:
        async def __call__(self, item: str) -> str:
            return f"later {item}"

    async def base(kind: str, item: str) -> str:
        return f"{kind} {item}"

    shop = Shop()
    for function, expected in [
        (shop.price, "price of tea"),
        (shop.order, "order of tea"),
        (shop, "call for tea"),
        (Later(), "later tea"),
        (functools.partial(base, "some"), "some tea"),
        (lambda item: f"lambda {item}", "lambda tea"),
        (lambda item: base("lazy", item), "lazy tea"),
    ]:
        assert (await call(say, ask, function, {"item": "tea"})).output == expected


async def test_a_tool_may_run_another_agent(say, ask):
    inner = Agent(name="inner", model=say("from inside"))

    @tool
    async def consult() -> str:
        return (await inner.run("what?")).output

    @tool
    def consult_in_thread() -> str:
        return inner.run_sync("what?").output

    model = say(ask("consult", "consult_in_thread"), ECHO)
    result = await Agent(name="outer", model=model, tools=[consult, consult_in_thread]).run("go")
    assert result.output == "from inside"
    assert result.usage.model_calls == 2


async def test_run_sync_within_an_async_tool_of_run_sync_is_refused(say, ask):
    inner = Agent(name="inner", model=say("from inside"))

    @tool
    async def consult() -> str:
        return inner.run_sync("what?").output

    agent = Agent(name="outer", model=say(ask("consult"), ECHO), tools=[consult])
    result = await asyncio.to_thread(agent.run_sync, "go")
    assert "run_sync was called from inside a run" in result.output


async def test_many_sync_tools_at_once(say, ask):
    barrier = threading.Barrier(40)

    @tool
    def wait() -> int:
        return barrier.wait(10)

    agent = Agent(name="a", model=say(ask("wait"), ECHO), tools=[wait])
    results = await asyncio.gather(*(agent.run("go") for _ in range(40)))
    assert sorted(int(r.output) for r in results) == list(range(40))
