"""Charge: reserve each request of a run in its budget, and settle what the provider charged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import anyio
from inspect_ai._util.http import status_code_of
from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelOutput, ModelUsage
from inspect_ai.model._model import AttemptTimeoutError
from inspect_ai.tool import ToolInfo

from truing.oversight._estimate import most_tokens
from truing.oversight._overseen import MAX_TOKENS
from truing.oversight._spent import Spent
from truing.oversight.spending import Budget, is_free

_BUDGET: ContextVar[Budget | None] = ContextVar("budget", default=None)
_CALLER: ContextVar[tuple[str, str]] = ContextVar("caller", default=("", ""))


@contextmanager
def charged_to(budget: Budget | None) -> Iterator[None]:
    """Charge all requests inside the context to a budget; None for no budget."""
    token = _BUDGET.set(budget)
    try:
        yield
    finally:
        _BUDGET.reset(token)


REFUSED = (503, 529)  # statuses of overloaded services besides 4xx: no model answered
LATE = (408, 499)  # of requests that were given up, perhaps after a model has answered
UNSENT = {"ConnectError", "ConnectTimeout", "PoolTimeout"}  # of the HTTP client


@contextmanager
def calling(role: str, model: str) -> Iterator[None]:
    """Name the role and the model of the requests inside the context."""
    token = _CALLER.set((role, model))
    try:
        yield
    finally:
        _CALLER.reset(token)


def charge_calls(model: Model, attempt_timeout: int | None) -> Model:
    """Make a model reserve each attempt at a request in the budget of the run, if there is one.

    Cached replies make no attempt and cost nothing. The time of an attempt is limited here and not
    by Inspect, which would count the time of waiting for the budget.

    Args:
        model: the model; its provider is changed.
        attempt_timeout: seconds for one attempt; None for no limit.
    """
    api: Any = model.api
    if getattr(api, "charged", False):  # a provider that several roles share
        return model
    generate = api.generate

    async def timed(**request: Any) -> Any:
        with anyio.move_on_after(attempt_timeout):
            return await generate(**request)
        raise AttemptTimeoutError(attempt_timeout)

    async def charged(
        input: list[ChatMessage], tools: list[ToolInfo], tool_choice: Any, config: GenerateConfig
    ) -> Any:
        request = {"input": input, "tools": tools, "tool_choice": tool_choice, "config": config}
        budget, (role, name) = _BUDGET.get(), _CALLER.get()
        if budget is None or is_free(name):
            return await timed(**request)
        number = await budget.reserve(role, name, request_bound(input, tools, config))
        tokens, why = None, "the request was interrupted"
        try:
            reply = await timed(**request)
            tokens, why = _charged(reply[0] if isinstance(reply, tuple) else reply)
            return reply
        except Exception as error:
            tokens, why = _charged(error)
            raise
        finally:
            budget.settle(number, role, name, tokens, why)

    api.generate, api.charged = charged, True
    return model


def request_bound(
    messages: Sequence[ChatMessage], tools: Sequence[ToolInfo], config: GenerateConfig
) -> Spent:
    """Upper bound of the tokens of a request, by the rule of the estimate.

    Providers count a budget for native reasoning apart from `max_tokens` in some settings, so that
    it is added.
    """
    texts = [_text(one) for one in messages]
    declared = [one.model_dump_json() for one in tools]
    read = sum(most_tokens(text) for text in (*texts, *declared))
    written = (config.max_tokens or MAX_TOKENS) + (config.reasoning_tokens or 0)
    return Spent(read, written * (config.num_choices or 1))


def _text(message: ChatMessage) -> str:
    """Text of a message, with all of its parts."""
    plain = isinstance(message.content, str) and not getattr(message, "tool_calls", None)
    return str(message.content) if plain else message.model_dump_json()


def spent(usage: ModelUsage | None) -> Spent:
    """Tokens of one or more replies, including the provider's cache."""
    if usage is None:
        return Spent()
    cached = (usage.input_tokens_cache_read or 0) + (usage.input_tokens_cache_write or 0)
    return Spent(usage.input_tokens + cached, usage.output_tokens)


def _charged(outcome: ModelOutput | Exception) -> tuple[Spent | None, str]:
    """Tokens that an attempt cost; None with a reason if they are unknown.

    Providers charge nothing for a request that they refuse. Other errors may come after a model
    has answered.
    """
    if isinstance(outcome, ModelOutput):
        known = outcome.usage is not None
        return (spent(outcome.usage), "") if known else (None, "the reply has no token count")
    causes = list(_causes(outcome))
    statuses = [code for one in causes if (code := status_code_of(one)) is not None]
    if any(_is_refusal(code) for code in statuses):
        return Spent(), ""
    if any(type(one).__name__ in UNSENT for one in causes):
        return Spent(), ""
    return None, type(outcome).__name__


def _is_refusal(status: int) -> bool:
    return (400 <= status < 500 and status not in LATE) or status in REFUSED


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and the errors that led to it."""
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__
