"""What an adapter says while it lowers: remarks are collected, the caller's policy is applied once."""

from __future__ import annotations

from typing import Literal

from agentforge_core.diagnostics import Diagnostic, Severity
from agentforge_core.errors import UnsupportedError

Policy = Literal["ignore", "warn", "raise"]
"""What the caller does about warnings of the lowering: nothing, keep them in the result, or refuse."""


class LoweringContext:
    """Handed to `Adapter.lower`. Collects diagnostics and never raises at the first.

    Args:
        subject: adapter and framework version, for messages.
    """

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.diagnostics: list[Diagnostic] = []

    def refuse(self, code: str, path: str, message: str, *, reason: str, hint: str | None = None) -> None:
        """Something asked for cannot be done: the lowering will fail, after all else was looked at."""
        self._add(Diagnostic(code, message, Severity.ERROR, path, reason=reason, hint=hint))

    def warn(self, code: str, path: str, message: str, *, reason: str, hint: str | None = None) -> None:
        """Something is done by other means and may differ."""
        self._add(Diagnostic(code, message, Severity.WARNING, path, reason=reason, hint=hint))

    def note(self, code: str, path: str, message: str, *, reason: str, hint: str | None = None) -> None:
        """Something worth knowing that changes nothing asked for."""
        self._add(Diagnostic(code, message, Severity.NOTE, path, reason=reason, hint=hint))

    def _add(self, diagnostic: Diagnostic) -> None:
        from dataclasses import replace

        self.diagnostics.append(replace(diagnostic, subject=self.subject))

    def settle(self, policy: Policy = "warn") -> tuple[Diagnostic, ...]:
        """Applies the caller's policy and returns what is to be shown.

        Raises:
            UnsupportedError: with all errors, and under `raise` all warnings.
        """
        grave = {Severity.ERROR} if policy != "raise" else {Severity.ERROR, Severity.WARNING}
        refused = [d for d in self.diagnostics if d.severity in grave]
        if refused:
            raise UnsupportedError(*refused)
        return () if policy == "ignore" else tuple(self.diagnostics)
