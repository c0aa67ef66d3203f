"""Methods: how a student turns weak labels into what it learns from. One file each."""

from truing.methods import (  # noqa: F401  (registers the built-in methods)
    _adaptive_confidence,
    _bootstrap,
    _co_teaching,
    _confidence,
    _confident_filter,
    _curriculum,
    _ensemble,
    _entropy,
    _fixed_points,
    _gce,
    _knn_relabel,
    _naive,
    _noisy_channel,
    _overlap_density,
    _reverse_kl,
    _window,
)
from truing.methods._fit import Training, train
from truing.methods._method import (
    METHODS,
    Evidence,
    Method,
    follow,
    fraction,
    harden,
    method,
    most_confident,
    safe_log,
    uniform,
)

__all__ = [
    "METHODS",
    "Evidence",
    "Method",
    "Training",
    "follow",
    "fraction",
    "harden",
    "method",
    "most_confident",
    "safe_log",
    "train",
    "uniform",
]
