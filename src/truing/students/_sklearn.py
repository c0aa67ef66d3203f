"""Classifiers of scikit-learn by name: `sklearn/RandomForestClassifier,n_estimators=200`."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

from truing.arguments import read_value
from truing.errors import UnknownNameError, UserError

PREFIX = "sklearn/"


def build_classifier(name: str, arguments: Mapping[str, str]) -> Any:
    """A classifier of scikit-learn.

    Args:
        name: name of its class, `RandomForestClassifier`.
        arguments: parameters as text: numbers, true, false, none or words.

    Raises:
        UnknownNameError: there is no such classifier.
        UserError: an unknown parameter.

    Examples:
        >>> from truing.students import build_classifier
        >>> build_classifier("RandomForestClassifier", {"n_estimators": "200"})
        RandomForestClassifier(n_estimators=200)
    """
    known = all_classifiers()
    if name not in known:
        raise UnknownNameError("student", PREFIX + name, [PREFIX + one for one in known])
    try:
        allowed = known[name]().get_params()
    except TypeError:
        raise UserError(
            f"{PREFIX}{name} contains other estimators; pass it as an object from Python"
        ) from None
    if unknown := set(arguments) - set(allowed):
        raise UserError(
            f"{PREFIX}{name}: no parameter {min(unknown)!r}; allowed: "
            f"{', '.join(sorted({*allowed, 'features'}))}"
        )
    read = {one: read_value(one, inspect.Parameter.empty, arguments[one]) for one in arguments}
    return known[name](**read)


@cache
def all_classifiers() -> dict[str, type]:
    """Classifiers by name; scikit-learn imports all its modules to find them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about modules that will be removed
        from sklearn.utils import all_estimators

        return dict(all_estimators("classifier"))
