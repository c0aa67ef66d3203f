"""Request: a prompt for a local model with its limits and its random seed, and the reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StopReason = Literal["stop", "max_tokens", "model_length"]
"""Why a reply ends: end-of-text or stop text, its limit, or the model's context."""


@dataclass(frozen=True, eq=False)
class Request:
    """A prompt for a local model.

    Attributes:
        prompt: the prompt, with the chat template applied.
        max_tokens: maximum number of tokens in the reply.
        temperature: temperature of sampling; 0 for the most likely token at each step.
        top_p: probability of the smallest set of tokens from which a token is drawn.
        top_k: number of most likely tokens from which a token is drawn; 0 for all.
        seed: seed of the random numbers of this reply.
        stop: texts after which the reply ends, if they are not inside thinking.
        letters: whether only the distribution of the first token is requested.
    """

    prompt: str
    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int = 0
    stop: tuple[str, ...] = ()
    letters: bool = False


@dataclass(frozen=True)
class Drawn:
    """A reply of a local model.

    Attributes:
        text: the text, with the stop text at which it ended.
        stop_reason: `stop`, `max_tokens` or `model_length`.
        read: number of tokens in the prompt.
        written: number of tokens in the reply.
        first: tokens and log-probabilities of the first position, most likely first: the most
            likely tokens, and all tokens that are a single letter or digit; empty unless requested.
    """

    text: str
    stop_reason: StopReason
    read: int
    written: int
    first: tuple[tuple[str, float], ...] = ()
