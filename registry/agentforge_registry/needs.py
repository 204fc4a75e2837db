"""What a part of a program needs, and which of it an adapter lacks.

Only what a program cannot run right without is a need. Streaming and parallel tools are preferences,
history is there or not at each run; they are never reasons to refuse an adapter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from agentforge_compat.ranges import inside
from agentforge_core.capability import Capability, Level, Support
from agentforge_core.diagnostics import Diagnostic
from agentforge_registry.entry import Entry
from agentforge_registry.versions import pip_install

if TYPE_CHECKING:
    from agentforge_core.ir import Agent, Program, Task

Kind = Literal["agent", "task", "team"]
"""What can be placed."""

_TEAMS = "teams."
_CODES = {
    Level.NOT_IMPLEMENTED: "AF3001",
    Level.NOT_YET: "AF3002",
    Level.NEVER: "AF3003",
    Level.UNKNOWN: "AF3004",
    Level.VERSIONED: "AF3005",
}
_WORDS = {
    Level.NOT_IMPLEMENTED: "the adapter does not do it",
    Level.NOT_YET: "the framework cannot do it yet",
    Level.NEVER: "the framework is not made for it",
    Level.UNKNOWN: "the manifest does not say whether it can",
}


class Need(NamedTuple):
    """A capability that the program asks for, and where it does."""

    capability: Capability
    path: str


class Gap(NamedTuple):
    """A need without support.

    Attributes:
        code: `AF30` and two digits, one for each level that is no support.
        capability: what is lacking.
        path: where the program asks for it.
        reason: why the adapter lacks it.
        hint: what would help.
    """

    code: str
    capability: Capability
    path: str
    reason: str
    hint: str

    def diagnostic(self, entry: Entry) -> Diagnostic:
        """The gap as a remark about `entry`."""
        message = f"adapter {entry.name!r} cannot do {self.capability}"
        return Diagnostic(
            self.code, message, path=self.path, subject=entry.label, reason=self.reason, hint=self.hint
        )


def needs(program: Program, kind: Kind, name: str) -> list[Need]:
    """What the agent, task or team `name` of `program` needs, in the order of the document.

    Raises:
        KeyError: the program has no such part.
    """
    if kind == "agent":
        found = _of_agent(program.agents[name])
    elif kind == "task":
        found = _of_task(program, program.tasks[name])
    else:
        found = _of_team(program, name)
    return list(dict.fromkeys(found))


def _of_agent(agent: Agent) -> Iterator[Need]:
    if agent.output is not None:
        yield Need(Capability.STRUCTURED_OUTPUT, _path("agents", agent.name, "output"))


def _of_task(program: Program, task: Task) -> Iterator[Need]:
    if task.output is not None:
        yield Need(Capability.STRUCTURED_OUTPUT, _path("tasks", task.name, "output"))
    if task.agent is not None:
        yield from _of_agent(program.agents[task.agent] if isinstance(task.agent, str) else task.agent)


def _of_team(program: Program, name: str) -> Iterator[Need]:
    team = program.teams[name]
    yield Need(Capability(f"{_TEAMS}{team.process}"), _path("teams", name, "process"))
    for task in team.tasks:
        yield from _of_task(program, program.tasks[task] if isinstance(task, str) else task)
    for agent in team.agents:
        yield from _of_agent(program.agents[agent] if isinstance(agent, str) else agent)


def _path(*parts: str) -> str:
    from agentforge_core.ir import format_path

    return format_path(parts)


def gaps(wanted: Iterable[Need], entry: Entry, host: Entry | None = None) -> list[Gap]:
    """The needs that `entry` does not support.

    Args:
        wanted: what is needed.
        entry: the adapter.
        host: the host's own adapter; a team process it runs is lacking nowhere.
    """
    return [_gap(need, entry) for need in wanted if not effective(need.capability, entry, host).level.usable]


def effective(capability: Capability, entry: Entry, host: Entry | None = None) -> Support:
    """How well `capability` works on `entry` as it is installed.

    A team process that the adapter does not do is run by the host, its tasks one by one on the adapter:
    emulated, where the manifest of the host's own adapter says that the host can. A capability from a
    framework version that is not installed is unknown.
    """
    said = entry.support(capability)
    if said.level is Level.VERSIONED and not _reached(said, entry):
        said = Support(Level.UNKNOWN, said.since, said.reason)
    if said.level.usable or host is None or not capability.startswith(_TEAMS):
        return said
    if host.support(capability).level.usable:
        return Support(Level.EMULATED, reason="the host runs the team")
    return said


def _reached(said: Support, entry: Entry) -> bool:
    return entry.framework_version is None or inside(entry.framework_version, f">={said.since}")


def _gap(need: Need, entry: Entry) -> Gap:
    said = entry.support(need.capability)
    if said.level is Level.VERSIONED:
        since = f"{entry.framework}>={said.since}"
        reason = f"supported from {since}, {entry.framework_version} is installed"
        return Gap(_CODES[said.level], need.capability, need.path, reason, pip_install(since))
    reason = f"{said.level}: {said.reason or _WORDS[said.level]}"
    return Gap(
        _CODES[said.level], need.capability, need.path, reason, "choose another adapter or leave it out"
    )


def capabilities(wanted: Sequence[Need]) -> tuple[Capability, ...]:
    """The capabilities in `wanted`, each once."""
    return tuple(dict.fromkeys(need.capability for need in wanted))
