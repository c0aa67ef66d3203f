"""Row: results of a supervisor, student and method on a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np

from truing.measures import (
    BestOfN,
    Difference,
    Estimate,
    Metric,
    decide_verdict,
    holm,
    verdict_basis,
)
from truing.methods import Control
from truing.studies._class_balance import ROLES, ClassBalance, RoleBalance
from truing.studies._penalty import Penalty
from truing.studies._plan import HelpSteps, Plan, PlanLine
from truing.studies._scores import Scores
from truing.studies._step import Step
from truing.studies._store import Store
from truing.studies._validated import LearningRate, StoppedAt, tried_rates
from truing.studies.work import (
    BestOfNPayload,
    ChoicePayload,
    FinetunePayload,
    FitPayload,
    TrainPayload,
    read_notes,
    read_notices,
)

METRIC_NAMES: dict[Metric, str] = {
    "accuracy": "accuracy",
    "auroc": "AUROC",
    "balanced_accuracy": "balanced accuracy",
}
"""Metrics in words."""

UNSTATED_CONTROLS: dict[str, Control] = {"oracle": "upper", "shuffled": "lower"}
"""Controls whose rows have no field `control`, as in results.jsonl of version 0.1.0."""


@dataclass(frozen=True)
class DifferenceFromNaive(Difference):
    """Metric of a method minus metric of `naive`, on the same seeds and items.

    Attributes:
        value, low, high: the difference and its 95% interval, not corrected.
        p: two-sided p-value of this comparison, not corrected.
        p_holm: p-value with Holm's correction for all comparisons of the study. Controls (oracle,
            shuffled) are not corrected and do not count.
        verdict: `better`, `worse` or `inconclusive`, at p_holm below 0.05; with one or two seeds
            `better on this seed` or `better on these 2 seeds`, see `decide_verdict`.
        verdict_basis: basis of the verdict, such as `items of 1 seed`.
    """

    p_holm: float
    verdict: str
    verdict_basis: str = ""

    @classmethod
    def decided(cls, found: Difference, p_holm: float, seeds: int) -> Self:
        """The difference with the verdict that its corrected p-value and the seeds allow."""
        verdict = decide_verdict(found.value, p_holm, seeds=seeds)
        basis = verdict_basis(seeds)
        return cls(found.value, found.low, found.high, found.p, p_holm, verdict, basis)


@dataclass(frozen=True)
class Help:
    """Value of the help that a supervising judge receives.

    Attributes:
        unaided: label of the same judge without help.
        supervisor: gain of the judge, in the metric of the row.
        student: gain of its student.
    """

    unaided: str
    supervisor: Difference
    student: Difference


@dataclass(frozen=True)
class Row:
    """One row of a result. 95% intervals include the variation of seeds and test items.

    Attributes:
        task, weak, strong, method: names.
        regime: kind of training: `heads on fixed features`, `fine-tuned (lora)`, ...
        seeds: number of seeds.
        n_test: number of test items, the same for every seed.
        weak_accuracy, transfer_accuracy, ceiling_accuracy: means over seeds, each with an interval.
        pgr: performance gap recovered; None if it is undefined, with the reason in `note`.
        pgr_low, pgr_high: interval of `pgr`; None if a bound is infinite.
        pgr_sd: standard deviation over seeds.
        baseline: `pinned` or `paired`.
        note: remarks that are necessary to interpret the row.
        simulated: the supervisor is a simulation.
        difference: difference from `naive`; None for `naive` itself, or without it in the study.
        diagnostics: diagnostics, if the study requests them.
        help: value of the help, if the study has a helped judge and the same judge without help.
        class_balance: majority rate, balanced accuracy and AUROC, or the chance accuracy if items
            have their own choices; None in folders of version 0.1.0.
        by_seed: metric of `weak`, `transfer` and `ceiling` for each seed, in the study's order.
        parameters, layers: size of the student's language model, up to the layer that it uses;
            None for other students, and if the size is unknown.
        l2: strengths of the L2 penalty of supervisor, student and ceiling, given or chosen; None if
            none of them is a head on fixed features, and in older folders.
        control: `upper` or `lower` if the method is a control, see `Method.control`.
        learning_rate: learning rates of supervisor, student and ceiling, given or chosen; None if
            none of them is fine-tuned with validation items, and in older folders.
        stopped_at: shares of their trainings after which the validation loss was lowest.
        metric: metric of `pgr`, `difference`, `help` and `by_seed`: accuracy, auroc or
            balanced_accuracy; see `score` and `Study.metric`.
        best_of_n: curve of best-of-n for `weak`, `transfer` and `ceiling`, if the study requests
            it.

    Examples:
        >>> import truing
        >>> study = truing.Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive")
        >>> row = truing.run(study).rows[0]
        >>> row.method, row.seeds, row.pgr_low < row.pgr < row.pgr_high
        ('naive', 10, True)
    """

    task: str
    weak: str
    strong: str
    method: str
    regime: str
    seeds: int
    n_test: int
    weak_accuracy: float
    weak_low: float
    weak_high: float
    transfer_accuracy: float
    transfer_low: float
    transfer_high: float
    ceiling_accuracy: float
    ceiling_low: float
    ceiling_high: float
    pgr: float | None
    pgr_low: float | None
    pgr_high: float | None
    pgr_sd: float | None
    baseline: str
    note: str
    simulated: bool
    difference: DifferenceFromNaive | None
    diagnostics: dict[str, Any] | None
    help: Help | None
    by_seed: dict[str, list[float]] | None = None
    class_balance: ClassBalance | None = None
    l2: Penalty | None = None
    control: Control | None = None
    parameters: int | None = None
    layers: int | None = None
    metric: Metric = "accuracy"
    best_of_n: dict[str, BestOfN] | None = None
    learning_rate: LearningRate | None = None
    stopped_at: StoppedAt | None = None

    def __post_init__(self) -> None:
        if self.control is None:
            object.__setattr__(self, "control", UNSTATED_CONTROLS.get(self.method))

    def __str__(self) -> str:
        about = f"{self.task}: {self.weak} supervises {self.strong}, {self.method}"
        pgr = "undefined" if self.pgr is None else f"{self.pgr:.2f}"
        found = self.difference
        compared = f", {found.value:+.3f} from naive, {found.verdict}" if found else ""
        metric, value = METRIC_NAMES[self.metric], self.score("transfer").value
        return f"{about}: {metric} {value:.3f}, PGR {pgr}{compared}"

    def __repr__(self) -> str:
        return f"<Row {self}>"

    def accuracy(self, role: str) -> Estimate:
        """Accuracy of `weak`, `transfer` or `ceiling` with its interval."""
        accuracy, low, high = (
            getattr(self, f"{role}_{one}") for one in ("accuracy", "low", "high")
        )
        return Estimate(accuracy, low, high)

    def score(self, role: str) -> Estimate:
        """Metric of the row, of `weak`, `transfer` or `ceiling`, with its interval."""
        if self.metric == "accuracy":
            return self.accuracy(role)
        values: RoleBalance = getattr(self.class_balance, role)
        return values.score(self.metric)

    @property
    def recovered(self) -> Estimate:
        """The performance gap recovered with its interval."""
        return Estimate(self.pgr, self.pgr_low, self.pgr_high)

    def to_json(self) -> dict[str, Any]:
        """JSON values of the row.

        `control` only if it does not follow from the method's name, `best_of_n` only if measured,
        and what validation decided only if there was validation.
        """
        row = asdict(self)
        row["class_balance"] = self.class_balance and self.class_balance.to_json()
        if self.control == UNSTATED_CONTROLS.get(self.method):
            del row["control"]
        if self.best_of_n is None:
            del row["best_of_n"]
        if self.learning_rate is None:
            del row["learning_rate"], row["stopped_at"]
        return row


def make_rows(plan: Plan, store: Store) -> list[Row]:
    """Rows of a completed plan, in its order, with Holm's correction over their comparisons."""
    gains = [_gain(line.compare, store) if line.compare else None for line in plan.lines]
    differences = _corrected(plan.lines, gains)
    return [
        _row(line, difference, store)
        for line, difference in zip(plan.lines, differences, strict=True)
    ]


