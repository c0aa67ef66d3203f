"""A study in a file: does the recovered gap change with the student's size?

truing run examples/ladder.py
"""

import truing


def study() -> truing.Study:
    """Three students of increasing capability under one supervisor."""
    return truing.Study(
        tasks=["digits", "digits-parity"],
        weak="pca-8",
        strong=["spectral-16", "spectral-32", "spectral-64"],
        methods=["naive", "confidence", "bootstrap"],
        seeds=5,
    )
