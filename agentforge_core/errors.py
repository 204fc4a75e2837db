"""Every exception of the host. One class for each situation a caller can act on.

Each carries diagnostics (all problems, not the first) and knows the exit code of the command line.
"""

from __future__ import annotations

from typing import Any, Self

from agentforge_core.diagnostics import Diagnostic, Severity


class ForgeError(Exception):
    """Root of all errors a caller of AgentForge can expect.

    Args:
        *diagnostics: what is wrong; the first one gives `code`, `path` and `hint`.
    """

    exit_code = 1

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(*diagnostics)
        self.diagnostics: tuple[Diagnostic, ...] = diagnostics

    @classmethod
    def of(cls, code: str, message: str, **details: Any) -> Self:
        """An error with one diagnostic; `details` are the fields of `Diagnostic`."""
        return cls(Diagnostic(code, message, **details))

    @property
    def first(self) -> Diagnostic:
        """The diagnostic that stands for the whole in the `error` object of `--json`."""
        errors = [d for d in self.diagnostics if d.severity is Severity.ERROR]
        return (errors or list(self.diagnostics))[0]

    @property
    def code(self) -> str:
        """Code of the first problem."""
        return self.first.code

    def __str__(self) -> str:
        return "\n".join(d.render() for d in self.diagnostics)


class UsageError(ForgeError):
    """The call itself is wrong: an unknown option, an ambiguous name, a missing input."""

    exit_code = 2


class NotFoundError(ForgeError):
    """A file, a name in the document, an adapter or a run does not exist here."""

    exit_code = 3


class AdapterNotFoundError(NotFoundError):
    """No adapter of that name is installed, or its framework is missing or out of range."""


class DocumentError(ForgeError):
    """The document or an input file is invalid."""

    exit_code = 4


class UnsupportedError(ForgeError):
    """The chosen adapter, isolation level or this version of AgentForge cannot do what is asked."""

    exit_code = 5


class AdapterError(ForgeError):
    """An adapter is broken: it does not load, or its manifest is invalid."""


class AdapterContractError(ForgeError):
    """An adapter broke the contract; the message names the adapter, what it did and what was expected."""


class RunError(ForgeError):
    """A run ended without success. Raised by `RunResult.raise_for_status` and carried as a verdict."""

    status = "failed"


class ModelError(RunError):
    """A model call failed for good, after the retries its kind of failure allows.

    Attributes:
        transient: whether the same call might succeed later.
        status_code: HTTP status, when one was received.
        retry_after: seconds the provider asked to wait, when it did.
        request_id: the provider's own id of the request.
    """

    def __init__(
        self,
        *diagnostics: Diagnostic,
        transient: bool = False,
        status_code: int | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(*diagnostics)
        self.transient = transient
        self.status_code = status_code
        self.retry_after = retry_after
        self.request_id = request_id


class ToolError(RunError):
    """A tool with `on_error: fail` failed."""


class OutputError(RunError):
    """The final answer does not fit its output schema, after the repairs that are allowed."""


class BudgetExceededError(RunError):
    """A limit was reached before the call that would have exceeded it."""

    exit_code = 6
    status = "budget_exceeded"


class RunCancelledError(RunError):
    """The run was cancelled by its caller."""

    exit_code = 7
    status = "cancelled"


class DecisionNeededError(RunError):
    """The run waits for a person: an approval or an answer."""

    exit_code = 8
    status = "needs_approval"


_EXITS: dict[str, int] = {
    "succeeded": 0,
    "failed": 1,
    "budget_exceeded": 6,
    "cancelled": 7,
    "needs_approval": 8,
    "unknown_outcome": 8,
}


def exit_code_of(status: str) -> int:
    """Exit code of the command line for a run that ended with `status`."""
    return _EXITS[status]
