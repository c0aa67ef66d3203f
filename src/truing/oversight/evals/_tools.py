"""Tools: the tools of a request as Inspect's tools, and their use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageTool, execute_tools
from inspect_ai.tool import Tool, ToolDef, python

from truing.oversight.tools import INPUTS, LONGEST_OUTPUT, MEANINGS, PYTHON, Toolbox, ToolUse

PYTHON_SECONDS = 30  # timeout of one program


@dataclass(frozen=True)
class Offered:
    """The tools that a model sees in one request.

    Attributes:
        tools: the tools; empty for a request without tools.
        usable: whether the model may still use them; otherwise it must answer.
    """

    tools: list[Tool]
    usable: bool

    @property
    def choice(self) -> Literal["auto", "none"] | None:
        """Inspect's word; None without tools, so that such requests keep their cache keys."""
        if not self.tools:
            return None
        return "auto" if self.usable else "none"


def inspect_tools(toolbox: Toolbox) -> list[Tool]:
    """Inspect's form of the tools. `python` runs in the sandbox of the sample."""
    return [
        python(timeout=PYTHON_SECONDS) if name == PYTHON else _tool(toolbox, name)
        for name in toolbox.names
    ]


def _tool(toolbox: Toolbox, name: str) -> Tool:
    given = INPUTS[name]

    def made() -> Callable[..., object]:
        if given == "query":

            async def search(query: str) -> str:
                return toolbox.use(name, query).output

            return search

        async def calculate(expression: str) -> str:
            return toolbox.use(name, expression).output

        return calculate

    meant = {given: f"The {given}."}
    return ToolDef(made(), name=name, description=MEANINGS[name], parameters=meant).as_tool()


async def use_tools(
    messages: list[ChatMessage], tools: list[Tool]
) -> tuple[list[ToolUse], list[ChatMessage]]:
    """Use the first tool that the last message asks for; the other requests are removed from it.

    One use for each reply bounds the cost of a request.

    Returns:
        The use, and the messages with its output.
    """
    asked = messages[-1]
    assert isinstance(asked, ChatMessageAssistant)
    messages[-1] = asked = asked.model_copy(update={"tool_calls": (asked.tool_calls or [])[:1]})
    found, _ = await execute_tools(messages, tools, max_output=LONGEST_OUTPUT)
    outputs = {
        one.tool_call_id: one.error.message if one.error else one.text
        for one in found
        if isinstance(one, ChatMessageTool)
    }
    uses = [
        ToolUse(
            one.function,
            str(one.arguments.get(INPUTS.get(one.function, ""), one.arguments)),
            outputs.get(one.id, ""),
        )
        for one in asked.tool_calls or ()
    ]
    return uses, list(found)
