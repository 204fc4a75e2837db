"""The examples run offline on native, and the report's figures are those of the data."""

import csv
import importlib.util
import re
import subprocess
import sys
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from agentforge_core import load
from agentforge_core.boundary.effects import ModelCall
from agentforge_core.boundary.messages import Message
from agentforge_core.gateway.offline import reply

EXAMPLES = Path(__file__).parents[2] / "examples"
DESK = EXAMPLES / "desk"


def module(path):
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture(scope="module")
def tools():
    return module(DESK / "tools.py")


def revenue(by, month, status=None):
    """Revenue by the values of one column, reckoned in exact decimals and without the desk's tools."""
    sums = defaultdict(Decimal)
    with (DESK / "data" / "orders.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            if row["date"][:7] == month and status in (None, row["status"]):
                sums[row[by]] += Decimal(row["revenue"])
    return sums


def errors(month):
    """ERROR lines of each service."""
    lines = (DESK / "data" / "service.log").read_text().splitlines()
    return Counter(line.split()[2] for line in lines if line.startswith(month) and line.split()[1] == "ERROR")


def test_the_data_is_what_the_script_writes(tmp_path):
    module(DESK / "data" / "make_data.py").main(tmp_path)
    for name in ("orders.csv", "service.log"):
        assert (tmp_path / name).read_bytes() == (DESK / "data" / name).read_bytes()


def test_the_data_is_of_the_size_it_says():
    assert len((DESK / "data" / "orders.csv").read_text().splitlines()) == 3001
    assert len((DESK / "data" / "service.log").read_text().splitlines()) == 2000


@pytest.mark.parametrize("month", ["2026-03", "2026-05"])
@pytest.mark.parametrize("team", ["desk", "managed"])
def test_the_report_holds_the_figures_of_the_data(team, month):
    result = load(DESK / "desk.yaml").run_sync(team, inputs={"month": month})
    assert result.status == "succeeded"
    assert result.usage.tool_calls == 4
    report = result.output
    assert report.startswith(f"# One-page report on sales and service health in {month}\n")
    for by, status in (("region", "paid"), ("product_line", "paid"), ("status", None)):
        sums = revenue(by, month, status)
        assert sums
        for name, value in sums.items():
            assert re.search(rf"^\| {name} +\| +{value:,.2f} \|", report, re.MULTILINE), (name, value)
    for service, count in errors(month).items():
        assert re.search(rf"^\| {service} +\| +{count} \|", report, re.MULTILINE)
    sums = revenue("region", month, "paid")
    best = max(sums, key=sums.get)
    assert f"{best} is highest" in " ".join(report.split())
    assert report.count("offline/rules") == 1


def test_the_report_fits_a_terminal():
    report = load(DESK / "desk.yaml").run_sync("desk", inputs={"month": "2026-03"}).output
    assert max(len(line) for line in report.splitlines()) <= 80


@pytest.mark.parametrize(
    "name", ["../tools.py", "/etc/passwd", "data/../../desk.yaml", "nothing.csv", "service.log"]
)
def test_tools_refuse_other_files(tools, name):
    with pytest.raises((PermissionError, FileNotFoundError)):
        tools.aggregate_orders("revenue", "region", file=name)


def test_tools_compute(tools):
    rows = list(csv.DictReader((DESK / "data" / "orders.csv").read_text().splitlines()))
    solar = [int(r["units"]) for r in rows if r["product_line"] == "Solar" and r["region"] == "East"]
    where = ["product_line=solar", "region=East"]

    def one(operation):
        (row,) = tools.aggregate_orders("units", "region", operation, where=where)
        return row["units" if operation == "sum" else f"{operation} of units"]

    assert one("sum") == sum(solar)
    assert one("count") == len(solar)
    assert (one("min"), one("max")) == (min(solar), max(solar))
    assert one("mean") == round(sum(solar) / len(solar), 2)
    top = tools.aggregate_orders("revenue", "product", top=2)
    assert len(top) == 2
    assert top[0]["revenue"] > top[1]["revenue"]
    columns = {c["column"]: c for c in tools.describe_columns()}
    assert columns["region"]["different"] == 5
    assert columns["units"]["kind"] == "number"
    with pytest.raises(ValueError, match="no column 'price'; its columns are order_id"):
        tools.aggregate_orders("price", "region")
    with pytest.raises(ValueError, match="not a number"):
        tools.aggregate_orders("product", "region")
    with pytest.raises(ValueError, match="column=value"):
        tools.aggregate_orders("units", "region", where=["paid"])


def test_log_search_takes_level_pattern_and_window(tools):
    window = {"since": "2026-03-12T08:00", "until": "2026-03-14T20:00"}
    found = tools.count_log_lines("ERROR", pattern="card GATEWAY", **window)
    lines = (DESK / "data" / "service.log").read_text().splitlines()
    expected = Counter(
        line.split()[2]
        for line in lines
        if window["since"] <= line[:16] < window["until"] and " ERROR " in line and "card gateway" in line
    )
    assert {row["service"]: row["lines"] for row in found} == expected
    assert set(expected) == {"payments", "checkout"}


def test_quickstart_program():
    done = subprocess.run(
        [sys.executable, EXAMPLES / "quickstart" / "agent.py", "native", "offline/rules"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "add(a=2, b=2) = 4" in done.stdout


def test_quickstart_document():
    result = load(EXAMPLES / "quickstart" / "agent.yaml").run_sync(prompt="What is 6 times 7?")
    assert "multiply(a=6, b=7) = 42" in result.output


def test_no_tool_of_the_examples_is_known_to_the_rules():
    folder = Path(sys.modules[reply.__module__].__file__).parent
    source = "".join(p.read_text() for p in folder.glob("*.py"))
    for name in ("aggregate_orders", "count_log_lines", "describe_columns", "orders.csv"):
        assert name not in source
    assert not reply(ModelCall("m", (Message("user", "Sum the revenue by region"),))).tool_calls
