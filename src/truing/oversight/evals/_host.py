"""Host: Inspect's models, cache and spans for a play."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from typing import Any, TypeVar

import anyio
from inspect_ai._util.exception import TerminateSampleError, TerminateTaskError
from inspect_ai.log._samples import sample_active
from inspect_ai.model import (
    CachePolicy,
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    ContentReasoning,
    ContentText,
    Model,
    ModelOutput,
)
from inspect_ai.util import LimitExceededError, span

from truing.errors import NoAnswerError
from truing.oversight._spent import Spent
from truing.oversight.evals._answers import check_choice, reason
from truing.oversight.evals._charge import calling, spent
from truing.oversight.evals._given_model import GivenModel
from truing.oversight.evals._letters import read_letters
from truing.oversight.evals._local import BoundLocalModel
from truing.oversight.evals._once import Once
from truing.oversight.evals._reply_config import config_of
from truing.oversight.evals._tools import Offered, inspect_tools, use_tools
from truing.oversight.plays import Call
from truing.oversight.replies import Reply
from truing.oversight.spending import CapReached
from truing.oversight.tools import TOOL_ROUNDS, ToolUse

Result = TypeVar("Result")
MESSAGES = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}
EMBEDDED = "truing/"  # prefix of embedded agents
ONCE = Once()
ENDINGS = (LimitExceededError, TerminateSampleError, TerminateTaskError, CapReached)
"""Exceptions that end a play from outside: Inspect ends the sample, or the cap is reached."""


class InspectHost:
    """The models of one play.

    Args:
        models: models by role of the protocol.
        question: id of the question, which is part of the key of cached replies.
        cache: whether to cache replies and to use cached replies, so that none is paid for twice.
            Replies of embedded agents are never cached: to compute them again is faster.
    """

    def __init__(self, models: Mapping[str, list[Model]], question: str, cache: bool):
        self.models, self.question, self.cache = models, question, cache
        self.usage: dict[str, Spent] = {}  # by role, of all replies, including cached replies

    async def ask(self, call: Call) -> Reply:
        """Reply of a model, from the cache if possible, after it used the tools of the request.

        Raises:
            NoAnswerError: the model gave no answer after all retries, or no log-probabilities that
                were requested.
            CapReached: the call would exceed the cap of the run.
        """
        model = self.models[call.role][call.member]
        messages: list[ChatMessage] = [MESSAGES[who](content=text) for who, text in call.messages]
        tools, uses = inspect_tools(call.tools), list[ToolUse]()
        for left in range(TOOL_ROUNDS if tools else 0, -1, -1):
            output = await self._output(model, call, messages, Offered(tools, left > 0))
            if not left or not output.message.tool_calls:
                break
            messages.append(output.message)
            used, read = await use_tools(messages, tools)
            uses += used
            messages += read
        requests = 1 + sum(one.role == "assistant" for one in messages[len(call.messages) :])
        reply = replace(reply_of(output), tool_uses=tuple(uses), calls=requests)
        if not call.letters:
            return reply
        return replace(reply, log_probabilities=read_letters(model, output, call.letters))

    async def _output(
        self, model: Model, call: Call, messages: list[ChatMessage], offered: Offered
    ) -> ModelOutput:
        """Output of one request, whose tokens are counted."""
        role = model.role or call.role
        try:
            with calling(role, str(model)):
                output = await self._generate(model, call, messages, offered)
            check_choice(output)
        except ENDINGS:
            raise
        except Exception as error:
            raise NoAnswerError(f"{model} gave no answer: {reason(error)}") from error
        self.usage[role] = self.usage.get(role, Spent()) + spent(output.usage)
        return output

    async def _generate(
        self, model: Model, call: Call, messages: list[ChatMessage], offered: Offered
    ) -> ModelOutput:
        policy = self._policy(call) if self.cache and not is_embedded(model) else False

        async def generate() -> ModelOutput:
            return await model.generate(
                messages,
                tools=offered.tools,
                tool_choice=offered.choice,
                config=config_of(model, call),
                cache=policy,
            )

        if isinstance(policy, bool):
            return await generate()
        said = tuple(message.text for message in messages)
        async with ONCE.turn((str(model), *policy.scopes.items(), said)):
            return await generate()

    def members(self, role: str) -> int:
        """Number of models bound to a role."""
        return len(self.models[role])

    def span(self, name: str) -> AbstractAsyncContextManager[Any]:
        """A span of the sample's transcript; outside an evaluation, an empty context."""
        return span(name) if sample_active() else nullcontext()

    async def together(self, work: Sequence[Callable[[], Awaitable[Result]]]) -> list[Result]:
        """Results of several pieces of work, done concurrently.

        If one fails, the method waits for the others: their replies are paid for and are cached.
        """
        if len(work) == 1:
            return [await work[0]()]
        results: list[Any] = [None] * len(work)
        errors: list[Exception] = []

        async def put(place: int) -> None:
            try:
                results[place] = await work[place]()
            except Exception as error:
                errors.append(error)

        async with anyio.create_task_group() as group:
            for place in range(1, len(work)):
                group.start_soon(put, place)
            await put(0)
        if errors:
            raise errors[0]
        return results

    def _policy(self, call: Call) -> CachePolicy:
        """Cache policy with separate entries for draws, questions and seats.

        Members of a panel that are the same model have separate entries, too. Inspect's key
        contains the model and all messages, so replies to other prompts are never reused.
        """
        panel = list(map(str, self.models[call.role][: call.member + 1]))
        scopes = {
            "question": self.question,
            "member": str(panel.count(panel[-1])),
            "draw": str(call.draw),
            "seat": call.seat,
        }
        model = self.models[call.role][call.member]
        if isinstance(model, GivenModel):
            scopes["model"] = model.specification
        if isinstance(model, BoundLocalModel):
            scopes["weights"] = model.identity
        return CachePolicy(expiry=None, scopes=scopes)


def is_embedded(model: Model) -> bool:
    """Whether a model is an embedded agent, which is a simulation and costs nothing."""
    return str(model).startswith(EMBEDDED)


def reply_of(output: ModelOutput) -> Reply:
    """A provider's output as a reply: text, native reasoning and stop reason."""
    content = output.message.content
    parts = [] if isinstance(content, str) else content
    native = [
        (one.summary or "") if one.redacted else one.reasoning
        for one in parts
        if isinstance(one, ContentReasoning)
    ]
    reason: str = output.stop_reason
    if any(isinstance(one, ContentText) and one.refusal for one in parts):
        reason = "content_filter"
    elif output.message.tool_calls and reason in ("stop", "unknown"):
        reason = "tool_calls"
    return Reply(output.completion, reason, "\n".join(filter(None, native)))
