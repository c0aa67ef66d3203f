"""Contract checks for extensions: call them from the tests of an extension."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from truing.errors import ContractError
from truing.methods import METHODS, Method, Training, train
from truing.students.features import FEATURES, extract
from truing.tasks import load_task

PROGRESS = (0.0, 0.1, 0.5, 1.0)


def check_method(specification: str) -> None:
    """Check a method: its rule on two and on five choices, and the training of a student.

    Checked conditions:

    - The rule returns finite targets (n, k) and finite weights (n,), and no weight is below 0.
    - A second call with the same inputs returns the same result.
    - The rule does not change its inputs.
    - Items with equal beliefs or equal labels are treated equally, in any order of the items.
    - If array-api-strict is installed: the rule works on arrays that support only the array API, as
      PyTorch students need.
    - A student trained twice has the same finite beliefs.

    Args:
        specification: name of a method, or `path/to/file.py:name`, as on the command line.

    Raises:
        ContractError: a condition is violated. The message names the condition and a remedy.
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
    """Check a feature map on a task: one row of finite numbers per item, equal in two extractions.

    Args:
        specification: name of a feature map, or `path/to/file.py:name`.
        task: specification of the task whose items are used.

    Raises:
        ContractError: the second extraction returns another result.
        UserError: there are no such features or task, or the values have a wrong shape or type.
    """
    loaded = load_task(task).task
    first, second = (
        extract(FEATURES.build(specification).value, specification, loaded) for _ in range(2)
    )
    if not np.array_equal(first, second):
        raise ContractError(
            f"features {specification!r}: a second extraction returned other values; seed all "
            "randomness"
        )


def check_task(specification: str, seeds: int = 3) -> None:
    """Check a task: two loads are equal, and each item is in exactly one large enough split.

    Args:
        specification: name of a task or a file, or `path/to/file.py:name`.
        seeds: number of random seeds whose splits are checked.

    Raises:
        ContractError: two loads differ, or an item is in no split or in two splits.
        UserError: there is no such task, its items are invalid, or a split is too small.
    """
    first, second = load_task(specification).task, load_task(specification).task
    if first.fingerprint != second.fingerprint:
        raise ContractError(
            f"task {specification!r}: a second load returned other items; load items in a fixed "
            "order, and seed all randomness"
        )
    for seed in range(seeds):
        parts = vars(first.splits(seed)).values()
        if sorted(np.concatenate(list(parts)).tolist()) != list(range(len(first))):
            raise ContractError(
                f"task {specification!r}, seed {seed}: each item must be in exactly one split; "
                "check the roles and clusters of its items"
            )


def _check_rule(
    method: Method, name: str, weak: np.ndarray, belief: np.ndarray, progress: float
) -> None:
    where = f"method {name!r} at progress {progress:g} with {weak.shape[1]} choices"
    before = weak.copy(), belief.copy()
    targets, weights = method.targets(weak, belief, progress)
    again, weights_again = method.targets(weak, belief, progress)
    _require(
        np.shape(targets) == weak.shape,
        f"{where}: targets must have shape {weak.shape}, got {np.shape(targets)}",
    )
    _require(
        np.shape(weights) == weak.shape[:1],
        f"{where}: weights must have shape {weak.shape[:1]}, got {np.shape(weights)}",
    )
    _require(
        bool(np.isfinite(targets).all()),
        f"{where}: targets must be finite; bound logarithms and quotients (`safe_log`)",
    )
    _require(
        bool(np.isfinite(weights).all()),
        f"{where}: weights must be finite; bound logarithms and quotients (`safe_log`)",
    )
    _require(
        bool((np.asarray(weights) >= 0).all()),
        f"{where}: weights must be 0 or more; use weight 0 for an item that must be ignored",
    )
    same = np.array_equal(targets, again) and np.array_equal(weights, weights_again)
    _require(
        same,
        f"{where}: a second call with the same inputs returned another result; keep no state "
        "between calls, and draw random numbers in `prepare` from `evidence.rng`",
    )
    kept = np.array_equal(weak, before[0]) and np.array_equal(belief, before[1])
    _require(
        kept,
        f"{where}: the rule changed its inputs; return new arrays instead of writing into them",
    )
    if find_spec("array_api_strict"):
        _check_portable(method, where, weak, belief, progress, targets)


def _check_order(method: Method, name: str, weak: np.ndarray, progress: float) -> None:
    """Check that targets and weights follow their items if the items are permuted.

    An untrained student has equal beliefs about all items, and hard labels are equally confident. A
    rule that ranks such items by position teaches one choice to the first items of the array.
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
            "of items with equal beliefs depend on the order of the items; treat ties equally, as "
            "`top_share` and `harden` do",
        )


def _check_portable(
    method: Method, where: str, weak: np.ndarray, belief: np.ndarray, progress: float, targets
) -> None:
    import array_api_strict as strict

    given = strict.asarray(weak)
    try:
        found, _ = method.targets(given, strict.asarray(belief), progress)
    except Exception as error:  # any failure here also occurs on arrays of other libraries
        raise ContractError(
            f"{where}: failed on an array that supports only the array API ({error}); use "
            "functions of array_api_compat.array_namespace(weak) instead of NumPy's"
        ) from error
    _require(
        isinstance(found, type(given)),
        f"{where}: returned a NumPy array for an array of another library; use functions of "
        "array_api_compat.array_namespace(weak) instead of NumPy's",
    )
    rows, columns = weak.shape
    values = [[float(found[i, j]) for j in range(columns)] for i in range(rows)]
    _require(
        np.allclose(values, targets),
        f"{where}: targets differ between NumPy arrays and arrays that support only the array API",
    )


def _check_training(method: Method, name: str) -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(80, 6))
    truth = (features[:, 0] > 0).astype(int)
    said = np.where(rng.random(80) < 0.8, truth, 1 - truth)
    confidence = rng.uniform(0.6, 0.95, size=80)[:, None]
    labels = np.where(np.eye(2)[said] == 1, confidence, 1 - confidence)
    training = Training(method, name, np.arange(80), labels, np.arange(80) // 2, 1.0, "check")
    first, second = train(features, [training])[0], train(features, [training])[0]
    _require(
        bool(np.isfinite(first).all()),
        f"method {name!r}: the beliefs of a trained student must be finite; keep targets bounded",
    )
    _require(
        np.array_equal(first, second),
        f"method {name!r}: a second training with the same random seed led to another student; "
        "draw random numbers only from `evidence.rng`",
    )


def _probabilities(choices: int, seed: int) -> np.ndarray:
    """(24, choices) random beliefs; the first row is uniform, the second is certain."""
    beliefs = np.random.default_rng(seed).dirichlet(np.full(choices, 0.7), size=24)
    beliefs[0] = 1 / choices
    beliefs[1] = np.eye(choices)[0]
    return beliefs


def _require(satisfied: bool, message: str) -> None:
    if not satisfied:
        raise ContractError(message)
