"""Item: one question without its truth, for studies and protocols alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from truing.tasks._dialogue import Dialogue

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Item:
    """One question without its truth.

    Attributes:
        id: unique in its task or question set.
        stem: the question or the text to be classified, a vector, or an image; an empty text where
            the choices stand alone.
        choices: names of the classes, or the item's own answers in an order that a hash of their
            texts decides.
        hidden: a text that a protocol shows to some roles only; empty where there is none.
        cluster: items of one cluster are not independent (of one story, say).
        group: what to report apart; empty where nothing is.
    """

    id: str
    stem: str | np.ndarray
    choices: tuple[str, ...]
    hidden: str = ""
    cluster: str = ""
    group: str = ""

    @property
    def text(self) -> str:
        """The stem of an item that is asked in words; TypeError for a vector or an image."""
        if not isinstance(self.stem, str):
            raise TypeError(f"item {self.id!r} is no text but an array {self.stem.shape}")
        return self.stem

    @property
    def answers(self) -> tuple[str, ...]:
        """Each choice after the stem; a dialogue has the stem as its first message."""
        return tuple(_joined(self.text, choice) for choice in self.choices)

    @property
    def letters(self) -> str:
        """What the choices are called: A, B, ..."""
        return LETTERS[: len(self.choices)]

    def reordered(self, order: Sequence[int]) -> Item:
        """The item with its choices in another order: indices of the present one."""
        return replace(self, choices=tuple(self.choices[i] for i in order))


def _joined(stem: str, choice: str) -> str:
    if not stem:
        return choice
    return choice.after(stem) if isinstance(choice, Dialogue) else f"{stem}\n{choice}"
