"""Scopes of a run: what has been spent where. An effect is charged to every scope around it."""

from __future__ import annotations

from collections.abc import Mapping

from agentforge_core.boundary.effects import ModelReply
from agentforge_core.errors import BudgetExceededError
from agentforge_core.ir import format_path


class Scope:
    """Counters of a run, team, task or agent, linked to the scope around it.

    Attributes:
        kind: `run`, `team`, `task` or `agent`.
        name: which one.
        limits: the limits that hold here, by the names of `ir.BaseLimits`.
        model_calls, tool_calls: effects begun.
        input_tokens, output_tokens: as reported, or estimated where not.
        cost_usd: sum of known prices.
        unpriced: replies whose price is not known.
        reserved_tokens: estimates of the calls in flight.
        repeats: how often each tool was called with which arguments.
    """

    __slots__ = (
        "_outer",
        "cost_usd",
        "input_tokens",
        "kind",
        "limits",
        "model_calls",
        "name",
        "output_tokens",
        "repeats",
        "reserved_tokens",
        "tool_calls",
        "unpriced",
    )

    def __init__(
        self,
        kind: str,
        name: str,
        limits: Mapping[str, float] | None = None,
        parent: Scope | None = None,
        beside: Scope | None = None,
    ) -> None:
        outer = parent.around if parent is not None else ()
        self._outer: tuple[Scope, ...] = outer if beside is None else (beside, *outer)
        self.kind = kind
        self.name = name
        self.limits = dict(limits or {})
        self.model_calls = 0
        self.tool_calls = 0
        self.input_tokens = 0
        self.output_tokens = 0
        self.cost_usd = 0.0
        self.unpriced = 0
        self.reserved_tokens = 0
        self.repeats: dict[str, int] = {}

    @property
    def around(self) -> tuple[Scope, ...]:
        """This scope and all around it, innermost first.

        Each is followed by the one beside it, which is charged too: an agent's own, which spans the tasks
        of a run.
        """
        return (self, *self._outer)

    def limited(self, name: str) -> bool:
        """Whether this scope or one around it limits `name`."""
        return any(name in s.limits for s in self.around)

    def count_reply(self, reply: ModelReply, input_tokens: int, output_tokens: int) -> None:
        """Adds the tokens and the price of `reply` here and all around."""
        for scope in self.around:
            scope.input_tokens += input_tokens
            scope.output_tokens += output_tokens
            if reply.cost_usd is None:
                scope.unpriced += 1
            else:
                scope.cost_usd += reply.cost_usd


_WORDS: Mapping[str, str] = {
    "model_calls": "model calls",
    "tool_calls": "tool calls",
    "tokens": "tokens",
    "seconds": "seconds",
    "cost_usd": "US dollars",
    "repeats": "identical tool calls",
}


def exceeded(scope: Scope, name: str, reason: str) -> BudgetExceededError:
    """The verdict when limit `name` of `scope` is reached."""
    where = "the run" if scope.kind == "run" else f"{scope.kind} {scope.name!r}"
    return BudgetExceededError.of(
        "AF5001",
        f"the limit of {scope.limits[name]:g} {_WORDS[name]} of {where} is reached",
        path="limits" if scope.kind == "run" else format_path((f"{scope.kind}s", scope.name, "limits")),
        reason=reason,
        hint=f"raise it with --limit {name}=N or under limits:, or look why so many are needed",
    )
