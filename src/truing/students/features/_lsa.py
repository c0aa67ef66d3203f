"""Latent semantic analysis of texts (Deerwester et al. 1990)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from truing.arguments import AtLeastOne
from truing.errors import DataError
from truing.students.features._features import FeatureMap, check_size, features
from truing.tasks import Task

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


@features("lsa-{size:K}")
def lsa(size: AtLeastOne) -> FeatureMap:
    """TF-IDF of words and word pairs, K components (transductive: fitted on all texts)."""
    return _Topics(size)


@dataclass(frozen=True)
class _Topics:
    """Feature map of latent semantic analysis."""

    dim: int

    def __call__(self, task: Task) -> np.ndarray:
        return task.arrange(self._fit(task)[1])

    def fitted_on(self, home: Task, other: Task) -> np.ndarray:
        """Components of the texts of another task, with the words and weights of home."""
        self._check(other)
        return other.arrange(self._fit(home)[0].transform(other.texts))

    def _fit(self, task: Task) -> tuple[Pipeline, np.ndarray]:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline

        self._check(task)
        words = TfidfVectorizer(
            sublinear_tf=True, ngram_range=(1, 2), max_features=1 << 17, token_pattern=r"\b\w+\b"
        )
        try:
            counts = words.fit_transform(task.texts)
        except ValueError as error:
            raise DataError(f"lsa-{self.dim}: {task.name} contains no words ({error})") from error
        check_size("lsa", self.dim, min(counts.shape) - 1)
        axes = TruncatedSVD(self.dim, random_state=0)
        found = axes.fit_transform(counts)
        return make_pipeline(words, axes), found

    def _check(self, task: Task) -> None:
        if task.medium != "texts":
            raise DataError(f"lsa-{self.dim} needs texts, but {task.name} contains {task.medium}")
