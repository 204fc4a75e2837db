"""Several steps, delegation, tool choice, answers without tools, answers by schema."""

import json
import subprocess
import sys

import jsonschema_rs
import pytest

from agentforge_core.boundary.effects import ModelCall
from agentforge_core.boundary.messages import Message, ToolSpec
from agentforge_core.gateway.offline import reply

TEXT = {"type": "string"}
NUMBER = {"type": "number"}


def spec(name, description, properties, required=None):
    required = list(properties) if required is None else required
    return ToolSpec(name, description, {"type": "object", "properties": properties, "required": required})


LIST = spec("list_notes", "List the notes in a folder.", {"folder": {**TEXT, "default": "."}}, [])
READ = spec("read_note", "Read one note.", {"path": TEXT})
ADD = spec("add", "Add two numbers.", {"a": NUMBER, "b": NUMBER})
MULTIPLY = spec("multiply", "Multiply two numbers.", {"a": NUMBER, "b": NUMBER})
CUSTOMER = spec("find_customer", "Find a customer by name.", {"name": TEXT})
ORDERS = spec("list_orders", "List the orders of a customer.", {"customer_id": {"type": "integer"}})
PLANNER = spec(
    "delegate_to_planner",
    "Delegate work to Planner: plans journeys.",
    {"task": TEXT, "context": TEXT},
    ["task"],
)
COOK = spec(
    "delegate_to_cook", "Delegate work to Cook: writes recipes.", {"task": TEXT, "context": TEXT}, ["task"]
)


def drive(request, tools, answers, limit=12, **rest):
    """Runs the loop; `answers` maps a tool's name to a function of its arguments."""
    messages = request if isinstance(request, list) else [Message("user", request)]
    rounds = []
    for _ in range(limit):
        answer = reply(ModelCall("default", tuple(messages), tuple(tools), **rest))
        messages = [*messages, answer.as_message()]
        if not answer.tool_calls:
            return answer, rounds
        rounds.append([(c.name, dict(c.arguments)) for c in answer.tool_calls])
        for c in answer.tool_calls:
            result = answers[c.name](**c.arguments)
            text = result if isinstance(result, str) else json.dumps(result)
            messages.append(Message("tool", text, tool_call_id=c.id, name=c.name))
    pytest.fail(f"no end after {limit} rounds: {rounds}")


def test_a_result_gives_the_argument_of_the_next_call():
    answer, rounds = drive(
        "List the notes, then read the last note.",
        [LIST, READ],
        {"list_notes": lambda **_: ["a.md", "b.md"], "read_note": lambda path: f"text of {path}"},
    )
    assert rounds == [[("list_notes", {})], [("read_note", {"path": "b.md"})]] or rounds == [
        [("list_notes", {"folder": "."})],
        [("read_note", {"path": "b.md"})],
    ]
    assert "text of b.md" in answer.text


def test_each_calls_once_for_every_item():
    _, rounds = drive(
        "List the notes and read each of them",
        [LIST, READ],
        {"list_notes": lambda **_: {"notes": ["a.md", "b.md", "c.md"]}, "read_note": lambda path: path},
    )
    assert rounds[1] == [("read_note", {"path": p}) for p in ("a.md", "b.md", "c.md")]


def test_a_listing_tool_helps_when_nothing_names_the_argument():
    _, rounds = drive(
        "Read the first note",
        [READ, LIST],
        {"list_notes": lambda **_: ["a.md", "b.md"], "read_note": lambda path: path},
    )
    assert rounds[-1] == [("read_note", {"path": "a.md"})]


def test_an_identifier_in_a_result_is_found_by_its_name():
    answer, rounds = drive(
        "Find the customer named Ada Byron and list her orders",
        [ORDERS, CUSTOMER],
        {
            "find_customer": lambda name: {"customer": {"id": 77, "name": name}},
            "list_orders": lambda customer_id: [{"order": 5, "customer": customer_id}],
        },
    )
    assert rounds == [[("find_customer", {"name": "Ada Byron"})], [("list_orders", {"customer_id": 77})]]
    assert "| order |" in answer.text


