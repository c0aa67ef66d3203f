"""Features: fixed inputs of heads, from weak to strong."""

from truing.students.features import _file, _hf, _lsa, _nystroem, _pca, _pixels, _spectral  # noqa: F401  (registers the built-in features)
from truing.students.features._blocks import (
    BlockFeatures,
    FeatureBlock,
    absent_rows,
    distinct_texts,
    place_rows,
    read_together,
)
from truing.students.features._features import (
    FEATURES,
    FeatureMap,
    FittedFeatures,
    extract,
    features,
)
from truing.students.features._given import FeaturesLike, give_features, reads_texts

__all__ = [
    "FEATURES",
    "BlockFeatures",
    "FeatureBlock",
    "FeatureMap",
    "FeaturesLike",
    "FittedFeatures",
    "absent_rows",
    "distinct_texts",
    "extract",
    "features",
    "give_features",
    "place_rows",
    "read_together",
    "reads_texts",
]
