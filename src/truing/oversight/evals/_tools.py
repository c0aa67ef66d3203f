"""Tools: the tools of a request as Inspect's tools, and their use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from inspect_ai._util.registry import RegistryInfo, registry_find, registry_info
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageTool, execute_tools
from inspect_ai.tool import Tool, ToolDef, python
from inspect_ai.util._sandbox.context import sandbox_environments_context_var

from truing.errors import NoAnswerError, UserError
from truing.oversight._match import Match
from truing.oversight._play_options import PlayOptions
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


def check_sandbox(match: Match, options: PlayOptions) -> None:
    """Raise UserError if a protocol uses `python` and no usable sandbox is configured."""
    if PYTHON not in match.rules.tools:
        return
    known = sandboxes()
    if options.sandbox not in known:
        given = f"got {options.sandbox!r}" if options.sandbox else "but no sandbox is configured"
        raise UserError(
            f"{match.protocol}: the tool python needs a sandbox, {given}; add --sandbox docker, or "
            "--sandbox local to run the code of models on this machine without isolation (in "
            f"Python: sandbox='docker'; installed: {', '.join(known)})"
        )


def sandboxes() -> tuple[str, ...]:
    """Types of sandboxes that Inspect finds."""
    names = (registry_info(one).name for one in registry_find(_is_sandbox))
    return tuple(sorted({name.removeprefix("inspect_ai/") for name in names}))


def _is_sandbox(info: RegistryInfo) -> bool:
    return info.type == "sandboxenv"


def _has_sandbox() -> bool:
    """Whether the current sample has a sandbox."""
    return bool(sandbox_environments_context_var.get(None))


def inspect_tools(toolbox: Toolbox) -> list[Tool]:
    """Inspect's form of the tools. `python` runs in the sandbox of the sample.

    Raises:
        NoAnswerError: there is no sandbox.
    """
    if PYTHON in toolbox.names and not _has_sandbox():
        raise NoAnswerError(
            "the tool python needs a sandbox, which this evaluation has not; add --sandbox docker"
        )
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
