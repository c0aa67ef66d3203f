"""A search finds labels that predict each other."""

from __future__ import annotations

import numpy as np

from truing.supervisors import Contexts, Exclusive, find_coherent_labels, fit_coherence


def test_at_most_one_item_of_a_cluster_has_an_exclusive_label():
    clusters = np.arange(12) // 3

    def predict(labels, wanted):  # label 1 is always more probable
        return np.log(np.tile([0.2, 0.8], (len(wanted), 1)))

    found = find_coherent_labels(
        np.full(12, 2), predict, 200, np.random.default_rng(0), Exclusive(1, clusters)
    )
    assert np.bincount(clusters, weights=found == 1).max() == 1
    free = find_coherent_labels(np.full(12, 2), predict, 200, np.random.default_rng(0))
    assert (free == 1).mean() > 0.9


def test_no_item_is_in_its_own_context_and_no_context_is_asked_twice():
    asked = []

    def ask(context, wanted):
        asked.append((context, tuple(wanted.tolist())))
        assert not {item for item, _ in context} & set(wanted.tolist())
        return np.zeros((len(wanted), 2))

    contexts = Contexts(8, most=2, ask=ask)
    labels = np.array([0, 1, 1, 0, -1, -1, 0, 1])
    contexts.predict(labels, np.arange(8))
    contexts.predict(labels, np.array([0, 3]))
    assert [context for context, _ in asked] == [((1, 1), (3, 0)), ((0, 0), (2, 1))]


def test_heads_find_planted_labels_that_predict_each_other():
    rng = np.random.default_rng(0)
    right = rng.choice([-1.0, 1.0], 80)
    pairs = rng.normal(size=(80, 2, 30))
    pairs[:, 1, :3] += 2 * right[:, None]
    pairs[:, 0, :3] -= 2 * right[:, None]
    found = fit_coherence(pairs, np.random.default_rng(1)).beliefs(pairs)[:, 1] > 0.5
    agreement = (found == (right > 0)).mean()
    assert max(agreement, 1 - agreement) > 0.95
