"""Preload: import packages before a run starts, so that runs are not charged for the imports."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

PRELOADED = (
    *("truing.pipeline", "truing.students", "truing.methods", "array_api_compat.numpy"),
    *("scipy.optimize", "scipy.stats", "sklearn.linear_model", "sklearn.pipeline"),
    *("sklearn.preprocessing", "sklearn.neighbors"),
)
PRELOADED_FOR_MODELS = (  # if they are installed
    *("torch", "accelerate", "transformers", "transformers.modeling_utils"),
    *("transformers.models.auto.modeling_auto", "transformers.tokenization_utils_tokenizers"),
)


def preload(every_package: bool, models: bool) -> None:
    """Hide the packages that runs must not import, and import those that most runs need.

    Args:
        every_package: whether runs may read all installed packages.
        models: whether to import the packages that run transformers.
    """
    from truing.methods import METHODS
    from truing.research.isolation.folders._hidden_packages import hide_packages
    from truing.students.features import FEATURES

    if not every_package:
        hide_packages()
    for name in PRELOADED:
        import_module(name)
    for name in PRELOADED_FOR_MODELS * models:
        with suppress(ImportError):
            import_module(name)
    METHODS.loaded = FEATURES.loaded = True  # without plugins, which the sandbox cannot read
