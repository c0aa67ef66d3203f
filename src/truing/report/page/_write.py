"""Write a report: the page and the charts of a run folder, from the folder's own files alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from truing.errors import UserError, unwritable
from truing.report.page._around import around
from truing.report.page._game_section import FoundGame
from truing.report.page._judged_section import JudgedRun
from truing.report.page._page import Page, Section, page_html
from truing.report.page._research_section import FoundResearch
from truing.report.page._study_section import FoundStudy
from truing.runs import (
    CHARTS,
    COMPARISON,
    GAME,
    OVERSIGHT,
    REFEREE,
    REPORT,
    RESEARCH,
    STUDY,
    FoundRun,
    clean,
    find_run,
)
from truing.studies import write_whole

MAKERS = {
    STUDY.name: FoundStudy,
    OVERSIGHT.name: JudgedRun,
    RESEARCH.name: FoundResearch,
    GAME.name: FoundGame,
}
"""Each reads a folder, and has a title, badges, a lead, and what makes its sections: for each an
anchor, a heading, and a function."""


OTHERS = {REFEREE.name: "referee report", COMPARISON.name: "compare"}
"""Commands that draw the other kinds of run."""


def write_report(folder: Path | str) -> Path:
    """Write report.html and charts/ of a run folder, finished or not; returns the page's path.

    Raises:
        UserError: the folder holds no run.
        StorageError: it cannot be written to.
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
        advice = "make the folder writable, or copy it to where you may write"
        raise unwritable(f"the report in {run.folder}", error, advice) from error
    return run.folder / REPORT


def keep_report(folder: Path, fresh: bool) -> None:
    """Write the report of a run that has ended, unless it shows the same results already."""
    if fresh or not (folder / REPORT).is_file():
        write_report(folder)


def make_page(run: FoundRun) -> Page:
    """The report of a run; what is broken is told on it, and the rest stands.

    Raises:
        UserError: another command draws this kind of run.
    """
    if run.kind.name not in MAKERS:
        raise UserError(
            f"{run.folder} holds a {run.kind.name}, whose page truing {OTHERS[run.kind.name]} draws"
        )
    found = MAKERS[run.kind.name](run)
    title = _try(run, lambda: found.title, f"A run of {run.kind.name}")
    badges = _try(run, lambda: found.badges, ())
    lead = _try(run, lambda: found.lead, ())
    sections = [_make(*recipe) for recipe in found.sections]
    sections += around(run)
    foot = (
        f"Made by truing {version('truing')} from the files of this folder: truing report FOLDER."
    )
    return Page(title, badges, lead, _distinct(run.warnings), tuple(sections), foot)


def _try(run: FoundRun, make: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return make()
    except Exception as error:  # as in a section below
        told = clean(f"{type(error).__name__}: {error}")
        run.warnings.append(f"What this run is about could not be told in full ({told}).")
        return otherwise


def _make(name: str, heading: str, make: Callable[[], Section]) -> Section:
    """A section, drawn; where something in a foreign folder breaks it, what broke stands there."""
    try:
        section = make()
        for drawing in section.drawings:
            _ = drawing.svg
        return section
    except Exception as error:  # whatever the files hold must leave the other sections standing
        told = clean(f"{type(error).__name__}: {error}")
        return Section(name, heading, warning=f"This part could not be made ({told}).")


def _distinct(warnings: Sequence[str], most: int = 20) -> tuple[str, ...]:
    """Each once; of very many the first."""
    found = list(dict.fromkeys(clean(one) for one in warnings))
    more = len(found) - most
    return (*found[:most], *([f"And {more} more like these."] if more > 0 else []))
