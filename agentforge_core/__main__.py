"""`python -m agentforge_core` is `agentforge`."""

from __future__ import annotations

from agentforge_core.cli import main

if __name__ == "__main__":
    main()
