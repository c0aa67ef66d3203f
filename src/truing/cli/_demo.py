"""`truing demo`: the project's main job on real images."""

from __future__ import annotations

import click

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

# Two pixels keep it short; the judges' study with four takes minutes (benchmarks/pixel_debate.py).
JUDGES = ("pixel-judge,pixels=2", "pixel-consultancy,pixels=2", "pixel-debate,pixels=2")
JUDGE_SEEDS = 3


@click.command("demo")
@click.option("--seeds", type=int, default=10, show_default=True, metavar="N")
@study_options
def command(seeds, **options) -> None:
    """Weak-to-strong on scikit-learn's 1,797 handwritten digits.

    Two weak supervisors see 4 and 8 principal components; two strong students see 16 and 64
    eigenvectors of the images' neighbour graph. Ten methods, of which the last two are fixed
    points: the oracle's PGR is 1, that of shuffled labels not above 0.

    Then scalable oversight: a judge that sees two pixels of each image labels them alone, helped by
    a consultant, and helped by a debate, and a student learns from each. A second report.html says
    what the help is worth to the judge and to its student.
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
