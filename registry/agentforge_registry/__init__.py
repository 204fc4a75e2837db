"""The registry: which adapters there are, whether they can run here, and which one to choose.

It chooses and builds nothing; it imports no adapter and no framework.
"""

from agentforge_registry.discovery import entries, entry
from agentforge_registry.entry import Entry, Status
from agentforge_registry.needs import Gap, Need, gaps, needs
from agentforge_registry.selection import Ranked, Rejection, Selection, require, select

__all__ = [
    "Entry",
    "Gap",
    "Need",
    "Ranked",
    "Rejection",
    "Selection",
    "Status",
    "entries",
    "entry",
    "gaps",
    "needs",
    "require",
    "select",
]
