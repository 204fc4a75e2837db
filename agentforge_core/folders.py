"""Where AgentForge keeps what is not the user's: data, cache and configuration.

`AGENTFORGE_HOME` moves all three; without it they are where the operating system wants them
(platformdirs: XDG on Linux). Nothing is created here.
"""

from __future__ import annotations

import os
from pathlib import Path

HOME = "AGENTFORGE_HOME"
"""Environment variable that names one folder for all three."""

_APPLICATION = "agentforge"


def data() -> Path:
    """What must survive: runs, sessions, reports."""
    return _folder("data")


def cache() -> Path:
    """What can be made again: environments, downloaded wheels."""
    return _folder("cache")


def config() -> Path:
    """What the user sets once."""
    return _folder("config")


def _folder(kind: str) -> Path:
    home = os.environ.get(HOME)
    if home:
        return Path(home).expanduser().absolute() / kind
    import platformdirs

    found = {
        "data": platformdirs.user_data_path,
        "cache": platformdirs.user_cache_path,
        "config": platformdirs.user_config_path,
    }[kind]
    return found(_APPLICATION, appauthor=False)
