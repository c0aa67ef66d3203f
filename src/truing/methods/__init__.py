"""Methods: how a student turns weak labels into what it learns from. One file each."""

from truing.methods import (  # noqa: F401  (registers the built-in methods)
    _adaptive_confidence,
    _bootstrap,
    _co_teaching,
    _composition,
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
from truing.methods._composition import canonical, composition_space, family
from truing.methods._fit import Training, member_masses, prepared, train
from truing.methods._method import (
    METHODS,
    Evidence,
    Method,
    follow,
    fraction,
    harden,
    method,
    most_confident,
    ramp,
    safe_log,
    uniform,
)
from truing.methods._space import Argument, Choice, Real, Space, Whole

__all__ = [
    "METHODS",
    "Argument",
    "Choice",
    "Evidence",
    "Method",
    "Real",
    "Space",
    "Training",
    "Whole",
    "canonical",
    "composition_space",
    "family",
    "follow",
    "fraction",
    "harden",
    "member_masses",
    "method",
    "most_confident",
    "prepared",
    "ramp",
    "safe_log",
    "train",
    "uniform",
]
