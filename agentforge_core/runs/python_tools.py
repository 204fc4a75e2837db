"""Loads the Python functions that a document's tools name.

The document's folder is first on the import path while they load, and its modules get private names:
two documents with a `tools.py` each never share one, nor shadow an installed module for later imports.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from agentforge_core.diagnostics import Diagnostic, close_match
from agentforge_core.errors import DocumentError
from agentforge_core.ir import Program, Tool

_loading = threading.Lock()


def load_tools(program: Program, names: Iterable[str], folder: Path | None) -> Program:
    """`program` with the named Python tools loaded and described.

    Raises:
        DocumentError: modules or functions that do not load, all of them.
    """
    problems: list[Diagnostic] = []
    loaded: dict[str, Tool] = {}
    for name in names:
        tool = program.tools[name]
        if tool.python is None or tool.function is not None:
            continue
        try:
            loaded[name] = _load(tool, folder)
        except DocumentError as error:
            problems += error.diagnostics
    if problems:
        raise DocumentError(*problems)
    if not loaded:
        return program
    return program.model_copy(update={"tools": {**program.tools, **loaded}})


def _load(tool: Tool, folder: Path | None) -> Tool:
    reference = tool.python or ""
    module_name, _, qualname = reference.partition(":")
    try:
        found = _attribute(_module(module_name, folder), qualname)
        if isinstance(found, Tool):
            return _merged(tool, found)
        if not callable(found):
            raise TypeError(f"{qualname} is {type(found).__name__}, not a function")
        return tool.bound(found)
    except (Exception, SystemExit) as error:
        raise DocumentError(_explain(tool, reference, error, folder)) from error


def _merged(tool: Tool, decorated: Tool) -> Tool:
    """What the document says of a tool wins over what its decorator says."""
    said = {f: getattr(tool, f) for f in tool.model_fields_set}
    ours = {f: getattr(decorated, f) for f in decorated.model_fields_set}
    merged = Tool(**{**ours, **said})
    assert decorated.function is not None  # noqa: S101 - a decorated tool has its function
    return merged.bound(decorated.function)


def _attribute(module: ModuleType, qualname: str) -> Any:
    found: Any = module
    for part in qualname.split("."):
        found = getattr(found, part)
    return found


def _module(name: str, folder: Path | None) -> ModuleType:
    if folder is None:
        return importlib.import_module(name)
    folder = folder.resolve()
    prefix = "agentforge_document_" + hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    with _loading:
        private = f"{prefix}.{name}"
        if private in sys.modules:
            return sys.modules[private]
        before = set(sys.modules)
        sys.path.insert(0, str(folder))
        try:
            importlib.invalidate_caches()
            shadowed = sys.modules.pop(name, None) if _beside(folder, name) else None
            try:
                module = importlib.import_module(name)
            finally:
                _make_private(set(sys.modules) - before | {name}, folder, prefix)
                if shadowed is not None:
                    sys.modules[name] = shadowed
        finally:
            sys.path.remove(str(folder))
    return module


def _beside(folder: Path, name: str) -> bool:
    """Whether the document's own folder has the module."""
    base = folder.joinpath(*name.split("."))
    return base.with_suffix(".py").is_file() or (base / "__init__.py").is_file()


def _make_private(names: Iterable[str], folder: Path, prefix: str) -> None:
    """Moves the modules of the document's folder from their global names to private ones."""
    for name in names:
        module = sys.modules.get(name)
        file = getattr(module, "__file__", None)
        if module is not None and file is not None and folder in Path(file).resolve().parents:
            private = f"{prefix}.{name}"
            del sys.modules[name]
            sys.modules[private] = module
            for value in list(vars(module).values()):
                # type hints are looked up in the module a function or class says it is from
                if isinstance(value, (FunctionType, type)) and value.__module__ == name:
                    value.__module__ = private


def _explain(tool: Tool, reference: str, error: BaseException, folder: Path | None) -> Diagnostic:
    module_name, _, qualname = reference.partition(":")
    hint = None
    if isinstance(error, ModuleNotFoundError) and error.name == module_name.split(".")[0]:
        hint = f"put {module_name}.py beside the document" if folder else f"install or write {module_name}"
    elif isinstance(error, AttributeError) and error.obj is not None:
        hint = close_match(qualname, [n for n in dir(error.obj) if not n.startswith("_")])
    return Diagnostic(
        "AF1201",
        f"tool {tool.name!r} does not load: {reference}",
        path=f"tools.{tool.name}.python",
        reason=f"{type(error).__name__}: {error}",
        hint=hint,
    )
