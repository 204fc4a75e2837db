"""`adapters` and `doctor`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from agentforge_core import folders
from agentforge_core.capability import Capability
from agentforge_core.cli import health, packages

ROW = {"name", "framework", "status", "installed", "supported", "level", "reason"}


@pytest.fixture
def site(tmp_path: Path, monkeypatch):
    """A folder on sys.path where distributions are written."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))

    def write(name: str, *headers: str, points: str = "", record: str = "") -> None:
        info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        head = ["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", *headers]
        (info / "METADATA").write_text("\n".join(head) + "\n\n")
        (info / "entry_points.txt").write_text(points)
        (info / "RECORD").write_text(record)

    return write


def test_the_list_as_json(agentforge) -> None:
    shown = json.loads(agentforge("adapters", "list", "--json").stdout)
    assert set(shown) == {"adapters"}
    assert all(set(row) == ROW for row in shown["adapters"])
    native = next(row for row in shown["adapters"] if row["name"] == "native")
    assert native == {
        "name": "native",
        "framework": None,
        "status": "ready",
        "installed": True,
        "supported": "",
        "level": {"core": "unknown"},
        "reason": None,
    }


def test_the_list_as_text(agentforge) -> None:
    done = agentforge("adapters", "list")
    assert (done.exit_code, done.stderr) == (0, "")
    head, *rows = done.stdout.splitlines()
    assert head == head.rstrip()
    assert head.split()[:4] == ["adapter", "framework", "status", "serves"]
    native = next(row.split() for row in rows if row.startswith("native"))
    assert native == ["native", "-", "ready"]


def test_a_broken_adapter_is_listed_with_its_reason(agentforge, site) -> None:
    site("agentforge-odd", points="[agentforge.adapters]\nodd = nothing_there:ADAPTER\n")
    done = agentforge("adapters", "list")
    assert done.exit_code == 0
    row = next(row for row in done.stdout.splitlines() if row.startswith("odd"))
    assert " broken " in row
    assert "nothing_there" in row
    info = agentforge("adapters", "info", "odd")
    assert "status:    broken" in info.stdout
    assert "help:      pip install --force-reinstall agentforge-odd" in info.stdout


def test_one_adapter(agentforge) -> None:
    done = agentforge("adapters", "info", "Native")
    assert done.exit_code == 0
    assert "adapter:   native: " in done.stdout
    assert f"isolation: {'models and tools are called by the host'}" in done.stdout
    for capability in Capability:
        assert f"\n{capability} " in done.stdout
    shown = json.loads(agentforge("adapters", "info", "native", "--json").stdout)
    assert set(shown) > ROW
    assert set(shown["capabilities"]) == {str(c) for c in Capability}
    assert set(shown["capabilities"]["lift"]) == {"level", "since", "reason"}


