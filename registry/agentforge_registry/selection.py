"""Choosing an adapter: facts in, the choice and every rejection with its reason out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from agentforge_compat.ranges import AUTO, Wish, normalised
from agentforge_core.capability import Level
from agentforge_core.diagnostics import Diagnostic
from agentforge_core.errors import AdapterError, AdapterNotFoundError, ForgeError, UnsupportedError
from agentforge_registry.entry import CODES, HOST, Entry, Status, unknown
from agentforge_registry.manifest import FILENAME
from agentforge_registry.needs import Gap, Kind, Need, capabilities, effective, gaps, needs
from agentforge_registry.versions import answers, mended, misfit

if TYPE_CHECKING:
    from agentforge_core.ir import Program

WEIGHTS: Mapping[Level, float] = {Level.FULL: 1.0, Level.VERSIONED: 0.9, Level.EMULATED: 0.5}
"""What a declared level counts in the score; a policy, only the order of the three matters."""


class Ranked(NamedTuple):
    """A viable adapter.

    Attributes:
        entry: the adapter.
        score: mean weight of its levels over the capabilities needed, 0 to 1; 1 where none is.
        facts: what the score was made of, each number with its source and date.
    """

    entry: Entry
    score: float
    facts: Mapping[str, Any]


class Rejection(NamedTuple):
    """An adapter, or a name nobody has, that was not chosen because it cannot be.

    Attributes:
        name: the adapter.
        diagnostics: why, gravest first; never empty.
        asked: whether a wish named it (`auto` names all).
        gaps: the needs it lacks, where that is why.
    """

    name: str
    diagnostics: tuple[Diagnostic, ...]
    asked: bool = False
    gaps: tuple[Gap, ...] = ()

    @property
    def code(self) -> str:
        """Code of the first reason."""
        return self.diagnostics[0].code

    @property
    def reason(self) -> str:
        """All reasons in one line."""
        return "; ".join(d.reason or d.message for d in self.diagnostics)

    @property
    def hint(self) -> str | None:
        """What would help against the first reason."""
        return self.diagnostics[0].hint


class Selection(NamedTuple):
    """The outcome of choosing.

    Attributes:
        chosen: the adapter to use, None when no wish can be fulfilled.
        ranked: every viable adapter, best first, as for `auto`; a wish decides only `chosen`.
        rejected: those wished for in vain, in the order of the wishes, then all others that cannot.
    """

    chosen: Entry | None
    ranked: tuple[Ranked, ...]
    rejected: tuple[Rejection, ...]


def select(
    program: Program, kind: Kind, name: str, wishes: Sequence[Wish], entries: Sequence[Entry]
) -> Selection:
    """Chooses an adapter for one part of a program. The same facts give the same choice.

    Args:
        program: the program.
        kind: what is placed.
        name: its key.
        wishes: tried in order, the first that a viable adapter fulfils wins; none means `auto`.
        entries: the adapters to choose from.

    Raises:
        KeyError: the program has no such part.
    """
    judge = _Judge(needs(program, kind, name), entries)
    turned_down: list[Rejection] = []
    for wish in wishes or (Wish(AUTO),):
        chosen = judge.choose(wish)
        if chosen is not None:
            break
        turned_down += judge.refused(wish)
    else:
        chosen = None
    asked = {r.name for r in turned_down}
    others = [r for r in judge.rejections.values() if r.name not in asked]
    return Selection(chosen, judge.ranked, (*turned_down, *others))


def require(selection: Selection) -> Entry:
    """The chosen adapter.

    Raises:
        UnsupportedError: the first one asked for lacks what is needed.
        AdapterNotFoundError: it is not known, not installed or not in range.
        AdapterError: it is broken. Each carries the reasons of every adapter that was asked for.
    """
    if selection.chosen is not None:
        return selection.chosen
    problems = [d for r in selection.rejected if r.asked for d in r.diagnostics]
    raise _kind(problems[0])(*problems)


def _kind(problem: Diagnostic) -> type[ForgeError]:
    if problem.code.startswith("AF3"):
        return UnsupportedError
    return AdapterError if problem.code == CODES[Status.BROKEN] else AdapterNotFoundError


class _Judge:
    """All entries measured against one list of needs."""

    def __init__(self, wanted: Sequence[Need], entries: Sequence[Entry]) -> None:
        self.wanted = wanted
        self.entries = entries
        self.host = next((e for e in entries if normalised(e.distribution) == HOST), None)
        lacks = {id(e): tuple(gaps(wanted, e, self.host)) for e in entries}
        viable = [e for e in entries if e.ready and not lacks[id(e)]]
        self.ranked = tuple(sorted(map(self.rank, viable), key=_order))
        able = {id(e) for e in viable}
        self.rejections = {id(e): self.reject(e, lacks[id(e)]) for e in entries if id(e) not in able}

    def rank(self, entry: Entry) -> Ranked:
        levels = {c: effective(c, entry, self.host).level for c in capabilities(self.wanted)}
        score = sum(WEIGHTS[level] for level in levels.values()) / len(levels) if levels else 1.0
        source = f"{FILENAME} of {entry.distribution} {entry.version}".rstrip()
        facts = {
            "needs": {str(c): str(level) for c, level in levels.items()},
            "fidelity": {"value": round(score, 4), "source": source, "date": None},
        }
        return Ranked(entry, round(score, 4), facts)

    def reject(self, entry: Entry, lacking: tuple[Gap, ...]) -> Rejection:
        problem = entry.problem()
        if problem is not None:
            return Rejection(entry.name, (problem,))
        able = ", ".join(r.entry.name for r in self.ranked)
        found = tuple(g.diagnostic(entry) for g in lacking)
        if able:
            found = tuple(replace(d, hint=f"{d.hint}; adapters that can: {able}") for d in found)
        return Rejection(entry.name, found, gaps=lacking)

    def choose(self, wish: Wish) -> Entry | None:
        fitting = [r.entry for r in self.ranked if answers(r.entry, wish) and misfit(r.entry, wish) is None]
        fitting.sort(key=lambda e: normalised(e.name) != wish.name)
        return fitting[0] if fitting else None

    def refused(self, wish: Wish) -> list[Rejection]:
        """Why nothing fulfils `wish`: one rejection for each adapter it names."""
        if wish.is_auto:
            found = [r._replace(asked=True) for r in self.rejections.values()]
            return sorted(found, key=lambda r: not r.gaps) or [self.nobody(wish)]
        return [self.refusal(e, wish) for e in self.entries if answers(e, wish)] or [self.nobody(wish)]

    def refusal(self, entry: Entry, wish: Wish) -> Rejection:
        problem = misfit(entry, wish)
        if problem is not None and (entry.ready or problem.code == "AF2012"):
            return Rejection(entry.name, (problem,), asked=True)
        known = self.rejections[id(entry)]
        if known.gaps:
            return known._replace(asked=True)
        first = replace(known.diagnostics[0], hint=mended(entry, wish))
        return known._replace(diagnostics=(first,), asked=True)

    def nobody(self, wish: Wish) -> Rejection:
        names = sorted({e.name for e in self.entries})
        return Rejection(wish.name, (unknown(wish.name, names),), asked=True)


def _order(ranked: Ranked) -> tuple[float, bool, bool, str]:
    """Best score first; among equals the host's own, then those without a framework, then by name."""
    entry = ranked.entry
    return -ranked.score, normalised(entry.distribution) != HOST, entry.framework is not None, entry.name
