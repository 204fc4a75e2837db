"""Hops 4 and 5: which adapter runs each unit, and the unit on its framework. Part of the door."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from agentforge_compat import ranges
from agentforge_compat.ranges import Wish
from agentforge_core.adapter import Lowered, Output, RunInput, Unit, load_adapter
from agentforge_core.boundary.port import Host
from agentforge_core.capability import Capability
from agentforge_core.diagnostics import close_match
from agentforge_core.errors import AdapterError, DocumentError, ForgeError, UsageError
from agentforge_core.ir import Path, Problem, Program, Team, format_path
from agentforge_core.lowering import LoweringContext
from agentforge_core.runs.job import Placed
from agentforge_core.runs.result import AdapterInfo
from agentforge_registry.discovery import entries
from agentforge_registry.entry import Entry
from agentforge_registry.selection import Selection, require, select

On = str | Sequence[str] | Mapping[str, str | Sequence[str]]
"""A placement, several tried in order, or a placement for each of some agents (`*`: all others)."""

_OTHERS = "*"

CACHED_UNITS = 256
"""How many lowered units a forge keeps."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller says about placement, over what the document says.

    Attributes:
        everywhere: for all agents.
        agents: for single agents.
    """

    everywhere: tuple[Wish, ...] = ()
    agents: tuple[tuple[str, tuple[Wish, ...]], ...] = ()

    @classmethod
    def of(cls, on: On | None, program: Program) -> Wishes:
        """The wishes of an `on=` argument.

        Raises:
            UsageError: it is no placement, or names an agent that is not there.
        """
        if on is None:
            return cls()
        if isinstance(on, str):
            return _everywhere(on)
        if not isinstance(on, Mapping):
            return cls(ranges.parse(on))
        for name in on:
            if name not in program.agents and name != _OTHERS:
                raise UsageError.of(
                    "AF6003",
                    f"there is no agent named {name!r} to place",
                    hint=close_match(name, program.agents) or f"agents: {', '.join(program.agents)}",
                )
        placed = {name: ranges.parse(value) for name, value in on.items()}
        return cls(placed.pop(_OTHERS, ()), tuple(placed.items()))

    def of_agent(self, program: Program, name: str, team: str | None) -> tuple[Wish, ...]:
        """The wishes for an agent: the caller's, its own, its team's, the document's, `native`."""
        for agent, wishes in self.agents:
            if agent == name:
                return wishes
        if self.everywhere:
            return self.everywhere
        places: list[tuple[Any, str]] = [(program.agents[name].on, f"agents.{name}.on")]
        if team is not None:
            places.append((program.teams[team].on, f"teams.{team}.on"))
        places.append((program.on, "on"))
        return next((ranges.parse(on, path) for on, path in places if on is not None), (Wish("native"),))


@lru_cache(maxsize=256)
def _everywhere(on: str) -> Wishes:
    return Wishes(ranges.parse(on))


def misplaced(program: Program) -> list[Problem]:
    """Every `on:` of a document that is no placement; whether its adapter is here is not asked."""
    places: list[tuple[Path, Any]] = [(("on",), program.on)]
    places += [(("agents", n, "on"), a.on) for n, a in program.agents.items()]
    places += [(("teams", n, "on"), t.on) for n, t in program.teams.items()]
    found = []
    for path, on in places:
        try:
            if on is not None:
                ranges.parse(on, format_path(path))
        except DocumentError as error:
            found.append(Problem(path, error.code, error.first.message, error.first.hint))
    return found


