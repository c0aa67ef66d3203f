"""Rows of a completed plan, read from the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from truing.given import shown
from truing.measures import BestOfN, Difference, Estimate, holm
from truing.studies._class_balance import ROLES
from truing.studies._difference import DifferenceFromNaive, Help
from truing.studies._penalty import Penalty
from truing.studies._plan import Plan
from truing.studies._plan_line import HelpSteps, PlanLine, PlantedLine
from truing.studies._planted_row import InheritanceDifference, PlantedRow, Rates
from truing.studies._row import Row, Shift, WorstDomain
from truing.studies._scores import Scores
from truing.studies._step import Step
from truing.studies._store import Store
from truing.studies._unanswerable import Unanswerable
from truing.studies._validated import LearningRate, StoppedAt, tried_rates
from truing.studies.work import (
    AskPayload,
    BestOfNPayload,
    ChoicePayload,
    ElicitPayload,
    FinetunePayload,
    FitPayload,
    TrainPayload,
    read_notes,
    read_notices,
    read_shift,
)


def make_rows(plan: Plan, store: Store) -> list[Row]:
    """Rows of a completed plan, in its order, with Holm's correction over their comparisons."""
    lines = [each for line in plan.lines for each in (line, *line.domains)]
    gains = [_gain(line.compare, store) if line.compare else None for line in lines]
    differences = iter(_corrected(lines, gains))
    planted = iter(_planted(plan.lines, store))
    rows = []
    for line in plan.lines:
        home = _row(line, next(differences), store)
        domains = [_row(each, next(differences), store) for each in line.domains]
        own = tuple(next(planted) for _ in line.planted)
        rows.append(replace(home, shift=_shift(home, line, domains, store), planted=own))
    return rows


def _shift(home: Row, line: PlanLine, domains: Sequence[Row], store: Store) -> Shift | None:
    """Results under shift. Intervals of the domains and of the worst have the same replicates."""
    if line.shift is None:
        return None
    found = read_shift(store.read_json(line.shift.key))
    rows = [
        replace(
            row,
            pgr_low=pgr.low,
            pgr_high=pgr.high,
            # The models, and so what they chose, are those of home.
            l2=home.l2,
            learning_rate=home.learning_rate,
            stopped_at=home.stopped_at,
        )
        for row, pgr in zip(domains, found.pgr, strict=True)
    ]
    worst = None
    if found.worst is not None:
        value = found.worst_pgr
        worst = WorstDomain(value.value, value.low, value.high, domains[found.worst].domain)
    return Shift(tuple(rows), found.drops, found.mean, worst, found.note)


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
        domain=line.domain,
        ceiling=line.ceiling,
        learning_rate=rate,
        stopped_at=StoppedAt.of(scores.stopped_at),
        oracle_signed_accuracy=scores.oracle_signed,
        distractors=scores.distractors or None,
        unanswerable=_unanswerable(line, store),
    )


def _planted(lines: Sequence[PlanLine], store: Store) -> list[PlantedRow]:
    """All planted rows, with Holm's correction over their comparisons."""
    every = [(line, one) for line in lines for one in line.planted]
    gains = [_inherited(one, store) for _, one in every]
    controls = np.array([line.control is not None for line, _ in every], bool)
    p_values = np.array([gain.p if gain else np.nan for gain in gains], float)
    corrected = np.where(controls, p_values, holm(np.where(controls, np.nan, p_values)))
    return [
        _planted_row(line, one, gain, p, store)
        for (line, one), gain, p in zip(every, gains, corrected.tolist(), strict=True)
    ]


def _inherited(line: PlantedLine, store: Store) -> Difference | None:
    found = store.read_json(line.compare.key)["difference"] if line.compare else None
    return Difference(**found) if found else None


def _planted_row(
    line: PlanLine, planted: PlantedLine, gain: Difference | None, p: float, store: Store
) -> PlantedRow:
    scores = Scores.from_json(store.read_json(planted.score.key))
    found, value = store.read_json(planted.inherit.key), planted.stressed.plant.value
    notes = [scores.note]
    if found["inheritance"]["value"] is None:
        notes.append("the plant changes too few test items to measure the inheritance")
    difference = None
    if gain is not None:
        difference = InheritanceDifference.decided(gain, p, len(scores.weak.by_seed))
    return PlantedRow(
        plant=shown(planted.stressed.plant.label),
        strength=planted.stressed.strength,
        corrupts=value.corrupts,
        trigger=value.trigger.name if value.trigger else "",
        accuracy=Estimate(**found["accuracy"]),
        cost=Estimate(**found["cost"]),
        pgr=Estimate(scores.pgr, scores.pgr_low, scores.pgr_high),
        pgr_sd=scores.pgr_sd,
        inheritance=Estimate(**found["inheritance"]),
        rates=Rates(**{name: Estimate(**one) for name, one in found["rates"].items()}),
        items=found["items"],
        difference=difference,
        by_seed=found["by_seed"],
        note="; ".join(filter(None, notes)),
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
    if open_ := _unanswerable(line, store):
        parts.append(open_.note)
    noted = FitPayload | ElicitPayload | AskPayload
    seen = {step.key for step in steps if isinstance(step.payload, noted)}
    seen |= {parent.key for step in steps for parent in step.parents.get("features", ())}
    parts += dict.fromkeys(notice for key in sorted(seen) for notice in read_notices(store, key))
    return "; ".join(part for part in parts if part)


def _help(steps: HelpSteps, store: Store) -> Help:
    return Help(steps.unaided, _gain(steps.supervisor, store), _gain(steps.student, store))


def _unanswerable(line: PlanLine, store: Store) -> Unanswerable | None:
    step = line.uncertainty
    return Unanswerable.from_json(store.read_json(step.key)) if step else None


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
