"""What a run ends with: the object that Python callers get and `--json` prints."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from agentforge_core.diagnostics import Diagnostic
from agentforge_core.errors import ForgeError, exit_code_of

Status = Literal["succeeded", "failed", "cancelled", "budget_exceeded", "needs_approval", "unknown_outcome"]


@dataclass(frozen=True, slots=True)
class AdapterInfo:
    """Which adapter ran, at which versions; `framework_version` is None for native."""

    name: str
    version: str
    framework_version: str | None

    def to_dict(self) -> dict[str, Any]:
        """The `adapter` object of `--json`."""
        return {"name": self.name, "version": self.version, "framework_version": self.framework_version}


@dataclass(frozen=True, slots=True)
class RunUsage:
    """What a run spent. `cost_usd` is None when any price is not known."""

    model_calls: int
    tool_calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class RunResult:
    """The end of a run.

    Attributes:
        run_id: its name.
        status: how it ended.
        output: the answer: text, or the JSON value when an output schema was given; None without one.
        adapter: adapter of the last task; None when none was reached.
        usage: what it spent.
        placements: each agent or team with the adapter it ran on.
        diagnostics: remarks.
        error: why it did not succeed.
    """

    run_id: str
    status: Status
    output: Any
    adapter: AdapterInfo | None
    usage: RunUsage
    placements: tuple[dict[str, Any], ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    error: ForgeError | None = field(default=None, compare=False)

    @property
    def exit_code(self) -> int:
        """Exit code of the command line."""
        if self.status == "failed" and self.error is not None:
            return self.error.exit_code
        return exit_code_of(self.status)

    def raise_for_status(self) -> RunResult:
        """This result when the run succeeded.

        Raises:
            ForgeError: why it did not.
        """
        if self.error is not None:
            raise self.error
        return self

    def to_dict(self) -> dict[str, Any]:
        """The object of `run --json`."""
        return {
            "run_id": self.run_id,
            "status": self.status,
            "output": self.output,
            "adapter": self.adapter.to_dict() if self.adapter else None,
            "placements": list(self.placements),
            "usage": asdict(self.usage),
            "diagnostics": [d.to_dict() for d in self.diagnostics],
            "error": error_object(self.error),
        }


def error_object(error: ForgeError | None) -> dict[str, Any] | None:
    """The `error` object of `--json`."""
    if error is None:
        return None
    first = error.first
    return {"code": first.code, "message": first.message, "path": first.path, "hint": first.hint}
