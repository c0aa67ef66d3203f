"""`truing demo`: weak-to-strong studies on images of handwritten digits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._console import print_text
from truing.cli._demo_models import run_models
from truing.cli._options import seeds_option
from truing.cli._sections import ENGINE, FOLDER, SectionedCommand
from truing.cli._study import perform, study_options
from truing.errors import UserError

if TYPE_CHECKING:
    from truing.lab import Result
    from truing.studies import Row

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

EXPLAINED = ("pca-4", "spectral-64")  # supervisor and student of the explanation
# Two pixels are fast; four pixels take minutes (benchmarks/pixel_debate.py).
JUDGES = ("pixel-judge,pixels=2", "pixel-consultancy,pixels=2", "pixel-debate,pixels=2")
JUDGE_SEEDS = 3


SECTIONS = {
    "Language models": ("models", "data", "small", "large"),
    "Study": ("seeds",),
    **FOLDER,
    **ENGINE,
}


@click.command("demo", cls=SectionedCommand, sections=SECTIONS)
@click.option(
    "--models",
    is_flag=True,
    help="Run the study of small language models instead; needs pip install 'truing[train]'.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="With --models: folder with the data sets' files; by default from the Hub.",
)
@click.option("--small", metavar="MODEL", help="With --models: folder, GGUF file or hub id.")
@click.option("--large", metavar="MODEL", help="With --models: folder, GGUF file or hub id.")
@seeds_option(default=10)
@study_options
def command(models, data, small, large, seeds, **options) -> None:
    """Run weak-to-strong studies on scikit-learn's 1,797 handwritten digits.

    Two weak supervisors see 4 and 8 principal components; two strong students see 16 and 64
    eigenvectors of the images' neighbor graph. The last two of ten methods are controls: the
    oracle has PGR 1, and shuffled labels have a PGR of at most 0.

    The second study is about scalable oversight. A judge sees two pixels of each image and labels
    the images without help, after consultancy, and after debate. A student learns from each set of
    labels. A second report.html shows the effect of the help on the judge and on the student.

    With --models, layers of a language model with 135 million parameters supervise layers of a
    model with 270 million, on sentiment, truthfulness and arithmetic: up to 30 minutes on two
    cores the first time.

    \b
    truing demo --models --data ./data
    """
    from truing.studies import Study

    if models:
        return run_models(data, small, large, seeds, **options)
    for option, value in (("--data", data), ("--small", small), ("--large", large)):
        if value is not None:
            raise UserError(f"{option} needs --models")

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
    results = perform(study, **options, more={"oversight": judged})
    if results:
        print_text("", *explain(*results))


def explain(study: Result, judged: Result) -> list[str]:
    """Five sentences: what the tables of the demo show, and what to do next."""
    from truing.report import interval_text

    rows = {row.method: row for row in study.rows if (row.weak, row.strong) == EXPLAINED}
    by_judge = {row.weak: row for row in judged.rows if row.method == "naive"}
    alone, debate = (by_judge[name] for name in (JUDGES[0], JUDGES[-1]))
    return [
        f"Naive training recovers {interval_text(rows['naive'].recovered)} of the gap from "
        f"{' to '.join(EXPLAINED)}.",
        _best_text(list(rows.values())),
        f"Controls: oracle has PGR {rows['oracle'].pgr:.2f} (must be 1), shuffled "
        f"{rows['shuffled'].pgr:.2f} (must be at most 0).",
        f"Debate: judge {alone.weak_accuracy:.2f} -> {debate.weak_accuracy:.2f}, its student "
        f"{alone.transfer_accuracy:.2f} -> {debate.transfer_accuracy:.2f} (accuracy).",
        f"Next: open {study.folder}/report.html, run truing view, follow docs/tour.md.",
    ]


def _best_text(rows: list[Row]) -> str:
    """A sentence on the method with the largest significant gain."""
    from truing.measures import base_verdict
    from truing.report import interval_text

    better = {
        row.difference.value: row
        for row in rows
        if row.difference and not row.control and base_verdict(row.difference.verdict) == "better"
    }
    if not better:
        return "No method is better than naive training there."
    gain, best = max(better.items(), key=lambda item: item[0])
    assert best.difference is not None
    return (
        f"Best method there: {best.method}, PGR {interval_text(best.recovered)}, {gain:+.3f} "
        f"accuracy ({best.difference.verdict})."
    )
