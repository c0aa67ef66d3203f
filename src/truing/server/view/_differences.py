"""Differences between chosen runs, computed by the code of `truing compare`.

The comparison plans the studies again, which loads what their configurations name. A run folder may
come from an untrusted source, so configurations that name code or data sets of the Hub are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from truing.errors import TruingError
from truing.report import RunComparison, compare_runs, comparison_drawing, comparison_finding
from truing.report.compare import label_of, notes, titled
from truing.runs import KINDS, OVERSIGHT, STRESS, STUDY, as_texts, read_object
from truing.server.view._headline import FINISHED
from truing.server.view._loaded import refusal
from truing.server.view._summary import Summary

PARTS = ("tasks", "test_on", "weak", "strong", "methods", "hardness")


@dataclass(frozen=True)
class Differences:
    """Differences of the runs from the first run.

    Attributes:
        found: the comparison; None if there is none.
        why: reason why there is none; empty for runs of kinds that are never compared.
    """

    found: RunComparison | None = None
    why: str = ""

    @property
    def groups(self) -> list[tuple[str, list[tuple[str, Any]]]]:
        """Title of each table, and the name and the comparison of each row."""
        if self.found is None:
            return []
        return [
            (title, [(label_of(one), one) for one in group])
            for title, group in titled(self.found.compared).items()
        ]

    @property
    def finding(self) -> str:
        """How many results differ, and the largest difference."""
        return " ".join(comparison_finding(self.found)) if self.found else ""

    @property
    def certificates(self) -> list[tuple[str, list[str]]]:
        """Name of each row, and its PGR at home and under shift in each run."""
        found = self.found.certificates if self.found else ()
        return [(one.name, one.texts) for one in found]

    @property
    def notes(self) -> list[str]:
        """Sentences on how to read the differences."""
        return notes(self.found) if self.found else []

    @property
    def drawing(self) -> str:
        """The chart of the differences as SVG; empty without differences."""
        if self.found is None or not self.found.compared:
            return ""
        return comparison_drawing(self.found.compared).svg


def differences(runs: Sequence[Summary]) -> Differences:
    """Compare finished runs of one kind with the first of them."""
    kinds = {one.kind for one in runs}
    if len(runs) < 2 or len(kinds) > 1 or not kinds <= {STUDY.name, OVERSIGHT.name, STRESS.name}:
        return Differences()
    unfinished = [one.name for one in runs if one.status not in FINISHED]
    if unfinished:
        return Differences(None, f"not finished: {', '.join(unfinished)}")
    return _compared(tuple(runs))


@lru_cache(maxsize=8)
def _compared(runs: tuple[Summary, ...]) -> Differences:
    try:
        why = refusal(name for run in runs for name in _loaded_names(run))
        if why:
            return Differences(None, why)
        return Differences(compare_runs([run.folder for run in runs]))
    except (TruingError, OSError) as error:
        return Differences(None, str(error))


def _loaded_names(run: Summary) -> list[str]:
    """What a study loads: its tasks, supervisors, students and methods. Other kinds load none."""
    if run.kind != STUDY.name:
        return []
    config = read_object(run.folder, KINDS[run.kind].configuration)
    return [name for part in PARTS for name in as_texts(config.get(part, ()))]
