"""The report of oversight: protocols on the same questions, and what each makes of a judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from truing.errors import DataError
from truing.measures import INCONCLUSIVE, Estimate, Judgement, Oversight, ProtocolFigures
from truing.oversight import JudgementRow, read_judgement
from truing.report._figures import interval_text, p_text, signed_text
from truing.report.page._around import counted, listed
from truing.report.page._judged_charts import (
    draw_accuracy,
    draw_asd,
    draw_calibration,
    draw_comparisons,
)
from truing.report.page._page import Section, Table
from truing.runs import (
    OVERSIGHT,
    FoundRun,
    SpeechCount,
    as_object,
    count_speeches,
    figures_of,
    notes_of,
    scored,
)

SIMULATED = (
    "Simulated: embedded agents or generated questions had a part in it. The figures say how the "
    "protocols work on them, and nothing of any real model."
)
RIGHT = {
    "accuracy": "#accuracy",
    "honest_accuracy": "#right argued",
    "dishonest_accuracy": "#wrong argued",
}
SCORES = {
    "asd": "#ASD",
    "asd_minus_blind": "#ASD less blind",
    "jse_0": "#JSE 0",
    "jse_1": "#JSE 1",
    "jse_inf": "#JSE inf",
}
SURE = {
    "brier": "#Brier",
    "log_score": "#log score",
    "ece": "#ECE",
    "bits_a_round": "#bits a round",
}


class JudgedRun:
    """Judgements that could be read, and the figures of their protocols.

    Args:
        run: the folder; what cannot be read is told in its warnings.
    """

    def __init__(self, run: FoundRun):
        self.run = run
        self.simulated = False
        self.choices: dict[str, int] = {}
        self.judgements: list[Judgement] = []
        self.on_mute = run.environment.on_mute
        rows = [row for number, held in run.lines for row in self._read(number, held)]
        self.speeches = count_speeches(rows)
        self._count_plays()
        self.found: Oversight | None = None
        if self.judgements:
            try:
                self.found = figures_of(self.judgements)
            except ValueError as error:
                run.warnings.append(f"{OVERSIGHT.results} cannot be measured: {error}.")

    def _count_plays(self) -> None:
        """Tell of plays that failed, or have not come yet."""
        plays = self.run.environment.plays
        if plays is not None and plays > len(self.judgements):
            missing = plays - len(self.judgements)
            self.run.warnings.append(
                f"{missing} of {counted(plays, 'play')} failed or are missing: in no figure."
            )

    def _read(self, number: int, held: Any) -> Iterator[JudgementRow]:
        """The judgement of a line, which is added to the others; none where it cannot be used."""
        where = f"{OVERSIGHT.results}, line {number}"
        if not isinstance(held, dict):
            self.run.warnings.append(f"{where}: no JSON object, and left out.")
            return
        try:
            row = read_judgement(where, held)
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
        """The page's."""
        return f"Oversight on {self.run.configuration.get('questions') or 'questions'}"

    @property
    def badges(self) -> tuple[str, ...]:
        """What must not be missed."""
        return ("Simulated",) if self.simulated else ()

    @property
    def lead(self) -> tuple[str, ...]:
        """What was asked and what was found, a paragraph each."""
        stated = self.run.configuration
        names = list(dict.fromkeys(one.protocol for one in self.judgements))
        asked = names or list(as_object(stated.get("protocols")))
        questions = len({one.question for one in self.judgements})
        models = "; ".join(
            f"{role}: {listed(held if isinstance(held, list) else [held])}"
            for role, held in as_object(stated.get("models")).items()
        )
        told = (
            f"{counted(questions, 'question')} of {stated.get('questions') or 'an unnamed set'} "
            f"were judged under {counted(len(asked), 'protocol')}: {listed(asked)}. Asked was how "
            "right a judge becomes with each kind of help, how well it knows how right it is, and "
            "whether the help rewards those who argue for the truth. "
            f"Who took part: {models or 'not told'}."
        )
        return (told, *self._found(), *((SIMULATED,) if self.simulated else ()))

    def _found(self) -> Iterator[str]:
        if self.found is None:
            yield "There are no verdicts to show."
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
            f"{one.protocol} {_figure(one.figures['accuracy'])}"
            for one in self.found.protocols
            if one.figures["accuracy"].value is not None
        ]
        if right:
            yield f"Accuracy, with 95% intervals: {listed(right, 8)}."
        yield (
            f"{counted(len(self.judgements), 'verdict')}, of which {unread} could not be read and "
            f"count in no figure. Of {counted(len(verdicts), 'pair')} of protocols {clear} differ "
            "in accuracy after Holm's correction."
        )

    @property
    def sections(self) -> Iterator[Any]:
        """What makes each section, so that one that fails leaves the others standing."""
        found = self.found
        if found is None:
            return
        yield "accuracy", "Accuracy", partial(self._accuracy, found)
        yield "honesty", "Honest against dishonest", partial(_honesty, found)
        if found.comparisons:
            yield "compared", "Protocols compared", partial(_compared, found)
        yield "calibration", "Calibration", partial(self._calibration, found)
        if found.groups:
            yield "groups", "Groups", partial(_groups, found)
        if any(one.mute for one in self.speeches):
            yield "speeches", "Speeches", partial(_speeches, self.speeches, self.on_mute)

    def _accuracy(self, found: Oversight) -> Section:
        counts = self.choices.values()
        chance = sum(1 / count for count in counts) / len(counts) if counts else None
        return Section(
            "accuracy",
            "Accuracy",
            drawings=(draw_accuracy(found, chance),),
            tables=(
                _table(
                    "Accuracy by protocol, with 95% intervals",
                    found.protocols,
                    RIGHT,
                    " ".join(notes_of(found.protocols)),
                ),
            ),
        )

    def _calibration(self, found: Oversight) -> Section:
        return Section(
            "calibration",
            "Calibration",
            drawings=(draw_calibration(self.judgements),),
            tables=(
                _table(
                    "How well verdicts tell how right they are, with 95% intervals",
                    found.protocols,
                    SURE,
                    "Brier: 0 is best, 2 worst. Log score in nats, higher is better. ECE in ten "
                    "parts of equal size: biased upwards by chance. Bits a round: how fast belief "
                    "in the truth grew, where rounds were recorded.",
                ),
            ),
        )