def test_the_result_of_one_calculation_enters_the_next():
    answer, rounds = drive(
        "Add 3 and 4, then multiply the result by 5.",
        [ADD, MULTIPLY],
        {"add": lambda a, b: a + b, "multiply": lambda a, b: a * b},
    )
    assert rounds == [[("add", {"a": 3, "b": 4})], [("multiply", {"a": 7, "b": 5})]]
    assert "35" in answer.text


def test_independent_wishes_are_called_in_one_reply():
    _, rounds = drive(
        "Add 3 and 4. Multiply 5 by 6.",
        [ADD, MULTIPLY],
        {"add": lambda a, b: a + b, "multiply": lambda a, b: a * b},
    )
    assert rounds == [[("add", {"a": 3, "b": 4}), ("multiply", {"a": 5, "b": 6})]]


def test_a_failing_tool_is_reported_and_not_repeated():
    answer, rounds = drive("Add 3 and 4", [ADD], {"add": lambda **_: "Error: the adder is closed"})
    assert len(rounds) == 1
    assert "add(a=3, b=4) failed: the adder is closed" in answer.text


def test_call_ids_count_all_calls_of_the_conversation():
    first = reply(ModelCall("m", (Message("user", "Add 1 and 2. Multiply 3 by 4."),), (ADD, MULTIPLY)))
    assert [c.id for c in first.tool_calls] == ["call_1", "call_2"]
    history = (
        Message("user", "Add 1 and 2. Multiply 3 by 4."),
        first.as_message(),
        Message("tool", "3", tool_call_id="call_1"),
        Message("tool", "12", tool_call_id="call_2"),
        Message("assistant", "3 and 12"),
        Message("user", "Add 1 and 2."),
    )
    again = reply(ModelCall("m", history, (ADD, MULTIPLY)))
    assert [(c.id, c.name) for c in again.tool_calls] == [("call_3", "add")]


def test_a_framework_message_behind_results_does_not_replace_the_request():
    first = reply(ModelCall("m", (Message("user", "Add 3 and 4"),), (ADD,)))
    messages = (
        Message("user", "Add 3 and 4"),
        first.as_message(),
        Message("tool", "7", tool_call_id="call_1"),
        Message("user", "Analyze the outcome. If the requirements are met, provide the final answer."),
    )
    answer = reply(ModelCall("m", messages, (ADD,)))
    assert not answer.tool_calls
    assert "add(a=3, b=4) = 7" in answer.text


def test_delegates_get_whole_tasks_one_after_the_other_with_what_is_known():
    request = "Plan a journey to Lisbon in three days. Write a recipe for the first evening."
    answer, rounds = drive(
        request,
        [PLANNER, COOK],
        {
            "delegate_to_planner": lambda **_: "Day 1: Alfama",
            "delegate_to_cook": lambda **given: f"Recipe, knowing {given['context']}",
        },
    )
    assert [[name for name, _ in r] for r in rounds] == [["delegate_to_planner"], ["delegate_to_cook"]]
    assert rounds[0][0][1] == {"task": "Plan a journey to Lisbon in three days"}
    assert rounds[1][0][1]["context"] == "Day 1: Alfama"
    assert "Recipe, knowing Day 1: Alfama" in answer.text


def test_a_request_that_names_no_delegate_goes_whole_to_one():
    _, rounds = drive(
        "Tell me about tides",
        [PLANNER, COOK],
        dict.fromkeys(("delegate_to_planner", "delegate_to_cook"), lambda **_: "done"),
    )
    assert rounds == [[("delegate_to_planner", {"task": "Tell me about tides"})]]


def test_tool_choice():
    def asked(choice, text="Tell me something about 3 and 4"):
        return reply(ModelCall("m", (Message("user", text),), (ADD, MULTIPLY), tool_choice=choice)).tool_calls

    assert not asked("none", "Add 3 and 4")
    assert not asked("auto")
    assert [(c.name, c.arguments) for c in asked("required")] == [("add", {"a": 3, "b": 4})]
    assert [(c.name, c.arguments) for c in asked("multiply")] == [("multiply", {"a": 3, "b": 4})]
    assert not asked("required", "Tell me something")


