"""Do the installed versions fit: what an adapter requires, and what a user asked for.

`packaging` is imported when there is something to compare; see `agentforge_compat.ranges`.
"""

from __future__ import annotations

import platform
import shlex
from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from agentforge_compat.ranges import Wish, both, inside, normalised, overlap
from agentforge_core.diagnostics import Diagnostic
from agentforge_registry.entry import Entry, Status

if TYPE_CHECKING:
    from packaging.requirements import Requirement


class Fit(Enum):
    """How one requirement stands in this interpreter."""

    MET = auto()
    MISSING = auto()
    OUTSIDE = auto()
    NOT_HERE = auto()
    """Its environment marker is false here: it is for another Python or system."""


class Required(NamedTuple):
    """One distribution that an adapter requires, all its lines taken together.

    Attributes:
        name: normalised name of the distribution.
        specifier: versions that do.
        text: the requirement as `pip install` takes it.
        fit: how it stands here.
        found: installed version, None when there is none.
        marker: the environment marker that is false here, empty when none is.
    """

    name: str
    specifier: str
    text: str
    fit: Fit
    found: str | None
    marker: str = ""


def python_version() -> str:
    """Version of this interpreter, as specifiers compare it."""
    return platform.python_version()


def required(
    lines: Sequence[str], version: Callable[[str], str | None], framework: str | None = None
) -> tuple[Required, ...]:
    """How the `Requires-Dist` lines of a distribution stand here.

    Args:
        lines: the lines.
        version: gives the installed version of a distribution.
        framework: a distribution that is reported even where its marker is false. For the others a
            false marker means that they are not required here.

    Raises:
        ValueError: a line is not a requirement.
    """
    if not lines:
        return ()
    from packaging.requirements import Requirement

    groups: dict[str, list[Requirement]] = {}
    for line in lines:
        requirement = Requirement(line)
        groups.setdefault(normalised(requirement.name), []).append(requirement)
    found = (_joined(name, group, version, name == framework) for name, group in groups.items())
    return tuple(r for r in found if r is not None)


def _joined(
    name: str, group: Sequence[Requirement], version: Callable[[str], str | None], is_framework: bool
) -> Required | None:
    active = [r for r in group if _active(r, "")]
    if not active and is_framework:
        # a distribution with several adapters may keep each framework in an extra of its own
        active = [r for r in group if any(_active(r, e) for e in _extras(r))]
    used = active or (group if is_framework else ())
    if not used:
        return None
    specifier = ""
    for requirement in used:
        specifier = both(specifier, str(requirement.specifier))
    extras = sorted({e for r in used for e in r.extras})
    shown = f"[{','.join(extras)}]" if extras else ""
    text = f"{used[0].name}{shown}{specifier}"
    installed = version(name)
    if not active:
        return Required(name, specifier, text, Fit.NOT_HERE, installed, str(used[0].marker))
    if installed is None:
        return Required(name, specifier, text, Fit.MISSING, None)
    fit = Fit.MET if inside(installed, specifier) else Fit.OUTSIDE
    return Required(name, specifier, text, fit, installed)


def _active(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _extras(requirement: Requirement) -> Iterable[str]:
    import re

    return re.findall(r"extra\s*==\s*[\"']([^\"']+)[\"']", str(requirement.marker))


def pip_install(*requirements: str) -> str:
    """The line that installs `requirements`, quoted for a shell."""
    return " ".join(("pip install", *map(shlex.quote, requirements)))


def answers(entry: Entry, wish: Wish) -> bool:
    """Whether `wish` names `entry`: by its own name or by its framework's distribution."""
    names = {normalised(entry.name), normalised(entry.framework or entry.name)}
    return wish.is_auto or wish.name in names


def misfit(entry: Entry, wish: Wish) -> Diagnostic | None:
    """Why the versions of `entry` do not fulfil `wish`, None when they do.

    The specifier is about the framework's version, or about the adapter's own where it drives none.
    """
    if not wish.specifier:
        return None
    what = entry.framework or entry.distribution
    found = entry.framework_version if entry.framework else entry.version
    if entry.supported and not overlap(entry.supported, wish.specifier):
        return Diagnostic(
            "AF2012",
            f"no version of {what} is both in {wish.specifier} and served by adapter {entry.name!r}",
            subject=entry.label,
            reason=f"it serves {what}{entry.supported}, {wish} was asked for",
            hint=f"ask for a version it serves, such as {entry.name}{entry.supported}",
        )
    if found is None or inside(found, wish.specifier):
        return None
    return Diagnostic(
        "AF2011",
        f"{what} {found} is installed, {wish} was asked for",
        subject=entry.label,
        reason=f"the installed {what} {found} is outside {wish.specifier}",
        hint=pip_install(f"{what}{both(entry.supported, wish.specifier)}"),
    )


def mended(entry: Entry, wish: Wish) -> str | None:
    """What would make `entry` ready for `wish`: its own hint, with the version asked for in it."""
    if wish.specifier and entry.framework and entry.status in _BY_INSTALLING:
        wanted = f"{entry.framework}{both(entry.supported, wish.specifier)}"
        return pip_install(*([] if entry.installed else [entry.distribution]), wanted)
    return entry.hint


_BY_INSTALLING = (Status.NOT_INSTALLED, Status.FRAMEWORK_MISSING, Status.FRAMEWORK_OUT_OF_RANGE)
