"""`truing demo`: weak-to-strong studies on images of handwritten digits."""

from __future__ import annotations

import click

from truing.cli._options import seeds_option
from truing.cli._study import perform, study_options

METHODS = (
    "naive",
    "confidence",
    "adaptive-confidence",
    "bootstrap",
    "reverse-kl",
    "noisy-channel",
    "confident-filter",
    "ensemble",
    "oracle",
    "shuffled",
)

# Two pixels are fast; four pixels take minutes (benchmarks/pixel_debate.py).
JUDGES = ("pixel-judge,pixels=2", "pixel-consultancy,pixels=2", "pixel-debate,pixels=2")
JUDGE_SEEDS = 3


@click.command("demo")
@seeds_option(default=10)
@study_options
def command(seeds, **options) -> None:
    """Run weak-to-strong studies on scikit-learn's 1,797 handwritten digits.

    Two weak supervisors see 4 and 8 principal components; two strong students see 16 and 64
    eigenvectors of the images' neighbor graph. The last two of ten methods are controls: the
    oracle has PGR 1, and shuffled labels have a PGR of at most 0.

    The second study is about scalable oversight. A judge sees two pixels of each image and labels
    the images without help, after consultancy, and after debate. A student learns from each set of
    labels. A second report.html shows the effect of the help on the judge and on the student.
    """
    from truing.studies import Study

    study = Study(
        tasks="digits",
        weak=["pca-4", "pca-8"],
        strong=["spectral-16", "spectral-64"],
        methods=METHODS,
        seeds=seeds,
    )
    judged = Study(
        tasks="digits",
        weak=JUDGES,
        strong="spectral-64",
        methods=["naive", "confidence"],
        seeds=min(seeds, JUDGE_SEEDS),
    )
    perform(study, **options, more={"oversight": judged})
