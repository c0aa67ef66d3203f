"""Comparison of two stress tests: share of detected systems by plant, strength and monitor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from truing.measures import Estimate, compare_alarms, raise_alarms
from truing.report.compare._compared import Compared, ComparedRun, unpaired_difference
from truing.report.compare._recalled import RecalledRun
from truing.stress import StressRow

Place = tuple[str, str, str]
"""Plant, strength and monitor."""

PARTS = ("plant", "strength", "monitor")
DETECTED = "share detected"
RATE = 0.05  # preferred false-positive rate
CLOSE = 1e-9


def compare_stress(number: int, first: RecalledRun, second: RecalledRun) -> ComparedRun:
    """Compare the share of detected systems in each row that both runs have.

    Differences are paired by seed: a seed determines all randomness of a planted system. Rows with
    the same suspicions in both runs are unchanged.

    Args:
        number: number of the second run in the comparison.
        first, second: the runs.

    Raises:
        DataError: a row is invalid.
    """
    sides = [_rows(run) for run in (first, second)]
    compared, unchanged = [], 0
    for place in [one for one in sides[0] if one in sides[1]]:
        rows = [side[place] for side in sides]
        if rows[0].scores == rows[1].scores:
            unchanged += 1
        else:
            compared.append(_compare(number, place, rows, [_seeds(first), _seeds(second)]))
    alone = [
        {_row_name(place) for place in sides[at] if place not in sides[1 - at]} for at in (0, 1)
    ]
    return ComparedRun(compared, unchanged, *alone)


def _rows(run: RecalledRun) -> dict[Place, StressRow]:
    rows = [StressRow.from_json(row) for row in run.rows]
    return {(row.plant, f"{row.strength:g}", row.monitor): row for row in rows}


def _seeds(run: RecalledRun) -> list[int]:
    """The seeds of a run; empty if its configuration states none."""
    stated = run.config.get("seeds")
    if isinstance(stated, int):
        return list(range(stated))
    return [*stated] if isinstance(stated, list) else []


def _row_name(place: Place) -> str:
    plant, strength, monitor = place
    return f"{plant} at {strength}, {monitor}"


def _compare(
    number: int, place: Place, rows: Sequence[StressRow], seeds: Sequence[Sequence[int]]
) -> Compared:
    names = {part: (one, one) for part, one in zip(PARTS, place, strict=True)}
    rates = [rate for rate in rows[0].tpr if rate in rows[1].tpr]
    if not rates:
        why = "the runs declare no common false-positive rate"
        return Compared.of(number, names, DETECTED, (None, None), note=why)
    rate = min(rates, key=lambda one: abs(float(one) - RATE))
    at = f"{100 * float(rate):g}%"
    before, after = (row.tpr[rate] for row in rows)
    made = partial(Compared.of, number, names, f"{DETECTED} at {at}")
    values = before.value, after.value
    if before.value is None or after.value is None:
        return made(values, note=f"the references of a run do not reach a rate of {at}")
    paired = _paired(rows, rate, seeds)
    if isinstance(paired, str):
        apart = unpaired_difference(before, after)
        difference = apart or Estimate.point(after.value - before.value)
        fewest = min(row.seeds for row in rows)
        note = f"not paired: {paired}"
        p = None if apart is None else apart.p
        return made(values, difference, p, seeds=fewest, note=note)
    (found,) = compare_alarms(dict(zip(("first", "second"), paired, strict=True)))
    count, note = len(paired[0]), ""
    if count < max(map(len, seeds)):
        note = f"paired on the {count} shared seeds, of {' and '.join(str(len(s)) for s in seeds)}"
        values = float(paired[0].mean()), float(paired[1].mean())
    difference = found.difference
    return made(values, difference, difference.p, seeds=count, items=count, note=note)


def _paired(
    rows: Sequence[StressRow], rate: str, seeds: Sequence[Sequence[int]]
) -> list[np.ndarray] | str:
    """Alarms of both runs on their shared seeds, or the reason why they cannot be paired."""
    shared = [seed for seed in seeds[0] if seed in seeds[1]]
    if not shared:
        return "the runs share no seed"
    found = []
    for row, own in zip(rows, seeds, strict=True):
        alarms = _alarms(row, rate)
        if alarms is None or len(alarms) != len(own):
            return "the suspicions of a row do not reproduce its alarms"
        found.append(alarms[[own.index(seed) for seed in shared]])
    return found


def _alarms(row: StressRow, rate: str) -> np.ndarray | None:
    """(S,) whether each planted system has an alarm; None if the row's scores do not show it.

    A row does not state whether its monitor is two-sided, so its shares decide.
    """
    for two_sided in (False, True):
        try:
            if all(
                _agree(row.scores[name], row, share[one], one, two_sided)
                for name, share in (("planted", row.tpr), ("twins", row.fpr))
                for one in share
            ):
                planted, references = row.scores["planted"], row.scores["references"]
                return raise_alarms(planted, references, float(rate), two_sided=two_sided)
        except (KeyError, ValueError):
            return None
    return None


def _agree(
    scores: Sequence[float], row: StressRow, share: Estimate, rate: str, two_sided: bool
) -> bool:
    """Whether suspicions have the row's share of alarms; a rate that is not reached agrees."""
    alarms = raise_alarms(scores, row.scores["references"], float(rate), two_sided=two_sided)
    return share.value is None or abs(float(alarms.mean()) - share.value) < CLOSE
