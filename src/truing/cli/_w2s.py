"""`truing w2s`: a weak-to-strong study from options."""

from __future__ import annotations

import click

from truing.cli._complete import complete_names
from truing.cli._options import baseline_option, metric_option, seeds_option
from truing.cli._sections import ENGINE, FOLDER, SectionedCommand
from truing.cli._study import perform, study_options
from truing.errors import UserError

SECTIONS = {
    "Grid": ("tasks", "weak", "strong", "methods", "seeds"),
    "Shift": ("test_on", "local_ceiling", "learn", "test", "balance", "distractor", "hardness"),
    "Training and measures": (
        "adapter",
        "aliases",
        "metric",
        "baseline",
        "diagnostics",
        "best_of_n",
        "stress",
        "report_to",
    ),
    **FOLDER,
    **ENGINE,
}
UNCHANGED = (
    "tasks",
    "methods",
    "seeds",
    "metric",
    "baseline",
    "diagnostics",
    "best_of_n",
    "stress",
    "test_on",
    "local_ceiling",
    "test",
    "balance",
)
"""Options that are arguments of `Study` with the same values."""


@click.command("w2s", cls=SectionedCommand, sections=SECTIONS)
@click.option(
    "--task",
    "tasks",
    shell_complete=complete_names("tasks"),
    multiple=True,
    default=["digits"],
    show_default=True,
    metavar="NAME|FILE",
    help="Task name or file (JSONL, JSON, CSV, TSV, Parquet; .gz). Repeat for a grid.",
)
@click.option(
    "--weak",
    "--supervisor",
    "weak",
    shell_complete=complete_names("supervisors", "students"),
    multiple=True,
    metavar="NAME",
    help="Supervisor: features of a weak model (pca-8), a transformer (hf/NAME), a language "
    "model that is asked (zeroshot:hf/NAME), a probe without labels (ccs:FEATURES), recorded "
    "labels (recorded:FILE), or a game (pixel-debate).",
)
@click.option(
    "--strong",
    shell_complete=complete_names("students"),
    multiple=True,
    metavar="NAME",
    help="Student: features (spectral-64), with arguments (spectral-64,l2=0.1), a "
    "transformer to fine-tune (hf/NAME) or its frozen layer (hf/NAME@layer-6), or a classifier of "
    "scikit-learn (sklearn/GaussianNB).",
)
@click.option(
    "--method",
    "methods",
    shell_complete=complete_names("methods"),
    multiple=True,
    metavar="NAME",
    help="Training method: naive, confidence,alpha_max=0.75, path/to/file.py:name.",
)
@seeds_option(default=10)
@click.option(
    "--test-on",
    shell_complete=complete_names("tasks"),
    multiple=True,
    metavar="NAME|FILE",
    help="Also score on another task with the same choices, without training there. Repeat for "
    "several domains.",
)
@click.option(
    "--local-ceiling",
    is_flag=True,
    help="In each domain use the ceiling that is trained there, not the ceiling of home.",
)
@click.option(
    "--learn",
    default=None,
    metavar="CONDITION",
    help="Learn only from items that satisfy a condition on the file's other columns: "
    "hardness<=0.5, domain==amazon, several joined by 'and'.",
)
@click.option(
    "--test",
    multiple=True,
    metavar="CONDITION",
    help="Also score on the test items that satisfy a condition, as a domain. Repeat for several "
    "domains.  [default: the items that --learn leaves out]",
)
@click.option(
    "--balance",
    type=float,
    metavar="SHARE",
    help="Share of the second class (`truing items FILE` lists classes) among the items that "
    "models learn; also score on balanced classes.",
)
@click.option(
    "--distractor",
    multiple=True,
    metavar="FIELD=RATE",
    help="Column with two values that agrees with the truth at this rate where models learn; also "
    "score where it disagrees. FIELD:VALUE=RATE names the value for the second class.",
)
@click.option(
    "--hardness",
    default=None,
    shell_complete=complete_names("students"),
    metavar="STUDENT",
    help="Weak model (pca-4) that measures the column `hardness`: its uncertainty about items that "
    "it did not learn, as a quantile from 0 to 1.",
)
@metric_option
@baseline_option
@click.option(
    "--diagnostics",
    is_flag=True,
    help="Also measure misfit, error correction, calibration and agreement of errors (CAPA).",
)
@click.option(
    "--best-of-n",
    is_flag=True,
    help="Also measure the truth of the best of n candidates of a question, for growing n.",
)
@click.option(
    "--stress",
    multiple=True,
    shell_complete=complete_names("plants"),
    metavar="PLANT,strength=S",
    help="Also train on labels with planted misbehaviour, and measure how much of it the student "
    "inherits: backdoor,strength=0.05. Repeat for several plants (`truing list plants`).",
)
@click.option(
    "--adapter",
    type=click.Choice(["full", "lora", "head"]),
    help="Trained part of each hf/NAME without an adapter argument: full model, "
    "low-rank adapters, or linear head.  [default: full]",
)
@click.option(
    "--alias",
    "aliases",
    multiple=True,
    metavar="NAME=MODEL",
    help="Short name of a folder, GGUF file or hub id: --alias small=./models/SmolLM2 "
    "--weak hf/small@layer-3.",
)
@click.option(
    "--report-to",
    type=click.Choice(["trackio", "wandb", "tensorboard"]),
    help="Export the loss curves of fine-tuning to an installed tracker.",
)
@study_options
def command(weak, strong, adapter, aliases, learn, hardness, distractor, **options) -> None:
    """Train strong students on a weak supervisor's labels; measure the performance gap recovered.

    Repeat --task, --weak, --strong and --method for a grid of all combinations.

    \b
    truing w2s --task digits --weak pca-8 \\
      --strong spectral-64 --method naive \\
      --method confidence --seeds 10

    \b
    truing w2s --task items.jsonl \\
      --weak hf/Qwen/Qwen2.5-0.5B \\
      --strong hf/Qwen/Qwen2.5-7B --adapter lora \\
      --method naive --method confidence --seeds 3
    """
    from truing.studies import Study

    weak, strong = _with_adapter(weak, strong, adapter)
    study = Study(
        weak=weak,
        strong=strong,
        aliases=dict(_split(alias) for alias in aliases),
        learn=_if_given("--learn", learn),
        hardness=_if_given("--hardness", hardness),
        distractor=dict(_rate(one) for one in distractor),
        **{name: options.pop(name) for name in UNCHANGED},
    )
    perform(study, **options)


