"""Facts in, choice and every rejection out."""

from __future__ import annotations

from typing import Any

import pytest

from agentforge_compat.ranges import parse
from agentforge_core.capability import Capability, Level, Support
from agentforge_core.errors import AdapterError, AdapterNotFoundError, UnsupportedError
from agentforge_core.ir import Agent, Program, Task, Team
from agentforge_registry import Entry, Need, Status, gaps, needs, require, select

SCHEMA = {"schema": {"type": "object"}}
PROGRAM = Program(
    agents={
        "plain": Agent(name="plain", tools=()),
        "typed": Agent(name="typed", output=SCHEMA),
        "odd name": Agent(name="odd name", output=SCHEMA),
    },
    tasks={
        "free": Task(name="free", agent="plain", description="d"),
        "strict": Task(name="strict", agent="typed", description="d", output=SCHEMA),
        "managed": Task(name="managed", description="d"),
    },
    teams={
        "line": Team(name="line", tasks=("free", "strict")),
        "boss": Team(name="boss", process="hierarchical", tasks=("managed",), agents=("plain", "typed")),
        "chat": Team(name="chat", process="group_chat", agents=("plain",)),
        "relay": Team(name="relay", process="handoff", agents=("plain",)),
    },
)


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("agent", "plain", []),
        ("agent", "typed", ["structured_output at agents.typed.output"]),
        ("agent", "odd name", ['structured_output at agents."odd name".output']),
        ("task", "free", []),
        (
            "task",
            "strict",
            ["structured_output at tasks.strict.output", "structured_output at agents.typed.output"],
        ),
        ("task", "managed", []),
        (
            "team",
            "line",
            [
                "teams.sequential at teams.line.process",
                "structured_output at tasks.strict.output",
                "structured_output at agents.typed.output",
            ],
        ),
        (
            "team",
            "boss",
            ["teams.hierarchical at teams.boss.process", "structured_output at agents.typed.output"],
        ),
        ("team", "chat", ["teams.group_chat at teams.chat.process"]),
        ("team", "relay", ["teams.handoff at teams.relay.process"]),
    ],
)
def test_needs(kind: Any, name: str, expected: list[str]) -> None:
    assert [f"{n.capability} at {n.path}" for n in needs(PROGRAM, kind, name)] == expected


def test_needs_of_what_is_not_there() -> None:
    with pytest.raises(KeyError):
        needs(PROGRAM, "agent", "nobody")


FULL = Support(Level.FULL)
EMULATED = Support(Level.EMULATED, reason="by other means")
NEVER = Support(Level.NEVER, reason="it is not made for it")


def framed(name: str, version: str | None = "1.4.7", supported: str = ">=1.4", **more: Any) -> Entry:
    """An adapter of a framework of its own name."""
    settings: dict[str, Any] = {
        "distribution": f"agentforge-{name}",
        "version": "0.1.0",
        "framework": name,
        "framework_version": version,
        "supported": supported,
        "capabilities": {Capability.STRUCTURED_OUTPUT: FULL},
    }
    return Entry(name, **{**settings, **more})


def native(structured: Support = FULL, **more: Any) -> Entry:
    """The host's own adapter."""
    capabilities = {
        Capability.STRUCTURED_OUTPUT: structured,
        Capability.TEAMS_SEQUENTIAL: FULL,
        Capability.TEAMS_GROUP_CHAT: Support(Level.NOT_IMPLEMENTED, reason="not yet written"),
    }
    return Entry("native", "agentforge-core", "0.1.0", capabilities=capabilities, **more)


def absent(name: str, **more: Any) -> Entry:
    """An adapter the catalog knows."""
    return framed(
        name, None, status=Status.NOT_INSTALLED, reason="it is not installed", installed=False,
        hint=f"pip install agentforge-{name}", **more,
    )  # fmt: skip


