"""Heads: solved together to the same bits as alone, and to the optimum that others find."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from truing.students import Head, fit_heads, make_design
from truing.students import _solver as solver


def follow(weak, belief, progress):
    return weak, np.ones(len(weak))


def sharpen(weak, belief, progress):
    """A rule that looks at beliefs: half of the student's own choice, in the end."""
    own = np.eye(weak.shape[1])[belief.argmax(axis=1)]
    return weak + progress / 2 * (own - weak), 0.5 + 0.5 * belief.max(axis=1)


def head(design, weak, *, mass=None, l2=1.0, targets=follow):
    mass = np.ones(len(weak)) if mass is None else mass
    return Head(design, weak, mass, l2, targets, static=targets is follow)


def softmax(logits):
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)


def blobs(seed, items, columns, classes):
    """Features (2 * items, columns) and truth of noisy clusters that overlap."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=2 * items)
    centers = rng.normal(size=(classes, columns)) * 3 / np.sqrt(columns)
    features = centers[truth] + rng.normal(size=(2 * items, columns))
    return features.astype(np.float32), truth


def mixed_heads(designs, truth, classes, count):
    """Heads of every sort: designs, penalties, rules, masses, soft and hard labels."""
    rng = np.random.default_rng(0)
    heads, items = [], len(truth) // 2
    for number in range(count):
        told = np.eye(classes)[truth[:items] if number % designs != 1 else truth[items:]]
        weak = 0.6 * told + 0.4 * rng.dirichlet(np.ones(classes) / 2, items)
        if number % 3 == 0:
            weak = np.eye(classes)[weak.argmax(axis=1)]
        mass = rng.integers(3, size=items).astype(float) if number % 4 == 1 else None
        heads.append(
            head(
                number % designs,
                weak,
                mass=mass,
                l2=10.0 ** (number % 5 - 2),
                targets=sharpen if number % 5 == 2 else follow,
            )
        )
    return heads


class Company:
    """Heads, and what each becomes when it is solved alone."""

    def __init__(self, designs, heads):
        self.designs, self.heads = designs, heads
        self.alone = [fit_heads(designs, [one])[0].tobytes() for one in heads]

    def check(self, chosen):
        together = fit_heads(self.designs, [self.heads[i] for i in chosen])
        for i, weights in zip(chosen, together, strict=True):
            assert weights.tobytes() == self.alone[i], f"head {i} among {chosen}"


@pytest.fixture(scope="module")
def classifying():
    """Two designs of one shape, and one with fewer columns."""
    features, truth = blobs(0, 60, 7, 3)
    designs = [make_design(features, rows, 3) for rows in (np.arange(60), np.arange(60, 120))]
    designs.append(make_design(features[:, :4], np.arange(60), 3))
    return Company(designs, mixed_heads(3, truth, 3, 14))


@pytest.fixture(scope="module")
def choosing():
    """Items that bring their own choices: all choices share one weight vector."""
    features = np.random.default_rng(0).normal(size=(80, 4, 6)).astype(np.float32)
    truth = features[:, :, 0].argmax(axis=1)
    designs = [make_design(features, rows, 4) for rows in (np.arange(40), np.arange(40, 80))]
    return Company(designs, mixed_heads(2, truth, 4, 10))


@pytest.fixture(scope="module")
def digits_sized():
    """As many items, columns and classes as the digits have."""
    features, truth = blobs(0, 540, 64, 10)
    designs = [make_design(features, rows, 10) for rows in (np.arange(540), np.arange(540, 1080))]
    assert designs[0].matrix.shape == (540, 65)
    return Company(designs, mixed_heads(2, truth, 10, 6))


@given(st.lists(st.integers(0, 13), min_size=1, max_size=40))
@settings(max_examples=25, deadline=None)
def test_a_classification_head_has_the_same_bits_in_any_batch(classifying, chosen):
    classifying.check(chosen)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
@settings(max_examples=25, deadline=None)
def test_a_head_on_choices_has_the_same_bits_in_any_batch(choosing, chosen):
    choosing.check(chosen)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
@settings(max_examples=12, deadline=None)
def test_a_head_of_digits_size_has_the_same_bits_in_any_batch(digits_sized, chosen):
    digits_sized.check(chosen)


def test_learning_sets_of_different_sizes_can_share_a_batch():
    features, truth = blobs(3, 90, 5, 3)
    sizes = (30, 60, 45)
    designs = [make_design(features, np.arange(size), 3) for size in sizes]
    heads = [head(i, np.eye(3)[truth[:size]]) for i, size in enumerate(sizes)]
    together = fit_heads(designs, heads)
    for i, size in enumerate(sizes):
        (alone,) = fit_heads([designs[i]], [head(0, np.eye(3)[truth[:size]])])
        assert (together[i] == alone).all()


def test_heads_beyond_one_batch_do_not_change(classifying):
    """Heads join the batch where others leave it, at another place each."""
    rng = np.random.default_rng(0)
    classifying.check(rng.integers(14, size=330).tolist())


def objective(design, weights, targets, mass, l2):
    """Sum of losses and penalty over the number of items, in float64."""
    weights, matrix = weights.astype(np.float64), design.matrix.astype(np.float64)
    if design.intercept:
        logits, free = matrix @ weights.T, weights[:, :-1]
    else:
        logits, free = (matrix @ weights[0]).reshape(design.classes, -1).T, weights
    top = logits.max(axis=1)
    losses = (
        top + np.log(np.exp(logits - top[:, None]).sum(axis=1)) - (targets * logits).sum(axis=1)
    )
    return ((mass * losses).sum() + l2 / 2 * np.sum(free**2)) / len(targets)


@pytest.mark.parametrize("strength", [0.001, 0.1, 1.0, 10.0, 1000.0])
@pytest.mark.parametrize(("items", "columns", "classes"), [(300, 8, 3), (200, 30, 5)])
def test_the_solver_agrees_with_scikit_learn(strength, items, columns, classes):
    features, truth = blobs(1, items, columns, classes)
    learn = np.arange(items)
    design, labels = make_design(features, learn, classes), np.eye(classes)[truth[:items]]
    found = fit_heads([design], [head(0, labels, l2=1 / strength)])[0]

    scaler = StandardScaler().fit(features[learn].astype(float))
    scaled = scaler.transform(features.astype(float))
    theirs = LogisticRegression(C=strength, tol=1e-8, max_iter=100_000).fit(
        scaled[learn], truth[learn]
    )
    chances = theirs.predict_proba(scaled)
    surprise = -np.log(chances[learn, truth[learn]]).mean()
    best = surprise + np.sum(theirs.coef_**2) / strength / 2 / items

    mine = objective(design, found, labels, np.ones(items), 1 / strength)
    assert abs(mine - best) < 1e-4
    beliefs = design.beliefs(found[None])[0]
    assert np.mean(beliefs.argmax(axis=1) == chances.argmax(axis=1)) > 0.98


def test_two_classes_have_two_weight_vectors_of_half_the_length():
    """As softmax with two opposite vectors: scikit-learn's binary regression at C = 2 / l2."""
    features, truth = blobs(2, 200, 5, 2)
    design, labels = make_design(features, np.arange(200), 2), np.eye(2)[truth[:200]]
    found = fit_heads([design], [head(0, labels, l2=0.5)])[0]
    scaled = StandardScaler().fit(features[:200].astype(float)).transform(features.astype(float))
    theirs = LogisticRegression(C=4, tol=1e-8, max_iter=100_000).fit(scaled[:200], truth[:200])
    beliefs = design.beliefs(found[None])[0]
    assert beliefs == pytest.approx(theirs.predict_proba(scaled), abs=0.01)


