"""A folder on `sys.path` that tests fill with distributions, written as an installer writes them."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "tests" / "plugins"

MANIFEST = 'contract = 1\nsummary = "synthetic"\n'


class Site:
    """A site-packages folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def metadata(self, name: str, version: str, *headers: str, points: str = "") -> Path:
        """Writes the dist-info folder of a distribution."""
        folder = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir(parents=True, exist_ok=True)
        head = "\n".join(["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *headers])
        (folder / "METADATA").write_text(f"{head}\n\nRequires-Dist: not-a-header>=1\n", encoding="utf-8")
        if points:
            (folder / "entry_points.txt").write_text(points, encoding="utf-8")
        return folder

    def library(self, name: str, version: str) -> None:
        """A framework that is installed; importing it is an error of the test."""
        self.metadata(name, version)
        module = self.folder / f"{name.replace('-', '_')}.py"
        module.write_text("raise SystemExit('a framework was imported')\n", encoding="utf-8")

    def adapter(
        self,
        name: str,
        *headers: str,
        manifest: str | None = MANIFEST,
        module: str | None = None,
        distribution: str | None = None,
        package: bool = True,
    ) -> None:
        """An adapter; importing it is an error of the test."""
        module = module or f"adapter_{name.replace('-', '_')}"
        points = f"[other.group]\nx = y:z\n\n[agentforge.adapters]\n{name} = {module}:ADAPTER\n"
        self.metadata(distribution or f"agentforge-{name}", "1.0.0", *headers, points=points)
        if not package:
            return
        folder = self.folder.joinpath(*module.split("."))
        folder.mkdir(parents=True, exist_ok=True)
        for place in [folder, *list(folder.parents)[: module.count(".")]]:
            (place / "__init__.py").write_text(
                "raise SystemExit('an adapter was imported')\n", encoding="utf-8"
            )
        if manifest is not None:
            (folder / "adapter.toml").write_text(manifest, encoding="utf-8")

    def install(self, project: Path, *, editable: bool = False) -> None:
        """Installs a project of this repository: what its wheel would hold, or a pointer to its sources."""
        data = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
        own = data["project"]
        headers = [f"Requires-Dist: {d}" for d in own["dependencies"]]
        headers += [f"Requires-Python: {own['requires-python']}", f"License-Expression: {own['license']}"]
        headers += [f"Project-URL: {k}, {v}" for k, v in own.get("urls", {}).items()]
        groups = own["entry-points"].items()
        points = "".join(
            f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in names.items()) for group, names in groups
        )
        self.metadata(own["name"], own["version"], *headers, points=points)
        for package in data["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
            source = project / package
            if editable:
                (self.folder / f"{source.name}.pth").write_text(f"{source.parent}\n", encoding="utf-8")
            else:
                shutil.copytree(source, self.folder / source.name)

    def child(self, code: str, *flags: str) -> Any:
        """Runs `code` in a new interpreter with this folder as a site folder; its JSON output."""
        start = f"import site; site.addsitedir({str(self.folder)!r})\n"
        done = subprocess.run(  # the interpreter and the code are the test's own
            [sys.executable, *flags, "-c", start + code],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An empty site folder, first on `sys.path`."""
    made = Site(tmp_path / "site")
    monkeypatch.syspath_prepend(str(made.folder))
    yield made
    importlib.invalidate_caches()


@pytest.fixture
def plugins() -> Path:
    """The toy distributions."""
    return PLUGINS


@pytest.fixture
def root() -> Path:
    """The repository."""
    return ROOT
