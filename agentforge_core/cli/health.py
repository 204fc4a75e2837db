"""What `agentforge doctor` looks at: this Python, the host, folders, adapters, settings."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HOST = "agentforge-core"
_MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        area: `python`, `package`, `folder`, `adapter`, `name`, `setting` or `telemetry`.
        level: `ok`; `warn` when something could be better; `fail` when the host itself cannot run.
        what: what was found.
        hint: what would help.
    """

    area: str
    level: str
    what: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """All findings."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether the host itself can run."""
        return all(f.level != "fail" for f in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """The object of `--json`."""
        return {"ok": self.ok, "findings": [asdict(f) for f in self.findings]}

    def rendered(self) -> str:
        """One line for each finding, with what would help below it."""
        lines = []
        for found in self.findings:
            lines.append(f"{_MARKS[found.level]}  {found.area:<11}{found.what}")
            if found.hint:
                lines.append(f"{'':17}{found.hint}")
        lines.append("the host can run" if self.ok else "the host cannot run")
        return "\n".join(lines)


def examine() -> Health:
    """Looks at everything. Nothing is sent, changed or left behind."""
    from agentforge_core.cli.packages import confusions, telemetry

    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python,
        _host,
        _folders,
        _adapters,
        confusions,
        _bytecode,
        telemetry,
    )
    return Health(tuple(found for look in looks for found in look()))


def _python() -> Iterator[Finding]:
    said = f"{platform.python_implementation()} {platform.python_version()}, {sys.executable}"
    yield Finding("python", "ok", said)


def _host() -> Iterator[Finding]:
    """The host's own distribution, the Python it wants, and what it requires."""
    from importlib.metadata import PackageNotFoundError, distribution

    from agentforge_compat.ranges import inside
    from agentforge_registry.distributions import installed
    from agentforge_registry.versions import Fit, pip_install, python_version, required

    try:
        host = distribution(HOST)
    except PackageNotFoundError:
        yield Finding("package", "fail", f"{HOST} has no metadata here", pip_install(HOST))
        return
    yield Finding("package", "ok", f"{HOST} {host.version}")
    wanted = host.metadata["Requires-Python"] or ""
    if not inside(python_version(), wanted):
        yield Finding("python", "fail", f"{HOST} requires Python {wanted}", f"use a Python {wanted}")
    for need in required(host.requires or (), installed().version):
        if need.fit in (Fit.MISSING, Fit.OUTSIDE):
            found = f"{need.found} is installed" if need.found else "it is not installed"
            yield Finding("package", "fail", f"{need.text} is required, {found}", pip_install(need.text))


def _folders() -> Iterator[Finding]:
    """Nothing of this release needs them to be writable, later ones will."""
    from agentforge_core import folders

    for kind, folder in (
        ("data", folders.data()),
        ("cache", folders.cache()),
        ("configuration", folders.config()),
    ):
        if _writable(folder):
            yield Finding("folder", "ok", f"{kind} in {folder}")
        else:
            hint = f"let {folders.HOME} name a folder that may be written"
            yield Finding("folder", "warn", f"{kind} in {folder} cannot be written", hint)


def _writable(folder: Path) -> bool:
    """Whether `folder` can be written, or made where it is missing: tried, and nothing is left behind.

    Rights alone do not tell: a file system may be read-only or full.
    """
    import tempfile

    nearest = next(f for f in (folder, *folder.parents) if os.path.lexists(f) or f == f.parent)
    try:
        with tempfile.TemporaryDirectory(prefix=".agentforge-", dir=nearest) as tried:
            (Path(tried) / "file").write_bytes(b"-")
    except OSError:
        return False
    return True


def _adapters() -> Iterator[Finding]:
    from agentforge_registry import Status, entries

    found = entries(refresh=True)
    for entry in found:
        if entry.ready:
            yield Finding("adapter", "ok", f"{entry.name}: {entry.label}")
        elif entry.status is Status.NOT_INSTALLED:
            yield Finding("adapter", "ok", f"{entry.name}: not installed", entry.hint)
        else:
            said = f"{entry.name}: {str(entry.status).replace('_', ' ')}, {entry.reason}"
            yield Finding("adapter", "warn", said, entry.hint)
    if not any(e.ready and e.distribution == HOST for e in found):
        yield Finding("adapter", "fail", "the host's own adapter is missing", f"reinstall {HOST}")


def _bytecode() -> Iterator[Finding]:
    if sys.dont_write_bytecode:
        yield Finding(
            "setting",
            "warn",
            "PYTHONDONTWRITEBYTECODE is set: frameworks load two to four times slower",
            "unset PYTHONDONTWRITEBYTECODE",
        )
