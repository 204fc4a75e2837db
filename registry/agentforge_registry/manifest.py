"""The manifest: `adapter.toml`, where an adapter says what it is and what it can do.

    contract = 1                    # version of the contract it was written for
    framework = "somelib"           # distribution whose version counts; left out when it drives none
    summary = "Somelib agents"
    documentation = "https://..."   # optional
    [capabilities]                  # each a level, or {level, since, reason}
    streaming = "full"
    structured_output = { level = "emulated", reason = "the host validates and repairs" }
    "teams.sequential" = { level = "versioned", since = "1.2", reason = "not before 1.2" }

The range of framework versions is not in it: that is written once, in the distribution's dependencies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from agentforge_core.capability import Capability, Level, Support
from agentforge_core.contract import CONTRACT_VERSION
from agentforge_core.diagnostics import Diagnostic, close_match
from agentforge_core.errors import AdapterError

FILENAME = "adapter.toml"
"""Name of the manifest, package data beside the module that the entry point names."""

SIZE_LIMIT = 64 * 1024
"""Largest manifest that is read, in bytes; a real one has about one thousand."""

_KEYS = ("contract", "framework", "summary", "documentation", "capabilities")
_SUPPORT_KEYS = ("level", "since", "reason")
_LEVELS = {str(level): level for level in Level if level is not Level.UNKNOWN}
_CAPABILITIES = {str(capability): capability for capability in Capability}
_GROUPS = {name.partition(".")[0] for name in _CAPABILITIES if "." in name}


class Manifest(NamedTuple):
    """What one `adapter.toml` says. With another `contract` than the host's the rest is not judged."""

    contract: int
    summary: str = ""
    framework: str | None = None
    documentation: str | None = None
    capabilities: Mapping[Capability, Support] = MappingProxyType({})


def read(path: Path) -> Manifest:
    """The manifest in the file at `path`.

    Raises:
        AdapterError: it cannot be read or is wrong; carries every problem with file and key.
    """
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except OSError as e:
        raise _error(str(path), None, f"cannot be read: {e.strerror or e}") from None
    if len(data) > SIZE_LIMIT:
        raise _error(str(path), None, f"is larger than {SIZE_LIMIT} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError as e:
        raise _error(str(path), None, f"is not UTF-8 at byte {e.start}") from None
    return parse(text, str(path))


def parse(text: str, file: str = FILENAME) -> Manifest:
    """The manifest written in `text`; `file` is its name in messages.

    Raises:
        AdapterError: it is wrong; carries every problem with file and key.
    """
    import tomllib

    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as e:
        raise _error(file, None, f"is not TOML: {e}") from None
    contract = table.get("contract")
    if type(contract) is not int or contract < 1:
        raise _error(file, "contract", f"expected a whole number from 1, found {_shown(contract)}")
    if contract != CONTRACT_VERSION:
        summary = table.get("summary")
        return Manifest(contract, summary if isinstance(summary, str) else "")
    reader = _Reader(file)
    manifest = reader.manifest(table)
    if reader.problems:
        raise AdapterError(*reader.problems)
    return manifest


class _Reader:
    """Turns a table into a manifest and collects all that is wrong with it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Diagnostic] = []

    def manifest(self, table: Mapping[str, Any]) -> Manifest:
        self.known("", table, _KEYS)
        return Manifest(
            contract=CONTRACT_VERSION,
            summary=self.text(table, "summary", "one line on what the adapter is", needed=True) or "",
            framework=self.text(table, "framework", "the name of a distribution"),
            documentation=self.address(table),
            capabilities=self.capabilities(table.get("capabilities", {})),
        )

    def wrong(self, key: str | None, what: str, hint: str | None = None) -> None:
        self.problems.append(_problem(self.file, key, what, hint))

    def known(self, prefix: str, table: Mapping[str, Any], keys: Iterable[str]) -> None:
        for key in table:
            if key not in keys:
                self.wrong(f"{prefix}{key}", "is not a key of the manifest", close_match(key, keys))

    def text(self, table: Mapping[str, Any], key: str, what: str, *, needed: bool = False) -> str | None:
        value = table.get(key)
        if value is None and not needed:
            return None
        if not isinstance(value, str) or not value.strip() or "\n" in value:
            self.wrong(key, f"expected {what}, found {_shown(value)}")
            return None
        return value.strip()

    def address(self, table: Mapping[str, Any]) -> str | None:
        value = self.text(table, "documentation", "an address")
        if value is not None and not value.startswith(("https://", "http://")):
            self.wrong(
                "documentation", f"expected an address that begins with https://, found {_shown(value)}"
            )
        return value

    def capabilities(self, table: Any) -> dict[Capability, Support]:
        found: dict[Capability, Support] = {}
        if not isinstance(table, dict):
            self.wrong("capabilities", f"expected a table, found {_shown(table)}")
            return found
        for name, value in _flat(table):
            if name not in _CAPABILITIES:
                self.wrong(f"capabilities.{name}", "is not a capability", close_match(name, _CAPABILITIES))
            elif (support := self.support(name, value)) is not None:
                found[_CAPABILITIES[name]] = support
        return found

    def support(self, name: str, value: Any) -> Support | None:
        key = f"capabilities.{name}"
        if not isinstance(value, (str, dict)):
            self.wrong(key, f"expected a level or a table with one, found {_shown(value)}")
            return None
        table = {"level": value} if isinstance(value, str) else value
        self.known(f"{key}.", table, _SUPPORT_KEYS)
        written = table.get("level")
        level = _LEVELS.get(written) if isinstance(written, str) else None
        if level is None:
            hint = close_match(written, _LEVELS) if isinstance(written, str) else None
            self.wrong(key, f"expected a level ({', '.join(_LEVELS)}), found {_shown(written)}", hint)
            return None
        support = Support(level, self.detail(key, table, "since"), self.detail(key, table, "reason"))
        if support.level is Level.VERSIONED and "since" not in table:
            self.wrong(
                key, "expected since, the first framework version that can", 'for example since = "1.2"'
            )
        if support.level is not Level.FULL and "reason" not in table:
            self.wrong(key, f"expected a reason, because the level is {level}, not full")
        return support

    def detail(self, key: str, table: Mapping[str, Any], name: str) -> str | None:
        value = table.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.wrong(f"{key}.{name}", f"expected text, found {_shown(value)}")
            return None
        if name == "since" and not _is_version(value):
            self.wrong(f"{key}.since", f"expected a version, found {_shown(value)}", "write it as a text")
        return value


def _flat(table: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Names with a dot may be quoted keys or tables: `"teams.handoff"` and `teams.handoff` are one."""
    for key, value in table.items():
        if key in _GROUPS and isinstance(value, dict):
            yield from ((f"{key}.{inner}", v) for inner, v in value.items())
        else:
            yield key, value


def _is_version(text: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _problem(file: str, key: str | None, what: str, hint: str | None = None) -> Diagnostic:
    place = f"{FILENAME}: {key}: " if key else f"{FILENAME} "
    return Diagnostic("AF2009", f"{place}{what}", path=key, file=file, hint=hint)


def _error(file: str, key: str | None, what: str) -> AdapterError:
    return AdapterError(_problem(file, key, what))
