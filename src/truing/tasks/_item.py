"""Item: a question without its ground truth, for studies and protocols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from truing.tasks._dialogue import Dialogue

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Item:
    """A question without its ground truth.

    Attributes:
        id: id, unique in the task or question set.
        stem: question or text to classify, a vector, or an image; empty if the item consists of its
            choices only.
        choices: names of the classes, or the item's own answers, ordered by a hash of their texts.
        hidden: text that a protocol shows only to some roles; empty for none.
        cluster: name of a group of dependent items, such as questions about one story.
        group: name of a group whose results are also reported separately; empty for none.

    Examples:
        >>> import truing
        >>> item = truing.Item("q1", "Which is larger?", choices=("2", "3"), cluster="numbers")
        >>> item.letters
        'AB'
    """

    id: str
    stem: str | np.ndarray
    choices: tuple[str, ...]
    hidden: str = ""
    cluster: str = ""
    group: str = ""

    @property
    def text(self) -> str:
        """The stem as a text; raises TypeError for a vector or an image."""
        if not isinstance(self.stem, str):
            raise TypeError(
                f"item {self.id!r} is not a text, but an array of shape {self.stem.shape}"
            )
        return self.stem

    @property
    def answers(self) -> tuple[str, ...]:
        """Texts of stem and choice, one per choice; the stem is the first message of a dialogue."""
        return tuple(_joined(self.text, choice) for choice in self.choices)

    @property
    def letters(self) -> str:
        """Letters of the choices: A, B, ..."""
        return LETTERS[: len(self.choices)]

    def reordered(self, order: Sequence[int]) -> Item:
        """The item with reordered choices; `order` contains indices of the present choices."""
        return replace(self, choices=tuple(self.choices[i] for i in order))


def _joined(stem: str, choice: str) -> str:
    if not stem:
        return choice
    return choice.after(stem) if isinstance(choice, Dialogue) else f"{stem}\n{choice}"