def reference(design, targets, mass, l2):
    """What a general optimiser makes of the same problem, from float64 and to its limits."""
    shape = (design.weight_rows, design.columns)

    def loss_and_slope(flat):
        weights, matrix = flat.reshape(shape), design.matrix.astype(np.float64)
        decay = weights.copy()
        if design.intercept:
            decay[:, -1] = 0
            residual = mass[:, None] * (softmax(matrix @ weights.T) - targets)
            slope = residual.T @ matrix
        else:
            logits = (matrix @ weights[0]).reshape(design.classes, -1).T
            residual = mass[:, None] * (softmax(logits) - targets)
            slope = (residual.T.ravel() @ matrix)[None]
        value = objective(design, weights, targets, mass, l2)
        return value, ((slope + l2 * decay) / len(targets)).ravel()

    found = minimize(
        loss_and_slope,
        np.zeros(shape).ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 20_000, "maxfun": 40_000, "ftol": 1e-14, "gtol": 1e-9},
    )
    return found.x.reshape(shape)


@pytest.mark.parametrize("l2", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("kind", ["soft labels", "labels outside 0 to 1", "weighted items"])
def test_the_solver_agrees_with_a_general_optimizer(kind, l2):
    rng = np.random.default_rng(0)
    features, _ = blobs(3, 150, 6, 3)
    design = make_design(features, np.arange(150), 3)
    targets, mass = rng.dirichlet(np.ones(3), 150), np.ones(150)
    if kind == "labels outside 0 to 1":  # as reverse KL's: belief minus a gradient
        targets += 0.3 * (lambda z: z - z.mean(axis=1, keepdims=True))(rng.normal(size=(150, 3)))
    if kind == "weighted items":
        mass = rng.integers(4, size=150) / 2
    found = fit_heads([design], [head(0, targets, mass=mass, l2=l2)])[0]
    best = reference(design, targets, mass, l2)
    gap = objective(design, found, targets, mass, l2) - objective(design, best, targets, mass, l2)
    assert -1e-6 < gap < 1e-4
    beliefs = design.beliefs(np.stack([found, best.astype(np.float32)]))
    assert beliefs[0] == pytest.approx(beliefs[1], abs=0.02)


@pytest.mark.parametrize("l2", [0.01, 1.0, 30.0])
def test_shared_weights_agree_with_a_general_optimizer(l2):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, 4, 5))
    taste = np.array([1.0, -2, 0, 0.5, 1])
    truth = (features @ taste + rng.gumbel(size=(200, 4))).argmax(axis=1)
    design = make_design(features, np.arange(200), 4)
    targets, mass = np.eye(4)[truth], np.ones(200)
    found = fit_heads([design], [head(0, targets, l2=l2)])[0]
    best = reference(design, targets, mass, l2)
    assert found.shape == (1, 5)
    gap = objective(design, found, targets, mass, l2) - objective(design, best, targets, mass, l2)
    assert -1e-6 < gap < 1e-4


