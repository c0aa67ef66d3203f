"""Lead: items to learn among which one of two choices is more frequent than all others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from truing.research.folders import Items, RunInputs

SURE = 0.9  # probability of each weak answer


def leaders(inputs: RunInputs) -> tuple[int, int, np.ndarray]:
    """The two most frequent weak answers, and the most items (k,) of each that `lead` takes."""
    counts = np.bincount(inputs.weak.argmax(axis=1), minlength=len(inputs.choices))
    first, second = np.argsort(-counts, kind="stable")[:2]
    return int(first), int(second), np.minimum(counts, counts[second])


def lead(inputs: RunInputs, rng: np.random.Generator, second: bool) -> RunInputs:
    """Items to learn among which a choice is more frequent than all others by one item.

    All m items with the second most frequent weak answer remain, and m items with the most frequent
    one, but one item fewer of one of the two. No other choice is more frequent. The items to
    predict are added, half of them with each of the two answers (see `_added`). So training has
    evidence about each of them, even if it shares no word with the items to learn, and only code
    that overrides this evidence follows the lead in many of them.

    All weak labels are equally sure, so that the choice that most items have has the largest mean,
    too. The inputs with and without `second` differ in two items.

    Args:
        inputs: n items to learn and m items to predict.
        rng: random generator of the items that remain, and of their order.
        second: whether the second most frequent weak answer leads; otherwise the first.
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
    added, labels = _added(inputs, (first, other), rng)
    keys = rng.random(len(inputs.weak) + len(inputs.predict.ids))
    order = np.argsort(np.concatenate([keys[rows], keys[len(inputs.weak) + added]]))
    learn = _joined(inputs.learn, rows, inputs.predict, added, order)
    weak = np.concatenate(
        [_equally_sure(inputs.weak, inputs.count_choices(inputs.learn))[rows], labels]
    )
    clusters = np.append(inputs.clusters[rows], inputs.clusters.max() + 1 + np.arange(len(added)))
    return replace(inputs, learn=learn, weak=weak[order], clusters=clusters[order])


def _added(
    inputs: RunInputs, choices: tuple[int, int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Places (t,) of items to predict, an even number, and weak labels (t, k) for them.

    The half of them for which the first choice is more likely by a linear function of their
    features gets this choice, and the others get the second choice. Random answers cannot be
    learned, so that training which chooses its penalty gives one answer only. Items without
    features, and items with several texts, get random answers.
    """
    present = inputs.count_choices(inputs.predict)
    able = np.flatnonzero(present > max(choices))
    added = np.sort(rng.permutation(able)[: len(able) // 2 * 2])
    ranked = rng.permutation(len(added))
    learn, predict = inputs.learn.features, inputs.predict.features
    if learn is not None and predict is not None and learn.ndim == 2:
        ranked = np.argsort(-_linear(learn, inputs.weak, choices, predict[added]), kind="stable")
    drawn = np.zeros((len(added), len(inputs.choices)))
    drawn[ranked, np.repeat(choices, len(added) // 2)] = 1
    return added, _equally_sure(drawn, present[added])


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
    learn: Items, rows: np.ndarray, predict: Items, added: np.ndarray, order: np.ndarray
) -> Items:
    """Some items to learn and copies of items to predict, with other names, in an order."""
    count = len(learn.ids) + len(predict.ids)
    ids = [learn.ids[row] for row in rows] + [f"item-{count + one:06d}" for one in added]
    values = np.concatenate([learn.inputs[rows], predict.inputs[added]])
    features = None
    if learn.features is not None and predict.features is not None:
        features = np.concatenate([learn.features[rows], predict.features[added]])[order]
    return Items(tuple(ids[one] for one in order), values[order], features)


def _equally_sure(weak: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Weak labels (n, k) with the same answers, all with probability 0.9."""
    present, k = present[:, None], weak.shape[1]
    answered = np.eye(k)[weak.argmax(axis=1)]
    spread = np.where(np.arange(k) < present, (1 - SURE) / np.maximum(present - 1, 1), 0.0)
    return np.where(answered > 0, np.where(present > 1, SURE, 1.0), spread)
