"""The native adapter: AgentForge's own runtime, the reference every other adapter is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentforge_core.adapter import Lowered, Unit
    from agentforge_core.lowering import LoweringContext


class NativeAdapter:
    """Lowers single agents onto the tool loop. Its teams are run by the host's own team runner."""

    def lower(self, unit: Unit, context: LoweringContext) -> Lowered:
        """See `agentforge_core.adapter.Adapter`."""
        from agentforge_native.loop import lower

        return lower(unit, context)


ADAPTER = NativeAdapter()
