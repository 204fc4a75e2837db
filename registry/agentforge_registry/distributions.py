"""Installed distributions as the registry needs them: entry points, a few headers, versions.

`importlib.metadata.entry_points(group=...)` parses the entry points of everything that is installed:
10 to 15 ms with 100 distributions, paid by every run. Looking for the group's name in the files first
costs 1 ms. Formats: https://packaging.python.org/en/latest/specifications/core-metadata/ and
https://packaging.python.org/en/latest/specifications/entry-points/. Only folders on `sys.path` are
searched, not zip archives.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from agentforge_compat.ranges import normalised
from agentforge_core.contract import ENTRY_POINT_GROUP

_READ_LIMIT = 64 * 1024
"""Bytes read of a metadata file: its headers, with room for a few hundred extras."""

_FOLDERS = (".dist-info", ".egg-info")
_Stamp = tuple[tuple[str, int], ...]


class Point(NamedTuple):
    """One line of an `entry_points.txt`: a name, its `module:attribute`, and the metadata folder."""

    name: str
    value: str
    folder: str

    @property
    def root(self) -> str:
        """The folder on `sys.path` that holds the metadata folder."""
        return os.path.dirname(self.folder)  # noqa: PTH120 - a hundred of them; pathlib costs ten times more


class Headers(NamedTuple):
    """The head of a distribution's metadata file, without its long description."""

    fields: Mapping[str, tuple[str, ...]]

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of the field `name`."""
        return self.fields.get(name.lower(), ())

    def get(self, name: str) -> str:
        """First value of the field `name`, empty when there is none."""
        return next(iter(self.all(name)), "")


class Installed:
    """A look at `sys.path` at one moment.

    Args:
        points: adapters by normalised name; several points under one name are duplicates.
        folders: metadata folder by normalised name of the distribution, the first on the path only.
    """

    def __init__(self, points: Mapping[str, tuple[Point, ...]], folders: Mapping[str, str]) -> None:
        self.points = points
        self.folders = folders
        self._versions: dict[str, str | None] = {}

    def version(self, distribution: str) -> str | None:
        """Installed version of `distribution`, None when it is not installed or its metadata says none."""
        key = normalised(distribution)
        if key not in self._versions:
            folder = self.folders.get(key)
            self._versions[key] = (headers(folder).get("Version") or None) if folder else None
        return self._versions[key]


_seen: tuple[_Stamp, Installed] | None = None


def installed(*, refresh: bool = False) -> Installed:
    """What is on `sys.path` now; looked up again only when a folder on it changed or `refresh` says so."""
    global _seen  # noqa: PLW0603 - one process, one sys.path
    stamp = _stamp()
    if refresh or _seen is None or _seen[0] != stamp:
        _seen = (stamp, _scan(path for path, _ in stamp))
    return _seen[1]


def headers(folder: str) -> Headers:
    """The headers of the distribution whose metadata folder is `folder`; empty when it has none."""
    name = "METADATA" if folder.endswith(".dist-info") else "PKG-INFO"
    text = _read(f"{folder}/{name}").decode("utf-8", "replace").replace("\r\n", "\n")
    found: dict[str, tuple[str, ...]] = {}
    for line in text.partition("\n\n")[0].split("\n"):
        key, colon, value = line.partition(":")
        if colon and key and not key[0].isspace():
            key = key.lower()
            found[key] = (*found.get(key, ()), value.strip())
    return Headers(found)


def _stamp() -> _Stamp:
    found: dict[str, int] = {}
    for path in sys.path:
        try:
            found[path or os.curdir] = os.stat(path or os.curdir).st_mtime_ns  # noqa: PTH116 - see Point.root
        except (OSError, ValueError):
            continue
    return tuple(found.items())


def _scan(paths: Iterable[str]) -> Installed:
    points: dict[str, list[Point]] = {}
    folders: dict[str, str] = {}
    for path in paths:
        for name in _metadata_folders(path):
            distribution = normalised(name.rpartition(".")[0].partition("-")[0])
            folder = f"{path}/{name}"
            if folders.setdefault(distribution, folder) is not folder:
                continue
            for point in _points(folder):
                points.setdefault(normalised(point.name), []).append(point)
    return Installed({name: tuple(found) for name, found in points.items()}, folders)


def _metadata_folders(path: str) -> list[str]:
    try:
        names = os.listdir(path)  # noqa: PTH208 - see Point.root
    except OSError:
        return []
    # pip renames what it replaces to ~name and may leave it behind
    return sorted(n for n in names if n.endswith(_FOLDERS) and not n.startswith("~"))


def _points(folder: str) -> Iterable[Point]:
    data = _read(f"{folder}/entry_points.txt")
    if ENTRY_POINT_GROUP.encode() not in data:
        return
    inside = False
    for line in map(str.strip, data.decode("utf-8", "replace").splitlines()):
        if line.startswith("["):
            inside = line == f"[{ENTRY_POINT_GROUP}]"
        elif inside and line and line[0] not in "#;":
            name, _, value = line.partition("=")
            yield Point(name.strip(), value.partition("[")[0].strip(), folder)


def _read(path: str) -> bytes:
    """The beginning of a file, nothing when it cannot be read; `open` costs twice as much."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except (OSError, ValueError):
        return b""
    try:
        return os.read(descriptor, _READ_LIMIT)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
