"""Finding of a study in one or two sentences, and its controls and values out of range."""

from __future__ import annotations

from collections.abc import Sequence

from truing.measures import INCONCLUSIVE, Estimate, base_verdict, on_few_seeds
from truing.report._certificate import compared_rows, with_shift
from truing.report._texts import by_pair, interval_text, metric_text, pair_text, signed_text
from truing.report.page._planted_finding import planted_finding
from truing.report.page._shift_finding import NAIVE, shift_finding
from truing.studies import DifferenceFromNaive, Row
from truing.wording import counted, listed

MOST_NAMED, MOST_POINTS = 2, 24


def finding_of(rows: Sequence[Row]) -> tuple[str, ...]:
    """What methods recover, which are better or worse, and which planted errors they inherit."""
    return (*_at_home(rows), *planted_finding(rows))


def _at_home(rows: Sequence[Row]) -> tuple[str, ...]:
    helped = [row for row in rows if row.help and row.method == NAIVE]
    sentences = shift_finding(rows) or [_recovered(rows)]
    if len(sentences) > 1:
        return tuple(sentences)  # they compare a method with naive
    compared = [row for row in rows if row.difference and not row.control]
    if helped:
        sentences.append(_help(helped))
    elif compared:
        sentences.append(_compared(compared))
    return tuple(filter(None, sentences))


def with_difference(rows: Sequence[Row]) -> list[tuple[Row, DifferenceFromNaive]]:
    """Rows that have a difference from naive, with the difference."""
    return [(row, row.difference) for row in rows if row.difference]


def _share_text(one: Estimate) -> str:
    """A share with its interval: `29% [18%, 39%]`."""
    if one.value is None:
        return "undefined"
    low = "-inf" if one.low is None else f"{one.low:.0%}"
    high = "inf" if one.high is None else f"{one.high:.0%}"
    return f"{one.value:.0%} [{low}, {high}]"


def out_of_range(rows: Sequence[Row]) -> tuple[str, ...]:
    """Each control, and each method whose PGR is undefined, below 0 or above 1, with its values."""
    found = [row for row in rows if row.control or not _in_range(row)]
    points = [
        f"{row.method}{pair_text(row, rows)}: {_listed_text(row)}." for row in found[:MOST_POINTS]
    ]
    more = len(found) - MOST_POINTS
    return (*points, *([f"{more} more are in the table."] if more > 0 else []))


def _in_range(row: Row) -> bool:
    return row.pgr is not None and 0 <= row.pgr <= 1


def _listed_text(row: Row) -> str:
    score = interval_text(row.score("transfer"), 3)
    values = f"PGR {interval_text(row.recovered)}, transfer {score}"
    if row.control:
        return f"{row.control} control; {values}"
    place = "undefined" if row.pgr is None else "below 0" if row.pgr < 0 else "above 1"
    return f"PGR is {place}; {values}"


def _recovered(rows: Sequence[Row]) -> str:
    naive = [row for row in rows if row.method == NAIVE] or [r for r in rows if not r.control][:1]
    known = [row for row in naive if row.pgr is not None]
    if not naive:
        return ""
    gap = "gap" if rows[0].metric == "accuracy" else f"{metric_text(rows)} gap"
    method = "naive training" if naive[0].method == NAIVE else naive[0].method
    if not known:
        return (
            f"With {method} the {gap} recovered is undefined: the ceiling is not above the weak "
            "supervisor."
        )
    clear = [row for row in known if row.recovered.bounded] or known
    low, high = (pick(clear, key=lambda row: row.pgr or 0.0) for pick in (min, max))
    unclear = counted(len(naive) - len(clear), "pair")
    rest = "." if len(clear) == len(naive) else f"; in {unclear} the gap is not clearly positive."
    if len(clear) == 1:
        share = _share_text(low.recovered)
        return (
            f"With {method} the student recovers {share} of the {gap}{pair_text(low, rows)}{rest}"
        )
    ends = (f"{_share_text(one.recovered)}{pair_text(one, rows)}" for one in (low, high))
    return (
        f"With {method} the student recovers between {' and '.join(ends)} of the {gap}, in "
        f"{len(clear)} pairs of supervisor and student{rest}"
    )


def _compared(compared: Sequence[Row]) -> str:
    clear = [(row, one) for row, one in with_difference(compared) if one.verdict != INCONCLUSIVE]
    clear.sort(key=lambda pair: -abs(pair[1].value))
    number, place = counted(len(compared_rows(compared)), "comparison"), ""
    if with_shift(compared):
        number, place = f"{number} at home and in domains", "at home, "
    if not clear:
        nearest = max(with_difference(compared), key=lambda pair: abs(pair[1].value))
        row, one = nearest
        return (
            f"{_capital(f'{place}no method')} is better or worse than naive (Holm-corrected over "
            f"{number}); the largest difference is {signed_text(one)} for {row.method}"
            f"{pair_text(row, compared)}."
        )
    parts = []
    for word in ("better", "worse"):
        own = [(row, one) for row, one in clear if base_verdict(one.verdict) == word]
        if not own:
            continue
        named = [f"{row.method} by {_by(one)}{pair_text(row, compared)}" for row, one in own]
        seeds = own[0][1].verdict.removeprefix(word) if on_few_seeds(own[0][1].verdict) else ""
        shown = MOST_NAMED if len(by_pair(compared)) == 1 else 1
        more = len(named) - shown
        named = [*named[:shown], *([f"{more} more"] if more > 0 else [])]
        parts.append(f"{word}{seeds} than naive: {listed(named)}")
    text = _capital(f"{place}{'; '.join(parts)}")
    return f"{text} ({metric_text(compared)}, Holm-corrected over {number})."


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _by(one: DifferenceFromNaive) -> str:
    """A difference without its sign, which the verdict states: `0.085 [0.062, 0.109]`."""
    if one.value >= 0:
        return interval_text(one, 3)
    low = None if one.high is None else -one.high
    high = None if one.low is None else -one.low
    return interval_text(Estimate(-one.value, low, high), 3)


def _help(helped: Sequence[Row]) -> str:
    row = max(helped, key=lambda one: one.help.supervisor.value if one.help else 0.0)
    assert row.help is not None, "rows without help are left out before"
    return (
        f"{row.weak} changes the judge's {metric_text(helped)} by "
        f"{signed_text(row.help.supervisor)} compared with {row.help.unaided}, and its "
        f"student's by {signed_text(row.help.student)}."
    )
