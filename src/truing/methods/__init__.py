"""Methods: rules that turn weak labels into training targets and weights. One file each."""

from truing.methods import (  # noqa: F401  (registers the built-in methods)
    _adaptive_confidence,
    _bootstrap,
    _co_teaching,
    _composition,
    _confidence,
    _confident_filter,
    _controls,
    _curriculum,
    _ensemble,
    _entropy,
    _gce,
    _knn_relabel,
    _logreg_relabel,
    _naive,
    _noisy_channel,
    _overlap_density,
    _probe_filter,
    _product,
    _reverse_kl,
    _topofilter,
    _window,
)
from truing.methods._composition import canonical, composition_space, family
from truing.methods._fit import Trained, Training, member_masses, prepared, train, train_heads
from truing.methods._fit_estimator import train_estimator
from truing.methods._given import GivenMethod, GivenMethods, give_methods
from truing.methods._method import (
    METHODS,
    Control,
    Evidence,
    Method,
    follow,
    harden,
    method,
    most_confident,
    ramp,
    safe_log,
    top_share,
    uniform,
)
from truing.methods._space import Argument, Choice, Real, Space, Whole
from truing.methods._tune import plan_tunings

__all__ = [
    "METHODS",
    "Argument",
    "Choice",
    "Control",
    "Evidence",
    "GivenMethod",
    "GivenMethods",
    "Method",
    "Real",
    "Space",
    "Trained",
    "Training",
    "Whole",
    "canonical",
    "composition_space",
    "family",
    "follow",
    "give_methods",
    "harden",
    "member_masses",
    "method",
    "most_confident",
    "plan_tunings",
    "prepared",
    "ramp",
    "safe_log",
    "top_share",
    "train",
    "train_estimator",
    "train_heads",
    "uniform",
]