class Placer:
    """Selects an adapter for every unit and lowers it there, once for all runs.

    One object per forge; safe to use by runs at the same time.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[Any, ...], Placed] = OrderedDict()

    def selection(self, program: Program, agent: str, wishes: Wishes, team: str | None) -> Selection:
        """The choice for one agent, with the reason of every rejection."""
        return select(program, "agent", agent, wishes.of_agent(program, agent, team), entries())

    def place(self, unit: Unit, wishes: Wishes, team: str | None, key: tuple[Any, ...]) -> Placed:
        """Where `unit` runs, lowered.

        Args:
            unit: an agent or a team.
            wishes: what the caller says.
            team: the team that is being run, whose `on:` counts for its agents.
            key: tells apart programs that differ in what was filled in.

        Raises:
            AdapterNotFoundError, UnsupportedError, AdapterError: no adapter can; says each one's reason.
        """
        whole_key = (unit.kind, unit.name, wishes, team, *key)
        placed = self._known.get(whole_key)
        if placed is None:
            agent = unit.kind == "agent"
            placed = self._agent(unit, wishes, team) if agent else self._team(unit, wishes)
            self._known[whole_key] = placed
            if len(self._known) > CACHED_UNITS:
                self._known.popitem(last=False)
        return placed

    def _agent(self, unit: Unit, wishes: Wishes, team: str | None) -> Placed:
        return _lowered(unit, require(self.selection(unit.program, unit.name, wishes, team)), "full")

    def _team(self, unit: Unit, wishes: Wishes) -> Placed:
        """On one adapter whole, where all its agents are there and it can; else run by the host."""
        program = unit.program
        names = program.agents_of(unit.team)
        chosen = [require(self.selection(program, name, wishes, unit.name)) for name in names]
        first = chosen[0]
        together = first.framework is not None and all(entry == first for entry in chosen)
        if together and not _checks_inside(program, unit.team):
            support = first.support(Capability(f"teams.{unit.team.process}"))
            if support.level.usable:
                return _lowered(unit, first, str(support.level))
        host = AdapterInfo("native", version("agentforge-core"), None)
        level = "full" if all(entry.framework is None for entry in chosen) else "emulated"
        return Placed(host, f"agentforge-core {host.version}", None, level)


def _checks_inside(program: Program, team: Team) -> bool:
    """Whether answers must be checked that only the host sees: those of agents a manager delegates to."""
    return team.process == "hierarchical" and any(
        program.agents[name].output is not None for name in program.agents_of(team)
    )


def _lowered(unit: Unit, entry: Entry, level: str) -> Placed:
    context = LoweringContext(entry.label)
    adapter = load_adapter(entry.name, entry.reference)
    try:
        lowered = adapter.lower(unit, context)
    except ForgeError:
        raise
    except Exception as error:
        raise AdapterError.of(
            "AF3103",
            f"adapter {entry.name!r} broke while lowering {unit.kind} {unit.name!r}",
            path=f"{unit.kind}s.{unit.name}",
            subject=entry.label,
            reason=f"{type(error).__name__}: {error}",
            hint="--debug shows the traceback; another adapter may do: --on native",
        ) from error
    remarks = context.settle()  # before the check: what was refused needs no object
    missing = [f"{n}()" for n in ("run", "describe") if not callable(getattr(lowered, n, None))]
    if missing:
        found = f"lower() returned {type(lowered).__name__}, which has no {' and no '.join(missing)}"
        raise _contract_broken(unit, entry, found)
    info = AdapterInfo(entry.name, entry.version, entry.framework_version)
    return Placed(info, entry.label, _Checked(unit, entry, lowered), level, remarks)


@dataclass(frozen=True, slots=True)
class _Checked:
    """A lowered unit whose `describe` fails in the adapter's name; runs do not pay for asking it."""

    unit: Unit
    entry: Entry
    lowered: Lowered

    def run(self, input: RunInput, host: Host) -> Coroutine[Any, Any, Output]:  # noqa: A002 - the contract's word
        return self.lowered.run(input, host)

    def describe(self) -> str:
        try:
            text: object = self.lowered.describe()
        except Exception as error:
            found = f"describe() raised {type(error).__name__}: {error}"
            raise _contract_broken(self.unit, self.entry, found) from error
        if not isinstance(text, str):
            raise _contract_broken(self.unit, self.entry, f"describe() returned {type(text).__name__}")
        return text


def _contract_broken(unit: Unit, entry: Entry, found: str) -> AdapterError:
    return AdapterError.of(
        "AF3104",
        f"adapter {entry.name!r} broke the contract with {unit.kind} {unit.name!r}",
        path=f"{unit.kind}s.{unit.name}",
        subject=entry.label,
        reason=f"{found}; expected an object with run(input, host), and describe() that returns text",
        hint="tell the adapter's authors; another adapter may do: --on native",
    )
