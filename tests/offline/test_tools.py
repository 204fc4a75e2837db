"""The offline model picks tools and fills arguments for schemas that no example uses."""

import json

import jsonschema_rs
import pytest

from agentforge_core.boundary.effects import ModelCall
from agentforge_core.boundary.messages import Message, ToolSpec
from agentforge_core.gateway.offline import reply


def spec(name, description, properties=None, required=None, **extra):
    schema = {"type": "object", "properties": properties or {}, **extra}
    schema["required"] = list(properties or {}) if required is None else required
    return ToolSpec(name, description, schema)


S, INT, N, B = {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}

WEATHER = spec(
    "get_weather",
    "Current weather in a city.",
    {"city": S, "units": {"enum": ["celsius", "fahrenheit"], "default": "celsius"}},
    ["city"],
)
CLOCK = spec("current_time", "Tell the time in a city.", {"city": S})
FX = spec(
    "convert_currency",
    "Convert an amount between currencies.",
    {"amount": N, "from_currency": S, "to_currency": S},
)
UNITS = spec("convert_units", "Convert a length or weight.", {"value": N, "from_unit": S, "to_unit": S})
TEMPERATURE = spec(
    "convert_temperature",
    "Convert a temperature.",
    {
        "degrees": N,
        "from_scale": {"enum": ["celsius", "fahrenheit", "kelvin"]},
        "to_scale": {"enum": ["celsius", "fahrenheit", "kelvin"]},
    },
)
CALCULATOR = spec("calculator", "Evaluate an arithmetic expression.", {"expression": S})
SUBTRACT = spec("subtract", "Subtract the second number from the first.", {"a": N, "b": N})
MULTIPLY = spec("multiply", "Multiply two numbers.", {"a": N, "b": N})
DIVIDE = spec("divide", "Divide a by b.", {"dividend": N, "divisor": N})
STATISTICS = spec(
    "describe_numbers", "Statistics of numbers.", {"numbers": {"type": "array", "items": N, "minItems": 1}}
)
EMAIL = spec(
    "send_email",
    "Send an e-mail to somebody.",
    {"to": {"type": "string", "format": "email"}, "subject": S, "body": S},
    ["to", "body"],
)
CALENDAR = spec(
    "create_event",
    "Create an event in the calendar.",
    {"title": S, "date": {"type": "string", "format": "date"}, "time": S},
    ["title", "date"],
)
HOTEL = spec(
    "book_hotel",
    "Book a hotel room.",
    {
        "city": S,
        "check_in": {"type": "string", "format": "date"},
        "nights": {"type": "integer", "minimum": 1},
        "guests": {"type": "integer", "default": 1},
        "breakfast": {"type": "boolean", "default": False},
    },
    ["city", "check_in", "nights"],
)
FLIGHT = spec(
    "find_flights",
    "Search flights.",
    {"origin": S, "destination": S, "date": {"type": "string", "format": "date"}},
)
STOCK = spec(
    "stock_price",
    "Price of a share by its ticker symbol.",
    {"symbol": {"type": "string", "pattern": "^[A-Z]{1,5}$"}},
)
TRANSLATE = spec("translate", "Translate a text into another language.", {"text": S, "target_language": S})
SEARCH = spec(
    "web_search", "Search the web.", {"query": S, "max_results": {"type": "integer", "default": 5}}, ["query"]
)
READ = spec("read_file", "Read a text file.", {"path": S})
LIST = spec("list_files", "List the files of a folder.", {"folder": {"type": "string", "default": "."}}, [])
MOVE = spec("move_file", "Move or rename a file.", {"source": S, "destination": S})
SQL = spec("run_sql", "Run a SQL query on the database.", {"sql": S})
TICKET = spec(
    "create_ticket",
    "Create a ticket in the issue tracker.",
    {
        "title": S,
        "priority": {"type": "string", "enum": ["low", "medium", "high"]},
        "labels": {"type": "array", "items": S},
    },
    ["title", "priority"],
)
INVOICE = spec("get_invoice", "Fetch an invoice by its number.", {"invoice_id": S})
LIGHTS = spec(
    "set_light",
    "Switch a light in a room.",
    {
        "room": S,
        "on": B,
        "brightness": {
            "anyOf": [{"type": "integer", "minimum": 0, "maximum": 100}, {"type": "null"}],
            "default": None,
        },
    },
    ["room", "on"],
)
SHAPE = spec(
    "draw_rectangle",
    "Draw a rectangle.",
    {"size": {"$ref": "#/$defs/Size"}, "color": {"enum": ["red", "green", "blue"]}},
    ["size"],
    **{
        "$defs": {
            "Size": {
                "type": "object",
                "properties": {"width": N, "height": N},
                "required": ["width", "height"],
            }
        }
    },
)
ORDER = spec(
    "place_order",
    "Place an order for a product.",
    {"product": S, "quantity": {"type": "integer", "minimum": 1}},
)
DNS = spec(
    "resolve_host",
    "Resolve a host name to an address.",
    {"hostname": S, "record": {"enum": ["A", "AAAA", "MX"], "default": "A"}},
    ["hostname"],
)
FETCH = spec("fetch_page", "Download a web page.", {"url": {"type": "string", "format": "uri"}})
REMIND = spec("set_reminder", "Set a reminder.", {"text": S, "at": {"type": "string", "format": "date-time"}})
DICE = spec(
    "roll_dice",
    "Roll dice.",
    {"count": {"type": "integer", "default": 1}, "sides": {"type": "integer", "default": 6}},
    [],
)
PATIENTS = spec("filter_patients", "Filter patients by age.", {"min_age": INT, "max_age": INT}, ["min_age"])
LABELS = spec("tag_photo", "Attach tags to a photo.", {"photo": S, "tags": {"type": "array", "items": S}})
CONFIG = spec("set_option", "Change settings.", {"options": {"type": "object", "additionalProperties": S}})

