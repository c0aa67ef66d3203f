"""Reply config: Inspect's settings of the reply to one request."""

from __future__ import annotations

from inspect_ai.model import GenerateConfig, Model

from truing.oversight._estimate import LETTER_TOKENS
from truing.oversight.evals._local import BoundLocalModel
from truing.oversight.plays import Call

TOP = 20  # most likely tokens that are requested, the maximum of OpenAI's API
SPEECH_END, VERDICT_END = "</argument>", "</verdict>"  # texts that complete a reply


def config_of(model: Model, call: Call) -> GenerateConfig:
    """Settings of a reply: the draw, the log-probabilities, and the limits of a local model.

    A model behind an API gets neither a limit below its own nor a stop text, because its native
    reasoning counts and may contain the text.
    """
    config = GenerateConfig()
    if call.draw:
        config.seed = (model.config.seed or 0) + call.draw
    if call.letters:
        config.logprobs, config.top_logprobs, config.max_tokens = True, TOP, LETTER_TOKENS
    elif isinstance(model, BoundLocalModel):
        config.max_tokens = model.most_tokens(call.max_words)
        if call.what != "question":
            config.stop_seqs = [SPEECH_END if call.what in ("speech", "critique") else VERDICT_END]
    return config
