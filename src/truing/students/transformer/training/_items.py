"""Items: the token sequences of an item, and the tokens whose probability is read there.

Under `classify` every text is one sequence. Under `generate` a sequence is a prompt that lists the
choices, and the model's probability of each choice's label as the next text is read. For items with
their own choices, the prompt is repeated in every cyclic order of a fixed order, which depends on
the texts only. So each choice is once at every position, and a preference for a position is the
same for all choices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from string import ascii_uppercase
from typing import Any

import numpy as np

from truing.errors import DataError, UserError
from truing.students.transformer.checkpoints import (
    Checkpoint,
    encode,
    load_tokenizer,
    special_start,
)
from truing.students.transformer.reading import check_texts, divided
from truing.students.transformer.training._settings import Settings
from truing.tasks import Task, hidden_order


def _none() -> np.ndarray:
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class TokenSequence:
    """One input sequence of a model.

    Attributes:
        ids: (length,) token ids.
        places, tokens, choices: (asked,) under `generate`: the log-probability of a token,
            predicted at a position of the sequence, is added to the logit of a choice. Empty under
            `classify`.
    """

    ids: np.ndarray
    places: np.ndarray = field(default_factory=_none)
    tokens: np.ndarray = field(default_factory=_none)
    choices: np.ndarray = field(default_factory=_none)


@dataclass(frozen=True)
class EncodedItems:
    """Input sequences of some items.

    Attributes:
        sequences: the sequences of each item; under `classify`, one for each text.
        cut: number of texts (under `generate`: items) that were longer than `max_length`.
        present: (items, k) True where an item has a choice; None unless items have their own
            choices.
        pad_id: padding token.
    """

    sequences: tuple[tuple[TokenSequence, ...], ...]
    cut: int
    present: np.ndarray | None
    pad_id: int

    @cached_property
    def lengths(self) -> np.ndarray:
        """(items,) number of tokens of each item's longest sequence."""
        return np.array([max(len(each.ids) for each in own) for own in self.sequences])

    @cached_property
    def counts(self) -> np.ndarray:
        """(items,) number of sequences of each item."""
        return np.array([len(own) for own in self.sequences])


def encode_items(
    checkpoint: Checkpoint, settings: Settings, task: Task, items: np.ndarray
) -> EncodedItems:
    """Encode some items according to the settings.

    Raises:
        UserError: items that the checkpoint cannot read.
    """
    check_texts(task)
    if settings.output == "generate" and not checkpoint.causal:
        raise UserError(
            f"hf/{checkpoint.name} is not a causal language model, so it cannot generate labels; "
            "use output=classify"
        )
    tokenizer = load_tokenizer(checkpoint)
    max_length = min(settings.max_length, checkpoint.context)
    if settings.output == "generate":
        return encode_prompts(task, items, tokenizer, max_length)
    return encode_texts(task, items, tokenizer, max_length, settings.template)


def encode_texts(
    task: Task, items: np.ndarray, tokenizer: Any, max_length: int, template: bool = False
) -> EncodedItems:
    """Encode every text of the items as a separate sequence."""
    texts = [task.own_texts(item) for item in items]
    encoded = encode(tokenizer, [text for own in texts for text in own], max_length, template)
    ids = iter(encoded.ids)
    sequences = tuple(tuple(TokenSequence(next(ids)) for _ in own) for own in texts)
    return EncodedItems(sequences, encoded.cut, _present(task, items), tokenizer.pad_token_id)


def encode_prompts(task: Task, items: np.ndarray, tokenizer: Any, max_length: int) -> EncodedItems:
    """Encode the items as prompts that end before the label."""
    prompts = _Prompts(tokenizer, max_length, task.choices)
    make = prompts.named if task.kind == "classification" else prompts.lettered
    sequences = tuple(make(task.own_texts(item)) for item in items)
    return EncodedItems(sequences, prompts.cut, _present(task, items), tokenizer.pad_token_id)


def _present(task: Task, items: np.ndarray) -> np.ndarray | None:
    if task.kind == "classification":
        return None
    return np.arange(len(task.choices)) < task.choice_counts[items, None]


