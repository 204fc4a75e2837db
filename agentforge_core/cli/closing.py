"""What stderr ends with: who ran, what it spent, how long, the run's id, and a command worth trying."""

from __future__ import annotations

from collections.abc import Sequence

from agentforge_core.cli.diagnosis import rendered
from agentforge_core.cli.failures import show
from agentforge_core.cli.request import Request
from agentforge_core.cli.running import Ended
from agentforge_core.cli.streams import say
from agentforge_core.cli.text import counted
from agentforge_core.forge import Forge
from agentforge_core.runs.result import AdapterInfo, RunResult


def close(ended: Ended, forge: Forge, request: Request) -> None:
    """Says how a run ended: its remarks, its error, and unless quiet the summary and what to try next."""
    result = ended.result
    if result is None:
        return
    if result.diagnostics and not request.quiet:
        say(rendered(result.diagnostics))
    if result.error is not None:
        show(result.error, debug=request.debug)
    if request.quiet:
        return
    say(summary(ended, forge))
    following = next_command(result, request)
    if following is not None:
        say(f"next: {following}")


def summary(ended: Ended, forge: Forge) -> str:
    """One line: status, adapter, model, calls, tokens, seconds, run id."""
    result = ended.result
    assert result is not None  # noqa: S101 - the caller has looked
    used = result.usage
    adapter = f" on {label(result.adapter)}" if result.adapter is not None else ""
    models = f" with {', '.join(_models(ended.models, forge))}" if ended.models else ""
    facts = [
        counted(used.model_calls, "model call"),
        counted(used.tool_calls, "tool call"),
        f"{used.input_tokens} + {used.output_tokens} tokens",
        *([f"{used.cost_usd:.4f} USD"] if used.cost_usd else []),
        f"{ended.seconds:.2f} s",
        f"run {result.run_id}",
    ]
    return f"{result.status}{adapter}{models}: {', '.join(facts)}"


def label(adapter: AdapterInfo) -> str:
    """An adapter with its framework's version, or its own where it drives none."""
    return f"{adapter.name} {adapter.framework_version or adapter.version}"


def _models(names: Sequence[str], forge: Forge) -> list[str]:
    """The models by `provider/name`, as far as that is written in the document."""
    declared = forge.program.all_models
    found = [declared[name].model if name in declared else name for name in names]
    shown = zip(names, found, strict=True)
    return list(dict.fromkeys(model if isinstance(model, str) else name for name, model in shown))


def next_command(result: RunResult, request: Request) -> str | None:
    """A command that exists and helps: the same on another adapter, or its events; None when none does."""
    if result.status != "succeeded":
        return None if request.events else request.command("--events")
    others = _others(result)
    if others:
        return request.command("--on", others[0], keep_on=False)
    return None if request.events else request.command("--events")


def _others(result: RunResult) -> list[str]:
    from agentforge_registry import entries

    used = {p["adapter"]["name"] for p in result.placements}
    if result.adapter is not None:
        used.add(result.adapter.name)
    return [e.name for e in entries() if e.ready and e.name not in used]
