from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentforge_core.capability import UNKNOWN, Capability, Level
from agentforge_core.errors import AdapterNotFoundError
from agentforge_registry import Entry, Status, entries, entry
from agentforge_registry.entry import CODES

FRAMED = 'contract = 1\nsummary = "framed"\nframework = "Some_Lib"\n[capabilities]\nstreaming = "full"\n'


def test_the_toys(site: Any, plugins: Path) -> None:
    for toy in ("agentforge-toy", "agentforge-broken", "agentforge-toonew"):
        site.install(plugins / toy)
    toy = entry("toy")
    assert toy == Entry(
        name="toy",
        distribution="agentforge-toy",
        version="1.2.0",
        requires_python=">=3.11",
        capabilities=toy.capabilities,
        reference="agentforge_toy:ADAPTER",
        license="Apache-2.0",
        documentation="https://example.org/agentforge-toy",
        summary="One tool after the other, no framework",
    )
    assert toy.ready
    assert toy.problem() is None
    assert toy.support(Capability.STRUCTURED_OUTPUT).level is Level.EMULATED
    assert set(toy.capabilities) == set(Capability)
    # that it raises at import is for the loader to say; nothing here runs its code
    assert entry("broken").ready
    assert entry("broken").support(Capability.LIFT) is UNKNOWN
    new = entry("toonew")
    assert new.status is Status.CONTRACT_MISMATCH
    assert new.reason == "it was written for contract 99, this host drives contract 1"
    assert new.hint == "pip install --upgrade agentforge-core"


def test_editable_and_wheel_read_the_same(site: Any, plugins: Path) -> None:
    site.install(plugins / "agentforge-toy", editable=True)
    code = (
        "import json, sys; from agentforge_registry import entry; e = entry('toy')\n"
        "print(json.dumps([e.status, e.version, len(e.capabilities), 'agentforge_toy' in sys.modules]))"
    )
    assert site.child(code) == ["ready", "1.2.0", 10, False]


def test_a_dotted_module(site: Any) -> None:
    site.adapter("deep", module="outer_pkg.inner.deepest", manifest='contract = 1\nsummary = "deep"')
    assert entry("deep").summary == "deep"
    assert entry("deep").reference == "outer_pkg.inner.deepest:ADAPTER"


def test_a_module_that_is_a_file(site: Any) -> None:
    site.adapter("flat", module="flat_pkg")
    points = "[agentforge.adapters]\nflat = flat_pkg.objects:ADAPTER\n"
    (site.folder / "agentforge_flat-1.0.0.dist-info" / "entry_points.txt").write_text(points)
    (site.folder / "flat_pkg" / "objects.py").write_text("raise SystemExit\n")
    assert entry("flat", refresh=True).ready


STATUSES: list[tuple[str, list[str], str | None, Status, str, str]] = [
    ("ready", ["Some.Lib>=1.4", "helper"], "1.4.7", Status.READY, "", ""),
    ("pre-release", ["some-lib>=1.4"], "1.5.0rc1", Status.READY, "", ""),
    ("local version", ["some-lib==1.4"], "1.4+cu12", Status.READY, "", ""),
    ("marker elsewhere", ["some-lib", "nowhere; sys_platform == 'none'"], "1", Status.READY, "", ""),
    (
        "split by marker",
        ["some-lib<1; python_version<'3'", "some-lib>2; python_version>='3'"],
        "3",
        Status.READY,
        "",
        "",
    ),
    ("in an extra", ["some-lib>=1; extra == 'lib'"], "1", Status.READY, "", ""),
    ("optional helper", ["some-lib", "absent>=1; extra == 'more'"], "1", Status.READY, "", ""),
    (
        "missing",
        ["some-lib[x]>=1.4"],
        None,
        Status.FRAMEWORK_MISSING,
        "some-lib[x]>=1.4 is required, none is installed",
        "pip install 'some-lib[x]>=1.4'",
    ),
    (
        "too old",
        ["some-lib>=1.4,<2"],
        "0.3.27",
        Status.FRAMEWORK_OUT_OF_RANGE,
        "some-lib<2,>=1.4 is required, 0.3.27 is installed",
        "pip install 'some-lib<2,>=1.4'",
    ),
    (
        "pre-release of the floor",
        ["some-lib>=1.4"],
        "1.4.0rc1",
        Status.FRAMEWORK_OUT_OF_RANGE,
        "some-lib>=1.4 is required, 1.4.0rc1 is installed",
        "pip install 'some-lib>=1.4'",
    ),
    (
        "not a version",
        ["some-lib>=1.4"],
        "2024-spring",
        Status.FRAMEWORK_OUT_OF_RANGE,
        "some-lib>=1.4 is required, 2024-spring is installed",
        "pip install 'some-lib>=1.4'",
    ),
    (
        "family member missing",
        ["other-lib>=2", "some-lib>=1"],
        "1.4",
        Status.FRAMEWORK_MISSING,
        "other-lib>=2 is required, none is installed",
        "pip install 'other-lib>=2'",
    ),
    (
        "framework missing and family out of range",
        ["helper>=2", "some-lib>=1"],
        None,
        Status.FRAMEWORK_OUT_OF_RANGE,
        "some-lib>=1 is required, none is installed; helper>=2 is required, 1.0 is installed",
        "pip install 'some-lib>=1' 'helper>=2'",
    ),
    (
        "python ceiling of the framework",
        ["some-lib>=1; python_version < '3.0'"],
        "1.4",
        Status.PYTHON_OUT_OF_RANGE,
        'it serves some-lib only where python_version < "3.0"',
        'python_version < "3.0"',
    ),
    (
        "host too old",
        ["some-lib", "agentforge-core>=99"],
        "1.4",
        Status.CONTRACT_MISMATCH,
        "it requires agentforge-core>=99",
        "pip install --upgrade agentforge-core agentforge-framed",
    ),
    (
        "framework not required",
        ["helper"],
        "1.4",
        Status.BROKEN,
        "adapter.toml: framework: some-lib is not among the distribution's dependencies",
        "add it to the dependencies of agentforge-framed",
    ),
    (
        "not a requirement",
        ["some-lib >>> 1"],
        "1.4",
        Status.BROKEN,
        "InvalidRequirement",
        "--force-reinstall",
    ),
]


