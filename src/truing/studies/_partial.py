"""Partial rows: results of a study in progress, on the seeds that are finished so far."""

from __future__ import annotations

from typing import Any

import numpy as np

from truing.errors import CorruptEntryError
from truing.measures import Metric, PGREstimate, estimate_pgr, item_scores, known_metrics
from truing.studies._class_balance import ROLES
from truing.studies._plan import Plan
from truing.studies._plan_line import PlanLine
from truing.studies._step import Step
from truing.studies._store import Store
from truing.studies.work import OnTestPayload, ScorePayload


class PartialRows:
    """Rows of a plan from the steps that are stored so far; each result is read once.

    Args:
        plan: the plan.
        store: the store in which the steps are computed.
    """

    def __init__(self, plan: Plan, store: Store):
        self.plan, self.store = plan, store
        self._beliefs: dict[str, np.ndarray] = {}
        self._truth: dict[str, np.ndarray] = {}

    def __call__(self) -> list[dict[str, Any]]:
        """Rows with at least one finished seed, in the format of results.jsonl, with a note.

        They contain no difference from naive training, because its correction needs all rows.
        """
        return [row for line in self.plan.lines if (row := self._row(line))]

    def _row(self, line: PlanLine) -> dict[str, Any] | None:
        """The row on the seeds whose supervisor, student and ceiling are stored; None without."""
        parents, total = line.score.parents, len(line.score.parents["weak"])
        by_seed = zip(*(parents[role] for role in ROLES), strict=True)
        seen = [[self._read(line.score, step) for step in steps] for steps in by_seed]
        done = [one for one in seen if all(beliefs is not None for beliefs in one)]
        if not done:
            return None
        payload = line.score.payload
        assert isinstance(payload, ScorePayload)
        if payload.metric not in known_metrics(self._revealed(line.score), payload.classes):
            return None  # the score step will say why
        roles = [np.stack(role) for role in zip(*done, strict=True)]
        made = {
            metric: self._estimate(line.score, payload, metric, roles)
            for metric in dict.fromkeys((payload.metric, "accuracy"))
        }
        found = made[payload.metric]
        row: dict[str, Any] = {
            "task": line.task,
            "weak": line.weak,
            "strong": line.strong,
            "method": line.method,
            "regime": line.regime,
            "seeds": len(done),
            "n_test": len(payload.items),
            "pgr": found.pgr.value,
            "pgr_low": found.pgr.low,
            "pgr_high": found.pgr.high,
            "baseline": found.baseline,
            "note": "; ".join(filter(None, (f"{len(done)} of {total} seeds", found.note))),
            "simulated": line.simulated,
            "control": line.control,
            "metric": payload.metric,
        }
        for role in ROLES:
            accuracy = getattr(made["accuracy"], role)
            row |= {f"{role}_accuracy": accuracy.value}
            row |= {f"{role}_low": accuracy.low, f"{role}_high": accuracy.high}
        if payload.metric != "accuracy":
            row["class_balance"] = {role: _values(payload.metric, found, role) for role in ROLES}
        return row

    def _estimate(
        self, score: Step, payload: ScorePayload, metric: Metric, roles: list[np.ndarray]
    ) -> PGREstimate:
        """PGR by a metric, from the (seeds, n, k) beliefs of each role."""
        truth = self._revealed(score)
        return estimate_pgr(
            *(item_scores(metric, beliefs, truth) for beliefs in roles),
            clusters=payload.clusters,
            truth=None if metric == "accuracy" else truth,
            baseline=payload.baseline,
            rng=np.random.default_rng(payload.bootstrap),
        )

    def _read(self, score: Step, step: Step) -> np.ndarray | None:
        """(n, k) beliefs of a step about the test items; None if it is not stored yet."""
        known = f"{score.config['task']} {step.key}"
        if known not in self._beliefs:
            if step.key not in self.store:
                return None
            try:
                beliefs = self.store.read(step.key)["beliefs"]
            except CorruptEntryError:
                return None
            assert isinstance(score.payload, OnTestPayload)
            self._beliefs[known] = beliefs[score.payload.items]
        return self._beliefs[known]

    def _revealed(self, score: Step) -> np.ndarray:
        """(n,) ground truth of the test items, taken out of the vault once per task."""
        task = score.config["task"]
        if task not in self._truth:
            assert score.truth is not None, "a score step has ground truth"
            self._truth[task] = score.truth.reveal()
        return self._truth[task]


def _values(metric: Metric, found: PGREstimate, role: str) -> dict[str, float | None]:
    """A metric of a role with its interval, as in `RoleBalance`."""
    value = getattr(found, role)
    return {metric: value.value, f"{metric}_low": value.low, f"{metric}_high": value.high}