def test_items_of_weight_zero_are_ignored():
    """Their labels change no bit, and the rest is solved as by itself (the penalty is a sum's)."""
    rng = np.random.default_rng(0)
    features, truth = blobs(4, 100, 5, 3)
    design, labels = make_design(features, np.arange(100), 3), np.eye(3)[truth[:100]]
    kept = rng.random(100) < 0.6
    found = fit_heads([design], [head(0, labels, mass=kept.astype(float))])[0]
    lies = np.where(kept[:, None], labels, rng.dirichlet(np.ones(3), 100))
    assert (
        fit_heads([design], [head(0, lies, mass=kept.astype(float))])[0].tobytes()
        == found.tobytes()
    )

    matrix = design.matrix[kept].astype(float)

    def without(flat):
        weights = flat.reshape(3, -1)
        chances = softmax(matrix @ weights.T)
        losses = -np.log(chances[np.arange(kept.sum()), truth[:100][kept]])
        decay = weights * (np.arange(design.columns) < design.columns - 1)
        slope = (chances - labels[kept]).T @ matrix + decay
        return losses.sum() + np.sum(decay**2) / 2, slope.ravel()

    best = minimize(without, np.zeros(found.size), jac=True, method="L-BFGS-B").fun
    assert abs(without(found.ravel().astype(float))[0] - best) / 100 < 1e-4