def _row(line: PlanLine, difference: DifferenceFromNaive | None, store: Store) -> Row:
    scores = Scores.from_json(store.read_json(line.score.key))
    weak, transfer, ceiling = scores.weak, scores.transfer, scores.ceiling
    l2 = Penalty.of(scores.l2, auto=_is_auto(line, "transfer"), weak_auto=_is_auto(line, "weak"))
    tried = {role: tried_rates(line.score.parents[role][0]) for role in ROLES}
    rate = LearningRate.of(scores.learning_rate, tried)
    chosen = (*(l2.notes if l2 else ()), *(rate.notes(tried) if rate else ()))
    return Row(
        task=line.task,
        weak=line.weak,
        strong=line.strong,
        method=line.method,
        regime=line.regime,
        seeds=len(weak.by_seed),
        n_test=scores.n_test,
        weak_accuracy=weak.value,
        weak_low=weak.low,
        weak_high=weak.high,
        transfer_accuracy=transfer.value,
        transfer_low=transfer.low,
        transfer_high=transfer.high,
        ceiling_accuracy=ceiling.value,
        ceiling_low=ceiling.low,
        ceiling_high=ceiling.high,
        pgr=scores.pgr,
        pgr_low=scores.pgr_low,
        pgr_high=scores.pgr_high,
        pgr_sd=scores.pgr_sd,
        baseline=scores.baseline,
        note=_note(line, "; ".join(filter(None, (scores.note, *chosen))), store),
        simulated=line.simulated,
        difference=difference,
        diagnostics=store.read_json(line.diagnose.key) if line.diagnose else None,
        help=_help(line.help, store) if line.help else None,
        by_seed={"weak": weak.by_seed, "transfer": transfer.by_seed, "ceiling": ceiling.by_seed},
        class_balance=scores.class_balance,
        l2=l2,
        control=line.control,
        parameters=line.size.parameters if line.size else None,
        layers=line.size.layers if line.size else None,
        metric=scores.metric,
        best_of_n=_curves(line.best_of_n, store) if line.best_of_n else None,
        learning_rate=rate,
        stopped_at=StoppedAt.of(scores.stopped_at),
    )


