"""Charts of games between agents: honest wins of each pair, and Elo ratings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from truing.measures import OversightMeasures, Pairing, players_by_title
from truing.report._texts import estimate_text
from truing.report.drawing import (
    BLUE,
    ChartAxis,
    Dot,
    Drawing,
    Mark,
    Spec,
    Subplot,
    dots,
    heat,
    interval_rows,
)

RATING = Mark("Elo rating, 95%", BLUE, "circle")
WINS = Mark("honest wins; the stronger the color, the more", BLUE, "band")
LIGHTEST, DARKEST = 0.06, 0.5  # opacity at 0 and 1


def has_pairings(found: OversightMeasures) -> bool:
    """Whether different agents argue against each other."""
    return any(one.honest != one.dishonest for one in found.pairings)


def draw_agents(found: OversightMeasures) -> list[Drawing]:
    """Draw agents against each other: pairs that argue in the same play, and ratings from games.

    A consultancy has games, but no play in which two agents argue.
    """
    drawn = [draw_pairings(found)] if has_pairings(found) else []
    return [*drawn, *([draw_ratings(found)] if found.ratings else [])]


def draw_pairings(found: OversightMeasures) -> Drawing:
    """Draw the honest wins of each pair of agents as heat tables by judge and protocol."""
    groups: dict[tuple[str | None, str], list[Pairing]] = {}
    for one in found.pairings:
        groups.setdefault((one.judge, one.protocol), []).append(one)
    return Drawing(
        "cross-play",
        "Wins of the honest agent in cross-play",
        "Rows: the agent that argues for the right answer. Columns: the agent that argues for the "
        "wrong answer. Cells: share of verdicts for the right answer; a tie counts one half. The "
        "table states the intervals.",
        tuple(
            Subplot(f"{protocol}{f', judged by {judge}' if judge else ''}", _table(pairings))
            for (judge, protocol), pairings in groups.items()
        ),
        (WINS,),
        tuple(map(_tidy, found.pairings)),
    )


def _table(pairings: Sequence[Pairing]) -> Any:
    names = sorted({name for one in pairings for name in (one.honest, one.dishonest)})
    cells: list[Spec] = [
        {
            "row": names.index(one.honest),
            "column": names.index(one.dishonest),
            "text": f"{one.honest_wins.value:.2f}",
            "shade": round(LIGHTEST + (DARKEST - LIGHTEST) * (one.honest_wins.value or 0.0), 3),
        }
        for one in pairings
    ]
    return heat(cells, names, names)


def _tidy(one: Pairing) -> dict[str, Any]:
    return {
        "judge": one.judge or "",
        "protocol": one.protocol,
        "honest": one.honest,
        "dishonest": one.dishonest,
        "value": one.honest_wins.value,
        "low": one.honest_wins.low,
        "high": one.honest_wins.high,
        "verdicts": one.n,
    }


def draw_ratings(found: OversightMeasures) -> Drawing:
    """Draw the Elo ratings of the agents, one subplot per protocol and judge."""
    groups = {
        title: [Dot(p.player, RATING.name, p.rating, estimate_text(p.rating, 0)) for p in players]
        for title, players in players_by_title(found.ratings).items()
    }
    every = (dot.estimate for values in groups.values() for dot in values)
    axis = ChartAxis.around("Elo rating", every, lines=(1500.0,))
    return Drawing(
        "agent-ratings",
        "Elo ratings of the agents",
        "Ratings from games between different agents; the mean is 1500. A difference of 400 "
        "points is a win probability of 0.91. Intervals are 95%, clustered by question.",
        tuple(
            Subplot(title, dots(values, (RATING,), axis, True)) for title, values in groups.items()
        ),
        (RATING,),
        interval_rows(
            (
                {"protocol": one.protocol or "", "judge": one.judge or ""},
                Dot(one.agent, RATING.name, one.rating),
            )
            for one in found.ratings
        ),
    )
