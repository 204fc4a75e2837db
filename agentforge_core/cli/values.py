"""What the words of a command line mean: `K=V`, numbers, placements, text from stdin."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from agentforge_compat import ranges
from agentforge_core.errors import UsageError

Wishes = str | Mapping[str, str] | None
"""The `on=` of a run."""

_OF_AGENT = re.compile(r"(?P<agent>[^=]*[^=<>!~\s])\s*=(?!=)\s*(?P<wish>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """One run of `--on`: what it is called in a comparison, and where it goes."""

    label: str
    on: Wishes


def pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    """The values of a repeatable `K=V` option.

    Raises:
        UsageError: one is not of that form, or a key stands twice.
    """
    found: dict[str, str] = {}
    for raw in given:
        text = readable(option, raw)
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UsageError.of(
                "AF6022", f"{option} {text}: this is not NAME=VALUE", hint=f"{option} name=value"
            )
        if key in found:
            raise UsageError.of("AF6022", f"{option} gives {key} twice", hint="give it once")
        found[key] = value
    return found


def numbers(option: str, given: Sequence[str]) -> dict[str, float]:
    """The values of a repeatable `NAME=NUMBER` option; whole numbers stay whole.

    Raises:
        UsageError: one is not of that form.
    """
    found: dict[str, float] = {}
    for name, text in pairs(option, given).items():
        try:
            found[name] = int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)
        except ValueError:
            raise UsageError.of(
                "AF6022", f"{option} {name}={text}: {text!r} is not a number", hint=f"{option} {name}=10"
            ) from None
    return found


def readable(what: str, text: str) -> str:
    """`text`, which the shell handed over as bytes: UTF-8 also where the locale says ASCII.

    Raises:
        UsageError: the bytes were not UTF-8.
    """
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    try:
        return os.fsencode(text).decode("utf-8")
    except UnicodeError:
        raise UsageError.of(
            "AF6025", f"{what} is not text in UTF-8", hint="convert it, for example with iconv"
        ) from None


def prompt_of(given: str | None) -> str | None:
    """The text of `--prompt`; `-` reads stdin to its end.

    Raises:
        UsageError: it is not UTF-8, or stdin is closed.
    """
    if given is None:
        return None
    if given != "-":
        return readable("the prompt", given)
    if sys.stdin is None:
        raise UsageError.of("AF6006", "-p - reads stdin, which is closed", hint="say the prompt with -p TEXT")
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError.of(
            "AF6025", "stdin is not text in UTF-8", hint="convert it, for example with iconv"
        ) from None


def places(given: Sequence[str], agents: Collection[str]) -> tuple[Place, ...]:
    """The runs that `--on` asks for: one, or one for each part of `a,b,c`.

    Args:
        given: the values of the option.
        agents: the agents of the document, which `AGENT=X` names.

    Raises:
        UsageError: a place is said twice, or is empty.
    """
    everywhere: list[str] = []
    single: dict[str, str] = {}
    for raw in given:
        text = readable("--on", raw)
        agent, wish = _of_agent(text, agents)
        if not all(part.strip() for part in (text if agent is None else wish).split(",")):
            raise UsageError.of(
                "AF6021", f"--on {text}: a wish is empty", hint="--on native, or --on native,langchain"
            )
        if agent is None:
            everywhere.append(text)
        elif agent in single:
            raise UsageError.of("AF6023", f"--on places {agent} twice", hint="give it once")
        else:
            single[agent] = wish
    if len(everywhere) > 1:
        hint = f"--on {','.join(everywhere)} runs on each; --on AGENT=X places one agent"
        raise UsageError.of("AF6023", "--on is given twice for all agents", hint=hint)
    wishes = ranges.split(everywhere[0]) if everywhere else ()
    if not wishes:
        return (Place("", single or None),)
    return tuple(Place(wish, _merged(wish, single)) for wish in wishes)


def _of_agent(text: str, agents: Collection[str]) -> tuple[str | None, str]:
    """The agent and the wish of `AGENT=X`; no agent for anything else, such as `langchain==0.3.*`."""
    found = _OF_AGENT.fullmatch(text)
    if found is None:
        return None, text
    agent, wish = found["agent"].strip(), found["wish"].strip()
    # `name=1.2` is a specifier with one = too few, `name=other` an agent that does not exist
    return (agent, wish) if agent in agents or not wish[:1].isdigit() else (None, text)


def _merged(wish: str, single: Mapping[str, str]) -> Wishes:
    return wish if not single else {"*": wish, **single}
