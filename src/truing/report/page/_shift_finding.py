"""Finding of a study under shift: what methods recover at home and in the worst domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from truing.measures import base_verdict
from truing.report._certificate import Certificate, with_shift
from truing.report._texts import interval_text, metric_text, pair_text
from truing.studies import Row

NAIVE = "naive"
NOTHING, LESS, LOST, TURNED = range(4)
"""What happens under shift to a method that wins at home, by importance: nothing; another method
recovers more in its worst domain; it is not better than naive there; it is worse than naive."""


@dataclass(frozen=True)
class Case:
    """What happens to a method under shift.

    Attributes:
        rank: importance.
        row: the row of the method at home.
        text: the sentence.
    """

    rank: int
    row: Row
    text: str

    @property
    def importance(self) -> tuple[int, float]:
        """The rank, then how much PGR drops to the worst domain; without a case, 0."""
        worst = self.row.shift.worst if self.row.shift else None
        if self.rank == NOTHING or worst is None:
            return self.rank, 0.0
        return self.rank, (self.row.pgr or 0.0) - (worst.value or 0.0)


def shift_finding(rows: Sequence[Row]) -> list[str]:
    """PGR at home and in the worst domain, for the most important case of all tasks.

    The sentence is on the method that recovers most at home, or on a method that is better than
    naive at home and not in its worst domain; then a second sentence is on naive. Empty without a
    shift. Controls do not count.
    """
    tasks: dict[str, list[Row]] = {}
    for row in with_shift(rows):
        if not row.control:
            tasks.setdefault(row.task, []).append(row)
    cases = [case for group in tasks.values() for case in _cases(group)]
    if not cases:
        return []
    case = max(cases, key=lambda one: one.importance)
    words = [f"on {case.row.task} (1 of {len(tasks)} tasks)"] if len(tasks) > 1 else []
    words += ["with a simulated supervisor"] if case.row.simulated else []
    head = f"{' '.join(words)}, " if words else ""
    sentences = [f"{head[:1].upper()}{head[1:]}{case.text}"]
    if case.rank >= LOST:
        own = tasks[case.row.task]
        naive = [row for row in own if row.method == NAIVE and _pair(row) == _pair(case.row)]
        sentences += [f"{_name(row, own)} {_recovers(row)}." for row in naive]
    return sentences


def _cases(rows: Sequence[Row]) -> list[Case]:
    """The cases of a task, that of the row with the largest PGR at home first."""
    known = [row for row in rows if row.pgr is not None]
    clear = [row for row in known if row.recovered.bounded] or known
    best = max(clear, key=lambda row: row.pgr or 0.0, default=rows[0])
    better = sorted(known, key=lambda row: row is not best)
    return [_of_best(best, rows), *(case for row in better for case in _lost(row, rows))]


def _of_best(best: Row, rows: Sequence[Row]) -> Case:
    """The case of the row with the largest PGR at home."""
    name, found = _name(best, rows), Certificate.of(best)
    if best.pgr is None or len(rows) == 1 or found.worst is None:
        return Case(NOTHING, best, f"{name} {_recovers(best)}.")
    share = interval_text(best.recovered)
    most = f"{name} recovers the largest share of the {_gap(best)} at home, {share}"
    there = [one for row in rows for one in _in(row, found.worst.domain) if one.pgr is not None]
    rival = max(there, key=lambda one: one.pgr or 0.0)
    if (rival.pgr or 0.0) <= (found.worst.value or 0.0):
        return Case(NOTHING, best, f"{most}, and {found.under_shift}.")
    text = (
        f"{most}, but not in {found.place}: there it recovers {found.lowest}, and "
        f"{_name(rival, rows)} recovers {interval_text(rival.recovered)}."
    )
    return Case(LESS, best, text)


def _lost(row: Row, rows: Sequence[Row]) -> list[Case]:
    """The case of a row that is better than naive at home and not in its worst domain, if it is."""
    found = Certificate.of(row)
    if found.worst is None or _verdict(row) != "better":
        return []
    verdicts = [_verdict(one) for one in _in(row, found.worst.domain) if one.difference]
    if verdicts in ([], ["better"]):
        return []
    turned = verdicts == ["worse"]
    seeds = row.difference.verdict.removeprefix("better") if row.difference else ""
    text = (
        f"{_name(row, rows)} is better than naive at home{seeds}"
        f"{' and worse' if turned else ', but not'} in {found.place}: it recovers "
        f"{interval_text(found.home)} of the {_gap(row)} at home and {found.lowest} "
        "there."
    )
    return [Case(TURNED if turned else LOST, row, text)]


def _recovers(row: Row) -> str:
    """`recovers 0.46 [0.29, 0.64] of the gap at home, and 0.12 [...] in the worst of 3 domains`."""
    found, gap = Certificate.of(row), _gap(row)
    if found.home.value is None:
        why = "the ceiling is not above the weak supervisor"
        return f"has no PGR at home, because {why}; its PGR is {found.under_shift}"
    home = f"recovers {interval_text(found.home)} of the {gap} at home"
    if found.worst is None:
        return f"{home}; its PGR is {found.under_shift}"
    return f"{home}, and {found.under_shift}"


def _in(row: Row, domain: str) -> list[Row]:
    """The results of a row in a domain, if it has any."""
    return [one for one in row.shift.domains if one.domain == domain] if row.shift else []


def _verdict(row: Row) -> str:
    return base_verdict(row.difference.verdict) if row.difference else ""


def _pair(row: Row) -> tuple[str, str, str]:
    return row.task, row.weak, row.strong


def _name(row: Row, rows: Sequence[Row]) -> str:
    return f"{row.method}{pair_text(row, rows)}"


def _gap(row: Row) -> str:
    return "gap" if row.metric == "accuracy" else f"{metric_text([row])} gap"
