"""Comparison of two oversight runs, row by row, on shared questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from truing.measures import Condition, Design, Estimate, Judgement, ProtocolMetrics
from truing.oversight import PERSON
from truing.report.compare._compared import Compared, ComparedRun, unpaired_difference
from truing.report.compare._recalled import RecalledRun
from truing.runs import OVERSIGHT, measures_of, parse_judgement


def compare_oversight(number: int, first: RecalledRun, second: RecalledRun) -> ComparedRun:
    """Compare the accuracy of each protocol that both runs have.

    If a run has rows for each judge or each agent, these are compared with the rows of the same
    judge or agent in the other run.

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
    read = [
        [_judgement(side, run, row, same) for row in run.rows]
        for side, run in (("first", first), ("second", second))
    ]
    designs = [Design.of(one, _by_people(one)) for one in read]
    by_judge, by_agent = (
        any(getattr(one, name) for one in designs) for name in ("by_judge", "by_agent")
    )
    sides: list[dict[str, list[Judgement]]] = [{}, {}]
    for rows, judgements in zip(sides, read, strict=True):
        for one in judgements:
            judge, agent = one.judge if by_judge else None, one.agent if by_agent else None
            rows.setdefault(Condition(one.protocol, judge, agent).label, []).append(one)
    shared = [name for name in sides[0] if name in sides[1]]
    compared = [_compare(number, name, same, *(rows[name] for rows in sides)) for name in shared]
    alone = [set(rows) - set(shared) for rows in sides]
    return ComparedRun(compared, 0, *alone)


def _by_people(judgements: Sequence[Judgement]) -> bool:
    return any((one.judge or "").startswith(PERSON) for one in judgements)


def _compare(
    number: int, label: str, same: bool, first: Sequence[Judgement], second: Sequence[Judgement]
) -> Compared:
    """Compare the judgements of the same row in two runs; see `compare_oversight`."""
    # The difference is the second minus the first.
    found = measures_of(
        replace(one, protocol=side, judge=None, agent=None)
        for side, own in (("second", second), ("first", first))
        for one in own
    )
    (comparison,) = found.comparisons
    by_side = {one.protocol: one for one in found.protocols}
    numbered = {0: by_side["first"], number: by_side["second"]}
    before, after = (one.metrics["accuracy"] for one in numbered.values())
    names = {"protocol": (label, label)}
    made = partial(Compared.of, number, names, "accuracy", (before.value, after.value))
    if before.value is None or after.value is None:
        empty = (at for at, one in numbered.items() if one.metrics["accuracy"].value is None)
        return made(note="; ".join(_left_out(at, label, numbered[at]) for at in empty))
    if not comparison.questions:
        why = "share no counted question" if same else "have different questions"
        apart = unpaired_difference(before, after)
        return made(
            apart or Estimate.point(after.value - before.value),
            apart.p if apart else None,
            note=f"not paired: the runs {why}",
        )
    return made(comparison.shared, comparison.p, items=comparison.questions)


def _left_out(number: int, label: str, one: ProtocolMetrics) -> str:
    return (
        f"no value for {label} in run {number}: all {one.n} plays were left out "
        f"({one.mute} mute, {one.unread} unread)"
    )


def _judgement(side: str, run: RecalledRun, row: Mapping[str, Any], same: bool) -> Judgement:
    """A row as a judgement. Questions of different files differ, even with equal ids."""
    where = str(run.folder / OVERSIGHT.results)
    read = parse_judgement(where, dict(row), run.environment.on_mute)
    own = "" if same else f"{side} "
    cluster = None if read.cluster is None else f"{own}{read.cluster}"
    return replace(read, question=f"{own}{read.question}", cluster=cluster)
