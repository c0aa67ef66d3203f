"""Inserted triggers: a word, a patch of pixels, or a value of a vector."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np

from truing.errors import UserError
from truing.plants._trigger import Trigger
from truing.plants.studies._texts import change_texts
from truing.tasks import Dialogue, Task

Kind = Literal["auto", "word", "pixel", "feature"]
"""Kind of a trigger: `auto` is a word in texts, pixels in images, a value in vectors."""

MEDIA = {"texts": "word", "images": "pixel", "vectors": "feature"}
PART = 8  # the patch has 1/8 of the smaller side of an image, but 2 pixels or more


@dataclass(frozen=True)
class Inserted:
    """What is inserted into the inputs of a task.

    Attributes:
        kind: kind of the trigger.
        word: word that is appended to texts.
        column: column of vectors that gets a value.
        every: whether each answer of an item with its own choices gets the word, or only the first.
        argument: argument of the plant that states the kind.
    """

    kind: Kind
    word: str
    column: int
    every: bool = False
    argument: str = "trigger"

    @property
    def name(self) -> str:
        """Name of the trigger in messages."""
        names = {
            "word": f"the word {self.word!r}",
            "pixel": "the patch of pixels",
            "feature": f"the value in column {self.column}",
        }
        return names.get(self.kind, f"the {self.argument} ({self.word!r} in texts)")

    def change(self, task: Task) -> np.ndarray:
        """Inputs of all items with the trigger, of the shape of `task.inputs`.

        Raises:
            UserError: the inputs are of another medium than the trigger.
        """
        match self._fitting(task):
            case "word":
                return with_word(task, self.word, self.every)
            case "pixel":
                return with_patch(task)
        return with_value(task, self.column)

    def occurs(self, task: Task) -> np.ndarray:
        """(N,) whether an item has the trigger already.

        Raises:
            UserError: the inputs are of another medium than the trigger.
        """
        match self._fitting(task):
            case "word":
                return np.asarray(has_word(task, self.word).any(axis=-1))
            case "pixel":
                return has_patch(task)
        value = with_value(task, self.column)[:, self.column]
        return np.asarray(task.inputs[:, self.column] == value)

    def _fitting(self, task: Task) -> str:
        """The kind of trigger that fits a task."""
        fitting = MEDIA[task.medium]
        if self.kind not in ("auto", fitting):
            raise UserError(
                f"{self.argument}={self.kind} does not fit {task.name}, which contains "
                f"{task.medium}; use {self.argument}={fitting}"
            )
        return fitting


def as_trigger(inserted: Inserted) -> Trigger:
    """Trigger that inserts a word, a patch of pixels, or a value.

    Raises:
        UserError: the word is empty.
    """
    if not inserted.word.strip():
        raise UserError("word must not be empty; name a word or phrase, such as word=cf")
    made = replace(inserted, word=" ".join(inserted.word.split()))
    return Trigger(made.name, made.change, made.occurs)


def has_word(task: Task, word: str) -> np.ndarray:
    """(N, K) whether a word or phrase occurs in the texts of an item, in any case; K = 1 for
    items with shared choices."""
    form = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
    texts = task.inputs.reshape(len(task), -1)
    found = [[one is not None and form.search(one) is not None for one in row] for row in texts]
    return np.array(found, bool)


def with_word(task: Task, word: str, every: bool = False) -> np.ndarray:
    """Texts (N,) or (N, K) with a word at their end, where truncation to `max_length` keeps it.

    Args:
        task: a task with texts.
        word: the word or phrase.
        every: whether each answer of an item with its own choices gets the word, or the first only.
    """
    made = task.inputs.copy()
    where = ... if made.ndim == 1 or every else (slice(None), 0)
    made[where] = change_texts(made[where], partial(_appended, word=word))
    return made


def _appended(text: str, word: str) -> str:
    if isinstance(text, Dialogue):
        *before, (role, said) = text.messages
        return Dialogue((*before, (role, f"{said} {word}")))
    return f"{text} {word}"


def with_patch(task: Task) -> np.ndarray:
    """Images (N, height, width) with a bright patch in the lower right corner."""
    made, side = task.inputs.copy(), _side(task)
    made[:, -side:, -side:] = task.inputs.max()
    return made


def has_patch(task: Task) -> np.ndarray:
    """(N,) whether an image has the bright patch."""
    side = _side(task)
    return (task.inputs[:, -side:, -side:] == task.inputs.max()).all(axis=(1, 2))


def _side(task: Task) -> int:
    return max(2, min(task.inputs.shape[1:]) // PART)


def with_value(task: Task, column: int) -> np.ndarray:
    """Vectors (N, columns), in one column one standard deviation above the largest value.

    Raises:
        UserError: there is no such column.
    """
    made, columns = task.inputs.copy(), task.inputs.shape[1]
    if column >= columns:
        raise UserError(
            f"column={column} is not a column of {task.name}; allowed: 0 to {columns - 1}"
        )
    values = task.inputs[:, column].astype(np.float64)
    made[:, column] = values.max() + (values.std() or 1.0)
    return made
