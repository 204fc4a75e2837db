"""The chat model that LangChain is given: every call of it goes to the host of the run that makes it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, cast

from pydantic import BaseModel, PrivateAttr

from agentforge_core.boundary.effects import ModelCall
from agentforge_core.boundary.messages import ToolSpec
from agentforge_core.boundary.port import current_host
from agentforge_langchain._framework import (
    AIMessage,
    BaseChatModel,
    BaseMessage,
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
    JsonOutputParser,
    PydanticOutputParser,
    Runnable,
    RunnableMap,
    RunnablePassthrough,
    convert_to_json_schema,
    convert_to_openai_tool,
)
from agentforge_langchain._listening import listened
from agentforge_langchain._messages import to_ai_message, to_chunk, to_messages
from agentforge_langchain._tools import SpecTool

_CHOICES: Mapping[Any, str] = {"auto": "auto", "none": "none", "any": "required", "required": "required"}


class HostModel(BaseChatModel):
    """A chat model that the host answers.

    It is shared by all runs and finds the host of the calling one by a context variable. Sampling
    settings and stop words that LangChain passes are dropped: the host takes them from the program.

    Attributes:
        model: key of the model in the program.
        agent: name of the agent that calls.
        task: name of the task it works on, None when the run says it.
        offered: tools that go with every call.
        choice: which of them must be used; see `ModelCall.tool_choice`.
        answer_schema: JSON Schema of the answer, where LangChain asks for one.
    """

    model: str
    agent: str
    task: str | None = None
    offered: tuple[ToolSpec, ...] = ()
    choice: str | None = None
    answer_schema: dict[str, Any] | None = None

    # A cache set by `set_llm_cache` would answer calls that the host never sees.
    cache: Any = False

    _binding: tuple[Sequence[Any], HostModel] | None = PrivateAttr(default=None)

    @property
    def _llm_type(self) -> str:
        return "agentforge"

    # -- calls ----------------------------------------------------------------------------------

    async def ainvoke(
        self,
        input: Any,  # noqa: A002 - LangChain's word
        config: Any = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """Asks the host. Skips LangChain's callback machinery when none of its callbacks listens."""
        if listened(config) or not _is_conversation(input):
            return await super().ainvoke(input, config, stop=stop, **kwargs)
        return to_ai_message(await current_host().model(self._call(input, kwargs)))

    async def _agenerate(self, messages: list[BaseMessage], *_: Any, **kwargs: Any) -> ChatResult:
        reply = await current_host().model(self._call(messages, kwargs))
        return ChatResult(generations=[ChatGeneration(message=to_ai_message(reply))])

    def _generate(self, messages: list[BaseMessage], *_: Any, **kwargs: Any) -> ChatResult:
        reply = current_host().blocking.model(self._call(messages, kwargs))
        return ChatResult(generations=[ChatGeneration(message=to_ai_message(reply))])

    async def _astream(
        self, messages: list[BaseMessage], *_: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        # One chunk: text deltas are the host's events, made where the provider's stream arrives.
        reply = await current_host().model(self._call(messages, kwargs))
        yield ChatGenerationChunk(message=to_chunk(reply))

    def _stream(self, messages: list[BaseMessage], *_: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        reply = current_host().blocking.model(self._call(messages, kwargs))
        yield ChatGenerationChunk(message=to_chunk(reply))

    def _call(self, messages: Sequence[BaseMessage], kwargs: Mapping[str, Any]) -> ModelCall:
        offered, choice, schema = self.offered, self.choice, self.answer_schema
        if kwargs:
            if kwargs.get("tools"):
                offered = specs(kwargs["tools"])
            choice = choice_of(kwargs.get("tool_choice")) or choice
            schema = schema_of(kwargs.get("response_format")) or schema
        return ModelCall(self.model, to_messages(messages), offered, choice, schema, self.agent, self.task)

    # -- bindings -------------------------------------------------------------------------------

    def bind_tools(self, tools: Sequence[Any], *, tool_choice: Any = None, **kwargs: Any) -> Any:
        """This model with `tools` on every call; their names, descriptions and schemas stay as they are."""
        plain = tool_choice is None and not kwargs
        last = self._binding
        # The agent loop binds the same tools before every call.
        if plain and last is not None and len(last[0]) == len(tools) and all(map(_same, last[0], tools)):
            return last[1]
        bound = self.model_copy(
            update={
                "offered": specs(tools),
                "choice": choice_of(tool_choice),
                "answer_schema": schema_of(kwargs.get("response_format")) or self.answer_schema,
            }
        )
        if plain:
            self._binding = (tuple(tools), bound)
        return bound

    def bind(self, **kwargs: Any) -> Any:
        """This model with more arguments on every call."""
        return super().bind(**kwargs) if kwargs else self

    def with_structured_output(
        self,
        schema: Any,
        *,
        include_raw: bool = False,
        **_: Any,
    ) -> Runnable[Any, Any]:
        """This model with an answer that fits `schema`, parsed; see `BaseChatModel.with_structured_output`."""
        is_class = isinstance(schema, type) and issubclass(schema, BaseModel)
        model = self.model_copy(update={"answer_schema": _json_schema(schema)})
        parser: Any = PydanticOutputParser(pydantic_object=schema) if is_class else JsonOutputParser()
        if not include_raw:
            return cast("Runnable[Any, Any]", model | parser)
        parsed = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=lambda _: None)
        failed = RunnablePassthrough.assign(parsed=lambda _: None)
        return RunnableMap(raw=model) | parsed.with_fallbacks([failed], exception_key="parsing_error")


def _is_conversation(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(m, BaseMessage) for m in value)


def _same(one: Any, other: Any) -> bool:
    return one is other


def specs(tools: Sequence[Any]) -> tuple[ToolSpec, ...]:
    """Tools in any form that LangChain takes, for a `ModelCall`."""
    return tuple(t.spec if isinstance(t, SpecTool) else _spec(t) for t in tools)


def _spec(tool: Any) -> ToolSpec:
    if isinstance(tool, ToolSpec):
        return tool
    function = convert_to_openai_tool(tool)["function"]
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    return ToolSpec(function["name"], function.get("description", ""), parameters)


def choice_of(choice: Any) -> str | None:
    """LangChain's ways to say which tool must be used, as `ModelCall.tool_choice`."""
    if choice is None or choice is False:
        return None
    if choice is True:
        return "required"
    if isinstance(choice, Mapping):
        function = choice.get("function", choice)
        return str(function["name"]) if "name" in function else choice_of(choice.get("type"))
    return _CHOICES.get(choice, str(choice))


def schema_of(response_format: Any) -> dict[str, Any] | None:
    """The JSON Schema in a `response_format` of OpenAI's shape; any object for its `json_object`."""
    if not isinstance(response_format, Mapping):
        return None if response_format is None else _json_schema(response_format)
    if response_format.get("type") == "json_object":
        return {"type": "object"}
    if "json_schema" in response_format:
        return dict(response_format["json_schema"]["schema"])
    return None if response_format.get("type") == "text" else dict(response_format)


def _json_schema(schema: Any) -> dict[str, Any]:
    if isinstance(schema, Mapping):
        return dict(schema)
    if isinstance(schema, type) and issubclass(schema, BaseModel):
        return schema.model_json_schema()
    return dict(convert_to_json_schema(schema))