def test_an_item_of_weight_two_counts_as_two_items():
    features, truth = blobs(5, 80, 4, 3)
    labels, mass = np.eye(3)[truth[:80]], np.repeat([1.0, 2.0], 40)
    weighted, twice = (
        make_design(features, np.arange(80), 3),
        np.append(np.arange(80), np.arange(40, 80)),
    )
    repeated = make_design(features, twice, 3)
    found = fit_heads([weighted], [head(0, labels, mass=mass, l2=1e-3)])[0]
    other = fit_heads([repeated], [head(0, labels[twice], l2=1e-3)])[0]
    assert weighted.beliefs(found[None]) == pytest.approx(repeated.beliefs(other[None]), abs=0.02)


def test_the_order_of_choices_permutes_only_the_beliefs():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(90, 4, 5))
    labels = softmax(features[:60] @ np.array([2.0, -1, 0, 1, 0]))
    order = np.argsort(rng.random((90, 4)), axis=1)  # another for every item
    turned = np.take_along_axis(features, order[:, :, None], axis=1)
    turned_labels = np.take_along_axis(labels, order[:60], axis=1)
    found = []
    for seen, told in ((features, labels), (turned, turned_labels)):
        design = make_design(seen, np.arange(60), 4)
        found.append(design.beliefs(fit_heads([design], [head(0, told)])[0][None])[0])
    assert found[0].std() > 0.1
    assert found[1] == pytest.approx(np.take_along_axis(found[0], order, axis=1), abs=2e-3)


def solved(features, truth, items, classes, l2=1.0):
    """(A, K) beliefs of a head that was shown the first items' truth."""
    design = make_design(features, np.arange(items), classes)
    weights = fit_heads([design], [head(0, np.eye(classes)[truth[:items]], l2=l2)])[0]
    assert np.isfinite(weights).all()
    beliefs = design.beliefs(weights[None])[0]
    assert np.isfinite(beliefs).all()
    assert beliefs.sum(axis=1) == pytest.approx(np.ones(len(features)), abs=1e-5)
    return beliefs


@pytest.mark.parametrize("scale", [1e6, 1e-6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_neither_scale_nor_origin_of_the_features_matters(scale, dtype):
    features, truth = blobs(6, 100, 5, 3)
    expected = solved(features, truth, 100, 3)
    assert solved((features * scale).astype(dtype), truth, 100, 3) == pytest.approx(
        expected, abs=2e-3
    )
    moved = features.astype(np.float64) * scale + 30 * scale
    assert solved(moved, truth, 100, 3) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("ratio", [1e3, 1e6])
def test_columns_may_be_of_very_different_scales(ratio):
    """A column in other units is standardised; it does not make the rest look constant."""
    features, truth = blobs(6, 100, 5, 3)
    expected = solved(features, truth, 100, 3)
    units = np.array([ratio, 1, 1, 1, 1])
    assert solved(features * units, truth, 100, 3) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, 1e6, -1e-3])
def test_constant_columns_change_nothing(value, dtype):
    features, truth = blobs(7, 100, 5, 3)
    expected = solved(features, truth, 100, 3)
    constant = np.full((200, 2), value)
    wider = np.hstack([constant, features]).astype(dtype)
    assert solved(wider, truth, 100, 3) == pytest.approx(expected, abs=2e-3)


def test_a_column_constant_in_training_is_ignored_later():
    features, truth = blobs(7, 100, 5, 3)
    late = np.append(np.zeros(100), np.full(100, 1e3))[:, None]
    found = solved(np.hstack([late, features]), truth, 100, 3)
    assert found == pytest.approx(solved(features, truth, 100, 3), abs=2e-3)


