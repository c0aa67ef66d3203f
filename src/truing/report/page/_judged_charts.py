"""The charts of oversight: how right protocols make a judge, how sure, and whom they favour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from truing.measures import (
    CrossedMoves,
    Estimate,
    Judgement,
    Oversight,
    ProtocolFigures,
    correctness,
    estimate_accuracy,
    sum_clusters,
)
from truing.report._figures import p_named, signed_text
from truing.report.drawing import (
    BLUE,
    GREEN,
    GREY,
    PURPLE,
    VERMILLION,
    ChartAxis,
    ChartPanel,
    Dot,
    Drawing,
    Mark,
    dots,
    interval_rows,
    styled,
    verdict_mark,
    verdict_marks,
)
from truing.report.page._study_charts import CHANCE, SAME

ALL = Mark("all verdicts, 95%", BLUE, "circle")
HONEST = Mark("the right answer was argued", GREEN, "triangle-up")
DISHONEST = Mark("a wrong answer was argued", VERMILLION, "triangle-down")
ASD = Mark("ASD, 95%", BLUE, "circle")
HELPED = Mark("ASD less ASD of the blind judge", PURPLE, "diamond")
NOTHING = Mark("nothing for honesty", GREY, "dashes")
BINNED = Mark("verdicts that are about as sure, 95%", BLUE, "circle")
CALIBRATED = Mark("as right as sure", GREY, "dashes")
BINS, LEVEL, REPLICATES = 5, 0.95, 2000
HEIGHT = 200  # pixels


def draw_accuracy(found: Oversight, chance: float | None) -> Drawing:
    """Accuracy by protocol, of all verdicts and by who argued."""
    series = {"accuracy": ALL, "honest_accuracy": HONEST, "dishonest_accuracy": DISHONEST}
    values, marks = _by_protocol(found.protocols, series)
    rows = {HONEST.name: ", right argued", DISHONEST.name: ", wrong argued"}
    values = [replace(dot, row=dot.row + rows.get(dot.series, "")) for dot in values]
    lines = () if chance is None else (chance,)
    ends = [end for dot in values for end in (dot.low, dot.value, dot.high)]
    axis = ChartAxis.around("accuracy", ends, lines=lines, whole=(0.0, 1.0))
    marks = (*marks, CHANCE) if lines else marks
    return Drawing(
        "accuracy",
        "Accuracy by protocol",
        "Share of verdicts in which the right answer alone has the highest belief; a tie is wrong. "
        "Intervals are 95%, clustered by question.",
        (ChartPanel("all questions", dots(values, marks, axis)),),
        marks,
        interval_rows(({}, dot) for dot in values),
    )


def draw_asd(found: Oversight) -> Drawing:
    """Agent score difference by protocol, and what is left of it without the blind judge's own."""
    values, marks = _by_protocol(found.protocols, {"asd": ASD, "asd_minus_blind": HELPED})
    ends = [end for dot in values for end in (dot.low, dot.value, dot.high)]
    axis = ChartAxis.around("agent score difference", ends, lines=(0.0,), whole=(-2.0, 2.0))
    return Drawing(
        "asd",
        "Agent score difference by protocol",
        "What an agent gains by arguing the truth: the judge's Brier score for what was argued "
        "where that was right, less where it was wrong (Sudhir et al. 2025); -2 to 2. Where no "
        "side was assigned it is the judge's discrimination. Intervals are 95%, clustered by "
        "question.",
        (ChartPanel("all questions", dots(values, (*marks, NOTHING), axis)),),
        (*marks, NOTHING),
        interval_rows(({}, dot) for dot in values),
    )


def draw_comparisons(found: Oversight) -> Drawing:
    """Differences in accuracy between protocols, on the questions that they share."""
    held = [one for one in found.comparisons if one.shared.value is not None]
    values = [
        Dot(
            f"{one.first} - {one.second}",
            verdict_mark(one.verdict).name,
            one.shared.value,
            one.shared.low,
            one.shared.high,
            _told(one.shared.value, one.p_holm),
        )
        for one in held
    ]
    marks = verdict_marks(one.verdict for one in held)
    ends = [end for dot in values for end in (dot.low, dot.value, dot.high)]
    axis = ChartAxis.around("accuracy, first less second", ends, lines=(0.0,), whole=(-1.0, 1.0))
    return Drawing(
        "protocols-compared",
        "Protocols against each other",
        "Paired differences in accuracy on shared questions. Lines are 95% intervals of each "
        "comparison alone; the shape, and p, say whether the first protocol is better or worse "
        "after Holm's correction, at 0.05.",
        (ChartPanel("all pairs", dots(values, (*marks, SAME), axis, texts=True)),),
        (*marks, SAME),
        interval_rows(({}, dot) for dot in values),
    )


