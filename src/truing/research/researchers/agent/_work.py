"""Work: an agent's requests and tool calls, until it finishes or a limit is reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageUser,
    Model,
    ModelOutput,
    execute_tools,
    get_model,
)
from inspect_ai.solver import TaskState
from inspect_ai.tool import Tool, ToolDef

from truing.oversight.evals import calling
from truing.oversight.local import why_too_long
from truing.oversight.spending import CapReached
from truing.research.researchers.agent._agents import AGENT
from truing.research.researchers.agent._conversation import Conversation
from truing.research.researchers.agent._prompt import CONTINUE, LAST

LATE = 4  # replies before the end of a conversation at which the agent is reminded of its notes
MOST_IDLE = 8  # replies in a row without a tool call, after which the agent is stopped

TURNED: ContextVar[Callable[[], None]] = ContextVar("turned", default=lambda: None)
"""Callback after each reply of an agent and its tool calls."""


@dataclass(frozen=True)
class Limits:
    """Limits of an agent besides the caps of the run.

    Attributes:
        turns: replies of a conversation.
        replies: replies of all conversations.
    """

    turns: int
    replies: int


async def work(
    state: TaskState, prompt: str, tools: Sequence[Tool], kept: Conversation, limits: Limits
) -> str:
    """Let the model of the sample work, and return why it stopped; empty if it finished.

    Args:
        state: state of the sample; its messages become those of the current conversation.
        prompt: first message of each conversation.
        tools: tools besides `finish`.
        kept: the conversation, which is continued.
        limits: limits on replies.
    """
    finish = _finish(kept)
    while True:
        if kept.report is not None:
            return ""
        if not kept.messages:
            kept.add([ChatMessageUser(content=prompt)])
        state.messages = list(kept.messages)
        last = kept.messages[-1]
        if isinstance(last, ChatMessageAssistant):
            more = await _answers(last, [*tools, finish], kept)
            late = limits.turns - kept.turns == LATE
            kept.add([*more, ChatMessageUser(content=LAST)] if late else more)
            TURNED.get()()
        elif kept.turns >= limits.turns:
            kept.begin()
        elif kept.idle >= MOST_IDLE:
            return f"its last {MOST_IDLE} replies call no tool"
        elif kept.replies >= limits.replies:
            return f"the agent sent {limits.replies} requests"
        else:
            try:
                state.output = await _ask(get_model(), [*tools, finish], kept)
            except CapReached as reached:
                return str(reached)
            except Exception as error:
                if not (why := why_too_long(error)):
                    raise
                if not kept.turns:
                    return why
                kept.begin()


async def _ask(model: Model, tools: Sequence[Tool], kept: Conversation) -> ModelOutput:
    """Ask the model, and write its reply to disk."""
    with calling(AGENT, str(model)):
        output = await model.generate(list(kept.messages), tools=list(tools))
    kept.add([output.message])
    if output.stop_reason == "model_length":  # the conversation is longer than the model reads
        kept.begin()
    return output


async def _answers(
    reply: ChatMessageAssistant, tools: Sequence[Tool], kept: Conversation
) -> Sequence[ChatMessage]:
    """Results of the tool calls of a reply, or a request for a tool call.

    Each operation of an agent can be repeated: after a kill the calls of the last reply are
    executed again.
    """
    if not reply.tool_calls:
        return [ChatMessageUser(content=CONTINUE)]
    found, _ = await execute_tools(list(kept.messages), list(tools))
    return found


def _finish(kept: Conversation) -> Tool:
    async def finish(answer: str) -> str:
        """End your work, and report what you found.

        Args:
            answer: your report.
        """
        kept.finish(answer)
        return "finished"

    return ToolDef(finish).as_tool()
