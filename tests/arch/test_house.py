"""The house holds its own rules: lists that must agree, files that are generated, names that never ship."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADAPTERS = sorted(p.parent.name for p in ROOT.glob("adapters/*/pyproject.toml"))
SOURCES = [
    p
    for folder in ("agentforge_core", "registry", "compat", "adapters")
    for p in (ROOT / folder).rglob("*.py")
    if "tests" not in p.parts
]
# a checkout has all of it; an installed wheel, which tox tests, does not need it
pytestmark = pytest.mark.skipif(not (ROOT / "adapters").is_dir(), reason="not a checkout")


def test_every_code_is_explained_and_every_explanation_is_used() -> None:
    from agentforge_core.codes import CODES

    used = {c for p in SOURCES if p.name != "codes.py" for c in re.findall(r'"(AF\d{4})"', p.read_text())}
    assert used - set(CODES) == set(), "codes without an explanation"
    assert set(CODES) - used == set(), "explanations that nothing uses"
    assert list(CODES) == sorted(CODES)


def test_tox_and_nox_know_every_adapter() -> None:
    envs = re.search(r"env_list =\n(.*?)\n\S", (ROOT / "tox.ini").read_text(), re.DOTALL)
    assert envs is not None
    assert sorted(re.findall(r"py3\{11,12,13\}-(\w+)-\{floor,latest\}", envs[1])) == ADAPTERS
    nox = ast.parse((ROOT / "noxfile.py").read_text())
    listed = next(
        ast.literal_eval(n.value)
        for n in nox.body
        if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") == "ADAPTERS"
    )
    assert sorted(listed) == ADAPTERS


def test_import_linter_and_mypy_know_every_adapter() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    packages = {f"agentforge_{a}" for a in ADAPTERS}
    assert packages <= set(tools["importlinter"]["root_packages"])
    assert packages <= set(tools["mypy"]["packages"])


@pytest.mark.parametrize("pyproject", ["pyproject.toml", *(f"adapters/{a}/pyproject.toml" for a in ADAPTERS)])
def test_every_dependency_has_a_lower_bound(pyproject: str) -> None:
    project = tomllib.loads((ROOT / pyproject).read_text())["project"]
    extras = [r for reqs in project.get("optional-dependencies", {}).values() for r in reqs]
    for requirement in [*project["dependencies"], *extras]:
        assert ">=" in requirement, requirement


def test_ci_runs_the_readme_test_command() -> None:
    blocks = re.findall(r"^```bash\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    install, command = blocks[1].strip().splitlines()
    ci = (ROOT / ".ci/run").read_text()
    assert install in ci
    assert command.removeprefix(".venv/bin/python ") in ci


def test_uv_lock_is_not_tracked() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "uv.lock", "**/uv.lock"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert listed.stdout == ""


def test_every_adapter_has_the_standard_furniture() -> None:
    for name in ADAPTERS:
        folder = ROOT / "adapters" / name
        package = folder / "src" / f"agentforge_{name}"
        for part in ("README.md", "CHANGELOG.md", "tests"):
            assert (folder / part).exists(), f"{name} has no {part}"
        for part in (
            "__init__.py",
            "adapter.toml",
            "_framework.py",
            "_lowering.py",
            "_runner.py",
            "py.typed",
        ):
            assert (package / part).exists(), f"{name} has no {part}"


def test_the_face_loads_nothing_heavy() -> None:
    code = (
        "import sys, agentforge_core; "
        "print(*sorted({m.split('.')[0] for m in sys.modules} & set(sys.argv[1:])))"
    )
    heavy = ["pydantic", "aiohttp", "rich", "asyncio", "litellm", "langchain", "langgraph", "jsonschema_rs"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_face_offers_what_it_says() -> None:
    import agentforge_core

    for name in agentforge_core.__all__:
        assert getattr(agentforge_core, name) is not None
    assert set(agentforge_core.__all__) <= set(dir(agentforge_core))
    with pytest.raises(AttributeError, match="nonsense"):
        _ = agentforge_core.nonsense


def test_modules_stay_small() -> None:
    sizes = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in SOURCES}
    assert [name for name, lines in sizes.items() if lines > 500] == []
