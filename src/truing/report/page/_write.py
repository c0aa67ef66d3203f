"""Write reports: the page and the charts of a run folder, from its files alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from truing.errors import UserError, unwritable
from truing.report.drawing import Drawing
from truing.report.page._around import around, date_of, with_glossary
from truing.report.page._command import command_of
from truing.report.page._game_section import FoundGame
from truing.report.page._glossary import Glossary, glossary_of
from truing.report.page._judged_section import JudgedRun
from truing.report.page._page import Page, Recipe, Section, page_html
from truing.report.page._research_section import FoundResearch
from truing.report.page._stress_section import FoundStress
from truing.report.page._study_section import FoundStudy
from truing.runs import (
    CHARTS,
    COMPARISON,
    GAME,
    OVERSIGHT,
    REFEREE,
    REPORT,
    RESEARCH,
    STRESS,
    STUDY,
    FoundRun,
    clean,
    find_run,
)
from truing.studies import write_whole


class Report(Protocol):
    """Report of one kind of run.

    Attributes:
        title: title of the page.
        badges: labels beside the date.
        finding: the main result with its interval, in one or two sentences.
        chart: the large chart of the first screen, if there is something to draw.
        lead: paragraphs after the first screen.
        sections: the sections, each of which may fail without the others.
    """

    @property
    def title(self) -> str: ...
    @property
    def badges(self) -> tuple[str, ...]: ...
    @property
    def finding(self) -> tuple[str, ...]: ...
    @property
    def chart(self) -> Drawing | None: ...
    @property
    def lead(self) -> tuple[str, ...]: ...
    @property
    def sections(self) -> Iterator[Recipe]: ...


MAKERS: dict[str, Callable[[FoundRun], Report]] = {
    STUDY.name: FoundStudy,
    OVERSIGHT.name: JudgedRun,
    RESEARCH.name: FoundResearch,
    GAME.name: FoundGame,
    STRESS.name: FoundStress,
}
"""Report of each kind of run."""

OTHERS = {REFEREE.name: "referee report", COMPARISON.name: "compare"}
"""Commands that make the page of other kinds of run."""


@dataclass(frozen=True)
class RunFacts:
    """What the first lines of a report state.

    Attributes:
        title: title of the run, with the name that the user gave.
        folder: name of the run folder.
        date: start of the run; empty if it is not known.
        command: command that makes the same run again; empty if there is none.
        finding: the main result with its interval, in one or two sentences; empty without results.
        simulated: whether programs or generated questions take the place of models.
    """

    title: str
    folder: str
    date: str
    command: str
    finding: tuple[str, ...]
    simulated: bool = False


def read_facts(run: FoundRun) -> RunFacts:
    """Read the facts of a run of any kind. Parts that cannot be read become warnings of the run.

    Examples:
        >>> import truing
        >>> from truing.report import read_facts
        >>> from truing.runs import find_run
        >>> played = truing.run(truing.Game("prover-verifier"), name="Two provers")
        >>> read_facts(find_run(played.folder)).title
        'Two provers (Game: prover-verifier)'
    """
    kind, folder, date = f"Run of kind {run.kind.name}", run.folder.resolve().name, date_of(run)
    named = run.about.name
    if run.kind.name not in MAKERS:
        return RunFacts(named or kind, folder, date, "", ())
    found = MAKERS[run.kind.name](run)
    title = _try(run, lambda: found.title, kind)
    return RunFacts(
        f"{named} ({title})" if named else title,
        folder,
        date,
        _try(run, lambda: command_of(run), ""),
        _try(run, lambda: found.finding, ()),
        _try(run, lambda: any(one.startswith("Simulated") for one in found.badges), False),
    )


def write_report(folder: Path | str) -> Path:
    """Write report.html and charts/ of a run folder; returns the path of the page.

    Args:
        folder: the run folder; the run need not be finished.

    Raises:
        UserError: the folder contains no run.
        StorageError: the folder is not writable.
    """
    run = find_run(folder)
    page = make_page(run)
    try:
        if page.drawings:
            (run.folder / CHARTS).mkdir(exist_ok=True)
        for drawing in page.drawings:
            write_whole(run.folder / CHARTS / f"{drawing.name}.svg", drawing.svg.encode())
            write_whole(run.folder / CHARTS / f"{drawing.name}.csv", drawing.csv.encode())
        write_whole(run.folder / REPORT, page_html(page).encode())
    except OSError as error:
        advice = "make the folder writable, or copy it to a writable place"
        raise unwritable(f"the report in {run.folder}", error, advice) from error
    return run.folder / REPORT


def keep_report(folder: Path, fresh: bool) -> None:
    """Write the report of a finished run if the results are new or the report is missing."""
    if fresh or not (folder / REPORT).is_file():
        write_report(folder)


def make_page(run: FoundRun) -> Page:
    """Make the report of a run. Broken parts are replaced by warnings.

    Raises:
        UserError: another command makes the page of this kind of run.
    """
    if run.kind.name not in MAKERS:
        raise UserError(
            f"{run.folder} contains a run of kind {run.kind.name}; make its page with truing "
            f"{OTHERS[run.kind.name]}"
        )
    found = MAKERS[run.kind.name](run)
    facts = read_facts(run)
    badges = _try(run, lambda: found.badges, ())
    chart = _try(run, lambda: _checked(found.chart), None)
    lead = _try(run, lambda: found.lead, ())
    glossary = _try(run, lambda: glossary_of(run), Glossary({}, {}))
    sections = [_make_section(*recipe) for recipe in found.sections]
    sections += around(run)
    page = Page(
        facts.title,
        badges,
        facts.finding,
        chart,
        lead,
        _distinct(run.warnings),
        tuple(sections),
        facts.folder,
        facts.date,
        facts.command,
        foot=f"Made by truing {version('truing')} from the files of this folder: truing report "
        "FOLDER.",
    )
    return with_glossary(page, glossary)


def _checked(chart: Drawing | None) -> Drawing | None:
    """A chart that can be drawn, or None if it is empty."""
    if chart is None or not chart.subplots:
        return None
    _ = chart.svg
    return chart


def _try(run: FoundRun, make: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return make()
    except Exception as error:  # as in _make_section
        reason = clean(f"{type(error).__name__}: {error}")
        run.warnings.append(f"The summary of this run is incomplete ({reason}).")
        return otherwise


def _make_section(name: str, heading: str, make: Callable[[], Section]) -> Section:
    """Make and draw a section; an error in it becomes a warning in its place."""
    try:
        section = make()
        for drawing in section.drawings:
            _ = drawing.svg
        return section
    except Exception as error:  # a broken file must not prevent the other sections
        reason = clean(f"{type(error).__name__}: {error}")
        return Section(name, heading, warning=f"This part could not be made ({reason}).")


def _distinct(warnings: Sequence[str], most: int = 20) -> tuple[str, ...]:
    """Distinct warnings, at most `most`, and the number of others."""
    found = list(dict.fromkeys(clean(one) for one in warnings))
    more = len(found) - most
    return (*found[:most], *([f"And {more} more warnings."] if more > 0 else []))
