"""A remark with a place: code, what and where in the user's terms, who, why, what would help."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a diagnostic weighs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One remark about the user's definition or run.

    Attributes:
        code: `AF` and four digits; every code has a heading in docs/errors.md.
        message: what is the matter, in one sentence that names what the user wrote.
        severity: error, warning or note.
        path: the place in the user's terms, such as `agents.writer.tools[2]`.
        file: the document the path is in, as the user named it.
        line: one-based line in `file`.
        column: one-based column in `file`.
        subject: who cannot do it, at which installed version (`langchain 1.4.7`).
        reason: why.
        hint: what would help.
    """

    code: str
    message: str
    severity: Severity = Severity.ERROR
    path: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    subject: str | None = None
    reason: str | None = None
    hint: str | None = None

    @property
    def location(self) -> str | None:
        """`file:line:column` as far as known, for editors that jump to it."""
        if self.file is None:
            return None
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n is not None)]
        return ":".join(parts)

    def at(self, path: str | None, file: str | None, line: int | None, column: int | None) -> Diagnostic:
        """This remark at another place."""
        return replace(self, path=path, file=file, line=line, column=column)

    def render(self) -> str:
        """The five parts as indented lines of plain text, those that are empty left out."""
        lines = [f"{self.severity} {self.code}: {self.message}"]
        where = "  ".join(part for part in (self.location, self.path) if part)
        for label, text in (
            ("where", where),
            ("who", self.subject),
            ("why", self.reason),
            ("help", self.hint),
        ):
            if text:
                lines.append(f"  {label + ':':<7}{text}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The shape used in `--json`."""
        data = asdict(self)
        data["severity"] = str(self.severity)
        return data


def close_match(name: str, known: Iterable[str]) -> str | None:
    """`did you mean 'x'?` for the known name nearest to `name`, None when none is near."""
    import difflib

    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean {found[0]!r}?" if found else None


def worst(diagnostics: Iterable[Diagnostic]) -> Severity | None:
    """The gravest severity among `diagnostics`, None when there are none."""
    order = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
    found = {d.severity for d in diagnostics}
    return next((s for s in order if s in found), None)
