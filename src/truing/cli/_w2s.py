"""`truing w2s`: a weak-to-strong study from options."""

from __future__ import annotations

import click

from truing.cli._study import perform, study_options


@click.command("w2s")
@click.option(
    "--task",
    "tasks",
    multiple=True,
    default=["digits"],
    show_default=True,
    metavar="NAME|FILE",
    help="A task by name, or a file (JSONL, JSON, CSV, TSV, Parquet; .gz). Repeat for a grid.",
)
@click.option(
    "--weak",
    "--supervisor",
    "weak",
    multiple=True,
    metavar="NAME",
    help="The supervisor: features of a weak model (pca-8), a transformer (hf/NAME), "
    "recorded:FILE, pixel-debate, ...",
)
@click.option(
    "--strong",
    multiple=True,
    metavar="NAME",
    help="The student: features (spectral-64), with arguments (spectral-64,penalty=0.1); a "
    "transformer to fine-tune (hf/NAME) or its frozen layer (hf/NAME@layer-6).",
)
@click.option(
    "--method",
    "methods",
    multiple=True,
    metavar="NAME",
    help="How it learns: naive, confidence,alpha_max=0.75, path/to/file.py:name.",
)
@click.option(
    "--seeds",
    type=int,
    default=10,
    show_default=True,
    metavar="N",
    help="How often the items are divided anew.",
)
@click.option(
    "--baseline",
    default="pinned",
    show_default=True,
    metavar="pinned|paired",
    help="Weak and ceiling accuracy: the mean over seeds, or the same seed's.",
)
@click.option(
    "--diagnostics", is_flag=True, help="Add misfit, error correction, CAPA, calibration."
)
@click.option(
    "--adapter",
    type=click.Choice(["full", "lora", "head"]),
    help="What of a transformer is trained, for every hf/NAME that does not say: the full model, "
    "low-rank adapters, or a linear head.  [default: full]",
)
@click.option(
    "--report-to",
    type=click.Choice(["trackio", "wandb", "tensorboard"]),
    help="Hand the loss curves of fine-tunings over to a tracker that is installed.",
)
@study_options
def command(tasks, weak, strong, methods, seeds, baseline, diagnostics, adapter, **options) -> None:
    """Train strong students on a weak supervisor's labels, and measure the gap they recover.

    \b
    truing w2s --task digits --weak pca-8 --strong spectral-64 \\
      --method naive --method confidence --seeds 10

    \b
    truing w2s --task items.jsonl --weak hf/Qwen/Qwen2.5-0.5B --strong hf/Qwen/Qwen2.5-7B \\
      --adapter lora --method naive --method confidence --seeds 3
    """
    from truing.studies import Study

    study = Study(
        tasks=tasks,
        weak=[_adapted(name, adapter) for name in weak],
        strong=[_adapted(name, adapter) for name in strong],
        methods=methods,
        seeds=seeds,
        baseline=baseline,
        diagnostics=diagnostics,
    )
    perform(study, **options)


def _adapted(name: str, adapter: str | None) -> str:
    """A student's name with the adapter, where it is a transformer to fine-tune that names none."""
    from truing.specification import Specification

    asked = Specification.parse(name)
    tuned = asked.name.startswith("hf/") and "@" not in asked.name
    named = "adapter" in asked.arguments
    return f"{name},adapter={adapter}" if adapter and tuned and not named else name
