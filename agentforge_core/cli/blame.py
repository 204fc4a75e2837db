"""Where a problem lies that the command line made, not the document."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from agentforge_core.diagnostics import Diagnostic
from agentforge_core.errors import ForgeError
from agentforge_core.ir import Program, format_path

OPTION = "--model"


@contextlib.contextmanager
def model_given(model: str | None, program: Program) -> Iterator[None]:
    """Inside, what is wrong with the model of `--model` points there, not at a line of the document.

    Args:
        model: the option's value; None when it was not given.
        program: the document.
    """
    try:
        yield
    except ForgeError as error:
        if model is not None:
            moved = (_moved(d, model, program) for d in error.diagnostics)
            error.diagnostics = tuple(dict.fromkeys(moved))
        raise


def _moved(diagnostic: Diagnostic, model: str, program: Program) -> Diagnostic:
    own = {format_path(("agents", name, "model")) for name in program.agents}
    own |= {format_path(("teams", name, "manager_model")) for name in program.teams}
    if model not in program.models:
        own.add(format_path(("models", model)))
    return (
        replace(diagnostic, path=OPTION, file=None, line=None, column=None)
        if diagnostic.path in own
        else diagnostic
    )