GAPS = [
    (Support(Level.NOT_IMPLEMENTED, reason="no"), "AF3001", "not_implemented: no"),
    (Support(Level.NOT_YET), "AF3002", "not_yet: the framework cannot do it yet"),
    (NEVER, "AF3003", "never: it is not made for it"),
    (None, "AF3004", "unknown: the manifest does not mention it"),
    (Support(Level.VERSIONED, "2.0", "r"), "AF3005", "supported from lib>=2.0, 1.4.7 is installed"),
    (Support(Level.VERSIONED, "1.4", "r"), None, ""),
    (EMULATED, None, ""),
    (FULL, None, ""),
]


@pytest.mark.parametrize(("support", "code", "reason"), GAPS)
def test_gaps(support: Support | None, code: str | None, reason: str) -> None:
    said = {Capability.STRUCTURED_OUTPUT: support} if support else {}
    found = gaps(needs(PROGRAM, "agent", "typed"), framed("lib", capabilities=said))
    assert [(g.code, g.path, g.reason) for g in found] == (
        [(code, "agents.typed.output", reason)] if code else []
    )
    assert all(g.hint for g in found)


def test_a_newer_framework_is_the_hint_of_a_versioned_gap() -> None:
    said = {Capability.LIFT: Support(Level.VERSIONED, "2.0", "r")}
    (gap,) = gaps([Need(Capability.LIFT, "x")], framed("lib", capabilities=said))
    assert gap.hint == "pip install 'lib>=2.0'"


def test_the_host_runs_the_teams_an_adapter_cannot() -> None:
    single = framed("lib")
    line, chat = needs(PROGRAM, "team", "line"), needs(PROGRAM, "team", "chat")
    assert [g.code for g in gaps(line, single)] == ["AF3004"]
    assert gaps(line, single, native()) == []
    assert [g.code for g in gaps(chat, single, native())] == ["AF3004"], "the host cannot either"


OLD = {"framework": "lib", "supported": "<1", "framework_version": "1.4.7"}
OUT = {"status": Status.FRAMEWORK_OUT_OF_RANGE, "reason": "0.3 is too old", "hint": "pip install lib"}
GONE = {
    "status": Status.FRAMEWORK_MISSING,
    "reason": "lib is required, none is installed",
    "hint": "pip install lib",
}
SICK = {"status": Status.BROKEN, "reason": "adapter.toml is wrong", "hint": "reinstall it"}

