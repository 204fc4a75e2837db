"""Loads the Python functions that a document's tools name.

The document's folder is first on the import path while they load, and its modules get private names:
two documents with a `tools.py` each never share one, nor shadow an installed module for later imports.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import sys
import threading
from collections.abc import Iterable, Iterator
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
        with contextlib.nullcontext() if folder is None else _importing_from(folder.resolve(), module_name):
            module = importlib.import_module(module_name)
        found = _attribute(module, qualname)
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


class _MissingError(AttributeError):
    """A module or class has no such attribute; `hint` names the nearest one."""

    hint: str | None = None


def _attribute(module: ModuleType, qualname: str) -> Any:
    found: Any = module
    for part in qualname.split("."):
        try:
            found = getattr(found, part)
        except AttributeError as error:
            missing = _MissingError(str(error))
            missing.hint = close_match(part, [n for n in dir(found) if not n.startswith("_")])
            raise missing from None
    return found


@contextlib.contextmanager
def _importing_from(folder: Path, module_name: str) -> Iterator[None]:
    """While entered, modules come from `folder` first and those it gave before have their plain names."""
    prefix = "agentforge_document_" + hashlib.sha256(str(folder).encode()).hexdigest()[:16] + "."
    top = module_name.partition(".")[0]
    with _loading:
        importlib.invalidate_caches()
        known = {n.removeprefix(prefix): m for n, m in sys.modules.items() if n.startswith(prefix)}
        strangers = {n for n in sys.modules if "." not in n and _is_strange(n, folder, top)} | set(known)
        aside = {n: m for n, m in sys.modules.items() if n.partition(".")[0] in strangers}
        for name in aside:
            del sys.modules[name]
        before = set(sys.modules)
        sys.modules.update(known)
        sys.path.insert(0, str(folder))
        try:
            yield
        finally:
            with contextlib.suppress(ValueError):  # the module has taken it out itself
                sys.path.remove(str(folder))
            _make_private(set(sys.modules) - before, folder, prefix)
            sys.modules.update(aside)


def _is_strange(name: str, folder: Path, asked: str) -> bool:
    """Whether a loaded module hides one of `folder`; of the standard library only if that one is asked for."""
    beside = (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file()
    return beside and (name == asked or name not in sys.stdlib_module_names) and not _is_of(folder, name)


def _is_of(folder: Path, name: str) -> bool:
    """Whether the loaded top-level module `name` lies directly in `folder`, not in an environment below it."""
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    if file is None:
        return any(Path(p).resolve() == folder / name for p in getattr(module, "__path__", ()))
    path = Path(file).resolve()
    return path.parent == folder or (path.stem == "__init__" and path.parent == folder / name)


def _make_private(names: Iterable[str], folder: Path, prefix: str) -> None:
    """Moves the modules of the document's folder from their global names to private ones."""
    package = prefix.removesuffix(".")
    sys.modules.setdefault(package, ModuleType(package)).__path__ = []  # pickle imports the parent first
    tops = {top for top in {n.partition(".")[0] for n in names} if _is_of(folder, top)}
    for name in [n for n in names if n.partition(".")[0] in tops]:
        module = sys.modules.pop(name)
        sys.modules[prefix + name] = module
        for value in list(vars(module).values()):
            # pydantic and pickle look things up in the module that a class or function says it is from
            if isinstance(value, (type, FunctionType)) and value.__module__ == name:
                value.__module__ = prefix + name


def _explain(tool: Tool, reference: str, error: BaseException, folder: Path | None) -> Diagnostic:
    module_name, _, _ = reference.partition(":")
    hint, reason = None, f"{type(error).__name__}: {error}"
    if isinstance(error, _MissingError):
        hint, reason = error.hint, str(error)
    elif isinstance(error, ModuleNotFoundError) and error.name == module_name.split(".")[0]:
        hint = f"put {module_name}.py beside the document" if folder else f"install or write {module_name}"
    return Diagnostic(
        "AF1201",
        f"tool {tool.name!r} does not load: {reference}",
        path=f"tools.{tool.name}.python",
        reason=reason,
        hint=hint,
    )
