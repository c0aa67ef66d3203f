"""Items: the token sequences in which a transformer reads an item, and what it is asked there.

Under `classify` every text is one sequence. Under `generate` a sequence is a prompt that lists the
choices, and the model is asked how likely each choice's label is to follow. Items with their own
choices are shown in every cyclic order of a fixed one, which depends on the texts alone: each
choice stands once in every place, so that a place's attraction is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import Any

import numpy as np

from truing.errors import DataError, UserError
from truing.students.transformer._checkpoint import Checkpoint
from truing.students.transformer._encoding import encode
from truing.students.transformer._load import load_tokenizer
from truing.students.transformer._settings import Settings
from truing.tasks import Task, hidden_order


def _none() -> np.ndarray:
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class TokenSequence:
    """One sequence that a model reads.

    Attributes:
        ids: (length,) its tokens.
        places, tokens, choices: (asked,) under `generate`: the token at a place predicts the next;
            the log-probability of this next token counts for this choice. Empty under `classify`.
    """

    ids: np.ndarray
    places: np.ndarray = field(default_factory=_none)
    tokens: np.ndarray = field(default_factory=_none)
    choices: np.ndarray = field(default_factory=_none)


@dataclass(frozen=True)
class EncodedItems:
    """How some items are read.

    Attributes:
        sequences: of each item; under `classify`, one for each of its choices.
        cut: texts that were longer than `max_length`; under `generate`, items.
        present: (items, k) whether an item has a choice, where items bring their own; else None.
        pad_id: token that fills up short sequences.
    """

    sequences: tuple[tuple[TokenSequence, ...], ...]
    cut: int
    present: np.ndarray | None
    pad_id: int

    @property
    def lengths(self) -> np.ndarray:
        """(items,) tokens of each item's longest sequence."""
        return np.array([max(len(one.ids) for one in own) for own in self.sequences])


def encode_items(
    checkpoint: Checkpoint, settings: Settings, task: Task, items: np.ndarray
) -> EncodedItems:
    """Encode some items as the settings say.

    Raises:
        UserError: items that the checkpoint cannot read.
    """
    check_texts(task)
    if settings.output == "generate" and not checkpoint.causal:
        raise UserError(
            f"hf/{checkpoint.name} is no causal language model, so it has no head that says a "
            "label; take output=classify"
        )
    tokenizer = load_tokenizer(checkpoint)
    max_length = min(settings.max_length, checkpoint.context)
    if settings.output == "generate":
        return encode_prompts(task, items, tokenizer, max_length)
    return encode_texts(task, items, tokenizer, max_length, settings.template)


def check_texts(task: Task) -> None:
    """Raise DataError where a transformer cannot read a task: no texts, or an empty choice."""
    if task.medium != "texts":
        raise DataError(
            f"a transformer reads texts, and {task.name} holds {task.medium}; "
            "take features such as pca-8 or spectral-64"
        )
    if task.inputs.ndim == 1:
        for name in task.choices:
            if not name.strip():
                raise DataError(f"{task.name}: a choice is empty; give every choice a name")
        return
    for item, name in enumerate(task.ids):
        for number, text in enumerate(divided(task.own_texts(item))[1]):
            if not text.strip():
                raise DataError(
                    f"{task.name}: choice {number} of item {name!r} is empty; "
                    "every choice needs a text"
                )


def encode_texts(
    task: Task, items: np.ndarray, tokenizer: Any, max_length: int, template: bool = False
) -> EncodedItems:
    """Every text, or every choice's, as a sequence of its own."""
    texts = [task.own_texts(item) for item in items]
    encoded = encode(tokenizer, [text for own in texts for text in own], max_length, template)
    ids = iter(encoded.ids)
    sequences = tuple(tuple(TokenSequence(next(ids)) for _ in own) for own in texts)
    return EncodedItems(sequences, encoded.cut, _present(task, items), tokenizer.pad_token_id)


def encode_prompts(task: Task, items: np.ndarray, tokenizer: Any, max_length: int) -> EncodedItems:
    """Prompts that end where the label is to follow."""
    ask = _Prompts(tokenizer, max_length, task.choices)
    read = ask.named if task.kind == "classification" else ask.lettered
    sequences = tuple(read(task.own_texts(item)) for item in items)
    return EncodedItems(sequences, ask.cut, _present(task, items), tokenizer.pad_token_id)


def _present(task: Task, items: np.ndarray) -> np.ndarray | None:
    if task.kind == "classification":
        return None
    return np.arange(len(task.choices)) < task.choice_counts[items, None]


class _Prompts:
    """Makes prompts of one task, and counts the items that had to be cut."""

    def __init__(self, tokenizer: Any, max_length: int, choices: Sequence[str]):
        self.tokenizer, self.max_length, self.cut = tokenizer, max_length, 0
        self.start = self._special_start()
        self.choices = choices
        listed = ", ".join(choices)
        self.named_tail = self._tokens(f"\n\nAnswer with one of: {listed}\nAnswer:")
        self.lettered_tail = self._tokens("\nAnswer:")

    def named(self, texts: Sequence[str]) -> tuple[TokenSequence, ...]:
        """Sequences of an item's single text and the names of the classes that the task has."""
        (text,) = texts
        labels = [self._tokens(f" {name}") for name in self.choices]
        room = self._room(self.named_tail, labels)
        (body,) = self._fitted([self._tokens(text)], room)
        return self._sequences(np.concatenate([self.start, body, self.named_tail]), labels)

    def lettered(self, texts: Sequence[str]) -> tuple[TokenSequence, ...]:
        """Sequences of an item with its own choices, one for each cyclic order of them."""
        stem, options = divided(texts)
        if len(options) > len(ascii_uppercase):
            raise DataError(
                f"output=generate letters {len(ascii_uppercase)} choices at most, not "
                f"{len(options)}"
            )
        letters = ascii_uppercase[: len(options)]
        labels = [self._tokens(f" {letter}") for letter in letters]
        marks = [self._tokens(f"\n{letter}) ") for letter in letters]
        room = self._room(self.lettered_tail, labels) - sum(map(len, marks))
        parts = self._fitted([self._tokens(one) for one in (stem, *options)], room)
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
        """One sequence that asks for all labels where they are single tokens, else one for each."""
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
        """Parts that lose their beginning beyond an even share of the room.

        What short ones leave goes to the long ones.
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
                f"the choices alone fill {self.max_length - room} of {self.max_length} tokens; "
                "raise max_length, or take output=classify"
            )
        return room

    def _tokens(self, text: str) -> np.ndarray:
        found = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return np.array(found, np.int64)

    def _special_start(self) -> np.ndarray:
        """The token that begins every text of this model, where it has one."""
        first = self.tokenizer.bos_token_id
        begins = first is not None and self.tokenizer("a")["input_ids"][:1] == [first]
        return np.array([first] if begins else [], np.int64)


def divided(texts: Sequence[str]) -> tuple[str, list[str]]:
    """The lines that all choices of an item begin with, once, and what is left of each choice."""
    ends = min(texts), max(texts)  # what these two begin with, all that stand between them do
    same = next((at for at, (a, b) in enumerate(zip(*ends, strict=False)) if a != b), len(ends[0]))
    stem = ends[0][:same].rpartition("\n")[0]
    return stem, [text[len(stem) :].removeprefix("\n") if stem else text for text in texts]
