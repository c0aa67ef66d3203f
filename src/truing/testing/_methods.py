"""Contract of methods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any

import numpy as np

from truing.given import shown
from truing.methods import METHODS, GivenMethod, Method, Training, give_methods, train
from truing.testing._contract import Checked, Contract, Skip, Violation, require

PROGRESS = (0.0, 0.1, 0.5, 1.0)
ITEMS = 24


def check_method(method: GivenMethod) -> Checked:
    """Check a method: its rule on two and on five choices, and the training of a student.

    Args:
        method: name of a method, `path/to/file.py:name`, or an object as in `Study(methods=...)`:
            a function (weak, belief, progress) -> (targets, weights), or a `Method`.

    Returns:
        The conditions that were checked.

    Raises:
        ContractError: a condition is violated. The message names the condition and a remedy.
        UserError: there is no such method.

    Examples:
        >>> from truing.testing import check_method
        >>> print(check_method("confidence"))
        method 'confidence': 8 conditions are satisfied
        - targets have shape (n, k), and weights have shape (n,)
        - targets and weights are finite, and no weight is below 0
        - a second call with the same inputs returns the same result
        - the rule does not change its inputs
        - items with equal beliefs or labels are treated equally, in any order of the items
        - the rule works on arrays that support only the array API, as PyTorch students need
        - the beliefs of a trained student are finite
        - a second training with the same random seed leads to the same student
        not checked:
        - the rule uses neither beliefs nor progress: the method is not declared `static`
    """
    (specification,) = give_methods(method)
    name = shown(specification)
    return METHOD.check(name, _MethodCase(METHODS.build(specification).value, name))


@dataclass(frozen=True)
class _Call:
    """One call of a rule, on copies of its inputs."""

    method: Method
    weak: np.ndarray
    belief: np.ndarray
    progress: float

    @property
    def where(self) -> str:
        """The inputs of the call, for messages."""
        return f"at progress {self.progress:g} with {self.weak.shape[1]} choices"

    def run(self) -> tuple[Any, Any]:
        """Targets and weights."""
        return self.method.targets(self.weak.copy(), self.belief.copy(), self.progress)


@dataclass(frozen=True)
class _MethodCase:
    method: Method
    name: str

    def calls(self) -> Iterator[_Call]:
        """Calls on random labels and beliefs."""
        for choices in (2, 5):
            weak, belief = _probabilities(choices, 0), _probabilities(choices, 1)
            for progress in PROGRESS:
                yield _Call(self.method, weak, belief, progress)

    @cached_property
    def beliefs(self) -> np.ndarray:
        """Beliefs of a trained student."""
        return self.train()

    def train(self) -> np.ndarray:
        """Train a student on 80 planted items."""
        rng = np.random.default_rng(0)
        features = rng.normal(size=(80, 6))
        truth = (features[:, 0] > 0).astype(int)
        said = np.where(rng.random(80) < 0.8, truth, 1 - truth)
        confidence = rng.uniform(0.6, 0.95, size=80)[:, None]
        labels = np.where(np.eye(2)[said] == 1, confidence, 1 - confidence)
        items = np.arange(80)
        training = Training(self.method, self.name, items, labels, items // 2, 1.0, "check")
        return train(features, [training])[0]


METHOD: Contract[_MethodCase] = Contract("method")


@METHOD.condition("targets have shape (n, k), and weights have shape (n,)")
def _shapes(case: _MethodCase) -> None:
    for call in case.calls():
        targets, weights = call.run()
        shape = call.weak.shape
        require(
            np.shape(targets) == shape and np.shape(weights) == shape[:1],
            f"{call.where}, targets have shape {np.shape(targets)} and weights have shape "
            f"{np.shape(weights)} for labels of shape {shape}",
            "return one row of targets and one weight per item",
        )


@METHOD.condition("targets and weights are finite, and no weight is below 0")
def _finite(case: _MethodCase) -> None:
    for call in case.calls():
        targets, weights = (np.asarray(one) for one in call.run())
        for name, values in (("targets", targets), ("weights", weights)):
            wrong = values[~np.isfinite(values)]
            require(
                not wrong.size,
                f"{call.where}, {name} contain {_first(wrong):g}",
                "bound logarithms and quotients (`safe_log`)",
            )
        below = weights[weights < 0]
        require(
            not below.size,
            f"{call.where}, a weight is {_first(below):g}",
            "use weight 0 for an item that must be ignored",
        )


@METHOD.condition("a second call with the same inputs returns the same result")
def _repeatable(case: _MethodCase) -> None:
    for call in case.calls():
        require(
            all(map(np.array_equal, call.run(), call.run())),
            f"{call.where}, a second call returned another result",
            "keep no state between calls, and draw random numbers in `prepare` from `evidence.rng`",
        )


@METHOD.condition("the rule does not change its inputs")
def _pure(case: _MethodCase) -> None:
    for call in case.calls():
        given = call.weak.copy(), call.belief.copy()
        call.method.targets(*given, call.progress)
        require(
            all(map(np.array_equal, given, (call.weak, call.belief))),
            f"{call.where}, the rule changed its inputs",
            "return new arrays instead of writing into them",
        )


@METHOD.condition("the rule uses neither beliefs nor progress")
def _static(case: _MethodCase) -> None:
    if not case.method.static:
        raise Skip("the method is not declared `static`")
    for call in case.calls():
        used = case.method.targets(call.weak.copy(), call.weak.copy(), 1.0)
        require(
            all(map(np.array_equal, call.run(), used)),
            f"{call.where}, the result differs from that with other beliefs at progress 1",
            "a static rule is called only once; leave out `static=True`",
        )


@METHOD.condition(
    "items with equal beliefs or labels are treated equally, in any order of the items"
)
def _order_of_items(case: _MethodCase) -> None:
    """Check that targets and weights follow their items if the items are permuted.

    An untrained student has equal beliefs about all items, and hard labels are equally confident. A
    rule that ranks such items by position teaches one choice to the first items of the array.
    """
    for call in case.calls():
        weak, choices = call.weak, call.weak.shape[1]
        even, hard = np.full_like(weak, 1 / choices), np.eye(choices)[weak.argmax(axis=1)]
        order = np.random.default_rng(0).permutation(len(weak))
        for labels, belief in ((weak, even), (hard, even), (hard, hard), (hard, weak)):
            made = call.method.targets(labels, belief, call.progress)
            moved = call.method.targets(labels[order], belief[order], call.progress)
            require(
                all(np.allclose(one[order], other) for one, other in zip(made, moved, strict=True)),
                f"{call.where}, targets or weights of items with equal beliefs depend on the order "
                "of the items",
                "treat ties equally, as `top_share` and `harden` do",
            )


@METHOD.condition(
    "the rule works on arrays that support only the array API, as PyTorch students need"
)
def _portable(case: _MethodCase) -> None:
    if not find_spec("array_api_strict"):
        raise Skip("array-api-strict is not installed")
    import array_api_strict as strict

    remedy = "use functions of array_api_compat.array_namespace(weak) instead of NumPy's"
    for call in case.calls():
        given = strict.asarray(call.weak)
        try:
            found, _ = call.method.targets(given, strict.asarray(call.belief), call.progress)
        except Exception as error:  # any failure here also occurs on arrays of other libraries
            wrong = f"{call.where}, the rule failed on such an array ({error})"
            raise Violation(wrong, remedy) from error
        require(
            isinstance(found, type(given)),
            f"{call.where}, the rule returned a NumPy array for an array of another library",
            remedy,
        )
        rows, columns = call.weak.shape
        values = [[float(found[i, j]) for j in range(columns)] for i in range(rows)]
        require(
            np.allclose(values, call.run()[0]),
            f"{call.where}, targets differ between NumPy arrays and such arrays",
            remedy,
        )


@METHOD.condition("the beliefs of a trained student are finite")
def _trained(case: _MethodCase) -> None:
    require(bool(np.isfinite(case.beliefs).all()), "beliefs are not finite", "keep targets bounded")


@METHOD.condition("a second training with the same random seed leads to the same student")
def _trained_again(case: _MethodCase) -> None:
    require(
        np.array_equal(case.beliefs, case.train()),
        "a second training led to another student",
        "draw random numbers only from `evidence.rng`",
    )


def _probabilities(choices: int, seed: int) -> np.ndarray:
    """(24, choices) random beliefs; the first row is uniform, the second is certain."""
    beliefs = np.random.default_rng(seed).dirichlet(np.full(choices, 0.7), size=ITEMS)
    beliefs[0] = 1 / choices
    beliefs[1] = np.eye(choices)[0]
    return beliefs


def _first(values: np.ndarray) -> float:
    """The first of some values, for messages; NaN without values."""
    return float(values[0]) if values.size else float("nan")
