"""The chain of document upgrades.

A step knows two neighbouring versions of the format and nothing else, so a document of any known version
reaches the current one through all steps between, and no step is ever changed after its release.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentforge_core.diagnostics import Diagnostic
from agentforge_core.document import Source
from agentforge_core.errors import DocumentError

Step = Callable[[dict[str, Any]], dict[str, Any]]
"""From the data of a document of one version to that of the next; the version key is set by `upgrade`."""

STEPS: tuple[Step, ...] = ()
"""The step at index i leads from version i + 1 to version i + 2."""

KNOWN_VERSIONS = tuple(range(1, len(STEPS) + 2))
"""Versions of the document format that this release reads; the last is the one it builds from."""

_KEY = "agentforge"


def upgrade(source: Source, steps: tuple[Step, ...] = STEPS) -> Source:
    """The document in `source` in the newest version that `steps` lead to.

    Raises:
        DocumentError: the version is missing (AF1011), or is none that this release reads (AF1012).
    """
    newest = len(steps) + 1
    version = _version(source, newest)
    data = source.data
    for number in range(version, newest):
        data = {**steps[number - 1](data), _KEY: number + 1}
    return source.with_data(data)


def _version(source: Source, newest: int) -> int:
    hint = f"agentforge: {newest}"
    if _KEY not in source.data:
        raise _error(source, "AF1011", "the document does not say the version of its format", f"add {hint}")
    version = source.data[_KEY]
    if isinstance(version, bool) or not isinstance(version, int):
        raise _error(source, "AF1012", "the format version must be a whole number", f"write {hint}")
    if not 1 <= version <= newest:
        known = ", ".join(str(n) for n in range(1, newest + 1))
        message = f"this release does not read documents of format version {version}"
        mend = "install a newer agentforge-core" if version > newest else f"write {hint}"
        raise _error(source, "AF1012", message, mend, f"it reads version {known}")
    return version


def _error(source: Source, code: str, message: str, hint: str, reason: str | None = None) -> DocumentError:
    line, column = source.locate((_KEY,))
    path = _KEY if _KEY in source.data else None
    return DocumentError(
        Diagnostic(
            code,
            message,
            path=path,
            file=source.name,
            line=line,
            column=column,
            reason=reason,
            hint=hint,
        )
    )