def test_without_features_beliefs_are_the_class_frequencies():
    truth = np.repeat([0, 1, 2, 2], 50)
    beliefs = solved(np.ones((200, 3)), truth, 200, 3)
    assert beliefs == pytest.approx(np.tile([0.25, 0.25, 0.5], (200, 1)), abs=3e-3)


def test_a_duplicated_column_counts_as_one_column_with_half_the_l2():
    features, truth = blobs(8, 100, 4, 3)
    twice = solved(np.hstack([features, features]), truth, 100, 3, l2=2.0)
    assert twice == pytest.approx(solved(features, truth, 100, 3, l2=1.0), abs=5e-3)


@pytest.mark.parametrize("l2", [1e-4, 1.0])
def test_a_head_can_have_more_columns_than_items(l2):
    """Everything learnt is known by heart; what scikit-learn believes of the rest is believed."""
    features, truth = blobs(9, 40, 150, 3)
    beliefs = solved(features, truth, 40, 3, l2=l2)
    assert (beliefs[:40].argmax(axis=1) == truth[:40]).all()
    scaled = StandardScaler().fit(features[:40].astype(float)).transform(features.astype(float))
    theirs = LogisticRegression(C=1 / l2, tol=1e-8, max_iter=100_000)
    chances = theirs.fit(scaled[:40], truth[:40]).predict_proba(scaled)
    assert np.mean(beliefs.argmax(axis=1) == chances.argmax(axis=1)) > 0.9


def test_a_class_without_labels_has_a_small_probability():
    features, truth = blobs(10, 100, 4, 2)
    beliefs = solved(features, truth, 100, 3)
    assert beliefs[:, 2].max() < 0.05


def test_separable_items_are_learned_with_a_small_l2():
    truth = np.tile([0, 1], 100)
    features = np.column_stack([2.0 * truth - 1, np.zeros(200)])
    beliefs = solved(features, truth, 100, 2, l2=1e-6)
    assert (beliefs.argmax(axis=1) == truth).all()
    assert beliefs.max(axis=1).min() > 0.99


def test_identical_choices_are_equally_likely():
    features = np.ones((60, 3, 4)) * np.random.default_rng(0).normal(size=(60, 1, 4))
    labels = np.random.default_rng(1).dirichlet(np.ones(3), 60)
    design = make_design(features, np.arange(60), 3)
    beliefs = design.beliefs(fit_heads([design], [head(0, labels)])[0][None])[0]
    assert beliefs == pytest.approx(np.full((60, 3), 1 / 3), abs=1e-6)


def counted_clock(monkeypatch, ends_after):
    """A clock that stands still until it was read so many times; returns the number of reads."""
    reads = []

    def monotonic():
        reads.append(None)
        return 0.0 if len(reads) <= ends_after else 2.0

    monkeypatch.setattr(solver.time, "monotonic", monotonic)
    return reads


def test_a_deadline_stops_the_solver_between_two_evaluations(classifying, monkeypatch):
    reads = counted_clock(monkeypatch, ends_after=3)
    with pytest.raises(TimeoutError):
        fit_heads(classifying.designs, classifying.heads, deadline=1.0)
    assert len(reads) == 4  # the search ends at the first look at the clock past the deadline


def test_an_unreached_deadline_changes_no_bit(classifying):
    found = fit_heads(classifying.designs, classifying.heads, deadline=time.monotonic() + 3600)
    assert [one.tobytes() for one in found] == classifying.alone


def test_static_heads_are_stopped_at_the_deadline(digits_sized, monkeypatch):
    """A rule that looks at no beliefs is asked once, and the whole search follows."""
    static = [one for one in digits_sized.heads if one.static]
    assert static
    reads = counted_clock(monkeypatch, ends_after=10**9)
    fit_heads(digits_sized.designs, static, deadline=1.0)
    whole = len(reads)
    reads = counted_clock(monkeypatch, ends_after=whole // 2)
    with pytest.raises(TimeoutError):
        fit_heads(digits_sized.designs, static, deadline=1.0)
    assert len(reads) == whole // 2 + 1 < whole
