"""Contrast pairs: the two texts of each item of a task with two classes or two answers.

An item of a class has the texts `TEXT\\nCLASS`, one for each class. After a text that ends with a
colon (`Sentiment:`) and after a prompt, the class follows a space. Items with their own two answers
are used as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from truing.errors import DataError
from truing.tasks import Dialogue, Item, Task

STEMS = ("{name}", "It is {name}.")  # texts of the anchors


@dataclass(frozen=True)
class Contrast:
    """Contrast pairs of a task.

    Attributes:
        task: task of kind multiple choice, with two texts per item and no ground truth: the N items
            of the original task, then the anchors.
        anchors: (A,) right class of each anchor, known from its text: it contains the name of the
            class.
    """

    task: Task
    anchors: np.ndarray


def contrast_of(task: Task, prompt: str = "", anchored: bool = True) -> Contrast:
    """Contrast pairs of a task.

    Args:
        task: a task with two classes, or whose items have two answers.
        prompt: text between an item's text and the name of a class.
        anchored: add an anchor for each name of a class and each of `STEMS`.

    Raises:
        DataError: another number of classes or answers, items of a class that are not texts, or a
            prompt for items with their own answers.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import contrast_of
        >>> from truing.tasks import make_source
        >>> texts, right = np.array(["Fine film.", "Dull film."], dtype=object), np.array([1, 0])
        >>> names = ["bad", "good"]
        >>> source = make_source("films", "classification", ["a", "b"], texts, names, right)
        >>> contrast = contrast_of(source.task)
        >>> contrast.task.own_texts(0), contrast.task.own_texts(2)
        (['Fine film.\\nbad', 'Fine film.\\ngood'], ['bad\\nbad', 'bad\\ngood'])
        >>> contrast.anchors
        array([0, 1, 0, 1])
    """
    has_classes = task.kind == "classification"
    if len(task.choices) != 2:
        what = "classes" if has_classes else "answers per item"
        raise DataError(
            f"a probe without labels needs two classes, or items with two answers; {task.name} has "
            f"{len(task.choices)} {what}"
        )
    if not has_classes:
        if prompt:
            raise DataError(
                f"prompt={prompt} needs classes, but the items of {task.name} have their own "
                "answers; leave it out"
            )
        return Contrast(task, np.arange(0))
    if task.medium != "texts":
        raise DataError(
            f"a probe without labels needs texts, to which it adds the name of each class, but "
            f"{task.name} contains {task.medium}"
        )
    items = [_pair(item, task.choices, prompt) for item in task.items]
    stems = [one.format(name=name) for one in STEMS for name in task.choices] if anchored else []
    anchors = [Item(f"anchor {at}", stem, task.choices) for at, stem in enumerate(stems)]
    items += [_pair(one, task.choices, prompt) for one in anchors]
    made = replace(task, kind="multiple choice", items=tuple(items), choices=("0", "1"), roles=None)
    return Contrast(made, np.tile([0, 1], len(anchors) // 2))


def _pair(item: Item, names: tuple[str, ...], prompt: str) -> Item:
    """An item whose answers are its text with each name of a class."""
    return replace(item, stem="", choices=tuple(_ended(item.text, prompt, one) for one in names))


def _ended(stem: str, prompt: str, name: str) -> str:
    """A text that ends with the name of a class; for a dialogue, the assistant's last message."""
    if isinstance(stem, Dialogue):
        return Dialogue((*stem.messages, ("assistant", f"{prompt} {name}".strip())))
    text = f"{stem}\n{prompt}" if prompt else stem
    return f"{text}{' ' if prompt or text.endswith(':') else chr(10)}{name}"
