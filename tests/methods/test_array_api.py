"""The same rule serves NumPy heads and PyTorch fine-tuning: written once against the array API."""

import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truing.methods import METHODS

LIBRARIES = [name for name in ("array_api_strict", "torch") if importlib.util.find_spec(name)]
NAMES = sorted(METHODS.describe())
VARIANTS = [
    *NAMES,
    "naive,hard=true",
    "confidence,warmup=0",
    "co-teaching,warmup=0",
    "entropy,warmup=0",
    "product,beta=0.5",
    "window,radius=midweak",
]


def drawn(choices, items=24, seed=0):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(choices), items), rng.dirichlet(np.ones(choices), items)


def test_pytorch_is_among_the_libraries_that_are_tried():
    """The core needs no PyTorch; where it is installed, the rules are tried on it too."""
    pytest.importorskip("torch")
    assert "torch" in LIBRARIES


@pytest.mark.parametrize("progress", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("choices", [2, 5])
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", VARIANTS)
def test_a_rule_gives_equal_results_in_every_library(name, library, precision, choices, progress):
    xp = importlib.import_module(library)
    targets = METHODS.build(name).value.targets
    weak, belief = (labels.astype(precision) for labels in drawn(choices))
    expected = targets(weak, belief, progress)
    dtype = getattr(xp, precision)
    found = targets(xp.asarray(weak), xp.asarray(belief), progress)
    for mine, theirs in zip(expected, found, strict=True):
        assert isinstance(mine, np.ndarray)
        assert mine.dtype == precision
        assert type(theirs) is type(xp.asarray(weak))
        assert theirs.dtype == dtype
        assert np.asarray(theirs) == pytest.approx(mine, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_rule_does_not_change_its_inputs(name):
    targets = METHODS.build(name).value.targets
    weak, belief = drawn(3)
    shown = weak.copy(), belief.copy()
    for progress in (0.0, 0.5, 1.0):
        targets(*shown, progress)
    assert shown[0].tobytes() == weak.tobytes()
    assert shown[1].tobytes() == belief.tobytes()


@pytest.mark.parametrize("name", VARIANTS)
def test_a_method_is_static_exactly_if_its_rule_uses_only_the_labels(name):
    method = METHODS.build(name).value
    weak, belief = drawn(3)
    expected = method.targets(weak, belief, 0.0)
    seen = [method.targets(weak, other, p) for other in (weak, belief) for p in (0.0, 0.3, 1.0)]
    same = all(
        np.array_equal(targets, expected[0]) and np.array_equal(weights, expected[1])
        for targets, weights in seen
    )
    assert same == method.static


@pytest.mark.parametrize("name", VARIANTS)
@given(
    choices=st.integers(2, 5),
    items=st.integers(1, 12),
    seed=st.integers(0, 2**32 - 1),
    sharp=st.booleans(),
    progress=st.floats(0, 1),
)
@settings(max_examples=15, deadline=None)
def test_targets_sum_to_one_and_weights_are_not_negative(
    name, choices, items, seed, sharp, progress
):
    """Also on labels and beliefs that are certain, where logarithms and powers end."""
    weak, belief = drawn(choices, items, seed)
    if sharp:
        weak, belief = np.round(weak) / 1.0, np.eye(choices)[belief.argmax(axis=1)]
        weak[weak.sum(axis=1) != 1] = 1 / choices
    targets, weights = METHODS.build(name).value.targets(weak, belief, progress)
    assert targets.sum(axis=1) == pytest.approx(np.ones(items))
    assert np.isfinite(targets).all()
    assert ((weights >= 0) & (weights <= 1)).all()


@pytest.mark.parametrize("name", VARIANTS)
def test_a_rule_does_not_depend_on_the_order_of_items_and_choices(name):
    targets = METHODS.build(name).value.targets
    rng = np.random.default_rng(1)
    for choices in (2, 4):
        weak, belief = drawn(choices, 23)
        made, weights = targets(weak, belief, 1.0)
        items = rng.permutation(23)
        moved, moved_weights = targets(weak[items], belief[items], 1.0)
        assert moved == pytest.approx(made[items])
        assert moved_weights == pytest.approx(weights[items])
        order = np.roll(np.arange(choices), 1)
        turned, turned_weights = targets(weak[:, order], belief[:, order], 1.0)
        assert turned == pytest.approx(made[:, order])
        assert turned_weights == pytest.approx(weights)
