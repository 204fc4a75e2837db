"""Whatever the schemas and the text: no exception, only valid calls, the same again, and an end."""

import json

import jsonschema_rs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentforge_core.boundary.effects import ModelCall
from agentforge_core.boundary.messages import Message, ToolSpec
from agentforge_core.gateway.offline import reply

WORDS = (
    "add send read list find city date number file count from in by for the and then not all 3 1,250.50 -7 "
    "Paris Berlin EUR a@b.org 2026-03-04 https://x.org/y notes/a.txt true name=value size: 4 'quoted words' "
    '{"city":"Rome"} Expected output: Context: twenty-five | - . , ; ?'
)
PIECES = st.lists(st.sampled_from(WORDS.split(" ")), max_size=25)
NAMES = st.sampled_from(
    [
        "a",
        "b",
        "city",
        "date",
        "number",
        "file",
        "count",
        "from_unit",
        "to_unit",
        "items",
        "task",
        "query",
        "size",
    ]
)
TEXTS = st.one_of(
    PIECES.map(" ".join),
    PIECES.map("\n".join),
    st.text(max_size=80),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.floats(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


def _numbers(kind):
    return st.fixed_dictionaries(
        {"type": st.just(kind)},
        optional={
            "minimum": st.integers(-20, 20),
            "maximum": st.integers(-20, 20),
            "multipleOf": st.sampled_from([1, 2, 5]),
            "default": st.integers(-5, 5),
        },
    )


LEAVES = st.one_of(
    _numbers("integer"),
    _numbers("number"),
    st.fixed_dictionaries(
        {"type": st.just("string")},
        optional={
            "minLength": st.integers(0, 6),
            "maxLength": st.integers(0, 20),
            "pattern": st.sampled_from(["^[A-Z]+$", r"\d", "("]),
            "format": st.sampled_from(["date", "email", "uri", "date-time", "uuid"]),
            "description": TEXTS,
            "examples": st.lists(st.text(max_size=4), max_size=2),
        },
    ),
    st.just({"type": "boolean"}),
    st.fixed_dictionaries(
        {"enum": st.lists(st.sampled_from(["red", "sum", 3, None, True, "a b"]), max_size=4)}
    ),
    st.fixed_dictionaries({"const": JSON}),
    st.sampled_from(
        [{}, True, {"type": ["string", "null"]}, {"$ref": "#/$defs/X"}, {"$ref": "#"}, {"type": "null"}]
    ),
)


def _nest(inner):
    objects = st.builds(
        lambda properties, required, more: {
            "type": "object",
            "properties": properties,
            "required": [n for n in properties if n in required],
            **more,
        },
        st.dictionaries(NAMES, inner, max_size=4),
        st.sets(NAMES, max_size=4),
        st.sampled_from([{}, {"additionalProperties": False}, {"additionalProperties": {"type": "string"}}]),
    )
    arrays = st.fixed_dictionaries(
        {"type": st.just("array"), "items": inner}, optional={"minItems": st.integers(0, 3)}
    )
    choices = st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=3)})
    return st.one_of(objects, arrays, choices, st.fixed_dictionaries({"allOf": st.lists(inner, max_size=2)}))


SCHEMAS = st.recursive(LEAVES, _nest, max_leaves=6)
PARAMETERS = st.builds(
    lambda properties, required, definition: {
        "type": "object",
        "properties": properties,
        "required": [n for n in properties if n in required],
        "$defs": {"X": definition},
    },
    st.dictionaries(NAMES, SCHEMAS, max_size=5),
    st.sets(NAMES, max_size=5),
    LEAVES,
)
TOOLS = st.lists(
    st.builds(
        ToolSpec,
        st.sampled_from(["add", "send_mail", "read_file", "list_items", "delegate_to_cook", "findCity", "x"]),
        TEXTS,
        PARAMETERS,
    ),
    max_size=3,
    unique_by=lambda t: t.name,
)
CHOICES = st.sampled_from([None, "auto", "none", "required", "add", "nowhere"])
quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def check(call, answer):
    offered = {t.name: t for t in call.tools}
    for request in answer.tool_calls:
        assert request.name in offered
        arguments = json.loads(request.argument_text)
        assert arguments == dict(request.arguments)
        jsonschema_rs.validator_for(offered[request.name].parameters).validate(arguments)
    if call.tool_choice == "none":
        assert not answer.tool_calls
    assert bool(answer.text) != bool(answer.tool_calls)
    assert len({c.id for c in answer.tool_calls}) == len(answer.tool_calls)


@quick
@given(TEXTS, TEXTS, TOOLS, CHOICES)
def test_never_raises_and_calls_only_what_validates(system, text, tools, choice):
    call = ModelCall(
        "m", (Message("system", system), Message("user", text)), tuple(tools), tool_choice=choice
    )
    answer = reply(call)
    check(call, answer)
    assert reply(call) == answer


@quick
@given(TEXTS, TOOLS, CHOICES, st.one_of(TEXTS, JSON.map(json.dumps)))
def test_ends_whatever_the_tools_answer(text, tools, choice, result):
    messages = (Message("user", text),)
    made = []
    for _ in range(9):
        call = ModelCall("m", messages, tuple(tools), tool_choice=choice)
        answer = reply(call)
        check(call, answer)
        if not answer.tool_calls:
            break
        made += [(c.name, json.dumps(c.arguments, sort_keys=True)) for c in answer.tool_calls]
        echoes = [
            Message("tool", result or c.argument_text, tool_call_id=c.id, name=c.name)
            for c in answer.tool_calls
        ]
        messages = (*messages, answer.as_message(), *echoes)
    else:
        raise AssertionError(f"no end: {made}")
    assert len(made) == len(set(made))


@quick
@given(TEXTS, SCHEMAS.filter(lambda schema: isinstance(schema, dict)))
def test_an_answer_by_schema_is_json(text, schema):
    answer = reply(ModelCall("m", (Message("user", text),), response_schema=schema))
    json.loads(answer.text)


NUMBERS = st.tuples(
    st.integers(-50, 50), st.integers(0, 40), st.sampled_from(["minimum", "exclusiveMinimum"])
)


@quick
@given(NUMBERS, st.sampled_from(["maximum", "exclusiveMaximum"]), st.sampled_from(["integer", "number"]))
def test_numbers_within_bounds_are_found(low, upper, kind):
    least, span, lower = low
    schema = {
        "type": "object",
        "properties": {"n": {"type": kind, lower: least, upper: least + span + 2}},
        "required": ["n"],
    }
    answer = reply(ModelCall("m", (Message("user", "go"),), response_schema=schema))
    jsonschema_rs.validate(schema, json.loads(answer.text))
