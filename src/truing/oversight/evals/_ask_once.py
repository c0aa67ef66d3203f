"""Ask once: one request to a model, outside a protocol."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from inspect_ai.model import CachePolicy, ChatMessage, GenerateConfig

from truing.errors import UserError
from truing.loops import run_coroutine
from truing.oversight._overseen import Requests
from truing.oversight.evals._answers import reason
from truing.oversight.evals._bind_models import bind_models
from truing.oversight.evals._charge import calling
from truing.oversight.evals._host import is_embedded
from truing.oversight.evals._local import BoundLocalModel

_asking = threading.Lock()  # Inspect's limits of connections belong to one event loop at a time


def ask_once(
    model: str, messages: str | Sequence[ChatMessage], max_tokens: int, max_words: int
) -> str:
    """Reply of a model to one request. Inspect caches it, so that no request is paid twice.

    Args:
        model: specification of the model, such as `openai/gpt-5-mini` or `hf/FOLDER`.
        messages: the request.
        max_tokens: maximum number of tokens of the reply, including native reasoning.
        max_words: number of words of the longest useful reply, which limits a local model that
            does not reason: a weak model writes until its limit.

    Raises:
        UserError: the model is unknown or an embedded agent, or the request failed.
    """
    with _asking:  # two threads must not load the same weights
        (found,) = bind_models([model], Requests(max_tokens=max_tokens))
    if is_embedded(found):
        raise UserError(
            f"model {model!r} is an embedded agent, which plays protocols only; name a language "
            "model as PROVIDER/MODEL, such as openai/gpt-4o-mini or hf/FOLDER"
        )
    config, policy = GenerateConfig(), CachePolicy()
    if isinstance(found, BoundLocalModel):
        config.max_tokens = found.most_tokens(max_words)
        policy = CachePolicy(scopes={"weights": found.identity})
    given = messages if isinstance(messages, str) else list(messages)
    try:
        with _asking, calling("reviewer", model):
            reply = run_coroutine(found.generate(given, config=config, cache=policy))
        return str(reply.completion)
    except Exception as error:  # a provider may raise anything: show it in one line
        why = " ".join(reason(error).split())[:500]
        raise UserError(f"model {model!r}: {why}") from error
