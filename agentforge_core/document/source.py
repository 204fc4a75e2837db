"""Reads a document file: plain data, and where in the text each of its values stands."""

from __future__ import annotations

import difflib
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from agentforge_core.diagnostics import Diagnostic
from agentforge_core.document.numbers import impure
from agentforge_core.document.text import Bounds, Spot, Text, decode, empty, too_large
from agentforge_core.errors import DocumentError, ForgeError, NotFoundError

FORMATS: Mapping[str, str] = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".toml": "toml"}
"""Format by the suffix of a file's name."""

_SUFFIXES = ", ".join(FORMATS)
_LISTED_FILES = 2000
_BOUNDS = Bounds()

PathParts = tuple[str | int, ...]


@dataclass(frozen=True)
class Source:
    """A document that was read: plain data with positions.

    Attributes:
        data: mappings with text keys, lists, texts, numbers, booleans and None.
        name: the file as the user named it.
        folder: the folder it is in, absolute; a document's own modules load from there.
        text: its text.
        spot: where the top of the document and everything in it stands.
    """

    data: dict[str, Any]
    name: str
    folder: Path
    text: Text = field(repr=False)
    spot: Spot = field(repr=False)

    def locate(self, path: PathParts, key: bool = False) -> tuple[int, int]:
        """One-based line and column of the value at `path`, or of its key.

        A path that leads nowhere has the position of the nearest value above it that is known.
        """
        spot, place = self.spot, self.spot.offset
        for part in path:
            inner = spot.items.get(part)
            if inner is None:
                break
            place = spot.keys.get(part, inner.offset) if key and isinstance(part, str) else inner.offset
            spot = inner
        return self.text.position(place)

    def with_data(self, data: dict[str, Any]) -> Source:
        """This source with other data, as an upgrade makes it; positions stay those of the text."""
        return replace(self, data=data)


def read(path: str | Path, bounds: Bounds = _BOUNDS) -> Source:
    """Reads the document at `path`, whose suffix says the format.

    Raises:
        NotFoundError: there is no such file (AF1001).
        DocumentError: it cannot be read, or is no plain data within `bounds`.
    """
    name = str(path)
    file = Path(path)
    content = _content(file, name, bounds)
    format = FORMATS.get(file.suffix.lower())  # noqa: A001 - the word for it
    if format is None:
        raise _error("AF1002", "its name does not say whether it is YAML, JSON or TOML", name, _rename(file))
    return parse(content, format, name, file.resolve().parent, bounds)


def parse(
    content: str | bytes,
    format: str,  # noqa: A002 - the word for it
    name: str = "<text>",
    folder: Path | None = None,
    bounds: Bounds = _BOUNDS,
) -> Source:
    """Reads a document from `content` in `format`: `yaml`, `json` or `toml`.

    Raises:
        DocumentError: it is no plain data within `bounds`.
        ValueError: `format` is none of the three.
    """
    reader = _reader(format)
    text = decode(content, name, bounds)
    data, spot = reader(text, bounds)
    if data is None:
        raise empty(text)
    if not isinstance(data, dict):
        found = "a list" if isinstance(data, list) else "a single value"
        raise text.error(
            "AF1010",
            f"the document is {found}; it must be a mapping",
            spot.offset,
            hint="start it with agentforge: 1",
        )
    source = Source(data, name, folder or Path.cwd(), text, spot)
    if problems := [_impurity(source, path, message) for path, message in impure(data)]:
        raise DocumentError(*problems)
    return source


def _reader(format: str) -> Callable[[Text, Bounds], tuple[Any, Spot]]:  # noqa: A002 - the word for it
    if format == "yaml":
        from agentforge_core.document.yaml_reader import read_yaml

        return read_yaml
    if format == "json":
        from agentforge_core.document.json_reader import read_json

        return read_json
    if format == "toml":
        from agentforge_core.document.toml_reader import read_toml

        return read_toml
    raise ValueError(f"the format is yaml, json or toml, not {format!r}")


def _impurity(source: Source, path: PathParts, message: str) -> Diagnostic:
    from agentforge_core.ir.base import format_path

    line, column = source.locate(path)
    return Diagnostic(
        "AF1009", message, path=format_path(path) or None, file=source.name, line=line, column=column
    )


def _content(file: Path, name: str, bounds: Bounds) -> bytes:
    try:
        mode = file.stat().st_mode
        if stat.S_ISDIR(mode):
            raise _error("AF1001", "this is a folder, not a file", name, _offer(file))
        if not stat.S_ISREG(mode):
            raise _error("AF1001", "this is not a regular file", name, "write its content to a file first")
        with file.open("rb") as stream:
            content = stream.read(bounds.size + 1)
    except FileNotFoundError:
        raise _missing(file, name) from None
    except NotADirectoryError:
        raise _missing(file, name) from None
    except PermissionError:
        raise _error(
            "AF1001", "the file may not be read by this user", name, "check its permissions"
        ) from None
    except (OSError, ValueError) as e:
        reason = e.strerror if isinstance(e, OSError) else "the name has a NUL character"
        raise _error("AF1001", f"the file cannot be read: {reason}", name, None) from None
    if len(content) > bounds.size:
        raise too_large(name, bounds)
    return content


def _error(
    code: str, message: str, name: str, hint: str | None, kind: type[ForgeError] = DocumentError
) -> ForgeError:
    return kind(Diagnostic(code, message, file=name, hint=hint))


def _missing(file: Path, name: str) -> ForgeError:
    if not file.parent.is_dir():
        hint: str | None = f"there is no folder {str(file.parent)!r}"
    else:
        near = difflib.get_close_matches(file.name, _documents(file.parent), n=1)
        hint = f"did you mean {str(file.with_name(near[0]))!r}?" if near else _offer(file.parent)
    return _error("AF1001", "there is no such file", name, hint, NotFoundError)


def _offer(folder: Path) -> str | None:
    found = sorted(_documents(folder))[:5]
    return f"documents in that folder: {', '.join(found)}" if found else None


def _documents(folder: Path) -> list[str]:
    try:
        return [f.name for f in islice(folder.iterdir(), _LISTED_FILES) if f.suffix.lower() in FORMATS]
    except OSError:
        return []


def _rename(file: Path) -> str:
    return f"rename it to end in one of {_SUFFIXES}, for example {file.stem}.yaml"
