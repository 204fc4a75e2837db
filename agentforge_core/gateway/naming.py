"""How a model is called in messages, and the part of its name that is sent."""

from __future__ import annotations

from agentforge_core.errors import DocumentError
from agentforge_core.ir import Model, format_path, resolve_env


def path_of(model: Model) -> str:
    """Place of `model` in the document."""
    return format_path(("models", model.name))


def full_name(model: Model) -> str:
    """`provider/name` of `model`, environment read.

    Raises:
        DocumentError: the variable is not set.
    """
    return str(resolved(model, model.model, "model"))


def resolved(model: Model, value: object, field: str) -> object:
    """`value` of `field` with environment variables read.

    Raises:
        DocumentError: a variable is not set.
    """
    try:
        return resolve_env(value)
    except KeyError as error:
        raise DocumentError.of(
            "AF4007",
            f"the environment variable {error.args[0]} is not set",
            path=f"{path_of(model)}.{field}",
            reason=f"`{field}` of the model {model.name!r} reads it",
            hint=f"set {error.args[0]}, or try --model offline/rules, which needs nothing",
        ) from None


def label(model: Model) -> str:
    """The model in one or two words: its name in the program and what stands behind it."""
    full = full_name(model)
    return full if model.name == full else f"{model.name} ({full})"
