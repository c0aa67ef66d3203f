"""Latent semantic analysis of texts (Deerwester et al. 1990)."""

from __future__ import annotations

import numpy as np

from truing.arguments import AtLeastOne
from truing.errors import DataError
from truing.students.features._features import FeatureMap, check_size, features
from truing.tasks import Task


@features("lsa-{size:K}")
def lsa(size: AtLeastOne) -> FeatureMap:
    """TF-IDF of words and word pairs, K components (transductive: fitted on all texts)."""

    def feature_map(task: Task) -> np.ndarray:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        if task.medium != "texts":
            raise DataError(f"lsa-{size} needs texts, but {task.name} contains {task.medium}")
        texts = task.texts
        words = TfidfVectorizer(
            sublinear_tf=True, ngram_range=(1, 2), max_features=1 << 17, token_pattern=r"\b\w+\b"
        )
        try:
            counts = words.fit_transform(texts)
        except ValueError as error:
            raise DataError(f"lsa-{size}: {task.name} contains no words ({error})") from error
        check_size("lsa", size, min(counts.shape) - 1)
        found = TruncatedSVD(size, random_state=0).fit_transform(counts)
        return task.arrange(found)

    return feature_map
