"""Answers: accept and cache a provider's response only if it contains a reply."""

from __future__ import annotations

import json
from typing import Any

from inspect_ai.model import Model, ModelOutput
from tenacity import RetryError


class MalformedError(Exception):
    """A response without a reply; the request is sent again."""


def retry_malformed(model: Model) -> Model:
    """Make a model retry a response that is not JSON or has no choice, and never cache it.

    Inspect does not retry the first kind. It caches the second kind as an empty reply.
    """
    api: Any = model.api
    generate, should_retry = api.generate, api.should_retry

    async def checked(*given: Any, **named: Any) -> Any:
        try:
            reply = await generate(*given, **named)
        except json.JSONDecodeError as error:
            raise MalformedError(f"the response is not JSON ({error})") from None
        check_choice(reply[0] if isinstance(reply, tuple) else reply)
        return reply

    api.generate = checked
    api.should_retry = lambda error: isinstance(error, MalformedError) or should_retry(error)
    return model


def check_choice(output: ModelOutput | Exception) -> None:
    """Raise MalformedError for an output without a choice."""
    if isinstance(output, ModelOutput) and output.empty:
        raise MalformedError("the completion has no choice")


def reason(error: Exception) -> str:
    """Reason why a model gave no answer: the error of the last attempt."""
    if isinstance(error, RetryError):
        return f"{_error_text(error.last_attempt.exception())} (retries used up)"
    if (
        isinstance(error, RuntimeError) and error.__cause__
    ):  # its message contains the whole request
        return _error_text(error.__cause__)
    return _error_text(error)


def _error_text(error: BaseException | None) -> str:
    return f"{type(error).__name__}: {error}"