def test_no_request_is_answered_too():
    assert "offline/rules" in reply(ModelCall("m", ())).text
    assert "offline/rules" in reply(ModelCall("m", (Message("system", "You are kind."),))).text


def test_without_tools_the_request_is_restated_honestly():
    answer = reply(ModelCall("m", (Message("user", "What is the capital of France?"),)))
    assert "Request: What is the capital of France?" in answer.text
    assert "No tool is offered" in answer.text
    assert answer.model == "offline/rules"
    assert answer.cost_usd == 0.0
    assert answer.usage.input_tokens == len("What is the capital of France?") // 4
    assert answer.usage.output_tokens == len(answer.text) // 4


CONTEXT = """[counts]
## Birds by garden

| garden | birds |
| ------ | ----: |
| north  |    12 |
| south  |     5 |

(offline/rules: a rule-based stand-in, not a language model)"""


def test_a_report_is_made_of_the_context():
    prompt = f"Write a short note on garden birds\n\nExpected output: one paragraph\n\nContext:\n\n{CONTEXT}"
    text = reply(ModelCall("m", (Message("user", prompt),))).text
    assert text.startswith("# Short note on garden birds")
    assert "- Birds by garden: north is highest (birds 12), south lowest (5)." in text
    assert "| south  |     5 |" in text
    assert text.count("offline/rules") == 1
    assert "[counts]" not in text


SCHEMAS = [
    {"type": "object", "properties": {"summary": TEXT, "total": NUMBER}, "required": ["summary", "total"]},
    {
        "type": "object",
        "properties": {
            "rows": {"type": "array", "items": {"$ref": "#/$defs/Row"}, "minItems": 1},
            "verdict": {"enum": ["good", "bad"]},
            "score": {"type": "integer", "minimum": 1, "maximum": 5},
            "day": {"type": "string", "format": "date"},
            "remark": {"type": ["string", "null"], "maxLength": 10},
        },
        "required": ["rows", "verdict", "score", "day", "remark"],
        "additionalProperties": False,
        "$defs": {
            "Row": {
                "type": "object",
                "properties": {"city": TEXT, "sales": NUMBER},
                "required": ["city", "sales"],
                "additionalProperties": False,
            }
        },
    },
    {"type": "array", "items": TEXT},
    {"type": "string", "maxLength": 5},
    {"anyOf": [{"type": "integer", "exclusiveMinimum": 10}, {"type": "null"}]},
]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_an_answer_by_schema_validates(schema):
    tool = spec("sales_by_city", "Sales by city.", {"year": {"type": "integer"}})
    answer, rounds = drive(
        "Show the sales by city for year 2025",
        [tool],
        {
            "sales_by_city": lambda **_: [
                {"city": "Oslo", "sales": 3.5, "extra": 1},
                {"city": "Rome", "sales": 4},
            ]
        },
        response_schema=schema,
    )
    assert rounds == [[("sales_by_city", {"year": 2025})]]
    jsonschema_rs.validate(schema, json.loads(answer.text))


def test_an_answer_by_schema_holds_the_results():
    tool = spec("sales_by_city", "Sales by city.", {"year": {"type": "integer"}})
    rows = [{"city": "Oslo", "sales": 3.5, "extra": 1}, {"city": "Rome", "sales": 4}]
    answer, _ = drive(
        "Show the sales by city for year 2025",
        [tool],
        {"sales_by_city": lambda **_: rows},
        response_schema=SCHEMAS[1],
    )
    assert json.loads(answer.text)["rows"] == [{"city": "Oslo", "sales": 3.5}, {"city": "Rome", "sales": 4}]
    answer, _ = drive(
        "Show the sales by city for year 2025",
        [tool],
        {"sales_by_city": lambda **_: {"total": 7.5}},
        response_schema=SCHEMAS[0],
    )
    told = json.loads(answer.text)
    assert told["total"] == 7.5
    assert "offline/rules" in told["summary"]


def test_importing_it_loads_nothing_heavy():
    code = (
        "import sys, agentforge_core.gateway.offline;"
        "print([m for m in ('pydantic', 'aiohttp', 'rich', 'asyncio', 'jsonschema_rs') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
