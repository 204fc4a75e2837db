"""What the scripted server does wrong when it is told to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

FaultKind = Literal[
    "status",
    "slow-headers",
    "slow-body",
    "close",
    "close-mid-body",
    "reset-mid-body",
    "invalid-json",
    "content-type",
    "no-choices",
    "truncated-arguments",
    "finish-reason",
]
"""`close` is before the headers; `reset` sends TCP RST; `content-type` sends a page of HTML."""

_KINDS = frozenset(get_args(FaultKind))
_SPELLING = re.compile(r"^(?P<number>\d+):(?P<kind>[a-z-]+)(?:=(?P<value>[^;]+))?(?:;(?P<headers>.+))?$")
_EXAMPLE = "write NUMBER:KIND[=VALUE][;HEADER=VALUE], such as 1:status=429;retry-after=1"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        kind: what goes wrong.
        status: HTTP status for `status`.
        seconds: how long `slow-headers` and `slow-body` wait.
        headers: added to the response of `status`.
        body: of `status`; None means an error object in OpenAI's shape.
    """

    kind: FaultKind
    status: int = 500
    seconds: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


def parse_fault(text: str) -> tuple[int, Fault]:
    """Number of the request, from 1, and the fault that `text` describes.

    Raises:
        ValueError: `text` is not a fault.
    """
    found = _SPELLING.match(text)
    if found is None or found["kind"] not in _KINDS:
        raise ValueError(f"{text!r} is not a fault; {_EXAMPLE}; kinds: {', '.join(sorted(_KINDS))}")
    kind: FaultKind = found["kind"]  # type: ignore[assignment]
    value = found["value"]
    headers = dict(part.partition("=")[::2] for part in (found["headers"] or "").split(";") if part)
    if kind == "status":
        return int(found["number"]), Fault(kind, status=int(value or 500), headers=headers)
    return int(found["number"]), Fault(kind, seconds=float(value or 0))
