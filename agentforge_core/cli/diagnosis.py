"""Diagnostics for people: the five parts, and the line of the document with a mark under the place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from agentforge_core.diagnostics import Diagnostic

_WIDEST = 100
_LARGEST = 1 << 20
"""Bytes of a file that is read for an excerpt; no document is larger."""

_NAME = r"[\w-]*(?:key(?!w)|token(?!s)|secret|passw(?:or)?d|passphrase|pwd|authori[sz]ation|credential)[\w-]*"
# what names a variable of the environment is no secret
_SETTING = rf"""(?<![\w?&-])(?!{_NAME}(?<=_env)["'\s]*[:=]){_NAME}["']?\s*[:=]\s*"""
_SECRETS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"""^\s*(?:-\s+)?{_SETTING}(?P<secret>[^\s\["'{{].*)""",
        rf"""{_SETTING}"(?P<secret>(?:[^"\\]|\\.)+)""",
        rf"""{_SETTING}'(?P<secret>[^']+)""",
        rf"""{_SETTING}(?P<secret>\[[^\]]*|[^\s\["'{{}}\],][^,}}\]]*)""",
        rf"""[?&]{_NAME}=(?P<secret>[^&\s"'#]+)""",
        r"""://[^/\s:@"']*:(?P<secret>[^@/\s"']+)@""",
        r"""\bbearer\s+(?P<secret>[^\s"',}\]]+)""",
        r"\b(?:sk|rk)[-_](?P<secret>[-\w]{3,})",
        r"\b(?:pk|gh[oprsu]|github_pat|xox[abeprs]|AKIA|AIza|eyJ)(?P<secret>[-_A-Za-z0-9.]{12,})",
    )
)


def rendered(diagnostics: Iterable[Diagnostic]) -> str:
    """All of them, one below the other, as plain text."""
    return "\n".join(_rendered(d) for d in diagnostics)


def _rendered(diagnostic: Diagnostic) -> str:
    lines = diagnostic.render().split("\n")
    shown = excerpt(diagnostic)
    if shown:
        after = next((i for i, line in enumerate(lines) if line.startswith("  where: ")), 0)
        lines[after + 1 : after + 1] = shown
    return "\n".join(lines)


def excerpt(diagnostic: Diagnostic) -> list[str]:
    """The line that the diagnostic is about and a caret under its column; nothing when it cannot be read.

    What looks like a secret is left out: a document should hold none, and one that does must not spread it.
    """
    if diagnostic.file is None or diagnostic.line is None:
        return []
    line = _line(Path(diagnostic.file), diagnostic.line)
    if line is None or not line.strip():
        return []
    line = line.expandtabs(1)
    column = min(diagnostic.column or 1, len(line) + 1) - 1
    shown = _masked(line)
    start = max(0, column - _WIDEST // 2) if len(shown) > _WIDEST else 0
    cut = shown[start : start + _WIDEST]
    number = f"{diagnostic.line:>6} | "
    found = [f"{number}{cut}"]
    if diagnostic.column is not None:
        found.append(f"{'| ':>{len(number)}}{' ' * (column - start)}^")
    return found


def _masked(line: str) -> str:
    """`line` with a star for each character of what looks like a secret: columns stay what they are."""
    for pattern in _SECRETS:
        line = pattern.sub(_stars, line)
    return line


def _stars(found: re.Match[str]) -> str:
    before, end = found.start("secret") - found.start(), found.end("secret") - found.start()
    return f"{found[0][:before]}{'*' * (end - before)}{found[0][end:]}"


def _line(file: Path, number: int) -> str | None:
    try:
        with file.open("rb") as stream:
            text = stream.read(_LARGEST + 1).decode("utf-8-sig", "replace")
    except OSError:
        return None
    lines = text.splitlines()
    return lines[number - 1] if 0 < number <= len(lines) else None
