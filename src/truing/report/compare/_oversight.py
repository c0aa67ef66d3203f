"""Comparison of two oversight runs, protocol by protocol, on shared questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from truing.measures import Estimate, Judgement, ProtocolMetrics
from truing.report.compare._compared import Compared, ComparedRun, unpaired_difference
from truing.report.compare._recalled import RecalledRun
from truing.runs import OVERSIGHT, measures_of, parse_judgement


def compare_oversight(number: int, first: RecalledRun, second: RecalledRun) -> ComparedRun:
    """Compare the accuracy of each protocol that both runs have.

    Args:
        number: number of the second run in the comparison.
        first, second: the runs.

    Returns:
        The comparisons. No accuracy is unchanged: verdicts are compared even if both runs stored
        the same replies.

    Raises:
        DataError: a judgement is invalid.
    """
    same = first.config.get("fingerprint") == second.config.get("fingerprint")
    shared = [name for name in _protocols(first) if name in _protocols(second)]
    compared = [_compare(number, name, same, first, second) for name in shared]
    alone = [set(_protocols(run)) - set(shared) for run in (first, second)]
    return ComparedRun(compared, 0, *alone)


def _protocols(run: RecalledRun) -> list[str]:
    return list(dict.fromkeys(str(row["protocol"]) for row in run.rows))


def _compare(
    number: int, protocol: str, same: bool, first: RecalledRun, second: RecalledRun
) -> Compared:
    sides = {"second": second, "first": first}  # the difference is the second minus the first
    found = measures_of(
        _judgement(side, run, row, same)
        for side, run in sides.items()
        for row in run.rows
        if row["protocol"] == protocol
    )
    (comparison,) = found.comparisons
    by_side = {one.protocol: one for one in found.protocols}
    numbered = {0: by_side["first"], number: by_side["second"]}
    before, after = (one.metrics["accuracy"] for one in numbered.values())
    names = {"protocol": (protocol, protocol)}
    made = partial(Compared.of, number, names, "accuracy", (before.value, after.value))
    if before.value is None or after.value is None:
        empty = (at for at, one in numbered.items() if one.metrics["accuracy"].value is None)
        return made(note="; ".join(_left_out(at, protocol, numbered[at]) for at in empty))
    if not comparison.questions:
        why = "share no counted question" if same else "have different questions"
        apart = unpaired_difference(before, after)
        return made(
            apart or Estimate.point(after.value - before.value),
            apart.p if apart else None,
            note=f"not paired: the runs {why}",
        )
    return made(comparison.shared, comparison.p, items=comparison.questions)


def _left_out(number: int, protocol: str, one: ProtocolMetrics) -> str:
    return (
        f"no value for {protocol} in run {number}: all {one.n} plays were left out "
        f"({one.mute} mute, {one.unread} unread)"
    )


def _judgement(side: str, run: RecalledRun, row: Mapping[str, Any], same: bool) -> Judgement:
    """A row as a judgement. Questions of different files differ, even with equal ids."""
    where = str(run.folder / OVERSIGHT.results)
    read = parse_judgement(where, dict(row), run.environment.on_mute)
    own = "" if same else f"{side} "
    cluster = None if read.cluster is None else f"{own}{read.cluster}"
    return replace(read, protocol=side, question=f"{own}{read.question}", cluster=cluster)
