"""Contract of feature maps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from truing.given import shown
from truing.students.features import FEATURES, FeaturesLike, extract, give_features
from truing.tasks import Task, load_task
from truing.testing._contract import Checked, Contract, require
from truing.testing._watched import Watched, watch


def check_features(features: FeaturesLike, task: str = "digits") -> Checked:
    """Check a feature map on a task.

    Args:
        features: name of a feature map, `path/to/file.py:name`, an array, or a function from a task
            to an array.
        task: specification of the task whose items are used.

    Returns:
        The conditions that were checked.

    Raises:
        ContractError: a condition is violated. The message names the condition and a remedy.
        UserError: there are no such features, or there is no such task.

    Examples:
        >>> from truing.testing import check_features
        >>> print(check_features("pca-8"))
        features 'pca-8': 4 conditions are satisfied
        - one row of finite numbers per item
        - a second extraction returns the same values
        - the inputs of the task stay as they are
        - no ground truth is read
    """
    specification = give_features(features)
    FEATURES.build(specification)
    case = _FeatureCase(specification, load_task(task).task)
    return FEATURE_MAP.check(shown(specification), case)


@dataclass(frozen=True)
class _FeatureCase:
    name: str
    task: Task

    @cached_property
    def first(self) -> tuple[np.ndarray, Watched]:
        """Features of the first extraction, which is watched."""
        with watch(self.task) as watched:
            found = self.extract()
        return found, watched

    def extract(self) -> np.ndarray:
        """Features of a map that is built again."""
        return extract(FEATURES.build(self.name).value, shown(self.name), self.task)


FEATURE_MAP: Contract[_FeatureCase] = Contract("features")


@FEATURE_MAP.condition("one row of finite numbers per item")
def _rows(case: _FeatureCase) -> None:
    assert len(case.first[0]) == len(case.task), "`extract` refuses other shapes and values"


@FEATURE_MAP.condition("a second extraction returns the same values")
def _repeatable(case: _FeatureCase) -> None:
    require(
        np.array_equal(case.first[0], case.extract(), equal_nan=True),
        "a second extraction returned other values",
        "seed all randomness",
    )


@FEATURE_MAP.condition("the inputs of the task stay as they are")
def _pure(case: _FeatureCase) -> None:
    case.first[1].require_unchanged()


@FEATURE_MAP.condition("no ground truth is read")
def _closed(case: _FeatureCase) -> None:
    case.first[1].require_closed()