# The columns: what `on:` says; what is placed; the adapters; the choice; the ranking; who is rejected and why.
TABLE: dict[str, tuple[Any, tuple[str, str], list[Entry], str | None, list[str], list[tuple[str, str]]]] = {
    "auto: nothing needed, the host's own among equals": (
        "auto", ("agent", "plain"), [framed("lib"), native()], "native", ["native", "lib"], [],
    ),
    "auto: the better support wins": (
        "auto", ("agent", "typed"), [framed("lib"), native(EMULATED)], "lib", ["lib", "native"], [],
    ),
    "auto: equal support, the host's own": (
        "auto", ("agent", "typed"), [framed("lib"), native()], "native", ["native", "lib"], [],
    ),
    "auto: versioned before emulated, behind full": (
        "auto", ("agent", "typed"),
        [
            framed("c", capabilities={Capability.STRUCTURED_OUTPUT: EMULATED}),
            framed("b", capabilities={Capability.STRUCTURED_OUTPUT: Support(Level.VERSIONED, "1", "r")}),
            framed("a"),
        ],
        "a", ["a", "b", "c"], [],
    ),
    "auto: among equals no framework, then by name": (
        "auto", ("agent", "plain"), [framed("b"), framed("a"), framed("z", framework=None)], "z", ["z", "a", "b"], [],
    ),
    "auto: gaps and absences are rejected": (
        "auto", ("agent", "typed"), [native(NEVER), framed("lib"), absent("far"), framed("ill", **SICK)],
        "lib", ["lib"], [("native", "AF3003"), ("far", "AF2003"), ("ill", "AF2009")],
    ),
    "auto: nothing viable": (
        "auto", ("agent", "typed"), [absent("far"), native(NEVER)], None, [],
        [("native", "AF3003"), ("far", "AF2003")],
    ),
    "auto: nothing at all": ("auto", ("agent", "plain"), [], None, [], [("auto", "AF2002")]),
    "team the host runs: framework emulates, native is full": (
        "auto", ("team", "line"), [framed("lib"), native()], "native", ["native", "lib"], [],
    ),
    "name": ("lib", ("agent", "typed"), [framed("lib"), native()], "lib", ["native", "lib"], []),
    "name of another case": ("LIB", ("agent", "plain"), [framed("lib")], "lib", ["lib"], []),
    "name with a range that is installed": (
        "lib>=1.4,<2", ("agent", "plain"), [framed("lib"), native()], "lib", ["native", "lib"], [],
    ),
    "range that is not installed": (
        "lib>=2", ("agent", "plain"), [framed("lib"), native()], None, ["native", "lib"], [("lib", "AF2011")],
    ),
    "range that is not served": (
        "lib==0.3.*", ("agent", "plain"), [framed("lib"), native()], None, ["native", "lib"], [("lib", "AF2012")],
    ),
    "range of the adapter itself where there is no framework": (
        "native>=1", ("agent", "plain"), [native()], None, ["native"], [("native", "AF2011")],
    ),
    "framework name, several adapters, the range decides": (
        "lib==0.3.*", ("agent", "plain"),
        [framed("lib", "0.3.27", **OUT), framed("lib-old", "0.3.27", framework="lib", supported="<1")],
        "lib-old", ["lib-old"], [("lib", "AF2006")],
    ),
    "framework name, several adapters, none installed as asked": (
        "lib==0.3.*", ("agent", "plain"), [framed("lib"), framed("lib-old", **{**OLD, **OUT})],
        None, ["lib"], [("lib", "AF2012"), ("lib-old", "AF2006")],
    ),
    "framework name, the adapter of that very name first": (
        "lib", ("agent", "plain"), [framed("a-lib", framework="lib"), framed("lib")], "lib", ["a-lib", "lib"], [],
    ),
    "name of the adapter, not of its framework": (
        "short", ("agent", "plain"), [framed("short", framework="long-name")], "short", ["short"], [],
    ),
    "name of the framework, not of its adapter": (
        "long_name", ("agent", "plain"), [framed("short", framework="long-name")], "short", ["short"], [],
    ),
    "unknown name": ("libb", ("agent", "plain"), [framed("lib")], None, ["lib"], [("libb", "AF2002")]),
    "not installed": (
        "far", ("agent", "plain"), [absent("far"), native()], None, ["native"], [("far", "AF2003")],
    ),
    "framework missing": (
        "lib", ("agent", "plain"), [framed("lib", None, **GONE), native()], None, ["native"], [("lib", "AF2004")],
    ),
    "gap of the one asked for": (
        "lib", ("agent", "typed"), [framed("lib", capabilities={}), native()], None, ["native"], [("lib", "AF3004")],
    ),
    "broken": ("ill", ("agent", "plain"), [framed("ill", **SICK)], None, [], [("ill", "AF2009")]),
    "list: the first that can": (
        ["far", "lib", "native"], ("agent", "plain"), [absent("far"), framed("lib"), native()],
        "lib", ["native", "lib"], [("far", "AF2003")],
    ),
    "list: a range, then anything": (
        ["lib==0.3.*", "auto"], ("agent", "plain"), [framed("lib"), native()],
        "native", ["native", "lib"], [("lib", "AF2012")],
    ),
    "list: none": (
        ["far", "lib"], ("agent", "typed"), [absent("far"), framed("lib", capabilities={})],
        None, [], [("far", "AF2003"), ("lib", "AF3004")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_selection(case: str) -> None:
    on, (kind, name), entries, chosen, ranked, rejected = TABLE[case]
    found = select(PROGRAM, kind, name, parse(on), entries)  # type: ignore[arg-type]
    assert (found.chosen.name if found.chosen else None) == chosen
    assert [r.entry.name for r in found.ranked] == ranked
    assert [(r.name, r.code) for r in found.rejected] == rejected
    assert all(r.reason and r.hint for r in found.rejected)
    assert found == select(PROGRAM, kind, name, parse(on), entries)  # type: ignore[arg-type]


def test_no_wish_is_auto() -> None:
    assert select(PROGRAM, "agent", "plain", (), [native()]).chosen == native()


def test_the_score_says_what_it_was_made_of() -> None:
    found = select(PROGRAM, "team", "line", (), [native(), framed("lib")])
    assert [r.score for r in found.ranked] == [1.0, 0.75]
    assert found.ranked[1].facts == {
        "needs": {"teams.sequential": "emulated", "structured_output": "full"},
        "fidelity": {"value": 0.75, "source": "adapter.toml of agentforge-lib 0.1.0", "date": None},
    }


@pytest.mark.parametrize(
    ("case", "error", "exit_code", "codes", "hint"),
    [
        ("unknown name", AdapterNotFoundError, 3, ["AF2002"], "did you mean 'lib'?"),
        ("not installed", AdapterNotFoundError, 3, ["AF2003"], "pip install agentforge-far"),
        ("framework missing", AdapterNotFoundError, 3, ["AF2004"], "pip install lib"),
        ("range that is not installed", AdapterNotFoundError, 3, ["AF2011"], "pip install 'lib>=1.4,>=2'"),
        ("range that is not served", AdapterNotFoundError, 3, ["AF2012"], "such as lib>=1.4"),
        (
            "framework name, several adapters, none installed as asked",
            AdapterNotFoundError, 3, ["AF2012", "AF2006"], "such as lib>=1.4",
        ),
        ("gap of the one asked for", UnsupportedError, 5, ["AF3004"], "adapters that can: native"),
        ("auto: nothing viable", UnsupportedError, 5, ["AF3003", "AF2003"], "choose another adapter"),
        ("auto: nothing at all", AdapterNotFoundError, 3, ["AF2002"], "agentforge adapters list"),
        ("broken", AdapterError, 1, ["AF2009"], "reinstall it"),
        ("list: none", AdapterNotFoundError, 3, ["AF2003", "AF3004"], "pip install agentforge-far"),
    ],
)  # fmt: skip
def test_a_refusal_carries_every_reason(
    case: str, error: type[Exception], exit_code: int, codes: list[str], hint: str
) -> None:
    on, (kind, name), entries, *_ = TABLE[case]
    with pytest.raises(error) as caught:
        require(select(PROGRAM, kind, name, parse(on), entries))  # type: ignore[arg-type]
    raised: Any = caught.value
    assert type(raised) is error
    assert raised.exit_code == exit_code
    assert [d.code for d in raised.diagnostics] == codes
    assert hint in raised.first.hint


def test_the_version_asked_for_is_in_the_install_line() -> None:
    entries = [absent("far"), framed("lib", None, **GONE)]
    for on, line in (
        ("far<2", "pip install agentforge-far 'far>=1.4,<2'"),
        ("lib==1.5.*", "pip install 'lib>=1.4,==1.5.*'"),
    ):
        with pytest.raises(AdapterNotFoundError) as caught:
            require(select(PROGRAM, "agent", "plain", parse(on), entries))
        assert caught.value.first.hint == line


def test_two_of_one_name_are_both_rejected() -> None:
    twins = [
        framed(
            "twin", distribution=d, status=Status.DUPLICATE, reason="claimed by a and b", hint="uninstall one"
        )
        for d in ("a", "b")
    ]
    found = select(PROGRAM, "agent", "plain", parse("twin"), twins)
    assert [(r.name, r.code) for r in found.rejected] == [("twin", "AF2010")] * 2


def test_required_is_chosen() -> None:
    assert require(select(PROGRAM, "agent", "plain", (), [native()])).name == "native"
