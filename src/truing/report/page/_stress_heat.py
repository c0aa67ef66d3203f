"""Heat table of a stress test: the smallest detected strengths by plant and monitor."""

from __future__ import annotations

import math
from collections.abc import Sequence

from truing.measures import Estimate
from truing.report._stress_texts import by_plant, criterion_text, monitor_name
from truing.report.drawing import BLUE, Drawing, Mark, Subplot, heat
from truing.stress import PowerRow

DARKEST, LIGHTEST = 0.5, 0.1  # opacity of the smallest and the largest tested strength


def draw_smallest(card: Sequence[PowerRow]) -> Drawing:
    """Draw the smallest detected strength of each plant by each monitor as a heat table."""
    tested = [one for row in card for one in (*row.strength.known, row.largest)]
    monitors = {row.monitor: monitor_name(row, card) for row in card}
    plants = by_plant(card)
    cells = [
        {
            "row": at,
            "column": list(monitors).index(row.monitor),
            "text": _cell_text(row),
            "shade": _shade(row.strength, min(tested), max(tested)),
        }
        for at, group in enumerate(plants.values())
        for row in group
    ]
    return Drawing(
        "smallest-strengths",
        "Smallest strength that is detected",
        f"Smallest strength that is detected with {criterion_text(card)}; the stronger the "
        "color, the smaller the strength. > is a plant that is not detected with this power at the "
        "largest tested strength. The table states the intervals.",
        (Subplot("plants and monitors", heat(cells, list(plants), list(monitors.values()))),),
        (Mark("detected; stronger color: smaller strength", BLUE, "band"),),
        tuple(
            {
                "plant": plant,
                "monitor": monitors[row.monitor],
                "strength": row.strength.value,
                "low": row.strength.low,
                "high": row.strength.high,
                "largest": row.largest,
            }
            for plant, group in plants.items()
            for row in group
        ),
    )


def _cell_text(row: PowerRow) -> str:
    value = row.strength.value
    if not row.reachable:
        return "undefined"
    return f"> {row.largest:g}" if value is None else f"{value:.2g}"


def _shade(one: Estimate, least: float, most: float) -> float:
    """Opacity of a cell by its strength on a log scale; 0 if the plant is not detected."""
    if one.value is None:
        return 0.0
    share = math.log(most / max(one.value, least)) / math.log(most / least) if most > least else 1.0
    return round(LIGHTEST + (DARKEST - LIGHTEST) * share, 3)
