"""Validators of JSON Schemas. References reach within the schema only: nothing is fetched, no file is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from jsonschema_rs import Validator


def validator_for(schema: Mapping[str, Any]) -> Validator:
    """What checks values against `schema`, draft 2020-12 where it names none.

    Raises:
        ValueError: it is not a JSON Schema, or refers to what is not in it.
    """
    import jsonschema_rs

    try:
        return jsonschema_rs.validator_for(dict(schema), retriever=_refuse)
    except jsonschema_rs.ValidationError as error:
        raise ValueError(str(error).splitlines()[0]) from error


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"{uri} is outside of the schema; write what it refers to under $defs")
