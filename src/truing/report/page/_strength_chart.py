"""Chart of accuracy and ASD against the strength of the agents, one subplot per judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from truing.measures import Estimate, OversightMeasures, ProtocolMetrics
from truing.report.drawing import (
    GREY,
    INK,
    SERIES,
    SHAPES,
    Drawing,
    Layout,
    Mark,
    Spec,
    Subplot,
    mark_scales,
    point_mark,
    styled,
)

SHOWN = {"accuracy": "accuracy", "asd": "ASD"}
AXES = {
    "elo": "Elo rating of the agent with this judge",
    "ase": "agent score expectation (ASE) at beta 1",
}
STRENGTHS = {
    "elo": "The strength of an agent is its Elo rating, from games against the other agents that "
    "the same judge decides (Khan et al. 2024; Kenton et al. 2024).",
    "ase": "The strength of an agent is its expected score with the judge if it argues for the "
    "answer that it can argue best (agent score expectation at beta 1; Sudhir et al. 2025). It "
    "comes from the same verdicts as the vertical axis, so a slope alone proves nothing.",
}
ALONE = Mark("no agent", GREY, "dashes")
MARGIN = 0.06  # of the axis, beyond the outermost points
APART = 0.012  # of the axis, between two protocols of one agent


@dataclass(frozen=True)
class _Point:
    """An agent under a protocol: its number, its strength, and a value with its interval."""

    protocol: str
    agent: int
    strength: Estimate
    value: Estimate


def has_strengths(found: OversightMeasures) -> bool:
    """Whether a judge has agents of two or more known strengths."""
    known = {(one.judge, one.agent) for one in found.protocols if one.strength.value is not None}
    return len(known) > len({judge for judge, _ in known})


def draw_strength(found: OversightMeasures) -> Drawing:
    """Draw accuracy and ASD against the strength of the agents: a line for each protocol.

    There are two subplots for each judge. Rows without an agent, such as `blind`, are broken lines.
    """
    agents = list(dict.fromkeys(one.agent for one in _with_agent(found)))
    protocols = list(dict.fromkeys(one.protocol for one in _with_agent(found)))
    marks = tuple(
        Mark(name, SERIES[at % len(SERIES)], SHAPES[(at + at // len(SERIES)) % len(SHAPES)])
        for at, name in enumerate(protocols)
    )
    judges = list(dict.fromkeys(one.judge for one in _with_agent(found)))
    numbered = "; ".join(f"{at} is {name}" for at, name in enumerate(agents, 1))
    span = {metric: _span(found, metric) for metric in SHOWN}
    return Drawing(
        "agent-strength",
        "Accuracy and agent score difference by the strength of the agents",
        f"{STRENGTHS[found.strength]} Numbers name the agents: {numbered}. Thick lines are "
        "95% intervals of the value, thin lines those of the strength, clustered by question. "
        "Broken lines are protocols without an agent. ASD, the agent score difference, is above 0 "
        "if arguing for the truth pays.",
        tuple(
            Subplot(
                f"{title}{f', judged by {judge}' if judge else ''}",
                partial(
                    _chart, _points(found, judge, metric, agents), marks, AXES[found.strength],
                    title, span[metric], tuple(_alone(found, judge, metric)),
                ),
            )
            for judge in judges
            for metric, title in SHOWN.items()
        ),
        (*marks, ALONE) if any(one.agent is None for one in found.protocols) else marks,
        tuple(_tidy(one, metric) for one in found.protocols for metric in SHOWN if not one.mixed),
    )  # fmt: skip


def _with_agent(found: OversightMeasures) -> Iterator[ProtocolMetrics]:
    return (one for one in found.protocols if one.strength.value is not None)


def _points(
    found: OversightMeasures, judge: str | None, metric: str, agents: Sequence[str | None]
) -> list[_Point]:
    return [
        _Point(one.protocol, agents.index(one.agent) + 1, one.strength, one.metrics[metric])
        for one in _with_agent(found)
        if one.judge == judge and one.metrics[metric].value is not None
    ]


def _alone(found: OversightMeasures, judge: str | None, metric: str) -> Iterator[tuple[str, float]]:
    """Protocols without an agent, and their values."""
    for one in found.protocols:
        value = one.metrics[metric].value
        if one.agent is None and one.judge == judge and value is not None:
            yield one.protocol, value


def _span(found: OversightMeasures, metric: str) -> tuple[float, float]:
    """Ends of the vertical axis: 0 is on it for ASD; accuracies begin below the lowest interval."""
    ends = [end for one in found.protocols if not one.mixed for end in one.metrics[metric].known]
    whole = [0.0] if metric == "asd" else []
    return min([*ends, *whole], default=0.0), max([*ends, *whole], default=1.0)


def _tidy(one: ProtocolMetrics, metric: str) -> dict[str, Any]:
    value, strength = one.metrics[metric], one.strength
    return {
        "judge": one.judge or "",
        "protocol": one.protocol,
        "agent": one.agent or "",
        "measure": metric,
        "strength": strength.value,
        "strength_low": strength.low,
        "strength_high": strength.high,
        "value": value.value,
        "low": value.low,
        "high": value.high,
    }


def _chart(
    points: Sequence[_Point],
    marks: Sequence[Mark],
    x_title: str,
    y_title: str,
    span: tuple[float, float],
    alone: Sequence[tuple[str, float]],
    layout: Layout,
) -> Spec:
    """Points with intervals in both directions, numbered by agent, and a line per protocol."""
    domain = _domain(end for one in points for end in one.strength.known)
    names = [mark.name for mark in marks]
    apart = APART * (domain[1] - domain[0])  # intervals of one agent are beside each other
    values = [
        _fields(one, apart * (names.index(one.protocol) - (len(names) - 1) / 2)) for one in points
    ]
    x: Spec = {
        "field": "x",
        "type": "quantitative",
        "title": x_title,
        "scale": {"domain": list(domain), "nice": False, "zero": False},
        "axis": {"tickCount": 4},
    }
    scale = {"domain": list(span), "nice": True, "zero": False}
    y: Spec = {"field": "value", "type": "quantitative", "title": y_title, "scale": scale}
    color, shape = mark_scales("series", marks)
    area, font = round(layout.font * layout.font / 2.4), layout.font - 2
    number = {"type": "text", "dx": 9, "dy": -8, "fontSize": font, "color": INK.light}
    across = {"x": {**x, "field": "weak"}, "x2": {"field": "strong"}, "y": y, "color": color}
    drawn: list[tuple[Spec, Spec]] = [
        ({"type": "line", "strokeWidth": 1.5}, {"x": x, "y": y, "color": color}),
        ({"type": "rule", "strokeWidth": 1, "opacity": 0.6}, across),
        (
            {"type": "rule", "strokeWidth": 2},
            {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": color},
        ),
        (point_mark(area), {"x": x, "y": y, "color": color, "shape": shape}),
        (number, {"x": x, "y": y, "text": {"field": "agent", "type": "nominal"}}),
    ]
    layers = [*_broken(alone, y, layout)] if alone else []
    layers += [
        {"data": {"values": values}, "mark": mark, "encoding": channels} for mark, channels in drawn
    ]
    return styled(layers, layout.font * 18, layout)


def _fields(one: _Point, shift: float) -> dict[str, Any]:
    """Fields of a point, which is drawn at its strength plus a small shift."""
    value, strength = one.value, one.strength.value
    assert strength is not None, "only agents of known strength are drawn"
    return {
        "series": one.protocol,
        "agent": f"{one.agent}",
        "x": strength + shift,
        "weak": strength if one.strength.low is None else one.strength.low,
        "strong": strength if one.strength.high is None else one.strength.high,
        "value": value.value,
        "low": value.value if value.low is None else value.low,
        "high": value.value if value.high is None else value.high,
    }


def _domain(ends: Iterable[float]) -> tuple[float, float]:
    """Ends of the axis of strength, around the intervals."""
    known = [*ends]
    low, high = min(known, default=0.0), max(known, default=1.0)
    beyond = MARGIN * (high - low) or 0.05 * max(abs(high), 1.0)
    return low - beyond, high + beyond


def _broken(alone: Sequence[tuple[str, float]], y: Spec, layout: Layout) -> Iterator[Spec]:
    """Broken lines of protocols without an agent, with their names."""
    data = {"values": [{"name": name, "value": value} for name, value in alone]}
    rule = {"type": "rule", "color": GREY.light, "strokeDash": [4, 3]}
    name = {
        "type": "text",
        "align": "right",
        "baseline": "bottom",
        "dy": -2,
        "fontSize": layout.font - 2,
        "color": GREY.light,
    }
    text = {"text": {"field": "name", "type": "nominal"}, "x": {"value": "width"}, "y": y}
    yield {"data": data, "mark": rule, "encoding": {"y": y}}
    yield {"data": data, "mark": name, "encoding": text}
