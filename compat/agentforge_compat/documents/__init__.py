"""Upgrades documents of older formats, one step at a time, to the one this release builds from."""

from agentforge_compat.documents.upgrade import KNOWN_VERSIONS, STEPS, Step, upgrade

__all__ = ["KNOWN_VERSIONS", "STEPS", "Step", "upgrade"]
