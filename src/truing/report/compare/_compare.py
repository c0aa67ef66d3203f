"""Compare runs: differences in configuration and results, with paired intervals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from truing.errors import UserError
from truing.measures import decide_verdict, holm, verdict_basis
from truing.report.compare._certified import Certified, certified
from truing.report.compare._compared import Compared, ComparedRun
from truing.report.compare._oversight import compare_oversight
from truing.report.compare._recalled import FieldDifference, RecalledRun, differing, recall
from truing.report.compare._stress import compare_stress
from truing.report.compare._study import StudySide, compare_studies
from truing.runs import OVERSIGHT, STRESS, STUDY
from truing.studies import Store

HIGHER_LOWER = ("higher", "lower")


@dataclass(frozen=True)
class RunComparison:
    """Differences between runs.

    Attributes:
        runs: the runs; the others are compared with the first.
        settings: fields of configuration, machine and data that differ.
        compared: compared accuracies, or shares of detected systems, Holm-corrected together.
        unchanged: number of accuracies that come from the same steps in both runs, on the shared
            seeds, or of rows with the same suspicions; they are not compared.
        alone: for each run, rows without a counterpart in any other run.
        certificates: PGR of each row at home and under shift in each run; none without a shift.
    """

    runs: tuple[RecalledRun, ...]
    settings: tuple[FieldDifference, ...]
    compared: tuple[Compared, ...]
    unchanged: int
    alone: tuple[tuple[str, ...], ...]
    certificates: tuple[Certified, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The comparison as JSON values."""
        return {
            "kind": self.runs[0].kind.name,
            "runs": [str(run.folder) for run in self.runs],
            "settings": [asdict(one) for one in self.settings],
            "compared": [one.to_json() for one in self.compared],
            "unchanged": self.unchanged,
            "alone": [list(names) for names in self.alone],
            "certificates": [one.to_json() for one in self.certificates],
        }


def compare_runs(folders: Sequence[Path | str], store: Store | None = None) -> RunComparison:
    """Compare finished runs with the first of them.

    Differences are paired if the store still contains the steps of both rows and the runs share
    items and seeds. Otherwise they are computed from the intervals of the rows, and a note says so.

    Args:
        folders: two or more run folders of the same kind.
        store: store of computed steps; by default `TRUING_STORE` or the user's cache folder.

    Raises:
        UserError: there are fewer than two runs, a folder contains no finished run, or the runs
            are of different kinds.
    """
    if len(folders) < 2:
        raise UserError(f"a comparison needs two or more run folders, got {len(folders)}")
    runs = tuple(recall(folder) for folder in folders)
    first = runs[0]
    for run in runs[1:]:
        if run.kind is not first.kind:
            raise UserError(
                f"{first.folder} contains a run of kind {first.kind.name}, {run.folder} a run of "
                f"kind {run.kind.name}; compare runs of one kind"
            )
    found = list(_compared(runs, store))
    every = [one for run in found for one in run.compared]
    alone = [set.intersection(*(run.only_first for run in found))]
    alone += [run.only_second for run in found]
    return RunComparison(
        runs,
        differing(runs),
        _corrected(every),
        sum(run.unchanged for run in found),
        tuple(tuple(sorted(names)) for names in alone),
        certified(runs) if first.kind is STUDY else (),
    )


def _compared(runs: Sequence[RecalledRun], store: Store | None) -> Iterator[ComparedRun]:
    """Compare each run after the first with the first."""
    if runs[0].kind is OVERSIGHT:
        for number, run in enumerate(runs[1:], 1):
            yield compare_oversight(number, runs[0], run)
        return
    if runs[0].kind is STRESS:
        for number, run in enumerate(runs[1:], 1):
            yield compare_stress(number, runs[0], run)
        return
    store = store or Store()
    sides = [StudySide(run, store) for run in runs]
    for number, side in enumerate(sides[1:], 1):
        yield compare_studies(number, sides[0], side)


def _corrected(compared: Sequence[Compared]) -> tuple[Compared, ...]:
    alone = [math.nan if one.p is None else one.p for one in compared]
    corrected = holm(np.array(alone)).tolist() if alone else []
    return tuple(
        replace(
            one,
            p_holm=None if one.p is None else p,
            verdict=decide_verdict(one.value, p, seeds=one.seeds, words=HIGHER_LOWER),
            verdict_basis=_basis(one),
        )
        for one, p in zip(compared, corrected, strict=True)
    )


def _basis(one: Compared) -> str:
    """What a verdict is based on; the units of a stress test are seeds."""
    return f"{one.seeds} seeds" if "monitor" in one.names else verdict_basis(one.seeds)


def shown_parts(names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Displayed names: the name if both runs share it, else `first → second`."""
    return {part: " → ".join(dict.fromkeys(both)) for part, both in names.items()}