class _Prompts:
    """Makes the prompts of one task, and counts the items that were truncated."""

    def __init__(self, tokenizer: Any, max_length: int, choices: Sequence[str]):
        self.tokenizer, self.max_length, self.cut = tokenizer, max_length, 0
        self.start = special_start(self.tokenizer)
        self.choices = choices
        listed = ", ".join(choices)
        self.named_tail = self._tokens(f"\n\nAnswer with one of: {listed}\nAnswer:")
        self.lettered_tail = self._tokens("\nAnswer:")

    def named(self, texts: Sequence[str]) -> tuple[TokenSequence, ...]:
        """Sequences of an item with a single text, and the task's class names as labels."""
        (text,) = texts
        labels = [self._tokens(f" {name}") for name in self.choices]
        room = self._room(self.named_tail, labels)
        (body,) = self._fitted([self._tokens(text)], room)
        return self._sequences(np.concatenate([self.start, body, self.named_tail]), labels)

    def lettered(self, texts: Sequence[str]) -> tuple[TokenSequence, ...]:
        """Sequences of an item with its own choices, one for each cyclic order."""
        stem, options = divided(texts)
        if len(options) > len(ascii_uppercase):
            raise DataError(
                f"output=generate supports at most {len(ascii_uppercase)} choices per item, got "
                f"{len(options)}; use output=classify"
            )
        letters = ascii_uppercase[: len(options)]
        labels = [self._tokens(f" {letter}") for letter in letters]
        marks = [self._tokens(f"\n{letter}) ") for letter in letters]
        room = self._room(self.lettered_tail, labels) - sum(map(len, marks))
        parts = self._fitted([self._tokens(text) for text in (stem, *options)], room)
        order = hidden_order(texts)
        made: list[TokenSequence] = []
        for first in range(len(order)):
            turned = order[first:] + order[:first]
            pieces = [self.start, parts[0]]
            for mark, choice in zip(marks, turned, strict=True):
                pieces += [mark, parts[1 + choice]]
            made += self._sequences(np.concatenate([*pieces, self.lettered_tail]), labels, turned)
        return tuple(made)

    def _sequences(
        self, prompt: np.ndarray, labels: Sequence[np.ndarray], choices: Sequence[int] | None = None
    ) -> tuple[TokenSequence, ...]:
        """One sequence for all labels if they are single tokens, otherwise one per label."""
        choices = range(len(labels)) if choices is None else choices
        if all(len(label) == 1 for label in labels):
            places = np.full(len(labels), len(prompt) - 1)
            return (TokenSequence(prompt, places, np.concatenate(labels), np.array(choices)),)
        return tuple(
            TokenSequence(
                np.concatenate([prompt, label[:-1]]),
                len(prompt) - 1 + np.arange(len(label)),
                label,
                np.full(len(label), choice),
            )
            for label, choice in zip(labels, choices, strict=True)
        )

    def _fitted(self, parts: list[np.ndarray], room: int) -> list[np.ndarray]:
        """Truncate parts at their beginning so that together they fit into `room` tokens.

        Each part gets an equal share; tokens that short parts do not need go to longer parts.
        """
        if sum(map(len, parts)) <= room:
            return parts
        self.cut += 1
        left, kept = room, [0] * len(parts)
        for done, at in enumerate(sorted(range(len(parts)), key=lambda at: len(parts[at]))):
            kept[at] = min(len(parts[at]), left // (len(parts) - done))
            left -= kept[at]
        return [part[len(part) - count :] for part, count in zip(parts, kept, strict=True)]

    def _room(self, tail: np.ndarray, labels: Sequence[np.ndarray]) -> int:
        room = self.max_length - len(self.start) - len(tail) - max(map(len, labels)) + 1
        if room < 1:
            raise UserError(
                f"the choices alone take {self.max_length - room} tokens, and max_length is "
                f"{self.max_length}; raise max_length, or use output=classify"
            )
        return room

    def _tokens(self, text: str) -> np.ndarray:
        found = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return np.array(found, np.int64)