def _is_auto(line: PlanLine, role: str) -> bool:
    """Whether the heads of a role choose the strength of their penalty."""
    payloads = [step.payload for step in line.score.parents[role]]
    return any(isinstance(one, TrainPayload) and one.l2 == "auto" for one in payloads)


def _note(line: PlanLine, note: str, store: Store) -> str:
    """Note of a row: remarks on its values, and on truncated texts and halved batches."""
    steps = [step for role in ("weak", "transfer") for step in line.score.parents[role]]
    tuned = [step for step in steps if isinstance(step.payload, FinetunePayload | ChoicePayload)]
    notes = [read_notes(store, step.key) for step in tuned]
    cut = max((each.cut for each in notes), default=0)
    parts = [note, f"{cut} texts were longer than the limit and cut" if cut else ""]
    if any(each.halved for each in notes):
        parts.append("batches were halved where memory ran out")
    curves = line.best_of_n.payload if line.best_of_n else None
    if isinstance(curves, BestOfNPayload) and curves.candidates.right:
        parts.append(f"best of n: items of class {curves.candidates.right!r} are right")
    seen = {step.key for step in steps if isinstance(step.payload, FitPayload)}
    seen |= {parent.key for step in steps for parent in step.parents.get("features", ())}
    parts += dict.fromkeys(notice for key in sorted(seen) for notice in read_notices(store, key))
    return "; ".join(part for part in parts if part)


def _help(steps: HelpSteps, store: Store) -> Help:
    return Help(steps.unaided, _gain(steps.supervisor, store), _gain(steps.student, store))


def _curves(step: Step, store: Store) -> dict[str, BestOfN]:
    return {role: BestOfN.from_json(one) for role, one in store.read_json(step.key).items()}


def _gain(step: Step, store: Store) -> Difference:
    return Difference(**store.read_json(step.key))


def _corrected(
    lines: Sequence[PlanLine], found: Sequence[Difference | None]
) -> list[DifferenceFromNaive | None]:
    """Differences with Holm's correction; controls are not corrected and do not count."""
    controls = [line.control is not None for line in lines]
    p_values = [gain.p if gain else np.nan for gain in found]
    counted = np.where(controls, np.nan, p_values)  # NaN does not count
    corrected = np.where(controls, p_values, holm(counted)).tolist()
    return [
        DifferenceFromNaive.decided(gain, p, len(line.score.parents["weak"])) if gain else None
        for line, gain, p in zip(lines, found, corrected, strict=True)
    ]


def with_verdict(row: Row) -> Row:
    """Row from a run folder with its verdict decided again: 0.1.0 wrote `better` for one seed."""
    stored = row.difference
    if stored is None:
        return row
    decided = DifferenceFromNaive.decided(stored, stored.p_holm, row.seeds)
    return replace(row, difference=decided)
