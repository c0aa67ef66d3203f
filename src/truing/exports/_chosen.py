"""Chosen model: a row of a finished study, one of its seeds, and one of its three models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from truing.errors import UserError
from truing.runs import STRESS, STUDY, FoundRun, find_run, read_study
from truing.studies import PlanLine, Row, Step, Store, Study, make_plan, measured_in
from truing.studies.work import chosen_training
from truing.tasks import Source

Role = Literal["student", "ceiling", "supervisor"]
"""Model of a row: the student that learned weak labels, its ceiling, or the supervisor."""

RowLike: TypeAlias = Row | int
"""A row of a result, or its number from 1."""

PARENTS: dict[Role, str] = {"student": "transfer", "ceiling": "ceiling", "supervisor": "weak"}
NAMES = ("task", "weak", "strong", "method")


@dataclass(frozen=True)
class Chosen:
    """A model of a study.

    Attributes:
        found: the run folder.
        study: the study.
        row: the row of the results.
        number: number of the row, from 1.
        role: the model of the row.
        seed: seed of the splits.
        at: position of the seed among the seeds of the study.
        source: the task and its vault.
        step: step that trained the model.
        labels: step that made the supervisor's labels.
        store: store of the study's results.
    """

    found: FoundRun
    study: Study
    row: Row
    number: int
    role: Role
    seed: int
    at: int
    source: Source
    step: Step
    labels: Step
    store: Store

    def need(self, steps: Sequence[Step]) -> None:
        """Raise UserError if the store lacks the result of a step."""
        lacking = sum(not self.store.intact(step.key) for step in steps)
        if lacking:
            raise UserError(
                f"the store {self.store.location} lacks {lacking} of the {len(steps)} results from "
                f"which row {self.number} was computed (they were removed, or the code, data or "
                "libraries changed); run the study again with this store: "
                f"truing run {self.found.folder} --store {self.store.location}"
            )


def find_study(folder: Path | str) -> FoundRun:
    """The finished study in a run folder.

    Raises:
        UserError: the folder contains no finished study.
    """
    found = find_run(folder)
    if found.kind is STRESS:
        raise UserError(
            f"{folder} contains planted systems (model organisms), which are not exported; only "
            "studies have models to export"
        )
    if found.kind is not STUDY:
        raise UserError(
            f"{folder} contains a run of kind {found.kind.name}; only studies have models to export"
        )
    state = found.state
    if state.status != "finished":
        raise UserError(
            f"{folder} contains no finished study ({state.why or state.status}); finish it first: "
            f"truing run {folder}"
        )
    if not found.rows or len(found.rows) != len(found.lines):
        raise UserError(f"{folder}: {' '.join(found.warnings) or 'the results have no rows'}")
    return found


def choose(
    folder: Path | str,
    row: RowLike | None = None,
    role: Role = "student",
    seed: int | None = None,
    store: Store | None = None,
) -> Chosen:
    """Find a model of a study.

    Args:
        folder: the run folder.
        row: a row, or its number from 1; None if the study has a single row.
        role: the model of the row.
        seed: a seed of the study; by default its first.
        store: store of the study's results; by default `TRUING_STORE` or the user's cache folder.

    Raises:
        UserError: no finished study, or an unknown row, role or seed.
    """
    found = find_study(folder)
    number = _number(found, row)
    if role not in get_args(Role):
        raise UserError(f"role must be {', '.join(get_args(Role))}, got {role!r}")
    study = read_study(found.folder)
    at = _seed_position(study, seed)
    plan = make_plan(study, measured_in(store or Store()))
    line, chosen = plan.lines[number - 1], found.rows[number - 1]
    _check_same(line, chosen, number, found)
    parents = line.score.parents
    task, kept = line.score.config["task"], store or Store()
    source = next(one for one in plan.sources.values() if one.task.fingerprint == task)
    return Chosen(
        found,
        study,
        chosen,
        number,
        role,
        study.seed_numbers[at],
        at,
        source,
        chosen_training(parents[PARENTS[role]][at], kept),
        parents["weak"][at],
        kept,
    )


def _number(found: FoundRun, row: RowLike | None) -> int:
    rows = found.rows
    if isinstance(row, Row):
        if row not in rows:
            raise UserError(f"{found.folder} has no such row; pass a row of its result")
        return rows.index(row) + 1
    if row is None and len(rows) == 1:
        return 1
    allowed = f"1 to {len(rows)}" if len(rows) > 1 else "1"
    listed = f"`truing export {found.folder}` lists the rows"
    if row is None:
        raise UserError(
            f"{found.folder} has {len(rows)} rows; choose one with --row N (in Python: row=N), "
            f"{allowed}; {listed}"
        )
    if isinstance(row, bool) or not isinstance(row, int) or not 1 <= row <= len(rows):
        raise UserError(f"row must be {allowed}, got {row!r}; {listed}")
    return row


def _seed_position(study: Study, seed: int | None) -> int:
    """Position of a seed."""
    seeds = study.seed_numbers
    if seed is None:
        return 0
    if seed not in seeds:
        allowed = ", ".join(map(str, seeds[:12])) + (", ..." if len(seeds) > 12 else "")
        raise UserError(f"seed must be a seed of the study ({allowed}), got {seed!r}")
    return seeds.index(seed)


def _check_same(line: PlanLine, row: Row, number: int, found: FoundRun) -> None:
    """Raise UserError if the study's configuration does not lead to the row of its results."""
    planned, stored = ([getattr(one, name) for name in NAMES] for one in (line, row))
    if planned != stored:
        raise UserError(
            f"row {number} of {found.folder} is {', '.join(stored)}, but its configuration leads "
            f"to {', '.join(planned)}; run the study again: truing run {found.folder}"
        )
