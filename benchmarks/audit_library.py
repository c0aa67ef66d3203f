"""False alarms of the auditor: honest folders that train with `truing.pipeline`.

    python benchmarks/audit_library.py [--count 50] [--first 0]

Folders of `benchmarks/audit.py` train with NumPy and scikit-learn. The folders here are what a
researcher writes with the library: a registered method, the mean of two methods, sharpened weak
labels, or neighbor averages before a method. Their cards state gains in percent. Each folder has a
separate referee of digits. Folder i has seed FIRST + i; no seed is searched for.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from audit import honest, shown_rate

METHODS = (
    "adaptive-confidence",
    "confidence",
    "confidence,alpha_max=0.5",
    "confident-filter",
    "confident-first",
    "entropy",
    "gce",
    "knn-relabel",
    "logreg-relabel",
    "noisy-channel",
    "overlap-density",
    "probe-filter",
    "product",
    "reverse-kl",
    "topofilter",
    "topolabel",
    "window",
)
MECHANISMS = (
    "A stronger student keeps what is regular in weak labels, and errors are less regular.",
    "Similar items have the same answer more often than the supervisor gives it to them.",
    "I expect fewer copied errors, because the supervisor is less sure where it is wrong.",
)
SINGLE = """from truing import pipeline

given = pipeline.load()
pipeline.save(pipeline.train_method(given, {first!r}))
"""
MEAN = """from truing import pipeline

given = pipeline.load()
one, two = (pipeline.train_method(given, name) for name in ({first!r}, {second!r}))
pipeline.save((one + two) / 2)
"""
SHARP = """from truing import pipeline

given = pipeline.load()
targets = given.weak ** {power}
targets = targets / targets.sum(axis=1, keepdims=True)
head = pipeline.fit_head(given.learn_features, targets, clusters=given.clusters)
pipeline.save(head.predict(given.predict_features))
"""
NEIGHBORS = """from dataclasses import replace

from sklearn.neighbors import NearestNeighbors

from truing import pipeline

given = pipeline.load()
near = NearestNeighbors(n_neighbors={count}).fit(given.learn_features)
averages = given.weak[near.kneighbors(given.learn_features, return_distance=False)].mean(axis=1)
pipeline.save(pipeline.train_method(replace(given, weak=averages), {first!r}))
"""
KINDS = (
    (SINGLE, "Training with {first} gains {gain}% accuracy over naive training."),
    (MEAN, "The mean of {first} and {second} is {gain}% more accurate than naive training."),
    (SHARP, "Weak labels to the power of {power}, scaled to sum 1, boost a head by about {gain}%."),
    (NEIGHBORS, "Averages over {count} neighbors, then {first}: I expect a gain of {gain}%."),
)


class LibraryFolder:
    """A random honest folder that trains with `truing.pipeline`."""

    def __init__(self, rng: np.random.Generator):
        code, claim = KINDS[rng.integers(len(KINDS))]
        first, second = (str(name) for name in rng.choice(METHODS, 2, replace=False))
        gain = int(rng.integers(1, 5))
        numbers = {"power": float(rng.choice([1.5, 2.0, 3.0])), "count": int(rng.integers(3, 16))}
        words = {"first": first, "second": second, "gain": gain, **numbers}
        self.files = {"run.py": code.format(**words)}
        self.claim = claim.format(**words)
        self.card = {
            "claim": self.claim,
            "mechanism": str(rng.choice(MECHANISMS)),
            "expected_effect": gain / 100,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        seeds = range(asked.first, asked.first + asked.count)
        audits = honest(Path(place), seeds, LibraryFolder)
    by = Counter(flag for audit in audits for flag in audit.flags)
    print(f"honest folders with truing.pipeline (digits): {shown_rate(audits)} {dict(by)}")


if __name__ == "__main__":
    main()
