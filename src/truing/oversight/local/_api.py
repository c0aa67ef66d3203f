"""API: local models as a provider of Inspect, in place of Inspect's own `hf`.

Inspect's provider loads the weights for each role, states no stop reason, draws from PyTorch's
global random numbers, counts padding as tokens, and waits three seconds per batch. This provider
uses its chat templates and tool formats.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from threading import Event
from typing import Any

from inspect_ai._util.registry import RegistryInfo, registry_tag
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    GenerateConfig,
    Logprob,
    Logprobs,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    TopLogprob,
)
from inspect_ai.model._providers.hf import HuggingFaceAPI, chat_completion_assistant_message
from inspect_ai.model._providers.util import HFHandler
from inspect_ai.tool import ToolChoice, ToolInfo

from truing.oversight.local._batching import Batching
from truing.oversight.local._generate import generate, threads
from truing.oversight.local._request import Drawn, Request
from truing.oversight.local._weights import Weights
from truing.students.transformer.checkpoints import Room

AT_ONCE = 1000  # concurrent requests; the batches limit what is computed at once
REASONS = ("<think", "enable_thinking", "reasoning")  # in chat templates of reasoning models


class LocalModel(HuggingFaceAPI):
    """A model of transformers on this machine.

    Args:
        weights: the weights, which other instances may share.
        name: name as the user typed it, after `hf/`.
        batch_size: maximum number of replies that are computed together.
        threads: number of threads; None for PyTorch's own number.
    """

    def __init__(self, weights: Weights, name: str, batch_size: int, threads: int | None):
        ModelAPI.__init__(self, name)
        self.weights, self.threads = weights, threads
        self.model, self.tokenizer = weights.model, weights.tokenizer
        self.chat_template = self.use_chat_template = self.enable_thinking = None
        self.batching = Batching(self._compute, batch_size)
        self.room = Room(batch_size)
        info = RegistryInfo(type="modelapi", name="inspect_ai/hf")  # Inspect's name: hf/NAME
        registry_tag(_recorded_signature, self, info, name)

    @property
    def reasons(self) -> bool:
        """Whether the model reasons natively, before its answer, by its chat template."""
        return any(word in (self.tokenizer.chat_template or "") for word in REASONS)

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """Reply of the model; the same messages, settings and seed give the same reply.

        Raises:
            ValueError: the prompt is as long as the model's context.
        """
        prompt = self.hf_chat(input, tools)
        if not self.tokenizer.chat_template:
            prompt += "assistant:"
        self._check_length(prompt)
        drawn = await self.batching.ask(self._request(prompt, config))
        handler = HFHandler(self.model_name, self.model_family()) if tools else None
        choice = ChatCompletionChoice(
            message=chat_completion_assistant_message(
                _Response(drawn.text), tools, handler, self.model_name
            ),
            stop_reason=drawn.stop_reason,
            logprobs=_logprobs(drawn) if drawn.first else None,
        )
        usage = ModelUsage(
            input_tokens=drawn.read,
            output_tokens=drawn.written,
            total_tokens=drawn.read + drawn.written,
        )
        return ModelOutput(model=self.model_name, choices=[choice], usage=usage)

    def _check_length(self, prompt: str) -> None:
        count, context = len(self.tokenizer(prompt)["input_ids"]), self.weights.context
        if count >= context:
            raise ValueError(
                f"the prompt has {count} tokens, but the model reads at most {context}"
            )

    def _request(self, prompt: str, config: GenerateConfig) -> Request:
        own = self.model.generation_config
        usual = own if own.do_sample else None  # the checkpoint's own sampling, if it samples
        salt = f"{config.seed or 0}\0{prompt}".encode()

        def setting(name: str, otherwise: float) -> Any:
            for stated in (getattr(config, name), getattr(usual, name, None)):
                if stated is not None:
                    return stated
            return otherwise

        return Request(
            prompt,
            1 if config.logprobs else config.max_tokens or self.weights.context,
            setting("temperature", 1.0),
            setting("top_p", 1.0),
            int(setting("top_k", 0)),
            int.from_bytes(hashlib.sha256(salt).digest()[:7], "big"),
            tuple(config.stop_seqs or ()),
            bool(config.logprobs),
        )

    def _compute(self, batch: Sequence[Request], stopped: Event) -> list[Drawn]:
        """Replies to a batch, in smaller batches if memory runs out."""

        def work(size: int) -> list[Drawn]:
            parts = [batch[at : at + size] for at in range(0, len(batch), size)]
            return [one for part in parts for one in generate(self.weights, part, stopped)]

        with threads(self.threads):
            return self.room.within(work)

    def max_connections(self) -> int:
        """Maximum number of concurrent requests."""
        return AT_ONCE

    def close(self) -> None:
        """Keep the weights: other roles share them, and they are freed with the last role."""


def _recorded_signature(name: str) -> None:
    """Signature of the arguments that Inspect records of a local model."""


class _Response:
    """A reply in the form of Inspect's provider."""

    def __init__(self, output: str):
        self.output = output


def _logprobs(drawn: Drawn) -> Logprobs:
    top = [TopLogprob(token=token, logprob=value) for token, value in drawn.first]
    return Logprobs(content=[Logprob(token=top[0].token, logprob=top[0].logprob, top_logprobs=top)])
