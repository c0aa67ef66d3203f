"""Generate: replies of a local model to a batch of prompts.

Each reply has its own random numbers, limit and stop texts, so that it does not depend on the other
prompts of its batch, except for rounding: the sums of a matrix product depend on the batch's shape,
and two tokens with almost equal scores may change places.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

from truing.oversight.local._request import Drawn, Request, StopReason
from truing.oversight.local._weights import Weights
from truing.oversight.replies._thinking import divide_thinking
from truing.students.transformer.checkpoints import quiet

if TYPE_CHECKING:
    import torch

TOP = 20  # number of most likely tokens that are returned, as many as OpenAI returns
TAIL = 16  # tokens at the end of a reply in which a stop text is searched


class _Noise:
    """Logits processor that makes the most likely token a random draw, row by row.

    If E is exponentially distributed, the token with the largest p / E is a draw from p (the
    Gumbel-max trick). The random numbers of a row depend only on its seed and the position.
    """

    def __init__(self, batch: Sequence[Request], device: Any):
        import torch

        self.batch = batch
        self.generators = [torch.Generator(device).manual_seed(one.seed) for one in batch]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Scores (batch, tokens) whose largest entry in each row is the draw."""
        drawn = scores.float().clone()  # the logits are returned, too
        for row, (one, generator) in enumerate(zip(self.batch, self.generators, strict=True)):
            if one.temperature > 0:
                drawn[row] = _draw(drawn[row : row + 1] / one.temperature, one, generator)
        return drawn


def _draw(scores: torch.Tensor, asked: Request, generator: torch.Generator) -> torch.Tensor:
    """One row of scores (1, tokens) as p / E (tokens)."""
    import torch
    from transformers import TopKLogitsWarper, TopPLogitsWarper

    unused: Any = None
    if asked.top_k:
        scores = TopKLogitsWarper(asked.top_k)(unused, scores)
    if asked.top_p < 1:
        scores = TopPLogitsWarper(asked.top_p)(unused, scores)
    noise = torch.empty_like(scores[0]).exponential_(generator=generator)
    return scores[0].softmax(-1) / noise.clamp_min(torch.finfo(noise.dtype).tiny)


class _Ends:
    """Stopping criterion that ends each row at its end-of-text token, stop text or limit.

    Attributes:
        lengths: number of tokens of each reply so far.
        reasons: reason why each reply ended; None if it has not.
    """

    def __init__(
        self, batch: Sequence[Request], weights: Weights, read: Sequence[int], stopped: Event
    ):
        self.batch, self.tokenizer, self.stopped = batch, weights.tokenizer, stopped
        self.start = max(read)  # the prompts are padded to this length
        self.room = [weights.context - count for count in read]
        self.final = _end_tokens(weights)
        self.lengths = [0] * len(batch)
        self.reasons: list[StopReason | None] = [None] * len(batch)

    def __call__(self, input_ids: torch.Tensor, scores: Any, **named: Any) -> torch.Tensor:
        """Whether each row (batch,) has ended."""
        import torch

        length = input_ids.shape[1] - self.start
        for row, asked in enumerate(self.batch):
            if not self.reasons[row]:
                self.lengths[row] = length
                self.reasons[row] = self._reason(row, input_ids[row, self.start :], asked)
        done = [self.stopped.is_set() or bool(reason) for reason in self.reasons]
        return torch.tensor(done, device=input_ids.device)

    def _reason(self, row: int, tokens: torch.Tensor, asked: Request) -> StopReason | None:
        if int(tokens[-1]) in self.final or self._has_stopped(tokens, asked.stop):
            return "stop"
        if len(tokens) >= asked.max_tokens:
            return "max_tokens"
        return "model_length" if len(tokens) >= self.room[row] else None

    def _has_stopped(self, tokens: torch.Tensor, stop: Sequence[str]) -> bool:
        """Whether a stop text is complete, outside thinking; only new tokens can complete it."""
        if not stop or not any(one in self.tokenizer.decode(tokens[-TAIL:]) for one in stop):
            return False
        spoken, _, _ = divide_thinking(self.tokenizer.decode(tokens))
        return any(one in spoken for one in stop)


def generate(weights: Weights, batch: Sequence[Request], stopped: Event) -> list[Drawn]:
    """Replies to a batch of prompts.

    Args:
        weights: the model.
        batch: prompts with their limits; either all or none request only the first token.
        stopped: event that ends all replies at their next token.
    """
    import torch

    tokenizer = weights.tokenizer
    inputs = tokenizer(
        [one.prompt for one in batch],
        return_tensors="pt",
        padding=True,
        add_special_tokens=tokenizer.chat_template is None,  # chat templates write their own
    ).to(weights.model.device)
    read = inputs["attention_mask"].sum(dim=1).tolist()
    ends = _Ends(batch, weights, read, stopped)
    letters = batch[0].letters
    with torch.inference_mode(), quiet():
        found = weights.model.generate(
            **{name: inputs[name] for name in ("input_ids", "attention_mask")},
            generation_config=_plain_config(weights, batch, ends),
            logits_processor=[_Noise(batch, weights.model.device)],
            stopping_criteria=[ends],
            output_logits=letters,
            return_dict_in_generate=True,
        )
    return [
        Drawn(
            tokenizer.decode(tokens[ends.start : ends.start + length], skip_special_tokens=True),
            reason or "max_tokens",
            count,
            length,
            _first(weights, found.logits[0][row]) if letters else (),
        )
        for row, (tokens, length, reason, count) in enumerate(
            zip(found.sequences, ends.lengths, ends.reasons, read, strict=True)
        )
    ]


def _first(weights: Weights, logits: torch.Tensor) -> tuple[tuple[str, float], ...]:
    """The most likely tokens and all single characters, with their log-probabilities."""
    found = logits.float().log_softmax(-1)
    ids = dict.fromkeys([*found.topk(TOP).indices.tolist(), *weights.characters])
    pairs = [(weights.tokenizer.decode([one]), float(found[one])) for one in ids]
    return tuple(sorted(pairs, key=lambda pair: -pair[1]))


def _plain_config(weights: Weights, batch: Sequence[Request], ends: _Ends) -> Any:
    """The model's generation settings without its own sampling: `_Noise` draws the tokens."""
    config = copy.deepcopy(weights.model.generation_config)
    config.do_sample = False
    config.temperature = config.top_p = config.top_k = config.max_length = None
    config.max_new_tokens = min(max(one.max_tokens for one in batch), max(ends.room))
    config.pad_token_id = weights.tokenizer.pad_token_id
    config.eos_token_id = sorted(_end_tokens(weights))
    config.use_cache = True
    return config


def _end_tokens(weights: Weights) -> set[int]:
    """Ids of all tokens that end a reply."""
    stated = weights.model.generation_config.eos_token_id
    several = stated if isinstance(stated, list) else [stated]
    return {one for one in [*several, weights.tokenizer.eos_token_id] if one is not None}


@contextmanager
def threads(count: int | None) -> Iterator[None]:
    """Compute with a number of threads in a block; None leaves PyTorch's own number."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
