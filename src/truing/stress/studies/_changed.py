"""Changed inputs: changes that leave the right answer of an item as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from truing.errors import UserError
from truing.given import shown
from truing.registry import Built
from truing.seeding import seeded
from truing.stress._monitor import Changed, StudyMonitor
from truing.tasks import Dialogue, Item, Source, Splits, Task

NOISE = 0.25  # standard deviation of the noise, relative to that of the inputs
CONTRACTIONS = {
    **{"do not": "don't", "does not": "doesn't", "is not": "isn't", "cannot": "can't"},
    **{"it is": "it's", "I am": "I'm", "you are": "you're", "will not": "won't"},
}
PARAPHRASES: tuple[Callable[[str], str], ...] = (
    lambda text: f"In other words: {text}",
    lambda text: _contracted(text),
    lambda text: f"{text} That is all.",
)
DRAWS: dict[Changed, int] = {"noise": 3, "paraphrase": len(PARAPHRASES), "order": 1}
"""Number of changed versions of each item."""


def fits(kind: Changed, task: Task) -> bool:
    """Whether a change applies to the items of a task.

    Noise applies to images and vectors, a paraphrase to texts, and the order to items with their
    own choices.
    """
    if kind == "order":
        return task.kind != "classification"
    return (task.medium == "texts") == (kind == "paraphrase")


def changes_of(monitor: Built[StudyMonitor], task: Task) -> list[Changed]:
    """The changes that a monitor asks for and that apply to a task.

    Raises:
        UserError: the monitor asks for changes, and none applies.
    """
    found = [kind for kind in monitor.value.changed if fits(kind, task)]
    if monitor.value.changed and not found:
        allowed = [kind for kind in DRAWS if fits(kind, task)]
        raise UserError(
            f"monitor {shown(monitor.label)!r} changes inputs by "
            f"{', '.join(monitor.value.changed)}, which does not apply to the items of "
            f"{task.name}; allowed: {', '.join(allowed)}"
        )
    return found


def changed_task(task: Task, kind: Changed, draw: int) -> Task:
    """A task with changed inputs.

    Noise is Gaussian, with a quarter of the standard deviation of the inputs. A paraphrase adds a
    phrase or contracts words. The order of the choices is reversed.

    Args:
        task: the task.
        kind: the change, which fits the task.
        draw: number of the version.
    """
    name = f"{task.name} with {kind} {draw}"
    return replace(task, name=name, items=CHANGES[kind](task, draw), roles=None)


def asked_source(source: Source, task: Task, asked: np.ndarray) -> Source:
    """A task with changed inputs as another task.

    Args:
        source: the task without the change.
        task: the task with the change.
        asked: indices of the items about which a training is asked.
    """
    return replace(source, task=task, division=_Asked(asked), copied=None)


def original_order(beliefs: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Beliefs (n, k) about items with reversed choices, in the original order of the choices.

    Args:
        beliefs: beliefs about the changed items.
        counts: (n,) number of choices of each item.
    """
    at = counts[:, None] - 1 - np.arange(beliefs.shape[1])
    return np.where(at >= 0, np.take_along_axis(beliefs, np.maximum(at, 0), axis=1), beliefs)


@dataclass(frozen=True, eq=False)
class _Asked:
    """Division of a task about some items of which a training is asked."""

    items: np.ndarray

    def splits(self, seed: int) -> Splits:
        none = np.arange(0)
        return Splits(none, none, self.items, none)


def _with_noise(task: Task, draw: int) -> tuple[Item, ...]:
    inputs = task.inputs.astype(float)
    scale = inputs.std() if task.medium == "images" else inputs.std(axis=0)
    rng = seeded(f"noise {task.fingerprint} {draw}")
    noisy = inputs + NOISE * scale * rng.standard_normal(inputs.shape)
    return tuple(replace(one, stem=stem) for one, stem in zip(task.items, noisy, strict=True))


def _paraphrased(task: Task, draw: int) -> tuple[Item, ...]:
    change = PARAPHRASES[draw]

    def of(text: Any) -> Any:
        return text if isinstance(text, Dialogue) or not text else change(text)

    if task.kind == "classification":
        return tuple(replace(one, stem=of(one.text)) for one in task.items)
    if task.items[0].stem:
        return tuple(replace(one, stem=of(one.stem)) for one in task.items)
    return tuple(replace(one, choices=tuple(map(of, one.choices))) for one in task.items)


def _reversed(task: Task, draw: int) -> tuple[Item, ...]:
    return tuple(one.reordered(range(len(one.choices))[::-1]) for one in task.items)


def _contracted(text: str) -> str:
    """A text with contractions, in which the first letter is lower case."""
    for long, short in CONTRACTIONS.items():
        text = re.sub(rf"\b{long}\b", short, text, flags=re.IGNORECASE)
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == "'" else text


CHANGES: dict[Changed, Callable[[Task, int], tuple[Item, ...]]] = {
    "noise": _with_noise,
    "paraphrase": _paraphrased,
    "order": _reversed,
}
