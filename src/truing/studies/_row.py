"""Row: what a study found out about one supervisor, student and method on one task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from truing.measures import decide_verdict, holm, verdict_basis
from truing.methods import Control
from truing.studies._class_balance import ClassBalance
from truing.studies._plan import HelpSteps, Plan, PlanLine
from truing.studies._scores import AccuracyGain, Scores
from truing.studies._step import Step
from truing.studies._store import Store
from truing.studies.work import FinetunePayload, read_notes, read_notices

UNSTATED_CONTROLS: dict[str, Control] = {"oracle": "upper", "shuffled": "lower"}
"""Controls that a row does not state: results.jsonl of version 0.1.0 has no such field."""


@dataclass(frozen=True)
class DifferenceFromNaive:
    """A method's accuracy minus naive's, on the same seeds and items.

    Attributes:
        value, low, high: the difference and its 95% interval, not corrected.
        p: two-sided, of this comparison alone.
        p_holm: corrected by Holm's method for all comparisons of the study; controls (oracle,
            shuffled) are not among these and keep their p.
        verdict: `better`, `worse` or `inconclusive`, at p_holm below 0.05; with one or two seeds
            `better on this seed` or `better on these 2 seeds`, see `decide_verdict`.
        verdict_basis: what the verdict is based on, such as `items of 1 seed`.
    """

    value: float
    low: float
    high: float
    p: float
    p_holm: float
    verdict: str
    verdict_basis: str = ""


@dataclass(frozen=True)
class Help:
    """What help is worth to a judge that supervises.

    Attributes:
        unaided: the supervisor that is the same judge without help.
        supervisor: the judge's own gain.
        student: the gain of its student.
    """

    unaided: str
    supervisor: AccuracyGain
    student: AccuracyGain


@dataclass(frozen=True)
class Row:
    """One row of a result. Intervals are 95%; they cover seeds and test items.

    Attributes:
        task, weak, strong, method: names.
        regime: how the student is trained: heads on fixed features, or fine-tuned (lora), ...
        seeds: how many.
        n_test: test items, the same for every seed.
        weak_accuracy, transfer_accuracy, ceiling_accuracy: means over seeds, each with an interval.
        pgr: performance gap recovered; None where it is undefined, and note says why.
        pgr_low, pgr_high: its interval; None where an end is unbounded.
        pgr_sd: over seeds.
        baseline: pinned or paired.
        note: what must be known to read the row.
        simulated: the supervisor is a simulation.
        difference: against naive; None for naive itself, or where the study has no naive.
        diagnostics: where the study asks for them.
        help: where the supervisor is a helped judge, and the study holds it unaided too.
        class_balance: majority rate, balanced accuracy and AUROC, or the chance accuracy where
            items have their own choices; None in folders of version 0.1.0.
        by_seed: `weak`, `transfer` and `ceiling` accuracy of each seed, in the study's order.
        control: `upper` or `lower` where the method is a control, see `Method.control`.
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
    control: Control | None = None

    def __post_init__(self) -> None:
        if self.control is None:
            object.__setattr__(self, "control", UNSTATED_CONTROLS.get(self.method))

    def to_json(self) -> dict[str, Any]:
        """The row as plain JSON values; `control` is stated where the name does not state it."""
        row = asdict(self)
        if self.control == UNSTATED_CONTROLS.get(self.method):
            del row["control"]
        return row


def make_rows(plan: Plan, store: Store) -> list[Row]:
    """Rows of a completed plan, in its order, with their comparisons corrected together."""
    gains = [_gain(line.compare, store) if line.compare else None for line in plan.lines]
    differences = _corrected(plan.lines, gains)
    return [
        _row(line, difference, store)
        for line, difference in zip(plan.lines, differences, strict=True)
    ]


def _row(line: PlanLine, difference: DifferenceFromNaive | None, store: Store) -> Row:
    scores = Scores.from_json(store.read_json(line.score.key))
    weak, transfer, ceiling = scores.weak, scores.transfer, scores.ceiling
    return Row(
        task=line.task,
        weak=line.weak,
        strong=line.strong,
        method=line.method,
        regime=line.regime,
        seeds=len(weak.by_seed),
        n_test=scores.n_test,
        weak_accuracy=weak.accuracy,
        weak_low=weak.low,
        weak_high=weak.high,
        transfer_accuracy=transfer.accuracy,
        transfer_low=transfer.low,
        transfer_high=transfer.high,
        ceiling_accuracy=ceiling.accuracy,
        ceiling_low=ceiling.low,
        ceiling_high=ceiling.high,
        pgr=scores.pgr,
        pgr_low=scores.pgr_low,
        pgr_high=scores.pgr_high,
        pgr_sd=scores.pgr_sd,
        baseline=scores.baseline,
        note=_note(line, scores.note, store),
        simulated=line.simulated,
        difference=difference,
        diagnostics=store.read_json(line.diagnose.key) if line.diagnose else None,
        help=_help(line.help, store) if line.help else None,
        by_seed={"weak": weak.by_seed, "transfer": transfer.by_seed, "ceiling": ceiling.by_seed},
        class_balance=scores.class_balance,
        control=line.control,
    )


def _note(line: PlanLine, note: str, store: Store) -> str:
    """What must be known to read a row: of its figures, and of how its models read the items."""
    steps = [step for role in ("weak", "transfer") for step in line.score.parents[role]]
    tuned = [step for step in steps if isinstance(step.payload, FinetunePayload)]
    told = [read_notes(store, step.key) for step in tuned]
    cut = max((one.cut for one in told), default=0)
    parts = [note, f"{cut} texts were longer than the limit and cut" if cut else ""]
    if any(one.halved for one in told):
        parts.append("batches were halved where memory ran out")
    seen = {one.key for step in steps for one in step.parents.get("features", ())}
    parts += dict.fromkeys(said for key in sorted(seen) for said in read_notices(store, key))
    return "; ".join(part for part in parts if part)


def _help(steps: HelpSteps, store: Store) -> Help:
    return Help(steps.unaided, _gain(steps.supervisor, store), _gain(steps.student, store))


def _gain(step: Step, store: Store) -> AccuracyGain:
    return AccuracyGain.from_json(store.read_json(step.key))


def _corrected(
    lines: Sequence[PlanLine], found: Sequence[AccuracyGain | None]
) -> list[DifferenceFromNaive | None]:
    """Comparisons with Holm's correction over those that are not with a control."""
    controls = [line.control is not None for line in lines]
    alone = [one.p if one else np.nan for one in found]
    contending = np.where(controls, np.nan, alone)  # a p-value that is nan is not counted
    corrected = np.where(controls, alone, holm(contending)).tolist()
    return [
        _difference(one, p, len(line.score.parents["weak"])) if one else None
        for line, one, p in zip(lines, found, corrected, strict=True)
    ]


def _difference(found: AccuracyGain, p_holm: float, seeds: int) -> DifferenceFromNaive:
    verdict = decide_verdict(found.value, p_holm, seeds=seeds)
    basis = verdict_basis(seeds)
    return DifferenceFromNaive(found.value, found.low, found.high, found.p, p_holm, verdict, basis)


def with_verdict(row: Row) -> Row:
    """A row from a run folder with today's verdict: version 0.1.0 wrote `better` for one seed."""
    held = row.difference
    if held is None:
        return row
    verdict = decide_verdict(held.value, held.p_holm, seeds=row.seeds)
    decided = replace(held, verdict=verdict, verdict_basis=verdict_basis(row.seeds))
    return replace(row, difference=decided)
