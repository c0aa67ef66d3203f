"""Model card: README.md of an exported model, with the header that the Hub reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from truing.exports._base import without_folders
from truing.exports._chosen import PARENTS
from truing.exports._facts import TAGS, Facts
from truing.exports._written import Written
from truing.given import shown
from truing.studies.work import FinetunePayload, LearnPayload

LEARNED = {
    "student": "`{model}` learned from the labels of the supervisor `{weak}` for {items:,} items "
    "of `{task}`, without their ground truth, by the method `{method}`.",
    "ceiling": "`{model}` learned from the ground truth of {items:,} items of `{task}`. It is the "
    "ceiling of the study.",
    "supervisor": "`{model}` learned from the ground truth of {items:,} items of `{task}`. It is "
    "the supervisor of the study.",
}
PURPOSE = (
    "It is a research artifact, which shows what a model learns in this way. Its accuracy on other "
    "data is not known."
)
SAME = (
    "The model was trained again for this export, and its beliefs are bit-identical to the beliefs "
    "in the study."
)
CHANGED = (
    "The model was trained again for this export. Its beliefs differ from the beliefs in the study "
    "by up to {difference:.2g}."
)
LOADED = (
    "This code was run on this folder: its beliefs about {count} test items differ from the "
    "beliefs in the study by up to {difference:.1g}."
)
VALIDATED = (
    "Validation: the labels of {count:,} further items were not learned. The weights have the "
    "lowest loss on these labels, after {stopped:.0%} of the steps. Learning rate: {rate:g}{auto}."
)
BY_LOSS = ", which had the lowest of these losses among several values"
FROM_COPY = "The weights of the checkpoint came from a converted copy of its GGUF file."
TEXTS = "text-classification"  # task of the Hub
REWARDS = ("sequence classifier", "preference")  # form and task of a reward model


@dataclass(frozen=True)
class Checked:
    """Comparison of an exported model with the study.

    Attributes:
        again: largest difference of a belief after the model was trained again; 0 if all beliefs
            are bit-identical.
        loaded: largest difference of a belief of the loaded folder.
        count: number of test items on which the loaded folder was compared.
    """

    again: float
    loaded: float
    count: int


def model_card(facts: Facts, written: Written, checked: Checked) -> str:
    """Text of the card."""
    lines = [
        f"# {_title(facts)}",
        "",
        f"{_learned(facts)} {PURPOSE}",
        "",
        "## Results of the study",
        "",
        *facts.results(),
        "",
        "## Load the model",
        "",
        " ".join(written.about),
        "",
        "```python",
        written.loader.code.rstrip(),
        "```",
        "",
        LOADED.format(count=checked.count, difference=checked.loaded),
        *([FROM_COPY] if written.loader.base is not None and written.loader.base.in_gguf else []),
        CHANGED.format(difference=checked.again) if checked.again else SAME,
        "",
        "## Training",
        "",
        *(f"- {line}" for line in (*facts.about_model(), *_validated(facts), *_settings(written))),
    ]
    header = f"---\n{_header(facts, written)}\n---\n\n"
    return without_folders(header + "\n".join(lines) + "\n")


def _title(facts: Facts) -> str:
    chosen, row = facts.chosen, facts.chosen.row
    if chosen.role == "student":
        return f"{row.strong}, supervised by {row.weak} on {row.task}"
    if chosen.role == "ceiling":
        return f"{row.strong}, ceiling on {row.task}"
    return f"{row.weak}, supervisor on {row.task}"


def _learned(facts: Facts) -> str:
    """What the model learned from how many items."""
    chosen, row = facts.chosen, facts.chosen.row
    payload = chosen.step.payload
    assert isinstance(payload, LearnPayload)
    model = row.weak if chosen.role == "supervisor" else row.strong
    return LEARNED[chosen.role].format(
        model=model,
        weak=row.weak,
        items=len(payload.items) - _kept_out(facts),
        task=row.task,
        method=shown(row.method),
    )


def _kept_out(facts: Facts) -> int:
    """Number of items with labels that were kept out of training, for validation."""
    payload = facts.chosen.step.payload
    return int(payload.kept_out.sum()) if isinstance(payload, FinetunePayload) else 0


def _validated(facts: Facts) -> Iterator[str]:
    """A list item on early stopping and the learning rate, if the model has validation items."""
    chosen, row = facts.chosen, facts.chosen.row
    if not (count := _kept_out(facts)):
        return
    role, rates, stops = PARENTS[chosen.role], row.learning_rate, row.stopped_at
    assert rates is not None, "rows of validated models have learning rates"
    assert stops is not None, "and shares of the steps"
    chose = rates.weak_auto if role == "weak" else rates.auto
    rate, stopped = ((one.by_seed[role] or ())[chosen.at] for one in (rates, stops))
    auto = BY_LOSS if chose else ""
    yield VALIDATED.format(count=count, stopped=stopped, rate=rate, auto=auto)


def _settings(written: Written) -> Iterator[str]:
    """List items: the checkpoint, and the values of the model."""
    base = written.base
    if base is not None:
        revision = f", revision `{base.revision}`" if base.revision else ""
        digest = f", SHA-256 `{base.checkpoint.digest}`" if not base.on_hub else ""
        place = f"`{base.name}`{revision}{digest}"
        yield f"Checkpoint: {place}. Its license is not stated here; see its card."
    if written.config:
        listed = ", ".join(f"`{name}` {value}" for name, value in written.config.items())
        yield f"Values: {listed}."


def _header(facts: Facts, written: Written) -> str:
    """Header of the card in YAML."""
    from huggingface_hub import EvalResult, ModelCardData

    row, base = facts.chosen.row, written.base
    role = PARENTS[facts.chosen.role]
    result = EvalResult(
        task_type=TEXTS if base is not None else "tabular-classification",
        dataset_type=(facts.data_sets or [row.task])[0],
        dataset_name=row.task,
        metric_type="accuracy",
        metric_name=f"test accuracy, mean over {row.seeds} seeds",
        metric_value=round(getattr(row, f"{role}_accuracy"), 4),
    )
    more: dict[str, Any] = {"base_model": base.name} if base is not None and base.on_hub else {}
    if base is not None:
        more["pipeline_tag"] = TEXTS
    tags = TAGS + (["simulated-supervisor"] if row.simulated else [])
    tags += ["reward-model"] if (written.form, facts.chosen.source.task.kind) == REWARDS else []
    return ModelCardData(
        model_name=_title(facts),
        library_name=written.library,
        datasets=facts.data_sets or None,
        tags=tags,
        eval_results=[result],
        **more,
    ).to_yaml()