def draw_calibration(judgements: Sequence[Judgement]) -> Drawing:
    """How right verdicts are that are so and so sure, a panel for each protocol."""
    groups: dict[str, list[Judgement]] = {}
    for one in judgements:
        if one.belief is not None:
            groups.setdefault(one.protocol, []).append(one)
    curves = {name: calibration_curve(held) for name, held in groups.items()}
    low = min([0.5, *(point["confidence"] for curve in curves.values() for point in curve)])
    return Drawing(
        "calibration",
        "Calibration by protocol",
        "Verdicts in up to five parts of equal size by the belief in their likeliest answer; "
        "across, the mean belief, upwards how often that answer is right. On the broken line a "
        "judge is as right as it is sure. Intervals are 95%, clustered by question.",
        tuple(ChartPanel(name, _diagonal(curve, low)) for name, curve in curves.items()),
        (BINNED, CALIBRATED),
        tuple({"protocol": name, **point} for name, curve in curves.items() for point in curve),
    )


def calibration_curve(judgements: Sequence[Judgement]) -> list[dict[str, Any]]:
    """Parts of verdicts by confidence: mean confidence, share right with its interval, verdicts.

    Equal confidences lie in one part. Ties for the top share their hit. An interval needs two
    clusters; a part of one has none.
    """
    confidence_N = np.array([max(one.belief) for one in judgements])
    hits_N = np.array([float(correctness([one.belief], [one.truth])[0]) for one in judgements])
    _, clusters_N = np.unique([one.unit for one in judgements], return_inverse=True)
    edges = np.unique(np.quantile(confidence_N, np.arange(1, BINS) / BINS))
    bins_N = np.searchsorted(edges, confidence_N, side="left")
    found = []
    for number in np.unique(bins_N):
        held_N = bins_N == number
        right = _share_right(hits_N[held_N], clusters_N[held_N])
        found.append(
            {
                "confidence": float(confidence_N[held_N].mean()),
                "right": right.value,
                "low": right.low,
                "high": right.high,
                "verdicts": int(held_N.sum()),
            }
        )
    return found


def _share_right(hits_N: np.ndarray, clusters_N: np.ndarray) -> Estimate:
    value = float(hits_N.mean())
    _, clusters_N = np.unique(clusters_N, return_inverse=True)
    if clusters_N.max() == 0:
        return Estimate.point(value)
    totals = sum_clusters(hits_N[None, None], clusters_N)
    moves_B = CrossedMoves.draw(totals, np.random.default_rng(0), REPLICATES).of_means(totals)[:, 0]
    # The first of one role, (seeds, clusters).
    return estimate_accuracy(value, moves_B, totals.influences()[0], LEVEL)


def _diagonal(curve: Sequence[Mapping[str, Any]], low: float) -> Any:
    """Confidence against accuracy; an interval that is not known goes from end to end."""
    import altair as alt

    start = np.floor(low * 10) / 10
    told = "belief in the likeliest answer" + ("" if start <= 0 else f"; begins at {start:g}")
    values = [
        {
            **one,
            "low": one["low"] if one["low"] is not None else 0.0,
            "high": one["high"] if one["high"] is not None else 1.0,
        }
        for one in curve
    ]
    ends = {"x": alt.Scale(domain=[start, 1.0], nice=False), "y": alt.Scale(domain=[0, 1])}
    x = alt.X("confidence:Q", title=told, scale=ends["x"], axis=alt.Axis(tickCount=5))
    y = alt.Y("right:Q", title="share that is right", scale=ends["y"], axis=alt.Axis(tickCount=5))
    corners = alt.Data(
        values=[{"confidence": float(end), "right": float(end)} for end in (start, 1)]
    )
    base, color = alt.Chart(alt.Data(values=values)), BINNED.shade.light
    layers = [
        alt.Chart(corners).mark_line(strokeDash=[4, 3], color=GREY.light).encode(x=x, y=y),
        base.mark_rule(strokeWidth=2.5, color=color).encode(
            x=x, y=alt.Y("low:Q", scale=ends["y"]), y2="high:Q"
        ),
        base.mark_point(filled=True, size=62, opacity=1, color=color).encode(x=x, y=y),
    ]
    return styled(alt.layer(*layers).properties(height=HEIGHT))


def _by_protocol(
    protocols: Sequence[ProtocolFigures], series: Mapping[str, Mark]
) -> tuple[list[Dot], tuple[Mark, ...]]:
    """Dots of the figures that there are, and the marks of those."""
    values = [
        Dot(one.protocol, mark.name, figure.value, figure.low, figure.high)
        for one in protocols
        for name, mark in series.items()
        if (figure := one.figures[name]).value is not None
    ]
    used = {dot.series for dot in values}
    rows = {dot.row for dot in values}
    values += [
        Dot(one.protocol, next(iter(series.values())).name, None, None, None)
        for one in protocols
        if one.protocol not in rows
    ]
    return values, tuple(mark for mark in series.values() if mark.name in used)


def _told(value: float, p: float | None) -> str:
    return ", ".join(filter(None, (signed_text(value), p_named(p))))
