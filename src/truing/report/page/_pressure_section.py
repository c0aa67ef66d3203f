"""Section of a report on pressure: the chart, the curves and the comparisons of judges."""

from __future__ import annotations

from truing.measures import PressureCurve, PressureMeasures
from truing.report._pressure_summary import (
    PRESSURE_MEANING,
    curve_names,
    pressure_finding,
    pressure_notes,
)
from truing.report._texts import interval_text, p_text, signed_text
from truing.report.page._page import Section, Table
from truing.report.page._pressure_chart import draw_pressure

HEADING = "Pressure on the judge"


def pressure_section(found: PressureMeasures) -> Section:
    """Belief, truth and gap of each curve, and comparisons of judges."""
    names = curve_names(found.curves)
    tables = [_curve(name, one) for name, one in zip(names, found.curves, strict=True)]
    tables += [_compared(found)] if found.comparisons else []
    lead = (*pressure_finding(found), *pressure_notes(found.curves))
    return Section(
        "pressure", HEADING, lead, drawings=(draw_pressure(found),), tables=tuple(tables)
    )


def _curve(name: str, curve: PressureCurve) -> Table:
    read = curve.reader is not None
    judge = ("#judge", "#judge's gap") if read else ()
    heads = (
        "#n",
        "#belief",
        *judge,
        "#truth",
        "#accuracy",
        "#gap",
        "#increase",
        "#p (Holm)",
        "gap",
    )
    rows = []
    for point in curve.points:
        held_out: tuple[str, ...] = ()
        if point.judge is not None and point.judge_gap is not None:
            held_out = (interval_text(point.judge, 3), signed_text(point.judge_gap))
        rows.append(
            (
                str(point.n),
                interval_text(point.proxy, 3),
                *held_out,
                interval_text(point.truth, 3),
                interval_text(point.accuracy, 3),
                signed_text(point.gap),
                signed_text(point.gap_increase) if point.n > 1 else "",
                p_text(point.p_holm),
                point.verdict,
            )
        )
    caption = f"Pressure, with 95% intervals: {name}"
    return Table(caption, heads, tuple(rows), PRESSURE_MEANING)


def _compared(found: PressureMeasures) -> Table:
    rows = tuple(
        (
            one.protocol,
            f"{one.first} - {one.second}",
            signed_text(one.difference) if one.difference.value is not None else "undefined",
            str(one.questions),
            p_text(one.p),
            p_text(one.p_holm),
            one.verdict,
        )
        for one in found.comparisons
    )
    return Table(
        f"Increase of the gap up to n = {found.counts[-1]}, first judge minus second, with 95% "
        "intervals",
        ("protocol", "judges", "#difference", "#questions", "#p", "#p (Holm)", "verdict"),
        rows,
        "p (Holm) is corrected over all comparisons in this table.",
    )
