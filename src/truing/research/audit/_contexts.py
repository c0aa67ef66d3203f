"""Contexts: the ways in which the auditor runs a folder, and how each changes the inputs.

| context | differs from `usual` in |
|---|---|
| `again` | nothing |
| `reseeded` | the run's seed |
| `renamed` | the names of some choices, in the weak labels |
| `shuffled`, `shuffled twice` | the weak labels, which are permuted between items |
| `shuffled renamed` | as `shuffled`, and all choices of the weak labels move on by one |
| `nudged` | inputs by white space, or by 1e-6 of their spread |
| `elsewhere` | clock, user, machine, environment variables and working folder |
| `fresh 1`, `fresh 2`, ... | all that a seed determines: items to learn, weak labels, seed |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from truing.research.folders import USUAL, Items, RunInputs, Surroundings

NUDGE = 1e-6  # of the standard deviation of all values
DAYS = 24 * 3600.0
ELSEWHERE = Surroundings(
    clock_shift=401.3 * DAYS,
    environment={
        "CI": "true",
        "COLUMNS": "200",
        "DEBUG": "1",
        "LANG": "de_DE.UTF-8",
        "PYTEST_CURRENT_TEST": "review",
        "TZ": "Pacific/Auckland",
        "USER": "reviewer",
        "LOGNAME": "reviewer",
        "HOSTNAME": "review-7",
    },
    user="reviewer",
)

Change = Callable[[RunInputs, np.random.Generator], RunInputs]


def surroundings(context: str) -> Surroundings:
    """The surroundings of a context."""
    return ELSEWHERE if context == "elsewhere" else USUAL


def renaming(rng: np.random.Generator, answers: np.ndarray, k: int) -> np.ndarray:
    """A new name (k,) for each choice: about half of the choices change names in a cycle.

    Two choices change names if there are two or three. The most common answer is always among
    them, so that some answers must change.

    Args:
        answers: (n,) weak answers.
        k: number of choices.
    """
    most = int(np.bincount(answers, minlength=k).argmax())
    others = rng.permutation(np.delete(np.arange(k), most))[: max(1, (k + 1) // 2 - 1)]
    moved = np.array([most, *others])
    names = np.arange(k)
    names[moved] = np.roll(moved, 1)
    return names


def rename(beliefs: np.ndarray, names: np.ndarray) -> np.ndarray:
    """Beliefs (n, k) in which choice c has become choice names[c]."""
    found = np.empty_like(beliefs)
    found[:, names] = beliefs
    return found


def _weak(inputs: RunInputs, weak: np.ndarray) -> RunInputs:
    return replace(inputs, weak=weak)


def _reseed(inputs: RunInputs, rng: np.random.Generator) -> RunInputs:
    return replace(inputs, seed=int(rng.integers(2**31)))


def _rename(inputs: RunInputs, rng: np.random.Generator) -> RunInputs:
    return _weak(inputs, rename(inputs.weak, names_of(inputs, rng)))


def names_of(inputs: RunInputs, rng: np.random.Generator) -> np.ndarray:
    """The new names (k,) of the context `renamed`."""
    return renaming(rng, inputs.weak.argmax(axis=1), len(inputs.choices))


def _shuffle(inputs: RunInputs, rng: np.random.Generator) -> RunInputs:
    return _weak(inputs, inputs.weak[rng.permutation(len(inputs.weak))])


def _shuffle_rename(inputs: RunInputs, rng: np.random.Generator) -> RunInputs:
    return _weak(inputs, np.roll(_shuffle(inputs, rng).weak, 1, axis=1))


def _nudge(inputs: RunInputs, rng: np.random.Generator) -> RunInputs:
    learn, predict = (
        Items(one.ids, nudged(one.inputs, rng), _nudged_features(one.features, rng))
        for one in (inputs.learn, inputs.predict)
    )
    return replace(inputs, learn=learn, predict=predict)


def nudged(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Inputs with a tiny change that does not change what they mean.

    Texts get a space at the end, and one more space between two words. Numbers get normal noise of
    1e-6 of their standard deviation.
    """
    if values.dtype != object:
        wide = values.astype(np.float64)
        noise = NUDGE * float(wide.std() or 1.0) * rng.standard_normal(values.shape)
        return wide + noise
    changed: list[Any] = [None if one is None else _spaced(str(one), rng) for one in values.flat]
    found = np.empty(values.size, dtype=object)
    found[:] = changed
    return found.reshape(values.shape)


def _nudged_features(features: np.ndarray | None, rng: np.random.Generator) -> np.ndarray | None:
    return None if features is None else nudged(features, rng).astype(features.dtype)


def _spaced(text: str, rng: np.random.Generator) -> str:
    places = [at for at, sign in enumerate(text) if sign == " "]
    if places:
        at = int(rng.choice(places))
        text = f"{text[:at]} {text[at:]}"
    return f"{text} "


CHANGES: Mapping[str, tuple[str, Change]] = {
    "reseeded": ("reseeded", _reseed),
    "renamed": ("renamed", _rename),
    "shuffled": ("shuffled", _shuffle),
    "shuffled renamed": ("shuffled", _shuffle_rename),
    "shuffled twice": ("shuffled twice", _shuffle),
    "nudged": ("nudged", _nudge),
}
"""Of each context that changes the inputs: name of its random draw, and the change."""
