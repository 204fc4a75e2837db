"""The LangChain adapter: agents and teams on `create_agent` and LangGraph, effects through the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentforge_core.adapter import Lowered, Unit
    from agentforge_core.lowering import LoweringContext


class LangChainAdapter:
    """Lowers single agents, sequential teams and hierarchical teams. LangChain loads on the first call."""

    def lower(self, unit: Unit, context: LoweringContext) -> Lowered:
        """See `agentforge_core.adapter.Adapter`."""
        from agentforge_langchain._lowering import lower

        return lower(unit, context)


ADAPTER = LangChainAdapter()
