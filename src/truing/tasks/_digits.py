"""Handwritten digits: 1,797 real images of 8 x 8 pixels, shipped with scikit-learn.

Source: Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI Machine Learning
Repository (test part), CC BY 4.0.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from truing.tasks._load import task
from truing.tasks._source import Source, make_source

LICENSE = "CC BY 4.0"
ORIGIN = "UCI Optical Recognition of Handwritten Digits (1998), test part, by scikit-learn"


@task("digits")
def digits() -> Source:
    """Which digit is it? Ten classes, 1,797 images of 8 x 8 pixels."""
    return _digits("digits", [str(d) for d in range(10)], lambda digit: digit)


@task("digits-parity")
def digits_parity() -> Source:
    """Is the digit odd? Two classes, with the images of `digits`."""
    return _digits("digits-parity", ["even", "odd"], lambda digit: digit % 2)


@task("digits-large")
def digits_large() -> Source:
    """Is the digit five or more? Two classes, with the images of `digits`."""
    return _digits("digits-large", ["0-4", "5-9"], lambda digit: digit >= 5)


def _digits(name: str, choices: list[str], rule: Callable[[np.ndarray], np.ndarray]) -> Source:
    from sklearn.datasets import load_digits

    data = load_digits()
    images = (data.images / 16).astype(np.float32)
    ids = [str(i) for i in range(len(images))]
    truth = rule(data.target).astype(np.int64)
    return make_source(
        name, "classification", ids, images, choices, truth, license=LICENSE, origin=ORIGIN
    )
