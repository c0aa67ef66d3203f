"""Classifiers of scikit-learn by name: `sklearn/RandomForestClassifier,n_estimators=200`."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of modules that the search imports
        from sklearn.utils import all_estimators

        known = dict(all_estimators("classifier"))
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
            f"{PREFIX}{name}: no parameter {min(unknown)!r}; allowed: {', '.join(sorted(allowed))}"
        )
    read = {one: read_value(one, inspect.Parameter.empty, arguments[one]) for one in arguments}
    return known[name](**read)
