"""Features: fixed inputs of heads, from weak to strong."""

from truing.students.features import _file, _hf, _lsa, _nystroem, _pca, _pixels, _spectral  # noqa: F401  (registers the built-in features)
from truing.students.features._features import FEATURES, FeatureMap, extract, features
from truing.students.features._given import FeaturesLike, give_features

__all__ = ["FEATURES", "FeatureMap", "FeaturesLike", "extract", "features", "give_features"]
