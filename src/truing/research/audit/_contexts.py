"""Contexts: the ways in which the auditor runs a folder, and how each changes the inputs.

| context | differs from `usual` in |
|---|---|
| `again` | nothing |
| `reseeded` | the run's seed |
| `renamed` | the names of some choices, in the weak labels |
| `shuffled`, `shuffled twice` | the weak labels, which are permuted between items |
| `shuffled turned` | as `shuffled`, with the opposite meaning, see `_turn` |
| `nudged` | inputs by white space, or by 1e-6 of their spread |
| `first leads`, `second leads` | which of two choices leads in the weak labels, see `lead` |
| `first leads reseeded`, `second leads reseeded` | also in the run's seed |
| `elsewhere` | clock, user, machine, environment variables and working folder |
| `fresh 1`, `fresh 2`, ... | all that a seed determines: items to learn, weak labels, seed |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from truing.research.audit._lead import lead
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


def renamed(inputs: RunInputs, answers: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The answers (n,) after some choices changed their names, as in the context `renamed`.

    In a classification about half of the choices change names in a cycle, two choices if there are
    two or three. The most common weak answer is among them, so that some answers must change. Items
    with their own choices have no common names; their weak labels get the opposite meaning.

    Args:
        inputs: inputs of the context `usual`.
        answers: (n,) answers of a classification.
        rng: random generator of the choices that change names.
    """
    return _names(inputs, rng)[answers]


def _names(inputs: RunInputs, rng: np.random.Generator) -> np.ndarray:
    """The new name (k,) of each choice."""
    k = len(inputs.choices)
    most = int(np.bincount(inputs.weak.argmax(axis=1), minlength=k).argmax())
    others = rng.permutation(np.delete(np.arange(k), most))[: max(1, (k + 1) // 2 - 1)]
    moved = np.array([most, *others])
    names = np.arange(k)
    names[moved] = np.roll(moved, 1)
    return names


def _weak(inputs: RunInputs, weak: np.ndarray) -> RunInputs:
    return replace(inputs, weak=weak)


def _reseed(inputs: RunInputs, rng: np.random.Generator) -> RunInputs:
    return replace(inputs, seed=int(rng.integers(2**31)))


def _rename(inputs: RunInputs, rng: np.random.Generator) -> RunInputs:
    if inputs.kind != "classification":
        return _turn(inputs)
    weak = np.empty_like(inputs.weak)
    weak[:, _names(inputs, rng)] = inputs.weak
    return _weak(inputs, weak)


def _turn(inputs: RunInputs) -> RunInputs:
    """Weak labels with the opposite meaning: what was right is wrong.

    In a classification all choices move on by one; the last becomes the first. Among an item's own
    choices the least likely becomes the most likely.
    """
    if inputs.kind == "classification":
        return _weak(inputs, np.roll(inputs.weak, 1, axis=1))
    present = inputs.count_choices(inputs.learn)[:, None]
    absent = np.arange(inputs.weak.shape[1]) >= present
    return _weak(inputs, np.where(absent, 0.0, (1 - inputs.weak) / np.maximum(present - 1, 1)))


def _shuffle(inputs: RunInputs, rng: np.random.Generator) -> RunInputs:
    """Weak labels permuted between items with the same number of choices."""
    present, places = inputs.count_choices(inputs.learn), np.arange(len(inputs.weak))
    for count in np.unique(present):
        own = np.flatnonzero(present == count)
        places[own] = rng.permutation(own)
    return _weak(inputs, inputs.weak[places])


def _shuffle_turn(inputs: RunInputs, rng: np.random.Generator) -> RunInputs:
    return _turn(_shuffle(inputs, rng))


def _lead_reseeded(inputs: RunInputs, rng: np.random.Generator, second: bool) -> RunInputs:
    """The same items and weak labels as `lead`, with another seed of the run."""
    return _reseed(lead(inputs, rng, second), rng)


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
        noise = NUDGE * float(np.nanstd(wide) or 1.0) * rng.standard_normal(values.shape)
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
    "shuffled turned": ("shuffled", _shuffle_turn),
    "shuffled twice": ("shuffled twice", _shuffle),
    "nudged": ("nudged", _nudge),
    "first leads": ("leads", partial(lead, second=False)),
    "second leads": ("leads", partial(lead, second=True)),
    "first leads reseeded": ("leads", partial(_lead_reseeded, second=False)),
    "second leads reseeded": ("leads", partial(_lead_reseeded, second=True)),
}
"""Of each context that changes the inputs: name of its random draw, and the change."""
