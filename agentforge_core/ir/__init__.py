"""The framework-neutral IR: frozen pydantic nodes, placeholders, verification."""

from agentforge_core.ir.agent import Agent, Placement
from agentforge_core.ir.base import Env, Name, Node, Path, format_path, resolve_env
from agentforge_core.ir.callables import describe
from agentforge_core.ir.limits import BaseLimits, Limits
from agentforge_core.ir.model import Model
from agentforge_core.ir.output import Output
from agentforge_core.ir.placeholders import fill, placeholders
from agentforge_core.ir.program import FORMAT_VERSION, Program, link
from agentforge_core.ir.schemas import validator_for
from agentforge_core.ir.task import Task
from agentforge_core.ir.team import Process, Team
from agentforge_core.ir.tool import SOURCES, Tool, tool
from agentforge_core.ir.verify import Problem, verify

__all__ = [
    "FORMAT_VERSION",
    "SOURCES",
    "Agent",
    "BaseLimits",
    "Env",
    "Limits",
    "Model",
    "Name",
    "Node",
    "Output",
    "Path",
    "Placement",
    "Problem",
    "Process",
    "Program",
    "Task",
    "Team",
    "Tool",
    "describe",
    "fill",
    "format_path",
    "link",
    "placeholders",
    "resolve_env",
    "tool",
    "validator_for",
    "verify",
]
