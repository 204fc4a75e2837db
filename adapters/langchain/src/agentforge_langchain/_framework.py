"""The only file that imports LangChain and LangGraph; the others take every name of theirs from here.

Vendor telemetry is off unless the user's environment says otherwise, and it is off before the first
import, because LangSmith reads its variables once. Bounds of the framework that the host replaces are
constants here.
"""

# ruff: noqa: E402 - the environment is set before anything of LangChain loads

from __future__ import annotations

import os

_TRACING = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")

if not any(name in os.environ for name in _TRACING):
    os.environ["LANGSMITH_TRACING"] = "false"

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_core.callbacks import BaseCallbackManager
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.runnables.config import RunnableConfig, var_child_runnable_config
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_json_schema, convert_to_openai_tool
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

RUN_CONFIG: RunnableConfig = {"recursion_limit": 1_000_000_000}
"""How graphs are run. The step limit is out of reach (LangGraph's default is 10,007, `create_agent`'s own
9,999): the host's limits are the only ones."""

__all__ = [
    "END",
    "RUN_CONFIG",
    "START",
    "AIMessage",
    "AIMessageChunk",
    "AgentMiddleware",
    "BaseCallbackManager",
    "BaseChatModel",
    "BaseMessage",
    "BaseTool",
    "ChatGeneration",
    "ChatGenerationChunk",
    "ChatMessage",
    "ChatResult",
    "CompiledStateGraph",
    "HumanMessage",
    "JsonOutputParser",
    "PydanticOutputParser",
    "Runnable",
    "RunnableConfig",
    "RunnableMap",
    "RunnablePassthrough",
    "StateGraph",
    "SystemMessage",
    "ToolMessage",
    "convert_to_json_schema",
    "convert_to_openai_tool",
    "create_agent",
    "var_child_runnable_config",
]
