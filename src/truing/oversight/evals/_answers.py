"""Answers: what a provider sends is heard and kept only if it is one; else a line tells why not."""

from __future__ import annotations

import json
from typing import Any

from inspect_ai.model import Model, ModelOutput
from tenacity import RetryError


class MalformedError(Exception):
    """A body that holds no answer; it is asked for again."""


def retry_malformed(model: Model) -> Model:
    """Have a body that is no JSON, or holds no choice, asked for again, and never kept.

    Inspect gives up on the first at once. The second it takes for an empty reply, and keeps that.
    """
    api: Any = model.api
    generate, should_retry = api.generate, api.should_retry

    async def checked(*given: Any, **named: Any) -> Any:
        try:
            reply = await generate(*given, **named)
        except json.JSONDecodeError as error:
            raise MalformedError(f"the body is no JSON ({error})") from None
        check_choice(reply[0] if isinstance(reply, tuple) else reply)
        return reply

    api.generate = checked
    api.should_retry = lambda error: isinstance(error, MalformedError) or should_retry(error)
    return model


def check_choice(output: ModelOutput | Exception) -> None:
    """Raise MalformedError for an output that holds no choice."""
    if isinstance(output, ModelOutput) and output.empty:
        raise MalformedError("the completion holds no choice")


def reason(error: Exception) -> str:
    """Why a model gave no answer, by the last attempt's error."""
    if isinstance(error, RetryError):
        return f"{_named(error.last_attempt.exception())} (retries used up)"
    if isinstance(error, RuntimeError) and error.__cause__:  # told with the whole request
        return _named(error.__cause__)
    return _named(error)


def _named(error: BaseException | None) -> str:
    return f"{type(error).__name__}: {error}"
