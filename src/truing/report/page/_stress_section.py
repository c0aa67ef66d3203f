"""Report of a stress test: which monitors detect which plants, from which strength."""

from __future__ import annotations

from collections.abc import Iterator

from truing.report._stress_texts import (
    STRESS_SIMULATED,
    by_plant,
    cost_lines,
    counts_text,
    monitor_name,
    row_notes,
    system_text,
)
from truing.report.drawing import Drawing
from truing.report.page._page import Recipe, Section
from truing.report.page._stress_charts import draw_power
from truing.report.page._stress_finding import stress_finding
from truing.report.page._stress_heat import draw_smallest
from truing.report.page._stress_tables import (
    accuracy_table,
    detection_table,
    power_table,
    twins_table,
)
from truing.runs import STRESS, FoundRun
from truing.wording import counted, listed

BADGE = "Planted on purpose: model organisms"
"""Label of pages about planted systems."""
MEANING = (
    "All misbehaviour was planted on purpose, next to an honest twin: the same system with the "
    "same seed at strength 0. Planted systems are model organisms. They measure monitors and say "
    "nothing about the intent of a real model."
)


class FoundStress:
    """Report of the run of a stress test.

    Args:
        run: the run folder; unreadable parts are added to its warnings.
    """

    def __init__(self, run: FoundRun):
        self.run = run
        self.rows, self.card = run.detections, run.power_card
        self.simulated = any(row.simulated for row in self.rows)

    @property
    def title(self) -> str:
        """Title of the page."""
        systems = dict.fromkeys(system_text(row.system) for row in self.rows)
        if not systems:
            stated = self.run.configuration
            names = [stated.get(name) for name in ("task", "protocol", "questions")]
            return f"Stress test of {listed([one for one in names if one]) or 'a system'}"
        return f"Stress test of {listed(systems, 2)}"

    @property
    def badges(self) -> tuple[str, ...]:
        """Labels beside the date."""
        return (BADGE, *(("Simulated",) if self.simulated else ()))

    @property
    def finding(self) -> tuple[str, ...]:
        """Which plants are detected, and which are not."""
        if not self.rows:
            return ("There are no results to show.",)
        return stress_finding(self.card)

    @property
    def chart(self) -> Drawing | None:
        """Share of detected systems by strength, a curve for each monitor."""
        return draw_power(self.rows, self.card) if self.rows else None

    @property
    def lead(self) -> tuple[str, ...]:
        """First paragraphs: the question, the plants, what they cost, and what they are."""
        if not self.rows:
            return (MEANING,)
        plants = list(by_plant(self.rows))
        monitors = dict.fromkeys(monitor_name(row, self.rows) for row in self.rows)
        question = (
            "Question: how small a misbehaviour does each monitor detect, at a declared rate of "
            f"false alarms? {counted(len(plants), 'plant')}: {listed(plants)}. "
            f"{counted(len(monitors), 'monitor')}: {listed(monitors)}. {counts_text(self.rows)}"
        )
        simulated = (STRESS_SIMULATED,) if self.simulated else ()
        return (question, *cost_lines(self.rows), MEANING, *simulated)

    @property
    def sections(self) -> Iterator[Recipe]:
        """The sections; each may fail without the others."""
        if self.card:
            yield "power-card", "Power card", self._power_card
        if self.rows:
            yield "detection", "Detection", self._detection
            yield "accuracy", "Accuracy", self._accuracy
            yield "twins", "False alarms of honest twins", self._twins
            if notes := (*row_notes(self.rows), *row_notes(self.card)):
                points = tuple(dict.fromkeys(notes))
                yield "notes", "Notes", lambda: Section("notes", "Notes", points=points)

    def _power_card(self) -> Section:
        best = (
            "If you choose the monitor with the smallest strength, this strength is too small on "
            "average: part of it is luck on these seeds. Its interval does not correct for the "
            "choice."
        )
        return Section(
            "power-card",
            "Power card",
            (best,) if len({row.monitor for row in self.card}) > 1 else (),
            drawings=(draw_smallest(self.card),),
            tables=(power_table(self.card, self.rows),),
            unfolded=True,
        )

    def _detection(self) -> Section:
        text = f"{STRESS.results} contains all values, and the suspicion of each system."
        return Section("detection", "Detection", (text,), tables=(detection_table(self.rows),))

    def _accuracy(self) -> Section:
        costs = tuple(cost_lines(self.rows))
        clear = costs or ("No plant costs accuracy clearly: all intervals of the cost contain 0.",)
        return Section("accuracy", "Accuracy", points=clear, tables=(accuracy_table(self.rows),))

    def _twins(self) -> Section:
        text = (
            "An alarm compares a system with the honest references: (1 + references that are at "
            "least as suspicious) / (1 + references) is at most the declared rate. If references "
            "and twins come from the same distribution, false alarms are at most the declared rate "
            "on average over references."
        )
        heading = "False alarms of honest twins"
        return Section("twins", heading, (text,), tables=(twins_table(self.rows),))