@pytest.mark.parametrize(
    ("requires", "version", "status", "reason", "hint"),
    [pytest.param(*row[1:], id=row[0]) for row in STATUSES],
)
def test_statuses(
    site: Any, requires: list[str], version: str | None, status: Status, reason: str, hint: str
) -> None:
    site.adapter("framed", *(f"Requires-Dist: {r}" for r in requires), manifest=FRAMED)
    site.library("helper", "1.0")
    if version is not None:
        site.library("Some.Lib", version)
    found = entry("framed")
    assert found.status is status
    assert reason in (found.reason or "")
    assert hint in (found.hint or "")
    assert (found.reason is None) is (status is Status.READY)
    problem = found.problem()
    assert (problem.code if problem else None) == CODES.get(status)
    assert found.framework == "some-lib"


def test_what_an_entry_says_of_its_framework(site: Any) -> None:
    site.adapter(
        "framed", "Requires-Dist: some-lib<2,>=1.4", "Requires-Dist: agentforge-core>=0.1", manifest=FRAMED
    )
    site.library("some-lib", "1.4.7")
    found = entry("framed")
    assert (found.framework, found.framework_version, found.supported) == ("some-lib", "1.4.7", "<2,>=1.4")
    assert found.requires == ("some-lib<2,>=1.4",)
    assert found.label == "agentforge-framed 1.0.0 on some-lib 1.4.7"


def test_python_out_of_range(site: Any) -> None:
    site.adapter("old", "Requires-Python: >=2.7,<3")
    found = entry("old")
    assert found.status is Status.PYTHON_OUT_OF_RANGE
    assert found.reason is not None
    assert f"this is {sys.version_info.major}.{sys.version_info.minor}" in found.reason


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        (None, "adapter.toml is not beside module adapter_sick"),
        ("contract = ", "is not TOML"),
        ("contract = 1", "summary: expected one line"),
        ('contract = 1\nsummary = ""\nx = 1', "x: is not a key"),
    ],
)
def test_a_wrong_manifest_is_a_reason(site: Any, manifest: str | None, reason: str) -> None:
    site.adapter("sick", manifest=manifest)
    found = entry("sick")
    assert found.status is Status.BROKEN
    assert reason in (found.reason or "")
    assert found.hint


def test_a_package_that_is_gone(site: Any) -> None:
    site.adapter("gone", package=False)
    assert entry("gone").reason == "its package adapter_gone cannot be found"


@pytest.mark.parametrize("value", ["", "no colon", "a:b:c", "a-b:c", "os.path", ":x", "x:", "..:x"])
def test_an_entry_point_that_names_nothing(site: Any, value: str) -> None:
    folder = site.metadata("agentforge-odd", "1", points=f"[agentforge.adapters]\nodd = {value}\n")
    assert entry("odd").status is Status.BROKEN, folder
    assert "its entry point is" in (entry("odd").reason or "")


