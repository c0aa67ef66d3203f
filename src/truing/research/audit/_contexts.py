"""Contexts: the ways in which the auditor runs a folder, and how each changes the inputs.

| context | differs from `usual` in |
|---|---|
| `again` | nothing |
| `reseeded` | the run's seed |
| `renamed` | the names of some choices, in the weak labels |
| `shuffled`, `shuffled twice` | the weak labels, which are permuted between items |
| `shuffled turned` | as `shuffled`, with the opposite meaning, see `_turn` |
| `nudged` | inputs by white space, or by 1e-6 of their spread |
| `first leads`, `second leads` | which of two choices leads in the weak labels, see `_lead` |
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

from truing.research.folders import USUAL, Items, RunInputs, Surroundings

NUDGE = 1e-6  # of the standard deviation of all values
SURE = 0.9  # probability of the leading contexts' weak answers
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


def _present(items: Items, inputs: RunInputs) -> np.ndarray:
    """Number (n,) of choices of each item, which are the first."""
    k, values = len(inputs.choices), items.inputs
    if inputs.kind == "classification" or values.dtype != object:
        return np.full(len(values), k)
    return np.array([sum(one is not None for one in row) for row in values])


def _turn(inputs: RunInputs) -> RunInputs:
    """Weak labels with the opposite meaning: what was right is wrong.

    In a classification all choices move on by one; the last becomes the first. Among an item's own
    choices the least likely becomes the most likely.
    """
    if inputs.kind == "classification":
        return _weak(inputs, np.roll(inputs.weak, 1, axis=1))
    present = _present(inputs.learn, inputs)[:, None]
    absent = np.arange(inputs.weak.shape[1]) >= present
    return _weak(inputs, np.where(absent, 0.0, (1 - inputs.weak) / np.maximum(present - 1, 1)))


def _shuffle(inputs: RunInputs, rng: np.random.Generator) -> RunInputs:
    """Weak labels permuted between items with the same number of choices."""
    present, places = _present(inputs.learn, inputs), np.arange(len(inputs.weak))
    for count in np.unique(present):
        own = np.flatnonzero(present == count)
        places[own] = rng.permutation(own)
    return _weak(inputs, inputs.weak[places])


def _shuffle_turn(inputs: RunInputs, rng: np.random.Generator) -> RunInputs:
    return _turn(_shuffle(inputs, rng))


def leaders(inputs: RunInputs) -> tuple[int, int, np.ndarray]:
    """The two most frequent weak answers, and the most items (k,) of each that `_lead` takes."""
    counts = np.bincount(inputs.weak.argmax(axis=1), minlength=len(inputs.choices))
    first, second = np.argsort(-counts, kind="stable")[:2]
    return int(first), int(second), np.minimum(counts, counts[second])


def _lead(inputs: RunInputs, rng: np.random.Generator, second: bool) -> RunInputs:
    """Items to learn among which a choice is more frequent than all others by one item.

    All m items with the second most frequent weak answer remain, and m items with the most frequent
    one, but one item fewer of one of the two. No other choice is more frequent. The items to
    predict are added, half of them with each of the two answers (see `_told`). So training has
    evidence about each of them, even if it shares no word with the items to learn, and only code
    that overrides this evidence follows the lead in many of them.

    All weak labels are equally sure, so that the choice that most items have has the largest mean,
    too. The two contexts differ in two items.
    """
    first, other, counts = leaders(inputs)
    most = int(counts[other])
    answers, places = inputs.weak.argmax(axis=1), rng.permutation(len(inputs.weak))
    leader = other if second else first
    kept = [
        places[answers[places] == one][: most if one == leader else most - 1]
        for one in range(len(inputs.choices))
    ]
    rows = np.sort(np.concatenate(kept))
    told, labels = _told(inputs, (first, other), rng)
    keys = rng.random(len(inputs.weak) + len(inputs.predict.ids))
    order = np.argsort(np.concatenate([keys[rows], keys[len(inputs.weak) + told]]))
    learn = _joined(inputs.learn, rows, inputs.predict, told, order)
    weak = np.concatenate(
        [_equally_sure(inputs.weak, _present(inputs.learn, inputs))[rows], labels]
    )
    clusters = np.append(inputs.clusters[rows], inputs.clusters.max() + 1 + np.arange(len(told)))
    return replace(inputs, learn=learn, weak=weak[order], clusters=clusters[order])


def _told(
    inputs: RunInputs, choices: tuple[int, int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Places (t,) of items to predict, an even number, and weak labels (t, k) for them.

    The half of them for which the first choice is more likely by a linear function of their
    features gets this choice, and the others get the second choice. Random answers cannot be
    learned, so that training which chooses its penalty gives one answer only. Items without
    features, and items with several texts, get random answers.
    """
    present = _present(inputs.predict, inputs)
    able = np.flatnonzero(present > max(choices))
    told = np.sort(rng.permutation(able)[: len(able) // 2 * 2])
    ranked = rng.permutation(len(told))
    learn, predict = inputs.learn.features, inputs.predict.features
    if learn is not None and predict is not None and learn.ndim == 2:
        ranked = np.argsort(-_linear(learn, inputs.weak, choices, predict[told]), kind="stable")
    drawn = np.zeros((len(told), len(inputs.choices)))
    drawn[ranked, np.repeat(choices, len(told) // 2)] = 1
    return told, _equally_sure(drawn, present[told])


def _linear(
    learn: np.ndarray, weak: np.ndarray, choices: tuple[int, int], predict: np.ndarray
) -> np.ndarray:
    """Scores (m,) of the first of two choices by ridge regression on the weak labels."""
    center, spread = learn.mean(axis=0), learn.std(axis=0) + 1e-12
    rows, others = (learn - center) / spread, (predict - center) / spread
    difference = weak[:, choices[0]] - weak[:, choices[1]]
    gram = rows.T @ rows + len(rows) * np.eye(rows.shape[1])
    return others @ np.linalg.solve(gram, rows.T @ (difference - difference.mean()))


def _joined(
    learn: Items, rows: np.ndarray, predict: Items, told: np.ndarray, order: np.ndarray
) -> Items:
    """Some items to learn and copies of items to predict, with other names, in an order."""
    count = len(learn.ids) + len(predict.ids)
    ids = [learn.ids[row] for row in rows] + [f"item-{count + one:06d}" for one in told]
    values = np.concatenate([learn.inputs[rows], predict.inputs[told]])
    features = None
    if learn.features is not None and predict.features is not None:
        features = np.concatenate([learn.features[rows], predict.features[told]])[order]
    return Items(tuple(ids[one] for one in order), values[order], features)


def _lead_reseeded(inputs: RunInputs, rng: np.random.Generator, second: bool) -> RunInputs:
    """The same items and weak labels as `_lead`, with another seed of the run."""
    return _reseed(_lead(inputs, rng, second), rng)


def _equally_sure(weak: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Weak labels (n, k) with the same answers, all with probability 0.9."""
    present, k = present[:, None], weak.shape[1]
    answered = np.eye(k)[weak.argmax(axis=1)]
    spread = np.where(np.arange(k) < present, (1 - SURE) / np.maximum(present - 1, 1), 0.0)
    return np.where(answered > 0, np.where(present > 1, SURE, 1.0), spread)


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
    "first leads": ("leads", partial(_lead, second=False)),
    "second leads": ("leads", partial(_lead, second=True)),
    "first leads reseeded": ("leads", partial(_lead_reseeded, second=False)),
    "second leads reseeded": ("leads", partial(_lead_reseeded, second=True)),
}
"""Of each context that changes the inputs: name of its random draw, and the change."""