def test_an_unknown_adapter(agentforge) -> None:
    done = agentforge("adapters", "info", "nativ", "--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout)["error"]["hint"] == "did you mean 'native'?"
    assert "error AF2002: there is no adapter named 'nativ'" in done.stderr


def test_listing_imports_no_adapter(agentforge, site, monkeypatch, tmp_path) -> None:
    (tmp_path / "site" / "loud_adapter").mkdir()
    (tmp_path / "site" / "loud_adapter" / "__init__.py").write_text("raise SystemExit('imported')\n")
    (tmp_path / "site" / "loud_adapter" / "adapter.toml").write_text('contract = 1\nsummary = "loud"\n')
    site("agentforge-loud", points="[agentforge.adapters]\nloud = loud_adapter:ADAPTER\n")
    assert "loud" in agentforge("adapters", "list").stdout
    assert "loud_adapter" not in sys.modules


def test_the_doctor_finds_a_machine_that_works(agentforge, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("AGENTFORGE_HOME", str(tmp_path / "home"))
    done = agentforge("doctor")
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"ok    folder     data in {tmp_path}/home/data\n" in done.stdout
    assert done.stdout.endswith("the host can run\n")
    assert not (tmp_path / "home").exists(), "nothing is made"
    shown = json.loads(agentforge("doctor", "--json").stdout)
    assert shown["ok"] is True
    assert {f["area"] for f in shown["findings"]} >= {"python", "package", "folder", "adapter"}


@pytest.mark.parametrize("kind", ["missing", "present", "file", "dangling", "full"])
def test_the_doctor_tries_to_write(agentforge, tmp_path, monkeypatch, kind: str) -> None:
    home = tmp_path / "home"
    if kind == "present":
        home.mkdir()
    elif kind == "file":
        home.write_text("")
    elif kind == "dangling":
        home.symlink_to(tmp_path / "nowhere" / "at all")
    elif kind == "full":
        home = Path("/proc/self/agentforge")  # rights say yes to root, the file system says no
    monkeypatch.setenv("AGENTFORGE_HOME", str(home))
    before = sorted(tmp_path.rglob("*"))
    shown = json.loads(agentforge("doctor", "--json").stdout)["findings"]
    assert {f["level"] for f in shown if f["area"] == "folder"} == {
        "ok" if kind in ("missing", "present") else "warn"
    }
    assert sorted(tmp_path.rglob("*")) == before


def test_the_doctor_names_what_is_wrong(agentforge, site, monkeypatch, tmp_path) -> None:
    file = tmp_path / "file"
    file.touch()
    site("agentforge", points="[console_scripts]\nagentforge = other:main\n")
    site("twin-one", record="twins/__init__.py,,\ntests/__init__.py,,\n")
    site("twin-two", record="twins/__init__.py,,\ntests/__init__.py,,\n")
    site("crewai")
    site("langsmith")
    site("agentforge-odd", points="[agentforge.adapters]\nodd = nothing_there:ADAPTER\n")
    monkeypatch.setenv("AGENTFORGE_HOME", str(file))
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name in ("CREWAI_DISABLE_TELEMETRY", "CREWAI_DISABLE_TRACKING", "OTEL_SDK_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    done = agentforge("doctor")
    assert done.exit_code == 0
    for line in (
        f"warn  folder     data in {file}/data cannot be written\n",
        "warn  adapter    odd: broken, ",
        "warn  name       agentforge 1.0: this name belongs to another project; ",
        "warn  name       agentforge installs a command agentforge too\n",
        "warn  name       the import name twins is claimed by twin-one and twin-two\n",
        "warn  setting    PYTHONDONTWRITEBYTECODE is set: ",
        "warn  telemetry  crewai sends usage to telemetry.crewai.com\n                 export CREWAI_DISABLE_TELEMETRY=true\n",
        "warn  telemetry  LANGSMITH_TRACING=true is set: langsmith sends traces",
    ):
        assert line in done.stdout
    assert "tests is claimed" not in done.stdout
    monkeypatch.setenv("CREWAI_DISABLE_TELEMETRY", "true")
    assert (
        "ok    telemetry  crewai: stopped by CREWAI_DISABLE_TELEMETRY=true\n" in agentforge("doctor").stdout
    )


def test_the_doctor_says_when_the_host_cannot_run(agentforge, site) -> None:
    site("agentforge-core", "Requires-Python: >=4", "Requires-Dist: not-there>=2")
    done = agentforge("doctor")
    assert done.exit_code == 1
    assert "FAIL  python     agentforge-core requires Python >=4\n" in done.stdout
    assert "FAIL  package    not-there>=2 is required, it is not installed\n" in done.stdout
    assert "FAIL  adapter    the host's own adapter is missing\n" in done.stdout
    assert done.stdout.endswith("the host cannot run\n")


def test_the_facts_are_complete() -> None:
    facts = packages._facts()
    assert all(set(f) == {"distribution", "reason", "hint"} for f in facts["confusion"])
    assert all(set(f) == {"distribution", "sends", "switches"} for f in facts["telemetry"])
    assert all(set(f) == {"distribution", "sends", "settings"} for f in facts["asked"])
    assert health.HOST == "agentforge-core"


def test_folders(monkeypatch, tmp_path) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    if sys.platform == "linux":
        assert folders.cache() == tmp_path / "XDG_CACHE_HOME" / "agentforge"
    assert len({folders.data(), folders.cache(), folders.config()}) == 3
    monkeypatch.setenv("AGENTFORGE_HOME", "~/forge")
    monkeypatch.setenv("HOME", str(tmp_path))
    found = [folders.data(), folders.cache(), folders.config()]
    assert found == [tmp_path / "forge" / kind for kind in ("data", "cache", "config")]
    monkeypatch.setenv("AGENTFORGE_HOME", "relative")
    assert folders.data().is_absolute()