def test_metadata_without_a_head(site: Any) -> None:
    site.adapter("bare")
    (site.folder / "agentforge_bare-1.0.0.dist-info" / "METADATA").unlink()
    found = entry("bare", refresh=True)
    assert (found.distribution, found.version, found.status) == ("agentforge_bare", "", Status.READY)


def test_a_name_claimed_twice(site: Any) -> None:
    site.adapter("Twin", distribution="first-owner", module="first_owner")
    site.adapter("twin", distribution="second-owner", module="second_owner")
    twins = [e for e in entries() if e.name.lower() == "twin"]
    assert [e.distribution for e in twins] == ["first-owner", "second-owner"]
    for twin in twins:
        assert twin.status is Status.DUPLICATE
        assert "first-owner and second-owner" in (twin.reason or "")
        assert twin.hint == f"uninstall all but one of them: pip uninstall {twin.distribution}"
    assert entry("twin").status is Status.DUPLICATE


def test_the_first_on_the_path_counts(site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site.adapter("layered")
    over = type(site)(tmp_path / "over")
    over.adapter("layered", manifest='contract = 1\nsummary = "over"\n')
    monkeypatch.syspath_prepend(str(over.folder))
    assert entry("layered").ready
    assert entry("layered").summary == "over"


def test_leftovers_of_pip_do_not_count(site: Any) -> None:
    site.adapter("kept")
    (site.folder / "agentforge_kept-1.0.0.dist-info").rename(site.folder / "~gentforge_kept-1.0.0.dist-info")
    with pytest.raises(AdapterNotFoundError):
        entry("kept", refresh=True)


def test_an_unknown_name(site: Any) -> None:
    site.adapter("somelib")
    with pytest.raises(AdapterNotFoundError) as caught:
        entry("somelb")
    assert caught.value.exit_code == 3
    assert caught.value.code == "AF2002"
    assert caught.value.first.hint == "did you mean 'somelib'?"
    assert "somelib" in (caught.value.first.reason or "")
    with pytest.raises(AdapterNotFoundError, match="agentforge adapters list"):
        entry("zzzzzz")


def test_names_are_compared_as_distributions_are(site: Any) -> None:
    site.adapter("Some_Name")
    assert entry("some.name").name == "Some_Name"


def test_changes_on_the_path_are_seen(site: Any) -> None:
    assert "late" not in {e.name for e in entries()}
    site.adapter("late", manifest="contract = 2")
    (site.folder / "touch").mkdir()
    assert entry("late", refresh=True).status is Status.CONTRACT_MISMATCH
    (site.folder / "adapter_late" / "adapter.toml").write_text('contract = 1\nsummary = "s"\n')
    assert entry("late", refresh=True).ready
    assert entries() == entries()


def test_the_own_adapter_comes_through_the_same_door() -> None:
    own = entry("native")
    assert own.ready
    assert (own.distribution, own.framework, own.requires) == ("agentforge-core", None, ())


HEADERS = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.builds(
            "{}: {}".format,
            st.sampled_from(
                ["Requires-Dist", "Requires-Python", "Name", "Version", "License", "Project-URL"]
            ),
            st.one_of(
                st.text(max_size=20), st.sampled_from([">=3", "some-lib>=1", "x; extra == 'a'", "a; os"])
            ),
        ),
    ),
    max_size=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    headers=HEADERS,
    points=st.one_of(st.text(max_size=60), st.builds("fuzz = {}".format, st.text(max_size=20))),
    manifest=st.one_of(st.binary(max_size=60), st.just(FRAMED.encode())),
)
def test_whatever_is_installed_the_list_stands(
    site: Any, headers: list[str], points: str, manifest: bytes
) -> None:
    site.adapter("fuzz", package=True)
    folder = site.folder / "agentforge_fuzz-1.0.0.dist-info"
    (folder / "METADATA").write_bytes("\n".join(headers).encode("utf-8", "replace"))
    for text in (points, "fuzz = adapter_fuzz:ADAPTER"):
        raw = f"[agentforge.adapters]\n{text}\n".encode("utf-8", "replace")
        (folder / "entry_points.txt").write_bytes(raw)
        (site.folder / "adapter_fuzz" / "adapter.toml").write_bytes(manifest)
        found = entries(refresh=True)
        assert any(e.name == "native" for e in found)
        for e in found:
            assert isinstance(e.status, Status)
            assert e.ready or (e.reason and e.hint)
