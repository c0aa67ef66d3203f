"""Charts of oversight: accuracy, agent score difference, comparisons and calibration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from truing.measures import (
    UNDEFINED,
    Comparison,
    Condition,
    CrossedMoves,
    Estimate,
    Judgement,
    OversightMeasures,
    ProtocolMetrics,
    correctness,
    estimate_accuracy,
    sum_clusters,
)
from truing.report._short_names import shortener
from truing.report._texts import p_named, signed_text
from truing.report.drawing import (
    BLUE,
    GREEN,
    GREY,
    NO_DIFFERENCE,
    PURPLE,
    VERMILLION,
    ChartAxis,
    Dot,
    Drawing,
    Layout,
    Mark,
    Spec,
    Subplot,
    dots,
    interval_rows,
    point_mark,
    styled,
    verdict_mark,
    verdict_marks,
)
from truing.report.page._agents_charts import draw_agents
from truing.report.page._strength_chart import draw_strength, has_strengths
from truing.report.page._study_charts import CHANCE

ALL = Mark("all verdicts, 95%", BLUE, "circle")
HONEST = Mark("right answer argued", GREEN, "triangle-up")
DISHONEST = Mark("wrong answer argued", VERMILLION, "triangle-down")
ASD = Mark("ASD, 95%", BLUE, "circle")
HELPED = Mark("ASD minus ASD of the blind judge", PURPLE, "diamond")
NOTHING = Mark("no gain from honesty", GREY, "dashes")
BINNED = Mark("verdicts of similar confidence, 95%", BLUE, "circle")
CALIBRATED = Mark("perfect calibration", GREY, "dashes")
BINS, LEVEL, REPLICATES = 5, 0.95, 2000


def draw_accuracy(found: OversightMeasures, chance: float | None) -> Drawing:
    """Draw the accuracy by protocol: all verdicts, and by the answer that was argued for."""
    series = {"accuracy": ALL, "honest_accuracy": HONEST, "dishonest_accuracy": DISHONEST}
    groups, marks = _by_judge(found.protocols, series)
    rows = {HONEST.name: ", right argued", DISHONEST.name: ", wrong argued"}
    groups = {
        name: [replace(dot, row=dot.row + rows.get(dot.series, "")) for dot in values]
        for name, values in groups.items()
    }
    lines = () if chance is None else (chance,)
    marks = (*marks, CHANCE) if lines else marks
    axis = ChartAxis.around("accuracy", _estimates(groups), lines=lines, whole=(0.0, 1.0))
    return Drawing(
        "accuracy",
        "Accuracy by protocol",
        "Share of verdicts with the highest belief in the right answer; a tie is wrong. "
        "Intervals are 95%, clustered by question.",
        tuple(Subplot(name, dots(values, marks, axis)) for name, values in groups.items()),
        marks,
        _rows(groups),
    )


def draw_asd(found: OversightMeasures) -> Drawing:
    """Draw the agent score difference by protocol, also minus that of the blind judge."""
    groups, marks = _by_judge(found.protocols, {"asd": ASD, "asd_minus_blind": HELPED})
    every = _estimates(groups)
    axis = ChartAxis.around("agent score difference", every, lines=(0.0,), whole=(-2.0, 2.0))
    marks = (*marks, NOTHING)
    return Drawing(
        "asd",
        "Agent score difference by protocol",
        "An agent's gain from arguing for the truth: the judge's Brier score for the argued answer "
        "if it was right, minus the score if it was wrong (Sudhir et al. 2025), from -2 to 2. If "
        "no side was assigned, it is how well the judge discriminates right from wrong. Intervals "
        "are 95%, clustered by question.",
        tuple(Subplot(name, dots(values, marks, axis)) for name, values in groups.items()),
        marks,
        _rows(groups),
    )


def draw_comparisons(found: OversightMeasures) -> Drawing:
    """Draw accuracy differences between protocols, judges and agents on shared questions."""
    compared = [one for one in found.comparisons if one.shared.value is not None]
    groups: dict[str, list[Dot]] = {}
    for one in compared:
        title, row = compared_names(one)
        text = _difference_text(one.shared.value, one.p_holm)
        dot = Dot(row, verdict_mark(one.verdict).name, one.shared, text)
        groups.setdefault(title, []).append(dot)
    marks = verdict_marks(one.verdict for one in compared)
    every = _estimates(groups)
    axis = ChartAxis.around("accuracy, first minus second", every, lines=(0.0,), whole=(-1.0, 1.0))
    drawn = (*marks, NO_DIFFERENCE)
    return Drawing(
        "protocols-compared",
        "Differences between protocols",
        "Paired accuracy differences on shared questions, first minus second. Lines are 95% "
        "intervals of each comparison, not corrected. Shapes and p show the verdict on the first, "
        f"Holm-corrected over {len(compared)} comparisons, at 0.05.",
        tuple(
            Subplot(name, dots(values, drawn, axis, texts=True)) for name, values in groups.items()
        ),
        drawn,
        _rows(groups),
    )


def compared_names(one: Comparison) -> tuple[str, str]:
    """Names of the group of a comparison, and of its pair in the group.

    `judged by gpt-4o` and `blind - debate by gpt-4o`; `judges: gpt-4o - gpt-4o-mini` and `debate by
    gpt-4o`.
    """
    first, second = one.conditions
    if one.between == "judges":
        title = f"judges: {first.judge} - {second.judge}"
        return title, replace(first, judge=None).label
    judge = f"judged by {first.judge}" if first.judge else ""
    if one.between == "agents":
        title = f"between agents{f', {judge}' if judge else ''}"
        return title, f"{first.protocol}: {first.agent} - {second.agent}"
    if first.agent == second.agent:
        pair = f"{first.protocol} - {replace(second, judge=None).label}"
    else:
        pair = " - ".join(replace(side, judge=None).label for side in one.conditions)
    return judge or "all pairs", pair


def draw_calibration(judgements: Sequence[Judgement], by_judge: bool = False) -> Drawing:
    """Draw accuracy against confidence, one subplot per protocol.

    Args:
        judgements: the verdicts.
        by_judge: whether each judge has subplots.
    """
    short = shortener({name for one in judgements for name in (one.judge, one.agent) if name})
    groups: dict[str, list[Judgement]] = {}
    for one in judgements:
        if one.belief is not None:
            judge = short(one.judge) if by_judge and one.judge else None
            groups.setdefault(Condition(one.protocol, judge).label, []).append(one)
    curves = {name: calibration_curve(group) for name, group in groups.items()}
    low = min([0.5, *(point["confidence"] for curve in curves.values() for point in curve)])
    return Drawing(
        "calibration",
        "Calibration by protocol",
        "Verdicts in up to five bins of equal size by the belief in the most likely answer. "
        "Horizontal: mean belief; vertical: share of right answers. On the broken line the "
        "confidence equals the accuracy. Intervals are 95%, clustered by question.",
        tuple(Subplot(name, partial(_diagonal, curve, low)) for name, curve in curves.items()),
        (BINNED, CALIBRATED),
        tuple({"protocol": name, **point} for name, curve in curves.items() for point in curve),
    )


def calibration_curve(judgements: Sequence[Judgement]) -> list[dict[str, Any]]:
    """Bins of verdicts by confidence: mean confidence, share right with interval, verdicts.

    Equal confidences are in one bin. Answers that tie for the highest belief share the hit. A bin
    with one cluster has no interval.

    Args:
        judgements: judgements with a belief.
    """
    confidence_N = np.array([max(one.belief) for one in judgements if one.belief is not None])
    hits_N = np.array([float(correctness([one.belief], [one.truth])[0]) for one in judgements])
    _, clusters_N = np.unique([one.unit for one in judgements], return_inverse=True)
    edges = np.unique(np.quantile(confidence_N, np.arange(1, BINS) / BINS))
    bins_N = np.searchsorted(edges, confidence_N, side="left")
    found = []
    for number in np.unique(bins_N):
        bin_N = bins_N == number
        right = _share_right(hits_N[bin_N], clusters_N[bin_N])
        found.append(
            {
                "confidence": float(confidence_N[bin_N].mean()),
                "right": right.value,
                "low": right.low,
                "high": right.high,
                "verdicts": int(bin_N.sum()),
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
    # (seeds, clusters) of the only role.
    return estimate_accuracy(value, moves_B, totals.influences()[0], LEVEL)


def _diagonal(curve: Sequence[Mapping[str, Any]], low: float, layout: Layout) -> Spec:
    """Chart of accuracy against confidence; an unknown interval is drawn from 0 to 1."""
    start = np.floor(low * 10) / 10
    title = "belief in the most likely answer" + ("" if start <= 0 else f"; begins at {start:g}")
    values = [
        {
            **one,
            "low": one["low"] if one["low"] is not None else 0.0,
            "high": one["high"] if one["high"] is not None else 1.0,
        }
        for one in curve
    ]
    x = {**_quantity("confidence", [start, 1.0], nice=False), "title": title}
    y = {**_quantity("right", [0, 1]), "title": "share of right answers"}
    for channel in (x, y):
        channel["axis"] = {"tickCount": 5}
    corners = [{"confidence": float(end), "right": float(end)} for end in (start, 1)]
    color, interval = BINNED.shade.light, _quantity("low", [0, 1])
    layers: list[Spec] = [
        {
            "data": {"values": corners},
            "mark": {"type": "line", "color": GREY.light, "strokeDash": [4, 3]},
            "encoding": {"x": x, "y": y},
        },
        {
            "data": {"values": values},
            "mark": {"type": "rule", "color": color, "strokeWidth": 2.5},
            "encoding": {"x": x, "y": interval, "y2": {"field": "high"}},
        },
        {
            "data": {"values": values},
            "mark": point_mark(62, color=color),
            "encoding": {"x": x, "y": y},
        },
    ]
    return styled(layers, layout.font * 18, layout)


def _quantity(field: str, domain: Sequence[float], **scale: Any) -> Spec:
    """Channel of a number with the ends of its axis."""
    return {"field": field, "type": "quantitative", "scale": {"domain": [*domain], **scale}}


def _by_judge(
    protocols: Sequence[ProtocolMetrics], series: Mapping[str, Mark]
) -> tuple[dict[str, list[Dot]], tuple[Mark, ...]]:
    """Dots of the known values by the title of their subplot, and the marks of all of them."""
    groups: dict[str, list[Dot]] = {}
    first = next(iter(series.values()))
    for one in protocols:
        if one.mixed:  # a game, which the chart of cross-play shows
            continue
        row = replace(one.condition, judge=None).label
        known = [
            Dot(row, mark.name, value)
            for name, mark in series.items()
            if (value := one.metrics[name]).value is not None
        ]
        title = f"judged by {one.judge}" if one.judge else "all questions"
        groups.setdefault(title, []).extend(known or [Dot(row, first.name, UNDEFINED)])
    used = {dot.series for values in groups.values() for dot in values if dot.estimate.known}
    return groups, tuple(mark for mark in series.values() if mark.name in used)


def _estimates(groups: Mapping[str, Sequence[Dot]]) -> Iterator[Estimate]:
    return (dot.estimate for values in groups.values() for dot in values)


def _rows(groups: Mapping[str, Sequence[Dot]]) -> tuple[dict[str, Any], ...]:
    """Tidy rows; the title of the subplot is a field if there are several subplots."""
    return interval_rows(
        ({"subplot": name} if len(groups) > 1 else {}, dot)
        for name, values in groups.items()
        for dot in values
    )


def _difference_text(value: float | None, p: float | None) -> str:
    assert value is not None, "comparisons without a value are left out before"
    return ", ".join(filter(None, (signed_text(value), p_named(p))))


def draw_oversight(found: OversightMeasures, judgements: Sequence[Judgement]) -> list[Drawing]:
    """Draw all charts that the verdicts of protocols allow.

    Args:
        found: measures of the protocols.
        judgements: the verdicts, for calibration and chance accuracy.
    """
    counts = {one.question: len(one.belief) for one in judgements if one.belief is not None}
    chance = sum(1 / count for count in counts.values()) / len(counts) if counts else None
    drawn = [draw_strength(found)] if has_strengths(found) else []
    drawn += [draw_accuracy(found, chance)]
    if any(one.metrics["asd"].value is not None for one in found.protocols):
        drawn.append(draw_asd(found))
    if any(one.shared.value is not None for one in found.comparisons):
        drawn.append(draw_comparisons(found))
    return [
        *drawn,
        *draw_agents(found),
        draw_calibration(judgements, by_judge=any(one.judge for one in found.protocols)),
    ]
