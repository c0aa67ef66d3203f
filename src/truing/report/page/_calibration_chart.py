"""Chart of accuracy against confidence: the calibration of judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from truing.measures import (
    Condition,
    CrossedMoves,
    Estimate,
    Judgement,
    correctness,
    estimate_accuracy,
    sum_clusters,
)
from truing.report._short_names import shortener
from truing.report.drawing import (
    BLUE,
    GREY,
    Drawing,
    Layout,
    Mark,
    Spec,
    Subplot,
    point_mark,
    styled,
)

BINNED = Mark("verdicts of similar confidence, 95%", BLUE, "circle")


BINS, LEVEL, REPLICATES = 5, 0.95, 2000
CALIBRATED = Mark("perfect calibration", GREY, "dashes")


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
        tuple(
            Subplot(name, partial(diagonal, curve, low, _titles(low)))
            for name, curve in curves.items()
        ),
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


def _titles(low: float) -> tuple[str, str]:
    start = np.floor(low * 10) / 10
    begins = "" if start <= 0 else f"; begins at {start:g}"
    return f"belief in the most likely answer{begins}", "share of right answers"


def diagonal(
    curve: Sequence[Mapping[str, Any]], low: float, titles: tuple[str, str], layout: Layout
) -> Spec:
    """Chart of a share against a probability; an unknown interval is drawn from 0 to 1.

    Args:
        curve: points with `confidence`, `right`, `low` and `high`.
        low: smallest drawn probability, rounded down to a multiple of 0.1.
        titles: titles of the axes.
        layout: layout of the subplot.
    """
    start = np.floor(low * 10) / 10
    values = [
        {
            **one,
            "low": one["low"] if one["low"] is not None else 0.0,
            "high": one["high"] if one["high"] is not None else 1.0,
        }
        for one in curve
    ]
    x = {**_quantity("confidence", [start, 1.0], nice=False), "title": titles[0]}
    y = {**_quantity("right", [0, 1]), "title": titles[1]}
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
