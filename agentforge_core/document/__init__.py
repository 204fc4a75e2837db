"""Documents: YAML, JSON and TOML files to plain data with positions, and on to the IR.

`read` and `parse` need no pydantic; `build` and the schema load with `document.build` and
`document.schema`, the upgrade of older formats stands between them in `agentforge_compat.documents`.
"""

from agentforge_core.document.source import FORMATS, Source, parse, read
from agentforge_core.document.text import Bounds

__all__ = ["FORMATS", "Bounds", "Source", "parse", "read"]