CASES = [
    ("What is the weather in Paris?", [WEATHER, CLOCK], [("get_weather", {"city": "Paris"})]),
    (
        "What is the weather in New York in fahrenheit and what time is it in Tokyo?",
        [WEATHER, CLOCK],
        [("get_weather", {"city": "New York", "units": "fahrenheit"}), ("current_time", {"city": "Tokyo"})],
    ),
    (
        "Compare the weather in Paris, Oslo and Rome.",
        [CLOCK, WEATHER],
        [("get_weather", {"city": c}) for c in ("Paris", "Oslo", "Rome")],
    ),
    (
        "Convert 1,250.50 USD to EUR",
        [FX, UNITS],
        [("convert_currency", {"amount": 1250.5, "from_currency": "USD", "to_currency": "EUR"})],
    ),
    (
        "Convert 100 from GBP to JPY.",
        [FX],
        [("convert_currency", {"amount": 100, "from_currency": "GBP", "to_currency": "JPY"})],
    ),
    (
        "Please convert a length of 5 km to miles",
        [FX, UNITS],
        [("convert_units", {"value": 5, "from_unit": "km", "to_unit": "miles"})],
    ),
    (
        "Convert -40 degrees from Fahrenheit to Celsius.",
        [TEMPERATURE, CALCULATOR],
        [("convert_temperature", {"degrees": -40, "from_scale": "fahrenheit", "to_scale": "celsius"})],
    ),
    ("What is (3 + 4) * 2.5?", [CALCULATOR, WEATHER], [("calculator", {"expression": "(3 + 4) * 2.5"})]),
    ("Subtract 3 from 10", [SUBTRACT, MULTIPLY], [("subtract", {"a": 10, "b": 3})]),
    ("What is 12 times seven?", [SUBTRACT, MULTIPLY], [("multiply", {"a": 12, "b": 7})]),
    ("Divide 10 by 4.", [DIVIDE, MULTIPLY], [("divide", {"dividend": 10, "divisor": 4})]),
    (
        "Give me statistics of the numbers 3, 5, 8.5 and -2",
        [STATISTICS, CALCULATOR],
        [("describe_numbers", {"numbers": [3, 5, 8.5, -2]})],
    ),
    (
        'Send an email to ann@example.org with subject "Build" saying the build is green.',
        [EMAIL, CALENDAR],
        [("send_email", {"to": "ann@example.org", "subject": "Build", "body": "the build is green"})],
    ),
    (
        'Create an event "Team lunch" on 2026-03-14 at 12:30',
        [EMAIL, CALENDAR],
        [("create_event", {"title": "Team lunch", "date": "2026-03-14", "time": "12:30"})],
    ),
    (
        "Book a hotel in Lisbon from March 3, 2026 for three nights with breakfast",
        [HOTEL, FLIGHT],
        [("book_hotel", {"city": "Lisbon", "check_in": "2026-03-03", "nights": 3, "breakfast": True})],
    ),
    (
        "Find flights from Berlin to Madrid on 2026-07-01",
        [HOTEL, FLIGHT],
        [("find_flights", {"origin": "Berlin", "destination": "Madrid", "date": "2026-07-01"})],
    ),
    ("What is the price of the ACME share?", [STOCK, SEARCH], [("stock_price", {"symbol": "ACME"})]),
    (
        'Translate "good morning" into Portuguese',
        [TRANSLATE, SEARCH],
        [("translate", {"text": "good morning", "target_language": "Portuguese"})],
    ),
    (
        "Search the web for tidal energy in Scotland",
        [SEARCH, READ],
        [("web_search", {"query": "tidal energy in Scotland"})],
    ),
    ("Read the file notes/todo.txt please", [READ, LIST, MOVE], [("read_file", {"path": "notes/todo.txt"})]),
    (
        "Move a.txt to archive/b.txt",
        [READ, LIST, MOVE],
        [("move_file", {"source": "a.txt", "destination": "archive/b.txt"})],
    ),
    (
        "Run the SQL `select count(*) from users` on the database",
        [SQL, SEARCH],
        [("run_sql", {"sql": "select count(*) from users"})],
    ),
    (
        'Create a high priority ticket titled "Login broken" with labels auth, web and urgent',
        [TICKET, INVOICE],
        [
            (
                "create_ticket",
                {"title": "Login broken", "priority": "high", "labels": ["auth", "web", "urgent"]},
            )
        ],
    ),
    ("Fetch invoice INV-2041", [TICKET, INVOICE], [("get_invoice", {"invoice_id": "INV-2041"})]),
    (
        "Switch the light in the kitchen with on=true and brightness 40",
        [LIGHTS, CLOCK],
        [("set_light", {"room": "kitchen", "on": True, "brightness": 40})],
    ),
    (
        "Draw a blue rectangle with width 20 and height 7.5",
        [SHAPE, DICE],
        [("draw_rectangle", {"size": {"width": 20, "height": 7.5}, "color": "blue"})],
    ),
    (
        'Draw a rectangle: {"size": {"width": 1, "height": 2}, "color": "red"}',
        [SHAPE, DICE],
        [("draw_rectangle", {"size": {"width": 1, "height": 2}, "color": "red"})],
    ),
    (
        "Place an order for product=kettle with quantity of twenty-five",
        [ORDER, INVOICE],
        [("place_order", {"product": "kettle", "quantity": 25})],
    ),
    (
        "Resolve the host name example.org, record MX",
        [DNS, FETCH],
        [("resolve_host", {"hostname": "example.org", "record": "MX"})],
    ),
    (
        "Download the page https://example.org/a?b=1.",
        [DNS, FETCH],
        [("fetch_page", {"url": "https://example.org/a?b=1"})],
    ),
    (
        'Set a reminder "water the plants" at 2026-05-01T08:00:00Z',
        [REMIND, CALENDAR],
        [("set_reminder", {"text": "water the plants", "at": "2026-05-01T08:00:00Z"})],
    ),
    ("Roll 3 dice with 20 sides", [DICE, SHAPE], [("roll_dice", {"count": 3, "sides": 20})]),
    ("Filter the patients with min_age: 65", [PATIENTS, DICE], [("filter_patients", {"min_age": 65})]),
    (
        "Attach the tags beach, sunset to the photo img_01.jpg",
        [LABELS, MOVE],
        [("tag_photo", {"photo": "img_01.jpg", "tags": ["beach", "sunset"]})],
    ),
    (
        "Change the settings theme=dark and font=mono",
        [CONFIG, DICE],
        [("set_option", {"options": {"theme": "dark", "font": "mono"}})],
    ),
    ("Do not book a hotel in Lisbon.", [HOTEL, WEATHER], []),
    ("Send an email to Bob saying hello", [EMAIL], []),
    ("What is the capital of France?", [DICE, INVOICE], []),
]
"""(request, tools offered, calls expected in the first reply)."""


