"""Version ranges and the `on:` value: what a user may write, and whether a version is inside.

Knows no adapter. `packaging` is imported by the functions that compare versions and by none other:
its import costs 30 ms, and a run whose `on:` has no version needs none of it.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentforge_core.diagnostics import Diagnostic
from agentforge_core.errors import DocumentError, ForgeError, UsageError

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

AUTO = "auto"
"""The name that leaves the choice to the registry."""

_WISH = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?P<specifier>.*)", re.DOTALL)
_SEPARATORS = re.compile(r"[-_.]+")
_NEXT_NAME = re.compile(r",(?=\s*[A-Za-z])")
_BARE_VERSION = re.compile(r"[=@:v ]*(?P<version>\d[\w.*+!-]*)")
_EXAMPLES = "write auto, NAME or NAME with a PEP 440 specifier, such as crewai>=1.10 or 'langchain==0.3.*'"


@dataclass(frozen=True, slots=True)
class Wish:
    """One place a user asks for.

    Attributes:
        name: `auto`, an adapter or the distribution name of a framework; normalised as in PEP 503.
        specifier: PEP 440 specifier that the framework's version shall be inside; empty for any version.
    """

    name: str
    specifier: str = ""

    @property
    def is_auto(self) -> bool:
        """Whether the registry shall choose."""
        return self.name == AUTO

    def __str__(self) -> str:
        return f"{self.name}{self.specifier}"


def normalised(name: str) -> str:
    """`name` of a distribution or adapter in the form names are compared in (PEP 503)."""
    return _SEPARATORS.sub("-", name).lower()


def split(text: str) -> tuple[str, ...]:
    """The wishes of `a,b==1.*,<2,c`: cut at commas that a letter follows, so that ranges stay whole."""
    return tuple(part.strip() for part in _NEXT_NAME.split(text))


def parse(value: Any, path: str | None = None) -> tuple[Wish, ...]:
    """The wishes of an `on:` value, in the order they are tried.

    Args:
        value: a text or a list of texts.
        path: where it stands in the document; None when it came with a call or the command line.

    Raises:
        DocumentError: a part is not a wish, and `path` says where.
        UsageError: a part is not a wish, and there is no `path`.
    """
    items = list(value) if isinstance(value, (list, tuple)) else [value]
    if not items:
        raise _error("the list of adapters is empty", path)
    listed = isinstance(value, (list, tuple))
    return tuple(_wish(item, f"{path}[{i}]" if path and listed else path) for i, item in enumerate(items))


@functools.lru_cache(maxsize=1024)
def inside(version: str, specifier: str) -> bool:
    """Whether `version` is in `specifier`. An installed pre-release counts: who has it wanted it.

    A version that is not PEP 440 is in no range but the empty one.
    """
    if not specifier:
        return True
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion

    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except InvalidVersion:
        return False


def both(first: str, second: str) -> str:
    """The specifier of versions that are in `first` and in `second`."""
    return ",".join(part for part in (first, second) if part)


def overlap(first: str, second: str) -> bool:
    """Whether some version is both in `first` and in `second`.

    A range changes only at the versions its specifiers name, so it is enough to try these, the
    versions just above them, and those that follow a prefix (`packaging` answers this itself from
    26 on, but old frameworks hold it below 24).
    """
    joined = both(first, second)
    if not joined:
        return True
    from packaging.specifiers import SpecifierSet

    specifiers = SpecifierSet(joined)
    return any(specifiers.contains(v, prereleases=True) for v in _corners(specifiers))


def _corners(specifiers: SpecifierSet) -> list[Version]:
    from packaging.version import InvalidVersion, Version

    found = [Version("0")]
    for one in specifiers:
        try:
            edge = Version(one.version.removesuffix(".*"))
        except InvalidVersion:
            continue
        base, epoch = edge.base_version, f"{edge.epoch}!" if edge.epoch else ""
        found += [edge, Version(f"{base}.0.0.1"), Version(f"{base}.dev0")]
        if edge.pre:
            found.append(Version(f"{base}{edge.pre[0]}{edge.pre[1] + 1}"))
        for end in range(len(edge.release)):
            bumped = [*edge.release[:end], edge.release[end] + 1]
            found.append(Version(epoch + ".".join(map(str, bumped))))
    return found


def _wish(item: Any, path: str | None) -> Wish:
    if not isinstance(item, str):
        raise _error(f"{item!r} is not the name of an adapter", path)
    found = _WISH.fullmatch(item.strip())
    if found is None:
        raise _error(f"{item!r} is not the name of an adapter", path)
    name, specifier = normalised(found["name"]), found["specifier"]
    if not specifier:
        return Wish(name)
    if name == AUTO:
        raise _error(
            f"{item!r}: auto takes no version", path, "name the framework to ask for a version of it"
        )
    return Wish(name, _specifier(item, found["name"], specifier, path))


def _specifier(item: str, name: str, text: str, path: str | None) -> str:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if text.startswith("["):
        raise _error(f"{item!r}: extras have no place here", path)
    try:
        return str(SpecifierSet(text))
    except InvalidSpecifier:
        bare = _BARE_VERSION.fullmatch(text)
        hint = f"did you mean '{name}=={bare['version']}'?" if bare else None
        raise _error(f"{item!r}: {text!r} is not a PEP 440 specifier", path, hint) from None


def _error(message: str, path: str | None, hint: str | None = None) -> ForgeError:
    problem = Diagnostic("AF2001", message, path=path, hint=hint or _EXAMPLES)
    return UsageError(problem) if path is None else DocumentError(problem)
