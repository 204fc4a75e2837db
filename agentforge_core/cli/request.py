"""What `agentforge run` was asked, as plain data."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """One call of `run`, as typed.

    Attributes:
        file: the document.
        name: what of it runs.
        prompt: what is said, `-` for stdin.
        inputs: values of placeholders.
        on: values of `--on`.
        model: model for every agent.
        limits: limits of the run.
        labels: labels of the run.
        as_json: whether stdout gets one JSON object.
        events: whether stdout gets the events.
        quiet: whether stderr gets errors only.
        debug: whether tracebacks are shown.
    """

    file: str
    name: str | None
    prompt: str | None
    inputs: Mapping[str, str]
    on: tuple[str, ...]
    model: str | None
    limits: Mapping[str, float]
    labels: Mapping[str, str]
    as_json: bool = False
    events: bool = False
    quiet: bool = False
    debug: bool = False

    def command(self, *more: str, keep_on: bool = True) -> str:
        """The line that asks the same again, for a shell, with `more` at its end.

        Args:
            *more: words to add.
            keep_on: whether its `--on` stays.
        """
        words = ["agentforge", "run", self.file, *([self.name] if self.name else [])]
        for flag, value in (("-p", self.prompt), ("--model", self.model)):
            words += [flag, value] if value is not None else []
        for flag, given in (("--input", self.inputs), ("--limit", self.limits), ("--label", self.labels)):
            words += [word for key, value in given.items() for word in (flag, f"{key}={value}")]
        if keep_on:
            words += [word for value in self.on for word in ("--on", value)]
        return shlex.join([*words, *more])
