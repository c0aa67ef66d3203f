"""Features: fixed inputs of heads, from weak to strong."""

from truing.students.features import _file, _hf, _lsa, _nystroem, _pca, _pixels, _spectral  # noqa: F401  (registers the built-in features)
from truing.students.features._features import FEATURES, FeatureMap, extract, features

__all__ = ["FEATURES", "FeatureMap", "extract", "features"]
