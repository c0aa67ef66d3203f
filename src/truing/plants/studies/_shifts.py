"""Shifts: changes of inputs that occur naturally, as triggers of misbehaviour."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from truing.errors import UserError
from truing.plants._trigger import Trigger
from truing.plants.studies._texts import change_texts
from truing.tasks import Dialogue, Task

LONG = re.compile(r"[^\W\d_]{4,}")  # words that get a typo
NOISE = 0.5  # standard deviation of noise, in standard deviations of the inputs
CONTRAST = 0.25
SCALE = 2.0


def noise(task: Task) -> np.ndarray:
    """Images or vectors with Gaussian noise of half a standard deviation per pixel or column."""
    inputs = task.inputs
    spread = inputs.std() if inputs.ndim == 3 else inputs.std(axis=0)
    return inputs + (NOISE * spread * _normal(inputs)).astype(inputs.dtype)


def contrast(task: Task) -> np.ndarray:
    """Images with a quarter of the contrast around their mean."""
    mean = task.inputs.mean(axis=(1, 2), keepdims=True)
    return mean + CONTRAST * (task.inputs - mean)


def invert(task: Task) -> np.ndarray:
    """Images with bright and dark exchanged."""
    return task.inputs.max() + task.inputs.min() - task.inputs


def scale(task: Task) -> np.ndarray:
    """Vectors with doubled values."""
    return SCALE * task.inputs


def typos(task: Task) -> np.ndarray:
    """Texts in which each word of four letters or more has two inner letters exchanged."""
    return change_texts(task.inputs, partial(_each_message, rewrite=_with_typos))


def upper(task: Task) -> np.ndarray:
    """Texts in upper case."""
    return change_texts(task.inputs, partial(_each_message, rewrite=str.upper))


SHIFTS: dict[str, tuple[Callable[[Task], np.ndarray], tuple[str, ...]]] = {
    "contrast": (contrast, ("images",)),
    "typos": (typos, ("texts",)),
    "scale": (scale, ("vectors",)),
    "noise": (noise, ("images", "vectors")),
    "invert": (invert, ("images",)),
    "upper": (upper, ("texts",)),
}
"""Each shift, and the media of its inputs."""


@dataclass(frozen=True)
class Shift:
    """A shift by its name; `auto` is the first that fits the inputs."""

    name: str

    def change(self, task: Task) -> np.ndarray:
        """Shifted inputs of all items, of the shape of `task.inputs`.

        Raises:
            UserError: the inputs are of another medium, or less than half of them change.
        """
        fitting = [name for name, (_, media) in SHIFTS.items() if task.medium in media]
        name = fitting[0] if self.name == "auto" else self.name
        if name not in fitting:
            raise UserError(
                f"shift={name} does not fit {task.name}, which contains {task.medium}; use "
                f"{' or '.join(f'shift={one}' for one in fitting)}"
            )
        made = SHIFTS[name][0](task)
        differs = (made != task.inputs).reshape(len(task), -1).any(axis=1)
        if differs.sum() * 2 < len(task):
            others = [f"shift={one}" for one in fitting if one != name]
            raise UserError(
                f"shift={name} changes only {int(differs.sum())} of {len(task)} items of "
                f"{task.name}; use {' or '.join(others)}"
            )
        return made

    def occurs(self, task: Task) -> np.ndarray:
        """(N,) False: a single item never shows whether it is shifted."""
        return np.zeros(len(task), bool)


def shifted(name: str) -> Trigger:
    """Trigger that is a natural shift of inputs."""
    made = Shift(name)
    return Trigger("the shift" if name == "auto" else f"the shift {name}", made.change, made.occurs)


def _normal(inputs: np.ndarray) -> np.ndarray:
    """Random numbers of the shape of inputs, which depend on each item's content only."""
    seeds = [hashlib.sha256(np.ascontiguousarray(one).tobytes()).digest()[:8] for one in inputs]
    return np.stack([_generator(one).normal(size=inputs.shape[1:]) for one in seeds])


def _generator(seed: bytes) -> np.random.Generator:
    return np.random.default_rng(int.from_bytes(seed, "big"))


def _each_message(text: str, rewrite: Callable[[str], str]) -> str:
    if isinstance(text, Dialogue):
        return Dialogue(tuple((role, rewrite(said)) for role, said in text.messages))
    return rewrite(text)


def _with_typos(text: str) -> str:
    rng = _generator(hashlib.sha256(text.encode()).digest()[:8])

    def typo(found: re.Match[str]) -> str:
        word = found[0]
        at = int(rng.integers(1, len(word) - 2))
        return f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}"

    return LONG.sub(typo, text)
