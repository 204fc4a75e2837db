"""What the registry knows of one adapter, read from data files only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from agentforge_compat.ranges import normalised
from agentforge_core.capability import UNKNOWN, Capability, Support
from agentforge_core.diagnostics import Diagnostic, close_match

HOST = "agentforge-core"
"""The distribution of the host: every adapter requires it, and its own adapter drives no framework."""


class Status(StrEnum):
    """Whether an adapter can run here, and if not, why not."""

    READY = "ready"
    """Everything it needs is installed and in range."""
    NOT_INSTALLED = "not_installed"
    """Known from the catalog only."""
    FRAMEWORK_MISSING = "framework_missing"
    """The adapter is installed, its framework is not."""
    FRAMEWORK_OUT_OF_RANGE = "framework_out_of_range"
    """Its framework is installed in a version it does not serve."""
    PYTHON_OUT_OF_RANGE = "python_out_of_range"
    """It or its framework does not run on this Python."""
    CONTRACT_MISMATCH = "contract_mismatch"
    """It was written for another contract or another version of the host."""
    BROKEN = "broken"
    """Its metadata, package or manifest is missing or wrong."""
    DUPLICATE = "duplicate"
    """Two distributions claim its name."""


CODES: Mapping[Status, str] = {
    Status.NOT_INSTALLED: "AF2003",
    Status.FRAMEWORK_MISSING: "AF2004",
    Status.FRAMEWORK_OUT_OF_RANGE: "AF2006",
    Status.PYTHON_OUT_OF_RANGE: "AF2007",
    Status.CONTRACT_MISMATCH: "AF2008",
    Status.BROKEN: "AF2009",
    Status.DUPLICATE: "AF2010",
}
"""Code of the diagnostic of every status but `ready`."""


_SAID: Mapping[Status, str] = {
    Status.NOT_INSTALLED: "is not installed",
    Status.FRAMEWORK_MISSING: "misses its framework",
    Status.FRAMEWORK_OUT_OF_RANGE: "does not serve the installed framework",
    Status.PYTHON_OUT_OF_RANGE: "does not run on this Python",
    Status.CONTRACT_MISMATCH: "was written for another contract",
    Status.BROKEN: "is broken",
    Status.DUPLICATE: "is claimed by two distributions",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One adapter as the registry lists it. Nothing of the adapter was imported to make it.

    Attributes:
        name: name of the entry point; what `on:` says.
        distribution: the distribution that brings it.
        version: version of that distribution, empty where it cannot be read.
        framework: distribution whose version counts; None when it drives no framework.
        framework_version: installed version of the framework, None when it is not installed.
        supported: specifier of the framework versions it serves, from its own `Requires-Dist`.
        requires: all it requires but the host, as requirements without markers.
        requires_python: its `Requires-Python`, empty when it says none.
        status: whether it can run here.
        reason: why not; None when it is ready.
        hint: what would help; None when it is ready.
        capabilities: support of every capability; one the manifest leaves out is `unknown`.
        reference: `module:attribute` of the adapter object.
        license: licence expression of the distribution.
        documentation: address of its documentation.
        summary: one line on what it is.
        installed: whether its distribution is installed; False for what only the catalog knows.
    """

    name: str
    distribution: str
    version: str = ""
    framework: str | None = None
    framework_version: str | None = None
    supported: str = ""
    requires: tuple[str, ...] = ()
    requires_python: str = ""
    status: Status = Status.READY
    reason: str | None = None
    hint: str | None = None
    capabilities: Mapping[Capability, Support] = field(default_factory=dict)
    reference: str = ""
    license: str | None = None
    documentation: str | None = None
    summary: str = ""
    installed: bool = True

    @property
    def ready(self) -> bool:
        """Whether it can run in this interpreter."""
        return self.status is Status.READY

    @property
    def label(self) -> str:
        """Who it is in messages: distribution and framework with the versions found."""
        own = f"{self.distribution} {self.version}".rstrip()
        if self.framework is None:
            return own
        return f"{own} on {self.framework} {self.framework_version or '(not installed)'}"

    def support(self, capability: Capability) -> Support:
        """What the manifest says of `capability`."""
        return self.capabilities.get(capability, UNKNOWN)

    def problem(self) -> Diagnostic | None:
        """Why it cannot run here, None when it can."""
        if self.ready:
            return None
        return Diagnostic(
            CODES[self.status],
            f"adapter {self.name!r} {_SAID[self.status]}",
            subject=self.label,
            reason=self.reason,
            hint=self.hint,
        )


def unknown(name: str, known: Sequence[str]) -> Diagnostic:
    """What to say of a name that no adapter has."""
    listing = ", ".join(known) or "none"
    return Diagnostic(
        "AF2002",
        f"there is no adapter named {name!r}",
        reason=f"it is neither installed nor in the catalog; known are {listing}",
        hint=close_match(normalised(name), known) or "agentforge adapters list shows all that are known",
    )