def _if_given(option: str, value: str | None) -> str:
    """The value of an option; '' without it."""
    if value == "":
        raise UserError(f"{option} must not be empty; leave it out for a study without it")
    return value or ""


def _split(alias: str) -> tuple[str, str]:
    """Name and model of `NAME=MODEL`."""
    name, equals, model = alias.partition("=")
    if not equals:
        raise UserError(f"--alias must be NAME=MODEL (small=./models/SmolLM2), got {alias!r}")
    return name, model


def _rate(distractor: str) -> tuple[str, float]:
    """Field and rate of `FIELD=RATE`."""
    field, _, rate = distractor.rpartition("=")
    try:
        return field, float(rate)
    except ValueError:
        raise UserError(
            f"--distractor must be FIELD=RATE (liberal=0.9), got {distractor!r}"
        ) from None


def _with_adapter(
    weak: tuple[str, ...], strong: tuple[str, ...], adapter: str | None
) -> tuple[tuple[str, ...], ...]:
    """Names of weak and strong models, with the adapter of the transformers among them."""
    if not adapter:
        return weak, strong
    adapted = tuple(tuple(_adapted(name, adapter) for name in names) for names in (weak, strong))
    if adapted == (weak, strong):
        raise UserError(
            f"--adapter {adapter} applies to no model; name a transformer without an adapter "
            "argument, such as hf/NAME, in --weak or --strong"
        )
    return adapted


def _adapted(name: str, adapter: str) -> str:
    """The student's name with the adapter, if it is a fine-tuned transformer without an adapter."""
    from truing.specification import Specification
    from truing.students import is_fine_tuned

    asked = Specification.parse(name)
    if not is_fine_tuned(asked.name) or "adapter" in asked.arguments:
        return name
    return str(Specification(asked.name, {**asked.arguments, "adapter": adapter}))
