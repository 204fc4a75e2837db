"""Writes orders.csv and service.log beside itself, the same bytes every time.

Only `random.Random(seed).random()` is used: of all its methods Python promises the same sequence for
that one alone in every version.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

SEED = 20260101
ORDERS = 3000
LINES = 2000
START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 181
OUTAGE = (datetime(2026, 3, 12, 8, tzinfo=UTC), datetime(2026, 3, 14, 20, tzinfo=UTC))
"""While the card gateway is down there are errors in the log and cancelled orders in the table."""

REGIONS = (("North", 0.29), ("South", 0.23), ("East", 0.19), ("West", 0.17), ("Central", 0.12))
LINE_SHARES = (("Solar", 0.34), ("Storage", 0.12), ("Heating", 0.22), ("Lighting", 0.32))
PRODUCTS = {
    "Solar": (("Panel 410 W", 188.95), ("Inverter 5 kW", 898.75), ("Mounting kit", 64.49)),
    "Storage": (("Battery 5 kWh", 1989.95), ("Battery 10 kWh", 3489.49), ("Charge controller", 149.85)),
    "Heating": (("Heat pump 8 kW", 3289.75), ("Smart thermostat", 128.95), ("Radiator valve", 39.89)),
    "Lighting": (("LED bulb, 4 pack", 18.95), ("Floodlight 30 W", 42.49), ("Garden path set", 78.75)),
}
SERVICES = (("checkout", 0.26), ("payments", 0.22), ("inventory", 0.18), ("shipping", 0.16), ("search", 0.18))
MESSAGES = {
    "INFO": ("request served", "cache refreshed", "job finished", "session opened"),
    "WARN": ("slow response", "retrying upstream call", "queue is filling up"),
    "ERROR": ("upstream timeout", "database connection lost", "unhandled exception"),
}
GATEWAY_ERRORS = ("card gateway timeout", "card gateway refused connection", "payment not confirmed")


def main(folder: Path) -> None:
    """Writes both files into `folder`."""
    rng = random.Random(SEED)
    (folder / "orders.csv").write_bytes(orders(rng).encode())
    (folder / "service.log").write_bytes(log(rng).encode())


def orders(rng: random.Random) -> str:
    """The table of orders, oldest first."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    head = (
        "order_id",
        "date",
        "region",
        "product_line",
        "product",
        "units",
        "unit_price",
        "revenue",
        "status",
    )
    writer.writerow(head)
    for number, moment in enumerate(_moments(rng, ORDERS), 10_001):
        region, line = _pick(rng, REGIONS), _pick(rng, LINE_SHARES)
        product, price = PRODUCTS[line][int(rng.random() * 3)]
        units = 1 + int(rng.random() ** 2 * (4 if price > 500 else 24))
        cents = round(price * 100) * units
        lost = 0.55 if OUTAGE[0] <= moment <= OUTAGE[1] else 0.03
        status = _pick(rng, (("cancelled", lost), ("refunded", 0.03), ("paid", 0.94 - lost)))
        day = f"{moment:%Y-%m-%d}"
        writer.writerow(
            (number, day, region, line, product, units, f"{price:.2f}", f"{cents / 100:.2f}", status)
        )
    return table.getvalue()


def log(rng: random.Random) -> str:
    """The log of the shop's services, oldest line first."""
    lines = []
    for moment in _moments(rng, LINES):
        service = _pick(rng, SERVICES)
        down = service in ("payments", "checkout") and OUTAGE[0] <= moment <= OUTAGE[1]
        level = _pick(rng, (("ERROR", 0.75 if down else 0.03), ("WARN", 0.12), ("INFO", 0.85)))
        texts = GATEWAY_ERRORS if down and level == "ERROR" else MESSAGES[level]
        text = texts[int(rng.random() * len(texts))]
        lines.append(
            f"{moment:%Y-%m-%dT%H:%M:%SZ} {level:<5} {service:<9} {text} ms={int(rng.random() * 900) + 12}"
        )
    return "\n".join(lines) + "\n"


def _moments(rng: random.Random, count: int) -> list[datetime]:
    """That many moments in the half year, in order; one in ten falls into the busy days of the outage."""
    moments = []
    for _ in range(count):
        busy = rng.random() < 0.1
        first, last = OUTAGE if busy else (START, START + timedelta(days=DAYS))
        seconds = int(rng.random() * (last - first).total_seconds())
        moments.append(first + timedelta(seconds=seconds))
    return sorted(moments)


def _pick(rng: random.Random, weighted: Sequence[tuple[str, float]]) -> str:
    """One of the values, as likely as its weight among all weights."""
    point = rng.random() * sum(weight for _, weight in weighted)
    for value, weight in weighted:
        point -= weight
        if point < 0:
            return value
    return weighted[-1][0]


if __name__ == "__main__":
    main(Path(__file__).parent)
