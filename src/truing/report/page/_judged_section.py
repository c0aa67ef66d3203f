"""Report of oversight: results of protocols on the same questions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from truing.errors import DataError
from truing.given import shown, shown_all
from truing.measures import INCONCLUSIVE, Judgement, OversightMeasures, PressureMeasures
from truing.oversight import JudgementRow, read_judgement
from truing.report._pressure_summary import pressure_finding
from truing.report._short_names import short_names
from truing.report._stopping import stopping_sentences
from truing.report.drawing import Drawing
from truing.report.page._agents_charts import has_pairings
from truing.report.page._calibration_chart import draw_calibration
from truing.report.page._judged_charts import draw_accuracy
from truing.report.page._judged_finding import finding_of
from truing.report.page._judged_tables import (
    CALIBRATION,
    RIGHT,
    agents_section,
    compared,
    groups_section,
    honesty,
    metrics_table,
    speeches_section,
    value_text,
)
from truing.report.page._page import Recipe, Section
from truing.report.page._pressure_section import HEADING, pressure_section
from truing.report.page._spending_section import spending_section
from truing.report.page._stopping_section import stopping_section
from truing.report.page._strength_chart import draw_strength, has_strengths
from truing.report.page._transcripts import first_transcripts
from truing.runs import (
    OVERSIGHT,
    TRANSCRIPTS,
    FoundRun,
    as_object,
    count_speeches,
    games_beside,
    measures_of,
    notes_of,
    pressure_in,
    scored,
    shown_protocols,
    stamp,
)
from truing.wording import counted, listed

MOST_NAMED = 8  # accuracies in a sentence; the table states all of them
SIMULATED = (
    "Simulated: embedded agents or generated questions took part. The results show how the "
    "protocols work on them and say nothing about real models."
)


class JudgedRun:
    """Report of an oversight run: its readable judgements and their measures.

    Args:
        run: the run folder; unreadable parts are added to its warnings.
    """

    def __init__(self, run: FoundRun):
        self.run = run
        self.simulated = False
        self.choices: dict[str, int] = {}
        self.judgements: list[Judgement] = []
        self.on_mute = run.environment.on_mute
        self.names = shown_protocols(value for _, value in run.lines)
        self.rows = {
            number: row for number, value in run.lines for row in self._read(number, value)
        }
        self.speeches = count_speeches(self.rows.values())
        self._count_plays()
        self.found: OversightMeasures | None = None
        self.pressure = self._read_pressure()
        if self.judgements:
            try:
                self.found = short_names(
                    measures_of(self.judgements, games=games_beside(run.folder / OVERSIGHT.results))
                )
            except ValueError as error:
                run.warnings.append(f"{OVERSIGHT.results} cannot be measured: {error}.")

    def _read_pressure(self) -> PressureMeasures | None:
        """Measures of the candidates under pressure; None if there are none, or damaged ones."""
        try:
            return pressure_in(self.run.folder)
        except DataError as error:
            self.run.warnings.append(f"{error}; the section on pressure is left out.")
            return None

    def _count_plays(self) -> None:
        """Warn of plays that failed or are missing."""
        plays = self.run.environment.plays
        if plays is not None and plays > len(self.judgements):
            missing = plays - len(self.judgements)
            self.run.warnings.append(
                f"{missing} of {counted(plays, 'play')} failed or are missing; the results do not "
                "include them."
            )

    def _read(self, number: int, value: Any) -> Iterator[JudgementRow]:
        """Read a line, add its judgement to the others and yield its row if it is valid."""
        where = f"{OVERSIGHT.results}, line {number}"
        if not isinstance(value, dict):
            self.run.warnings.append(f"{where}: not a JSON object; left out.")
            return
        try:
            row = read_judgement(where, value)
            row = replace(row, protocol=self.names.get(row.protocol, row.protocol))
            self.judgements.append(scored(where, row, self.on_mute))
        except DataError as error:
            self.run.warnings.append(f"{error}; left out.")
            return
        self.simulated |= row.simulated
        if row.belief is not None:
            self.choices[row.question] = len(row.belief)
        yield row

    @property
    def title(self) -> str:
        """Title of the page."""
        return f"Oversight on {shown(str(self.run.configuration.get('questions') or 'questions'))}"

    @property
    def badges(self) -> tuple[str, ...]:
        """Labels below the title."""
        return ("Simulated",) if self.simulated else ()

    @property
    def finding(self) -> tuple[str, ...]:
        """The main result in one or two sentences."""
        if self.found is None:
            return ("There are no verdicts to show.",)
        people: dict[str, list[Judgement]] = {}
        if self.run.judged_by_people:
            for one in self.judgements:
                people.setdefault(one.judge or "the judge", []).append(one)
        stopping = self.run.stopping
        first = stopping_sentences(stopping) if stopping and stopping.why else ()
        pressed = pressure_finding(self.pressure) if self.pressure else []
        return (*first, *finding_of(self.found, people), *pressed)

    @property
    def chart(self) -> Drawing | None:
        """Accuracy and ASD by the agents' strength if that varies, else accuracy by protocol."""
        if self.found is None:
            return None
        if has_strengths(self.found):
            return draw_strength(self.found)
        return self._draw_accuracy(self.found)

    def _draw_accuracy(self, found: OversightMeasures) -> Drawing:
        counts = self.choices.values()
        chance = sum(1 / count for count in counts) / len(counts) if counts else None
        return draw_accuracy(found, chance)

    @property
    def lead(self) -> tuple[str, ...]:
        """First paragraphs: the question and the main results."""
        stated = self.run.configuration
        names = list(dict.fromkeys(one.protocol for one in self.judgements))
        asked = names or shown_all(as_object(stated.get("protocols")))
        questions = len({one.question for one in self.judgements})
        models = "; ".join(
            f"{role}: {listed(shown_all(map(str, names if isinstance(names, list) else [names])))}"
            for role, names in as_object(stated.get("models")).items()
        )
        question = (
            "Question: how accurate and how well calibrated is a judge under each protocol, and do "
            f"protocols reward arguing for the truth? This run contains verdicts on "
            f"{counted(questions, 'question')} "
            f"({shown(str(stated.get('questions') or 'an unnamed set'))}) "
            f"under {counted(len(asked), 'protocol')}: {listed(asked)}. "
            f"Models: {models or 'not stated'}."
        )
        return (question, *self._lead(), *((SIMULATED,) if self.simulated else ()))

    def _lead(self) -> Iterator[str]:
        if self.found is None:
            return
        verdicts = [one.verdict for one in self.found.comparisons]
        clear = sum(one != INCONCLUSIVE for one in verdicts)
        unread = sum(one.unread for one in self.found.protocols)
        mute = sum(one.mute for one in self.found.protocols)
        if mute:
            yield (
                f"{counted(mute, 'verdict')} of plays in which a speech was refused, empty or cut "
                "off are left out of all results; see Speeches."
            )
        right = [
            f"{one.name} {value_text(one.metrics['accuracy'])}"
            for one in self.found.protocols
            if one.metrics["accuracy"].value is not None
        ]
        if 0 < len(right) <= MOST_NAMED:
            yield f"Accuracy, with 95% intervals: {listed(right)}."
        left = f"{unread} of them could not be read and are left out of all results"
        yield (
            f"{counted(len(self.judgements), 'verdict')}; "
            f"{left if unread else 'all of them could be read'}."
        )
        if verdicts:
            yield (
                f"{_pairs(self.found)} that differ in accuracy (Holm-corrected): "
                f"{clear} of {len(verdicts)}."
            )

    @property
    def sections(self) -> Iterator[Recipe]:
        """The sections; each may fail without the others."""
        found = self.found
        if found is None:
            return
        if self.run.stopping:
            yield "stopping", "Stopping", partial(stopping_section, self.run.stopping)
        yield "accuracy", "Accuracy", partial(self._accuracy, found)
        if found.ratings or has_pairings(found):
            yield "agents", "Agents against each other", partial(agents_section, found)
        yield "honesty", "Honest and dishonest arguments", partial(honesty, found)
        if found.comparisons:
            yield "compared", "Protocols compared", partial(compared, found)
        if self.pressure:
            yield "pressure", HEADING, partial(pressure_section, self.pressure)
        yield "calibration", "Calibration", partial(self._calibration, found)
        if found.groups:
            yield "groups", "Groups", partial(groups_section, found)
        if self._has_transcripts:
            yield "transcripts", "Transcripts", self._transcripts
        if self.run.spending:
            yield "spending", "Spending", partial(spending_section, self.run.spending)
        if any(one.mute for one in self.speeches):
            yield "speeches", "Speeches", partial(speeches_section, self.speeches, self.on_mute)

    @property
    def _has_transcripts(self) -> bool:
        return stamp(self.run.folder, TRANSCRIPTS) is not None

    def _transcripts(self) -> Section:
        first = first_transcripts(self.run, self.rows, self.names)
        also = "; the first plays of each protocol that contain a speech are also below"
        lead = (
            f"{TRANSCRIPTS} contains the transcripts of all plays{also if first else ''}. truing "
            "view shows them in a browser, with verified quotes marked.",
        )
        return Section("transcripts", "Transcripts", lead, transcripts=first, links=(TRANSCRIPTS,))

    def _accuracy(self, found: OversightMeasures) -> Section:
        notes = " ".join(notes_of(found.protocols))
        caption = "Accuracy by protocol, with 95% intervals"
        table = metrics_table(caption, found.protocols, RIGHT, notes)
        drawings = (self._draw_accuracy(found),) if has_strengths(found) else ()
        return Section("accuracy", "Accuracy", drawings=drawings, tables=(table,))

    def _calibration(self, found: OversightMeasures) -> Section:
        by_judge = any(one.judge for one in found.protocols)
        return Section(
            "calibration",
            "Calibration",
            drawings=(draw_calibration(self.judgements, by_judge),),
            tables=(
                metrics_table(
                    "Calibration by protocol, with 95% intervals",
                    found.protocols,
                    CALIBRATION,
                    "Brier: 0 is best, 2 is worst. Log score: in nats, higher is better. ECE: "
                    "expected calibration error in ten bins of equal size, biased upwards by "
                    "noise. Bits per round: growth of the belief in the truth, if rounds were "
                    "recorded.",
                ),
            ),
        )


def _pairs(found: OversightMeasures) -> str:
    """`Pairs of protocols`, or of protocols, judges and agents."""
    return f"Pairs of {listed(list(dict.fromkeys(one.between for one in found.comparisons)))}"
