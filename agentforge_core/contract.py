"""The version of the adapter contract and where adapters are found: what host, registry and manifests share.

Apart from `adapter.py`, which needs the IR, so that listing adapters stays cheap.
"""

from __future__ import annotations

CONTRACT_VERSION = 1
"""Version of the contract in `adapter.py`; a manifest names the one it was written for."""

ENTRY_POINT_GROUP = "agentforge.adapters"
"""Where adapters are found, native included."""