def _honesty(found: Oversight) -> Section:
    table = _table(
        "What arguing for the truth earns, with 95% intervals",
        found.protocols,
        SCORES,
        "ASD: agent score difference by the Brier score. JSE: judge score expectation, -2 to 0, "
        "where an agent argues whatever convinces best (0), leans to it (1), or picks blindly "
        f"(inf), by its {found.scores.choice_score} score.",
    )
    heading = "Honest against dishonest"
    return Section("honesty", heading, drawings=(draw_asd(found),), tables=(table,))


def _compared(found: Oversight) -> Section:
    rows = tuple(
        (
            f"{one.first} - {one.second}",
            _difference(one.shared),
            str(one.questions),
            p_text(one.p),
            p_text(one.p_holm),
            one.verdict,
            _difference(one.overall),
        )
        for one in found.comparisons
    )
    table = Table(
        "Accuracy, first less second, with 95% intervals",
        ("pair", "#on shared questions", "#questions", "#p", "#p (Holm)", "verdict", "#overall"),
        rows,
        "p is of each comparison alone; p (Holm) is corrected over all of them and decides the "
        "verdict at 0.05. Overall counts all verdicts, shared or not.",
    )
    heading = "Protocols compared"
    return Section("compared", heading, drawings=(draw_comparisons(found),), tables=(table,))


def _speeches(counts: Sequence[SpeechCount], on_mute: str) -> Section:
    excluded = "left out of" if on_mute == "exclude" else "counted in"
    table = Table(
        "Speeches by protocol and role, and those that were refused, empty or cut off",
        ("protocol", "role", "#speeches", "#refused", "#empty", "#tool call", "#cut off"),
        tuple(
            (
                one.protocol,
                one.role,
                *map(str, (one.total, one.refused, one.empty, one.tool_calls, one.truncated)),
            )
            for one in counts
        ),
        f"Plays in which a speech was refused, empty or cut off are {excluded} the results "
        "(--on-mute).",
    )
    return Section("speeches", "Speeches", tables=(table,))


def _groups(found: Oversight) -> Section:
    columns = RIGHT | {"asd": "#ASD", "brier": "#Brier"}
    table = _table("Figures by group, with 95% intervals", found.groups, columns)
    return Section("groups", "Groups", tables=(table,))


def _table(
    caption: str, shown: Sequence[ProtocolFigures], columns: dict[str, str], note: str = ""
) -> Table:
    held = [name for name in columns if any(one.figures[name].value is not None for one in shown)]
    rows = tuple(
        (
            _label(one),
            str(one.n),
            str(one.questions),
            *(_figure(one.figures[name]) for name in held),
        )
        for one in shown
    )
    heads = ("protocol", "#verdicts", "#questions", *(columns[name] for name in held))
    return Table(caption, heads, rows, note)


def _label(one: ProtocolFigures) -> str:
    return one.protocol if one.group is None else f"{one.protocol}, {one.group}"


def _figure(figure: Estimate) -> str:
    if figure.value is None:
        return ""
    if figure.low is None:
        return f"{figure.value:.2f} (no interval)"
    return interval_text(figure.value, figure.low, figure.high)


def _difference(figure: Estimate) -> str:
    return "" if figure.value is None else signed_text(figure.value, figure.low, figure.high)
