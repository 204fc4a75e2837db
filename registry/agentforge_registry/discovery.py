"""Which adapters there are: entries made from entry points, manifests and `Requires-Dist`.

No adapter package and no framework is imported. Whatever is wrong with an adapter becomes the status
and reason of its entry, never an exception.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agentforge_compat.ranges import inside, normalised
from agentforge_core.contract import CONTRACT_VERSION
from agentforge_core.errors import AdapterError, AdapterNotFoundError
from agentforge_registry import catalog
from agentforge_registry.distributions import Headers, Installed, Point, headers, installed
from agentforge_registry.entry import HOST, Entry, Status, unknown
from agentforge_registry.manifest import FILENAME, Manifest, read
from agentforge_registry.versions import Fit, Required, pip_install, python_version, required

_REFERENCE = re.compile(
    r"(?P<module>[^\W\d]\w*(?:\.[^\W\d]\w*)*)\s*:\s*(?P<attribute>[^\W\d]\w*(?:\.[^\W\d]\w*)*)"
)

_listed: tuple[Installed, dict[str, tuple[Entry, ...]]] | None = None


def entries(*, refresh: bool = False) -> list[Entry]:
    """Every adapter: the installed ones, whatever their state, and those only the catalog knows.

    Args:
        refresh: look again even where no folder on `sys.path` changed (an edited manifest does not
            change one).

    Returns:
        Entries sorted by name; an adapter claimed by two distributions stands twice.
    """
    site, known = _state(refresh)
    for name in site.points:
        if name not in known:
            known[name] = _made(site, name)
    found = [entry for group in known.values() for entry in group]
    found += [entry for name, entry in catalog.entries().items() if name not in site.points]
    return sorted(found, key=lambda e: (normalised(e.name), e.distribution))


def entry(name: str, *, refresh: bool = False) -> Entry:
    """The installed adapter called `name`, in whatever state it is. Reads what it needs of that one only.

    Raises:
        AdapterNotFoundError: none of that name is installed; says how to install one the catalog
            knows, or which name is near.
    """
    key = normalised(name)
    site, known = _state(refresh)
    if key not in site.points:
        listed = catalog.entries()
        problem = listed[key].problem() if key in listed else None
        raise AdapterNotFoundError(problem or unknown(name, sorted({*site.points, *listed})))
    if key not in known:
        known[key] = _made(site, key)
    return known[key][0]


def _state(refresh: bool) -> tuple[Installed, dict[str, tuple[Entry, ...]]]:
    global _listed  # noqa: PLW0603 - one process, one sys.path
    site = installed(refresh=refresh)
    if _listed is None or _listed[0] is not site:
        _listed = (site, {})
    return _listed


def _made(site: Installed, key: str) -> tuple[Entry, ...]:
    points = site.points[key]
    made = tuple(_entry(site, point) for point in points)
    if len(made) == 1:
        return made
    owners = " and ".join(sorted({e.distribution for e in made}))
    return tuple(
        replace(
            e,
            status=Status.DUPLICATE,
            reason=f"the name {e.name!r} is claimed by {owners}",
            hint=f"uninstall all but one of them: pip uninstall {e.distribution}",
        )
        for e in made
    )


def _entry(site: Installed, point: Point) -> Entry:
    """The entry of `point`. Nothing that a distribution may contain makes it raise."""
    head = headers(point.folder)
    base = Entry(
        name=point.name,
        distribution=head.get("Name") or Path(point.folder).name.partition("-")[0],
        version=head.get("Version"),
        reference=point.value,
        requires_python=head.get("Requires-Python"),
        license=head.get("License-Expression") or head.get("License") or None,
        documentation=_documentation(head),
        summary=head.get("Summary"),
    )
    try:
        manifest = read(_manifest_path(point))
        base = _described(base, manifest)
        return _judged(site, base, manifest, head)
    except AdapterError as error:
        reason = "; ".join(d.message for d in error.diagnostics)
        return _broken(base, reason, next((d.hint for d in error.diagnostics if d.hint), None))
    except Exception as error:  # noqa: BLE001 - a list of adapters must survive any one of them
        return _broken(base, f"{type(error).__name__}: {error}", None)


def _described(base: Entry, manifest: Manifest) -> Entry:
    return replace(
        base,
        framework=normalised(manifest.framework) if manifest.framework else None,
        capabilities=manifest.capabilities,
        summary=manifest.summary or base.summary,
        documentation=manifest.documentation or base.documentation,
    )


def _broken(base: Entry, reason: str, hint: str | None) -> Entry:
    mend = pip_install("--force-reinstall", base.distribution)
    return replace(base, status=Status.BROKEN, reason=reason, hint=hint or mend)


def _documentation(head: Headers) -> str | None:
    for value in head.all("Project-URL"):
        label, _, address = value.partition(",")
        if label.strip().lower() == "documentation":
            return address.strip()
    return None


def _manifest_path(point: Point) -> Path:
    """The manifest beside the module of the entry point, found without running the package."""
    reference = _REFERENCE.fullmatch(point.value)
    if reference is None:
        raise AdapterError.of(
            "AF2009",
            f"its entry point is {point.value!r}",
            hint='an entry point is "module:attribute", such as "mypackage:ADAPTER"',
        )
    top, *inner = reference["module"].split(".")
    beside = Path(point.root, top, *inner, FILENAME)
    if beside.is_file():
        return beside
    for folder in _package_folders(top):
        for place in (folder.joinpath(*inner), folder.joinpath(*inner[:-1])):
            if (place / FILENAME).is_file():
                return place / FILENAME
    raise AdapterError.of(
        "AF2009",
        f"{FILENAME} is not beside module {reference['module']}",
        hint=f"ship {FILENAME} as package data of {top}",
    )


def _package_folders(top: str) -> list[Path]:
    """Where the top-level package `top` lies; finding it runs no code of it (editable installs included)."""
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise AdapterError.of("AF2009", f"its package {top} cannot be found")
    return [Path(p) for p in spec.submodule_search_locations or ()]


def _judged(site: Installed, found: Entry, manifest: Manifest, head: Headers) -> Entry:
    if manifest.contract != CONTRACT_VERSION:
        newer = manifest.contract > CONTRACT_VERSION
        return replace(
            found,
            status=Status.CONTRACT_MISMATCH,
            reason=f"it was written for contract {manifest.contract}, this host drives contract {CONTRACT_VERSION}",
            hint=pip_install("--upgrade", HOST if newer else found.distribution),
        )
    if normalised(found.distribution) == HOST:
        # what the host itself requires is there, or this would not be running
        return found
    requirements = required(head.all("Requires-Dist"), site.version, found.framework)
    found = _with_requirements(site, found, requirements)
    return (
        _host_fits(found, requirements)
        or _python_fits(found, requirements)
        or _installed_fits(found, requirements)
    )


def _with_requirements(site: Installed, found: Entry, requirements: Sequence[Required]) -> Entry:
    framework = next((r for r in requirements if r.name == found.framework), None)
    if found.framework is not None and framework is None:
        raise AdapterError.of(
            "AF2009",
            f"{FILENAME}: framework: {found.framework} is not among the distribution's dependencies",
            hint=f"add it to the dependencies of {found.distribution}; they say which versions it serves",
        )
    return replace(
        found,
        framework_version=site.version(found.framework) if found.framework else None,
        supported=framework.specifier if framework else "",
        requires=tuple(r.text for r in requirements if r.name != HOST),
    )


def _host_fits(found: Entry, requirements: Sequence[Required]) -> Entry | None:
    host = next((r for r in requirements if r.name == HOST), None)
    if host is None or host.fit is not Fit.OUTSIDE:
        return None
    return replace(
        found,
        status=Status.CONTRACT_MISMATCH,
        reason=f"it requires {host.text}, {HOST} {host.found} is installed",
        hint=pip_install("--upgrade", HOST, found.distribution),
    )


def _python_fits(found: Entry, requirements: Sequence[Required]) -> Entry | None:
    here = python_version()
    if not inside(here, found.requires_python):
        reason = f"it requires Python {found.requires_python}, this is {here}"
        return replace(
            found,
            status=Status.PYTHON_OUT_OF_RANGE,
            reason=reason,
            hint=f"use a Python {found.requires_python}",
        )
    elsewhere = next((r for r in requirements if r.fit is Fit.NOT_HERE), None)
    if elsewhere is None:
        return None
    return replace(
        found,
        status=Status.PYTHON_OUT_OF_RANGE,
        reason=f"it serves {elsewhere.name} only where {elsewhere.marker}, this is Python {here}",
        hint=f"use a Python for which {elsewhere.marker}",
    )


def _installed_fits(found: Entry, requirements: Sequence[Required]) -> Entry:
    unmet = [r for r in requirements if r.name != HOST and r.fit in (Fit.MISSING, Fit.OUTSIDE)]
    if not unmet:
        return replace(found, status=Status.READY)
    unmet.sort(key=lambda r: r.name != found.framework)
    outside = any(r.fit is Fit.OUTSIDE for r in unmet)
    facts = (
        f"{r.text} is required, " + (f"{r.found} is installed" if r.found else "none is installed")
        for r in unmet
    )
    return replace(
        found,
        status=Status.FRAMEWORK_OUT_OF_RANGE if outside else Status.FRAMEWORK_MISSING,
        reason="; ".join(facts),
        hint=pip_install(*(r.text for r in unmet)),
    )