def ask(request, tools, **rest):
    return reply(ModelCall("default", (Message("user", request),), tuple(tools), **rest))


def called(answer):
    return [(c.name, dict(c.arguments)) for c in answer.tool_calls]


def test_there_are_thirty_tools():
    assert len({t.name for _, tools, _ in CASES for t in tools}) >= 30


@pytest.mark.parametrize("turned", [False, True], ids=["as-listed", "reversed"])
@pytest.mark.parametrize(("request_text", "tools", "expected"), CASES, ids=[c[0][:40] for c in CASES])
def test_picks_tools_and_fills_arguments(request_text, tools, expected, turned):
    answer = ask(request_text, tools[::-1] if turned else tools)
    assert called(answer) == expected
    assert answer.finish_reason == ("tool_calls" if expected else "stop")
    schemas = {t.name: t.parameters for t in tools}
    for name, arguments in called(answer):
        jsonschema_rs.validate(schemas[name], arguments)


@pytest.mark.parametrize(("request_text", "tools", "expected"), CASES, ids=[c[0][:40] for c in CASES])
def test_answers_with_the_results(request_text, tools, expected):
    """After the results of the expected calls nothing is called again and each result is in the answer."""
    first = ask(request_text, tools)
    results = [
        Message("tool", json.dumps({"ticket": f"value-{n}"}), tool_call_id=c.id, name=c.name)
        for n, c in enumerate(first.tool_calls)
    ]
    final = reply(
        ModelCall("default", (Message("user", request_text), first.as_message(), *results), tuple(tools))
    )
    if expected:
        assert not final.tool_calls
    for n in range(len(expected)):
        assert f"value-{n}" in final.text
    assert "offline/rules" in final.text


def test_says_what_is_missing():
    answer = ask("Send an email to Bob saying hello", [EMAIL])
    assert "send_email was not called: the request does not say `to`." in answer.text


def test_a_default_of_the_schema_stands_in_for_a_required_value():
    tool = spec("count_visits", "Count the visits of a site.", {"site": S, "days": {**INT, "default": 7}})
    assert called(ask("Count the visits of example.org", [tool])) == [
        ("count_visits", {"site": "example.org", "days": 7})
    ]


def test_what_would_not_validate_is_not_called():
    tool = spec("set_age", "Set the age of a user.", {"age": {"type": "integer", "maximum": 120}})
    answer = ask("Set the age to 400", [tool])
    assert not answer.tool_calls
    assert "set_age was not called" in answer.text


def test_a_schema_that_points_outside_is_never_fetched_nor_called():
    tool = ToolSpec("set_age", "Set the age.", {"$ref": "http://127.0.0.1:9/schema.json"})
    assert not ask("Set the age to 40", [tool]).tool_calls
