"""Contract checks for extensions that others write: call them from a test of your own."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from truing.errors import ContractError
from truing.methods import METHODS, Method, Training, train
from truing.students.features import FEATURES, extract
from truing.tasks import load_task

PROGRESS = (0.0, 0.1, 0.5, 1.0)


def check_method(specification: str) -> None:
    """Check a method: its rule on two and on five choices, and a student trained by it.

    The rule must return targets (n, k) and weights (n,), finite, weights not below 0; give the same
    twice; leave its inputs alone; treat items with equal beliefs or equal labels alike, wherever
    they stand in the array; and, where array-api-strict is installed, run on arrays that know the
    array API and nothing else, as the PyTorch students need.

    Args:
        specification: as at the command line: a name, or `path/to/file.py:name`.

    Raises:
        ContractError: it does not.
        UserError: there is no such method.
    """
    built = METHODS.build(specification)
    for choices in (2, 5):
        weak, belief = _probabilities(choices, 0), _probabilities(choices, 1)
        for progress in PROGRESS:
            _check_rule(built.value, specification, weak, belief, progress)
            _check_order(built.value, specification, weak, progress)
    _check_training(built.value, specification)


def check_features(specification: str, task: str = "digits") -> None:
    """Check a feature map on a task: a row for each item, finite numbers, the same twice.

    Raises:
        ContractError: another result the second time.
        UserError: no such features or task, or values that are not what they must be.
    """
    loaded = load_task(task).task
    first, second = (
        extract(FEATURES.build(specification).value, specification, loaded) for _ in range(2)
    )
    if not np.array_equal(first, second):
        raise ContractError(f"features {specification!r} differ from one extraction to the next")


def check_task(specification: str, seeds: int = 3) -> None:
    """Check a task: it loads alike twice, and its splits are large enough and hold every item once.

    Raises:
        ContractError: two loads differ, or an item lies in no split or in two.
        UserError: there is no such task, or its items are not what they must be.
    """
    first, second = load_task(specification).task, load_task(specification).task
    if first.fingerprint != second.fingerprint:
        raise ContractError(f"task {specification!r} differs from one loading to the next")
    for seed in range(seeds):
        parts = vars(first.splits(seed)).values()
        if sorted(np.concatenate(list(parts)).tolist()) != list(range(len(first))):
            raise ContractError(f"task {specification!r}: not every item lies in exactly one split")


def _check_rule(
    method: Method, name: str, weak: np.ndarray, belief: np.ndarray, progress: float
) -> None:
    where = f"method {name!r} at progress {progress:g} with {weak.shape[1]} choices"
    before = weak.copy(), belief.copy()
    targets, weights = method.targets(weak, belief, progress)
    again, weights_again = method.targets(weak, belief, progress)
    _require(np.shape(targets) == weak.shape, f"{where}: targets of shape {np.shape(targets)}")
    _require(np.shape(weights) == weak.shape[:1], f"{where}: weights of shape {np.shape(weights)}")
    _require(bool(np.isfinite(targets).all()), f"{where}: targets that are not finite")
    _require(bool(np.isfinite(weights).all()), f"{where}: weights that are not finite")
    _require(bool((np.asarray(weights) >= 0).all()), f"{where}: weights below 0")
    same = np.array_equal(targets, again) and np.array_equal(weights, weights_again)
    _require(same, f"{where}: another result the second time")
    kept = np.array_equal(weak, before[0]) and np.array_equal(belief, before[1])
    _require(kept, f"{where}: its inputs were changed")
    if find_spec("array_api_strict"):
        _check_portable(method, where, weak, belief, progress, targets)


def _check_order(method: Method, name: str, weak: np.ndarray, progress: float) -> None:
    """Targets and weights move with their items, also where beliefs or labels are all equal.

    An untrained student has equal beliefs about all items, and hard labels are equally confident. A
    rule that ranks them by position teaches one choice to the first items of the array.
    """
    choices = weak.shape[1]
    even = np.full_like(weak, 1 / choices)
    hard = np.eye(choices)[weak.argmax(axis=1)]
    order = np.random.default_rng(0).permutation(len(weak))
    for labels, belief in ((weak, even), (hard, even), (hard, hard), (hard, weak)):
        made = method.targets(labels, belief, progress)
        moved = method.targets(labels[order], belief[order], progress)
        same = all(np.allclose(one[order], other) for one, other in zip(made, moved, strict=True))
        _require(
            same,
            f"method {name!r} at progress {progress:g} with {choices} choices: targets or weights "
            "of items with equal beliefs depend on the order of the items",
        )


def _check_portable(
    method: Method, where: str, weak: np.ndarray, belief: np.ndarray, progress: float, targets
) -> None:
    import array_api_strict as strict

    given = strict.asarray(weak)
    try:
        found, _ = method.targets(given, strict.asarray(belief), progress)
    except Exception as error:  # whatever fails here, fails for a third party's arrays
        raise ContractError(f"{where}: needs more than the array API ({error})") from error
    _require(isinstance(found, type(given)), f"{where}: NumPy's array where another was given")
    rows, columns = weak.shape
    values = [[float(found[i, j]) for j in range(columns)] for i in range(rows)]
    _require(np.allclose(values, targets), f"{where}: another result on other arrays")


def _check_training(method: Method, name: str) -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(80, 6))
    truth = (features[:, 0] > 0).astype(int)
    said = np.where(rng.random(80) < 0.8, truth, 1 - truth)
    confidence = rng.uniform(0.6, 0.95, size=80)[:, None]
    labels = np.where(np.eye(2)[said] == 1, confidence, 1 - confidence)
    training = Training(method, name, np.arange(80), labels, np.arange(80) // 2, 1.0, "check")
    first, second = train(features, [training])[0], train(features, [training])[0]
    _require(bool(np.isfinite(first).all()), f"method {name!r}: a student with beliefs not finite")
    _require(np.array_equal(first, second), f"method {name!r}: another student the second time")


def _probabilities(choices: int, seed: int) -> np.ndarray:
    """(24, choices) beliefs, some of them sure and some even."""
    beliefs = np.random.default_rng(seed).dirichlet(np.full(choices, 0.7), size=24)
    beliefs[0] = 1 / choices
    beliefs[1] = np.eye(choices)[0]
    return beliefs


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ContractError(message)
