"""What the scripted server saw: the meter of tests and benchmarks."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json


@dataclass(frozen=True, slots=True)
class Received:
    """One request for a completion.

    Attributes:
        number: from 1, in order of arrival.
        path: with its query.
        headers: by lower-case name.
        body: as it came.
        port: the client's port; requests of one connection have the same.
    """

    number: int
    path: str
    headers: Mapping[str, str]
    body: bytes
    port: int

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return from_json(self.body)


@dataclass(slots=True)
class Meter:
    """Counts requests for completions.

    Attributes:
        requests: the last ones; how many are kept is the server's choice.
        count: all of them.
        in_flight: those being answered now.
        peak_in_flight: the most there were at once.
    """

    requests: deque[Received] = field(default_factory=deque)
    count: int = 0
    in_flight: int = 0
    peak_in_flight: int = 0

    def reset(self) -> None:
        """Begin to count anew."""
        self.requests.clear()
        self.count = 0
        self.peak_in_flight = self.in_flight

    def to_dict(self) -> dict[str, int]:
        """The counts, as `GET /meter` gives them."""
        return {"count": self.count, "in_flight": self.in_flight, "peak_in_flight": self.peak_in_flight}
