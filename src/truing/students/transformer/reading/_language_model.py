"""Language model: a causal model that reads questions, and its tokens of prompts and answers."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from truing.errors import DataError, UserError
from truing.students.transformer.checkpoints import (
    Checkpoint,
    load_model,
    load_tokenizer,
    pad,
    pick_dtype,
    special_start,
)


@dataclass(frozen=True)
class Question:
    """A prompt, and the answers whose probability after the prompt is read.

    Attributes:
        prompt: text before the answer; white space at its end is removed.
        answers: texts of the answers. A space joins prompt and answer.
    """

    prompt: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class _Sequence:
    """Tokens to read, and the answers whose tokens are predicted there.

    Attributes:
        ids: (length,) token ids of the prompt and of the answer without its last token.
        question: number of the question.
        answers: (answer, its tokens) of each answer that is read from this sequence.
        first: position that predicts the first token of the answers.
    """

    ids: np.ndarray
    question: int
    answers: list[tuple[int, np.ndarray]]
    first: int


class LanguageModel:
    """A causal language model and its tokenizer.

    Args:
        checkpoint: the model.
        device: device of PyTorch.
    """

    def __init__(self, checkpoint: Checkpoint, device: str):
        self.model = load_model(
            checkpoint, "AutoModelForCausalLM", device=device, dtype=pick_dtype(device)
        )
        self.tokenizer = load_tokenizer(checkpoint)
        self.name, self.context, self.device = checkpoint.name, checkpoint.context, device
        self.takes = set(inspect.signature(type(self.model).forward).parameters)
        self.shared: tuple[bytes, Any] = (b"", None)  # tokens of examples, and their cache

    def encode(
        self, questions: Sequence[Question], examples: str
    ) -> tuple[np.ndarray, list[_Sequence], int]:
        """Tokens before every prompt, the sequences to read, and the number of truncated prompts.

        An answer that is a single token is read from a sequence of another answer, or from the
        prompt alone.
        """
        start = np.concatenate(
            [special_start(self.tokenizer), *self._ids([examples] * bool(examples))]
        )
        prompts = [question.prompt.rstrip() for question in questions]
        whole = [
            f"{prompt} {answer}" if prompt else answer
            for question, prompt in zip(questions, prompts, strict=True)
            for answer in question.answers
        ]
        # The last shared token begins each sequence, which so has a token before its first answer.
        reuses = "past_key_values" in self.takes
        shared, lead = (start[:-1], start[-1:]) if reuses else (start[:0], start)
        before, both = self._ids(prompts), iter(self._ids(whole))
        found, cut = list[_Sequence](), 0
        for number, (question, ids) in enumerate(zip(questions, before, strict=True)):
            tails = [self._tail(question, answer, ids, next(both)) for answer in question.answers]
            room = self._room(start, max(map(len, tails)), bool(examples))
            cut += len(ids) > room
            ids = np.concatenate([lead, ids[max(len(ids) - room, 0) :]])
            found += _sequences(number, ids if len(ids) else self._first(), tails)
        return shared, found, cut

    def read(self, start: np.ndarray, sequences: Sequence[_Sequence]) -> list[list[float]]:
        """Log-probability of each answer of some sequences, which follow the tokens of `start`."""
        import torch

        with torch.inference_mode():
            tokens, mask = (one.to(self.device) for one in pad([each.ids for each in sequences], 0))
            longest = tokens.shape[1]
            kept = longest - min(each.first for each in sequences)
            more: dict[str, Any] = {"use_cache": False}
            if len(start):
                shared = torch.ones(len(tokens), len(start), dtype=mask.dtype, device=mask.device)
                mask = torch.cat([shared, mask], dim=1)
                more = {"use_cache": True, "past_key_values": self._cache(start, len(tokens))}
            if "logits_to_keep" in self.takes:
                more["logits_to_keep"] = kept
            found = self.model(input_ids=tokens, attention_mask=mask, **more).logits[:, -kept:]
            return [
                self._sums(row.float(), each, longest - kept)
                for row, each in zip(found, sequences, strict=True)
            ]

    def _sums(self, logits: Any, sequence: _Sequence, skipped: int) -> list[float]:
        """Log-probability of each answer from the logits (kept, vocabulary) of one sequence."""
        import torch

        first = sequence.first - skipped
        most = max(len(ids) for _, ids in sequence.answers)
        rows = logits[first : first + most]
        norm = rows.logsumexp(dim=1)
        sums = []
        for _, ids in sequence.answers:
            at = torch.arange(len(ids), device=rows.device)
            chosen = rows[at, torch.as_tensor(ids, device=rows.device)] - norm[: len(ids)]
            sums.append(float(chosen.double().sum()))
        return sums

    def _cache(self, start: np.ndarray, rows: int) -> Any:
        """Keys and values of the shared tokens, repeated for each row of a batch."""
        import torch
        from transformers import DynamicCache

        if self.shared[0] != start.tobytes():
            cache = DynamicCache(config=self.model.config)
            tokens = torch.as_tensor(start[None], device=self.device)
            more = {"logits_to_keep": 1} if "logits_to_keep" in self.takes else {}
            self.model(input_ids=tokens, past_key_values=cache, use_cache=True, **more)
            self.shared = (start.tobytes(), cache)
        repeated = copy.deepcopy(self.shared[1])
        repeated.batch_repeat_interleave(rows)
        return repeated

    def _tail(
        self, question: Question, answer: str, prompt: np.ndarray, whole: np.ndarray
    ) -> np.ndarray:
        """Tokens of an answer after its prompt.

        Raises:
            DataError: the tokenizer merges the answer with the prompt.
        """
        if len(whole) <= len(prompt) or (whole[: len(prompt)] != prompt).any():
            raise DataError(
                f"hf/{self.name}: the tokenizer merges the answer {answer[:40]!r} with the end of "
                f"its prompt {question.prompt[-40:]!r}, so that the answer has no "
                "separate tokens; end the prompt with a word or a colon, or use another checkpoint"
            )
        return whole[len(prompt) :]

    def _room(self, start: np.ndarray, answer: int, examples: bool) -> int:
        """Maximum number of tokens of a prompt.

        Raises:
            UserError: the examples or the answer leave no room.
        """
        room = self.context - len(start) - answer
        if room < 1:
            what = f"the examples take {len(start)} tokens and" if examples else "an answer takes"
            also = f" the longest answer {answer}" if examples else f" {answer} tokens"
            raise UserError(
                f"hf/{self.name}: {what}{also}, but the context of the model is {self.context} "
                f"tokens; {'use fewer or shorter examples' if examples else 'shorten the answers'}"
            )
        return room

    def _ids(self, texts: Sequence[str]) -> list[np.ndarray]:
        if not texts:
            return []
        found = self.tokenizer(list(texts), add_special_tokens=False, verbose=False)["input_ids"]
        return [np.array(one, np.int64) for one in found]

    def _first(self) -> np.ndarray:
        """Token before the answers of an empty prompt."""
        known = (self.tokenizer.bos_token_id, self.tokenizer.eos_token_id)
        return np.array([next((one for one in known if one is not None), 0)], np.int64)


def _sequences(number: int, prompt: np.ndarray, tails: Sequence[np.ndarray]) -> list[_Sequence]:
    """Sequences of a question; an answer whose tokens begin another shares its sequence."""
    made: dict[bytes, _Sequence] = {}
    for answer in sorted(range(len(tails)), key=lambda answer: -len(tails[answer])):
        tail = tails[answer]
        own = tail[:-1].tobytes()
        place = next((key for key in made if key.startswith(own)), None)
        if place is None:
            ids = np.concatenate([prompt, tail[:-1]])
            made[own] = _Sequence(ids, number, [(answer, tail)], len(prompt) - 1)
        else:
            made[place].answers.append((answer, tail))
    return list(made.values())


@lru_cache(maxsize=1)
def load_language_model(checkpoint: Checkpoint, device: str) -> LanguageModel:
    """Load a language model; it stays in memory until `forget_language_model`.

    Raises:
        UserError: the checkpoint cannot be loaded.
    """
    return LanguageModel(checkpoint, device)


def forget_language_model() -> None:
    """Free the memory of the language model that this process loaded last."""
    load_language_model.cache_clear()
