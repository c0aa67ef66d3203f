"""Comparison of two oversight runs, protocol by protocol, on shared questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from truing.measures import Judgement, ProtocolFigures
from truing.report.compare._compared import Compared, unpaired_difference
from truing.report.compare._recalled import RecalledRun
from truing.runs import OVERSIGHT, measures_of, parse_judgement


def compare_oversight(
    number: int, first: RecalledRun, second: RecalledRun
) -> tuple[list[Compared], int, set[str], set[str]]:
    """Compare the accuracy of each protocol that both runs have.

    Args:
        number: number of the second run in the comparison.
        first, second: the runs.

    Returns:
        The comparisons, 0 unchanged accuracies (verdicts are compared even if both runs stored the
        same replies), and for each run the protocols that the other run lacks.

    Raises:
        DataError: a judgement is invalid.
    """
    same = first.config.get("fingerprint") == second.config.get("fingerprint")
    shared = [name for name in _protocols(first) if name in _protocols(second)]
    compared = [_compare(number, name, same, first, second) for name in shared]
    alone = [set(_protocols(run)) - set(shared) for run in (first, second)]
    return compared, 0, alone[0], alone[1]


def _protocols(run: RecalledRun) -> list[str]:
    return list(dict.fromkeys(str(row["protocol"]) for row in run.rows))


def _compare(
    number: int, protocol: str, same: bool, first: RecalledRun, second: RecalledRun
) -> Compared:
    sides = {"second": second, "first": first}
    judgements = [
        _judgement(side, run, row, same)
        for side, run in sides.items()
        for row in run.rows
        if row["protocol"] == protocol
    ]
    found = measures_of(judgements)
    by_side = {one.protocol: one for one in found.protocols}
    before, after = (by_side[side].figures["accuracy"] for side in ("first", "second"))
    (comparison,) = found.comparisons
    names = {"protocol": (protocol, protocol)}
    numbered = {0: by_side["first"], number: by_side["second"]}
    missing = [
        _left_out(at, protocol, one)
        for at, one in numbered.items()
        if one.figures["accuracy"].value is None
    ]
    if before.value is None or after.value is None:
        return Compared(
            number,
            names,
            "accuracy",
            before.value,
            after.value,
            None,
            None,
            None,
            paired=False,
            seeds=None,
            items=None,
            p=None,
            note="; ".join(missing),
        )
    if not comparison.questions:
        why = "share no counted question" if same else "have different questions"
        found_apart = unpaired_difference(before, after)
        return Compared(
            number,
            names,
            "accuracy",
            before.value,
            after.value,
            after.value - before.value,
            found_apart.low if found_apart else None,
            found_apart.high if found_apart else None,
            paired=False,
            seeds=None,
            items=None,
            p=found_apart.p if found_apart else None,
            note=f"not paired: the runs {why}",
        )
    shared = comparison.shared
    value, low, high = shared.value, shared.low, shared.high
    assert value is not None, "shared questions have a difference"
    if comparison.first != "second":
        value, low, high = -value, _negative(high), _negative(low)
    return Compared(
        number,
        names,
        "accuracy",
        before.value,
        after.value,
        value,
        low,
        high,
        paired=True,
        seeds=None,
        items=comparison.questions,
        p=comparison.p,
    )


def _negative(value: float | None) -> float | None:
    return None if value is None else -value


def _left_out(number: int, protocol: str, one: ProtocolFigures) -> str:
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
