"""Equal beliefs: what a rule cannot tell apart, it treats alike."""

import numpy as np
import pytest

from tests.methods.planting import centers, mean_accuracy, noisy
from truing.methods import METHODS
from truing.methods._parts import agreeing
from truing.students import Head, fit_heads, make_design

NAMES = sorted(METHODS.describe())
RULES = [
    *NAMES,
    "naive,hard=true",
    "confidence,warmup=0,alpha_max=0.75",
    "co-teaching,warmup=0,forget=0.4",
    "entropy,warmup=0",
    "noisy-channel,warmup=0",
    "window,radius=midweak",
    *(
        f"composition,targets={one}"
        for one in ("confidence", "mixture", "adaptive-confidence", "gce", "reverse-kl", "window")
    ),
    "composition,curriculum=confident-first",
]
PROGRESS = (0.0, 0.1, 1.0)


def labels(choices, hard):
    """(24, choices) labels, each of them several times."""
    weak = np.random.default_rng(0).dirichlet(np.ones(choices), 8)
    weak = np.eye(choices)[weak.argmax(axis=1)] if hard else weak
    return np.tile(weak, (3, 1))


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("choices", [2, 3])
@pytest.mark.parametrize("name", RULES)
def test_equal_labels_get_equal_targets_from_equal_beliefs(name, choices, hard):
    weak = labels(choices, hard)
    even = np.full_like(weak, 1 / choices)
    for progress in PROGRESS:
        targets, weights = METHODS.build(name).value.targets(weak, even, progress)
        for at in (8, 16):  # the same eight labels again
            assert targets[at : at + 8] == pytest.approx(targets[:8])
            assert weights[at : at + 8] == pytest.approx(weights[:8])


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("choices", [2, 3])
@pytest.mark.parametrize("name", RULES)
def test_tied_beliefs_prefer_no_choice(name, choices, hard):
    """Beliefs that are equal in pairs, and equal altogether, with the choices in another order."""
    weak = labels(choices, hard)
    tied = np.repeat(np.random.default_rng(1).dirichlet(np.ones(choices), 12), 2, axis=0)
    saturated = np.tile(np.eye(choices), (24, 1))[:24]
    order = np.roll(np.arange(choices), 1)
    for belief in (np.full_like(weak, 1 / choices), tied, saturated):
        for progress in PROGRESS:
            rule = METHODS.build(name).value.targets
            targets, weights = rule(weak, belief, progress)
            turned, turned_weights = rule(weak[:, order], belief[:, order], progress)
            assert turned == pytest.approx(targets[:, order], abs=1e-9)
            assert turned_weights == pytest.approx(weights, abs=1e-9)


@pytest.mark.parametrize(
    "method", ["confidence,warmup=0,alpha_max=0.75", "composition,targets=confidence,alpha=0.75"]
)
def test_confidence_without_warm_up_does_not_collapse(method):
    """65% of the labels are right. Ranks gave the second choice to the first items of the file, and
    students fell below the supervisor.
    """
    planted = [noisy(centers(s, choices=2, apart=1), s, 0.35, sureness=0.65) for s in range(8)]
    naive = mean_accuracy(planted, "naive")
    assert naive > 0.68
    assert mean_accuracy(planted, method) > naive - 0.01


@pytest.mark.parametrize("name", RULES)
def test_the_order_of_items_does_not_change_the_first_round(name):
    """All items of a class in one block, as in many files: position must say nothing."""
    planted = noisy(centers(0, choices=2, apart=2, learn=120), 0, 0.2, sureness=0.8)
    features, weak = planted.features[:120], planted.weak
    order = np.argsort(weak[:, 0], kind="stable")
    rule = METHODS.build(name).value.targets

    def once(weak, belief, progress):
        return rule(weak, np.full_like(weak, 0.5), 0.0)

    def first(rows):
        design = make_design(features[rows], np.arange(120), 2)
        (weights,) = fit_heads(
            [design], [Head(0, weak[rows], np.ones(120), 1.0, once, static=True)]
        )
        return design.beliefs(weights[None])[0]

    mixed = first(np.arange(120))
    assert first(order) == pytest.approx(mixed[order], abs=2e-3)


def test_agreement_accepts_every_choice_of_an_undecided_belief():
    even, first, second = np.array([[0.5, 0.5]]), np.array([[0.9, 0.1]]), np.array([[0.1, 0.9]])
    for one in (first, second):
        assert agreeing(even, one).all()
        assert agreeing(one, even).all()
    assert not agreeing(first, second).any()
