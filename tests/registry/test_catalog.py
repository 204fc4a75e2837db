from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from agentforge_core.capability import Capability
from agentforge_core.errors import AdapterNotFoundError
from agentforge_registry import Entry, Status, catalog, catalog_writer, entries, entry
from agentforge_registry.entry import HOST


def test_the_file_in_the_repository_is_current(root: Path) -> None:
    assert catalog.FILE.read_text(encoding="utf-8") == catalog_writer.generate(root), (
        "run: python -m agentforge_registry.catalog_writer . --write"
    )


def test_it_lists_every_adapter_of_the_repository() -> None:
    listed = catalog.entries()
    assert {"native", "langchain"} <= set(listed)
    for known in listed.values():
        assert known.status is Status.NOT_INSTALLED
        assert not known.installed
        assert known.hint == f"pip install {known.distribution}"
        assert set(known.capabilities) == set(Capability), "unmentioned is unknown, and fails"
        assert known.summary
    assert listed["native"].distribution == HOST
    assert listed["langchain"].supported


def test_an_adapter_that_is_not_installed_has_an_install_line(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = Entry(
        "far", "agentforge-far", status=Status.NOT_INSTALLED, reason="r", hint="pip install agentforge-far",
        installed=False,
    )  # fmt: skip
    monkeypatch.setattr(catalog, "entries", lambda: {"far": far})
    assert [e for e in entries() if e.name == "far"] == [far]
    with pytest.raises(AdapterNotFoundError) as caught:
        entry("FAR")
    assert caught.value.code == "AF2003"
    assert caught.value.first.hint == "pip install agentforge-far"
    with pytest.raises(AdapterNotFoundError, match="did you mean 'far'"):
        entry("farr")
    site.adapter("far")
    assert [e.distribution for e in entries(refresh=True) if e.name == "far"] == ["agentforge-far"]
    assert entry("far").installed


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """A repository of one adapter beside the host's."""
    own = tmp_path / "repository"
    for place in ("registry/agentforge_registry", "adapters/native/agentforge_native"):
        (own / place).mkdir(parents=True)
    shutil.copy(root / "pyproject.toml", own)
    shutil.copy(
        root / "adapters/native/agentforge_native/adapter.toml", own / "adapters/native/agentforge_native"
    )
    shutil.copytree(root / "tests/plugins/agentforge-toy", own / "adapters/toy")
    return own


def test_writing_it(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert catalog_writer.main([str(copy)]) == 1
    assert "run with --write" in capsys.readouterr().err
    assert catalog_writer.main([str(copy), "--write"]) == 0
    assert catalog_writer.main([str(copy)]) == 0
    text = (copy / "registry/agentforge_registry/catalog.json").read_text(encoding="utf-8")
    assert '"name": "native"' in text
    assert '"distribution": "agentforge-toy"' in text


def test_a_package_that_is_not_built(copy: Path) -> None:
    project = copy / "adapters/toy/pyproject.toml"
    project.write_text(project.read_text().replace("src/agentforge_toy", "src/other"))
    with pytest.raises(FileNotFoundError, match="builds no package agentforge_toy"):
        catalog_writer.generate(copy)
