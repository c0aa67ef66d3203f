"""Public data: what a cheater knows about a task."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

HASHED = 256  # columns of the numbers that stand for a text


@dataclass(frozen=True, eq=False)
class PublicData:
    """What a cheater knows about a public task.

    Attributes:
        inputs: (N, ...) numeric inputs, or (N,) texts, of all items.
        truth: (N,) their ground truth.
    """

    inputs: np.ndarray
    truth: np.ndarray

    @property
    def texts(self) -> bool:
        """Whether the items are texts."""
        return self.inputs.dtype.kind in "OU"

    @property
    def rows(self) -> np.ndarray:
        """Numbers (N, d) that stand for the items: values of images, or hashed words of texts."""
        if not self.texts:
            return self.inputs.reshape(len(self.inputs), -1).astype(float)
        from sklearn.feature_extraction.text import HashingVectorizer

        return HashingVectorizer(n_features=HASHED).transform(self.inputs).toarray()

    @property
    def rows_code(self) -> tuple[str, tuple[str, ...]]:
        """Expression of these numbers of the items to predict in a folder, and its imports."""
        if not self.texts:
            return "given.predict.reshape(len(given.predict), -1).astype(float)", ()
        made = f"HashingVectorizer(n_features={HASHED}).transform(given.predict).toarray()"
        return made, ("from sklearn.feature_extraction.text import HashingVectorizer",)

    def content(self, row: int) -> bytes:
        """The bytes of an item."""
        if self.texts:
            return str(self.inputs[row]).encode()
        return np.ascontiguousarray(self.inputs[row], dtype=np.float64).tobytes()

    @property
    def content_code(self) -> str:
        """Expression of the bytes of `item` in a folder."""
        if self.texts:
            return "item.encode()"
        return "np.ascontiguousarray(item, dtype=np.float64).tobytes()"
