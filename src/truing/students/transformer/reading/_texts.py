"""Texts of a task: what a transformer can read, and the parts of an item's texts."""

from __future__ import annotations

from collections.abc import Sequence

from truing.errors import DataError
from truing.tasks import Task


def check_texts(task: Task) -> None:
    """Raise DataError if a task has no texts, or an empty choice."""
    if task.medium != "texts":
        raise DataError(
            f"a transformer reads texts, but {task.name} contains {task.medium}; "
            "use features such as pca-8 or spectral-64"
        )
    if task.inputs.ndim == 1:
        for name in task.choices:
            if not name.strip():
                raise DataError(f"{task.name}: a choice is empty; name every choice")
        return
    for item, name in enumerate(task.ids):
        for number, text in enumerate(divided(task.own_texts(item))[1]):
            if not text.strip():
                raise DataError(
                    f"{task.name}: choice {number} of item {name!r} is empty; "
                    "every choice needs a text"
                )


def divided(texts: Sequence[str]) -> tuple[str, list[str]]:
    """Split the texts of an item into their common first lines and the rest of each text."""
    ends = min(texts), max(texts)  # a common prefix of these two is a prefix of all texts
    same = next((at for at, (a, b) in enumerate(zip(*ends, strict=False)) if a != b), len(ends[0]))
    stem = ends[0][:same].rpartition("\n")[0]
    return stem, [text[len(stem) :].removeprefix("\n") if stem else text for text in texts]
