"""Charts of oversight: accuracy, agent score difference, comparisons and calibration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from truing.measures import (
    UNDEFINED,
    Comparison,
    Estimate,
    Judgement,
    OversightMeasures,
    ProtocolMetrics,
)
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
    Mark,
    Subplot,
    dots,
    interval_rows,
    verdict_mark,
    verdict_marks,
)
from truing.report.page._agents_charts import draw_agents
from truing.report.page._calibration_chart import draw_calibration
from truing.report.page._strength_chart import draw_strength, has_strengths
from truing.report.page._study_charts import CHANCE

ALL = Mark("all verdicts, 95%", BLUE, "circle")
HONEST = Mark("right answer argued", GREEN, "triangle-up")
DISHONEST = Mark("wrong answer argued", VERMILLION, "triangle-down")
ASD = Mark("ASD, 95%", BLUE, "circle")
HELPED = Mark("ASD minus ASD of the blind judge", PURPLE, "diamond")
NOTHING = Mark("no gain from honesty", GREY, "dashes")


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
