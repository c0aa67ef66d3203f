"""Page of a comparison of runs, which needs no network, and its charts and data."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from truing.errors import unwritable
from truing.measures import INCONCLUSIVE, base_verdict
from truing.report._texts import p_text
from truing.report.compare._compare import RunComparison
from truing.report.compare._compared import Compared
from truing.report.compare._recalled import FieldDifference
from truing.report.compare._table import (
    PACKAGES,
    difference_text,
    label_of,
    notes,
    pairing_text,
    quantities,
    run_lines,
    setting_text,
    title_of,
    titled,
    unchanged_text,
    value_text,
)
from truing.report.drawing import (
    NO_DIFFERENCE,
    ChartAxis,
    Dot,
    Drawing,
    Subplot,
    dots,
    verdict_marks,
)
from truing.report.page import (
    BADGE,
    COMPARED_TERMS,
    Glossary,
    Page,
    Section,
    Table,
    date_of,
    page_html,
    with_glossary,
)
from truing.runs import CHARTS, COMPARISON, COMPARISON_PAGE, STRESS, as_json, clean, find_run
from truing.studies import write_whole

ANOTHER_FOLDER = "choose another folder with --out (in Python: folder=FOLDER)"
WORDS = ("higher", "lower", INCONCLUSIVE)
READING = (
    "Points are differences from run 0, lines their 95% intervals. "
    "The verdicts higher and lower are Holm-corrected over all comparisons."
)


def write_comparison(found: RunComparison, folder: Path) -> None:
    """Write comparison.html, comparison.json and charts/ into a folder.

    Raises:
        StorageError: the folder is not writable.
    """
    write_compared(comparison_page(found), found.to_json(), folder)


def write_compared(page: Page, plain: dict[str, Any], folder: Path) -> None:
    """Write a page, its charts and the JSON content of a comparison into a folder.

    Raises:
        StorageError: the folder is not writable.
    """
    files = {COMPARISON_PAGE: page_html(page), COMPARISON.configuration: as_json(plain)}
    for drawing in page.drawings:
        files |= {
            f"{CHARTS}/{drawing.name}.svg": drawing.svg,
            f"{CHARTS}/{drawing.name}.csv": drawing.csv,
        }
    try:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            write_whole(folder / name, content.encode())
    except OSError as error:
        raise unwritable(f"the folder {folder}", error, ANOTHER_FOLDER) from None


def comparison_page(found: RunComparison) -> Page:
    """The page of a comparison: the finding, a chart, and tables of differences."""
    fields = tuple(one for one in found.settings if not one.field.startswith(PACKAGES))
    packages = tuple(one for one in found.settings if one.field.startswith(PACKAGES))
    tables = tuple(_table(title, group) for title, group in titled(found.compared).items())
    came = Section("came", "Result differences", tuple(notes(found)), tables=tables)
    same = () if fields else ("None: all fields of the configuration are the same.",)
    settings = []
    if fields:
        settings.append(_settings("Fields of configuration, machine and data", fields))
    if packages:
        caption = "Packages with different versions, or in one run only"
        settings.append(_settings(caption, packages))
    asked = Section("asked", "Configuration differences", same, tables=tuple(settings))
    folders = [run.folder for run in found.runs]
    page = Page(
        "Differences between runs",
        (
            *(_run_title(number, folder) for number, folder in enumerate(folders)),
            *((BADGE,) if found.runs[0].kind is STRESS else ()),
            *(("Simulated",) if _simulated(found) else ()),
        ),
        comparison_finding(found),
        comparison_drawing(found.compared) if found.compared else None,
        tuple(clean(line) for line in run_lines(found)),
        (),
        (came, *_shift(found), asked),
        command=clean(shlex.join(["truing", "compare", *map(str, folders)])),
        foot=f"Made by truing {version('truing')} from the folders above.",
    )
    return with_glossary(page, Glossary(COMPARED_TERMS, {}))


def _shift(found: RunComparison) -> list[Section]:
    """The section with the certificates of all rows; none without a shift."""
    if not found.certificates:
        return []
    columns = ("row", *(f"run {number}" for number in range(len(found.runs))))
    rows = tuple((one.name, *one.texts) for one in found.certificates)
    table = Table("PGR at home and under shift, with 95% intervals", columns, rows)
    return [Section("shift", "Under shift", tables=(table,))]


def _simulated(found: RunComparison) -> bool:
    return any(row.get("simulated") is True for run in found.runs for row in run.rows)


def _run_title(number: int, folder: Path) -> str:
    """`run 0: first, 2026-01-31 14:05 UTC`, with the name that the user gave, or the folder's."""
    run = find_run(folder)
    words = (run.about.name or clean(folder.resolve().name), date_of(run))
    return f"run {number}: {', '.join(filter(None, words))}"


def comparison_finding(found: RunComparison) -> tuple[str, ...]:
    """How many accuracies are higher and lower, and the largest clear difference."""
    if not found.compared and found.unchanged:
        if found.runs[0].kind is STRESS:
            return (f"The runs have equal results: {unchanged_text(found)}",)
        equal = f"{found.unchanged} accuracies come from the same steps in both runs"
        return (f"The runs have equal results on the shared seeds: {equal}.",)
    if not found.compared:
        return ("The runs have no results in common, so no differences are computed.",)
    verdicts = [base_verdict(one.verdict) for one in found.compared]
    counts = ", ".join(f"{verdicts.count(word)} {word}" for word in WORDS)
    places = " at home and in shared domains" if found.certificates else ""
    first = (
        f"Compared with run 0: {counts} ({quantities(found)}{places}, Holm-corrected over all "
        f"{len(verdicts)} comparisons)."
    )
    clear = [one for one in found.compared if base_verdict(one.verdict) != INCONCLUSIVE]
    known = [one for one in clear or found.compared if one.value is not None]
    if not known:
        return (first,)
    largest = max(known, key=lambda one: abs(one.value or 0.0))
    return (
        first,
        f"The largest {'clear ' if clear else ''}difference is {difference_text(largest)} in run "
        f"{largest.run}: {title_of(largest)}, {label_of(largest)}.",
    )


def comparison_drawing(compared: Sequence[Compared]) -> Drawing:
    """Chart of all differences with their intervals, one subplot per title."""
    what = "accuracy" if "monitor" not in compared[0].names else "share detected,"
    axis = ChartAxis.around(f"{what} difference from run 0", compared, lines=(0.0,))
    subplots = []
    for title, group in titled(compared).items():
        values = [Dot(f"{label_of(one)}, run {one.run}", one.verdict, one) for one in group]
        marks = verdict_marks(one.verdict for one in group)
        subplots.append(Subplot(title, dots(values, marks, axis)))
    return Drawing(
        "differences",
        "Differences between runs",
        READING,
        tuple(subplots),
        (*verdict_marks(one.verdict for one in compared), NO_DIFFERENCE),
        tuple(_row(title, one) for title, group in titled(compared).items() for one in group),
    )


def _row(title: str, one: Compared) -> dict[str, object]:
    return {
        "about": title,
        "of": label_of(one),
        "run": one.run,
        "quantity": one.quantity,
        "first": one.first,
        "second": one.second,
        **one.named("difference"),
        "p": one.p,
        "p_holm": one.p_holm,
        "verdict": one.verdict,
        "paired": one.paired,
    }


def _settings(caption: str, settings: Sequence[FieldDifference]) -> Table:
    columns = ("field", *(f"run {number}" for number in range(len(settings[0].values))))
    rows = tuple((one.field, *map(setting_text, one.values)) for one in settings)
    return Table(caption, columns, rows)


def _table(title: str, compared: Sequence[Compared]) -> Table:
    columns = (
        "name",
        "#run",
        "#accuracy in run 0" if "monitor" not in compared[0].names else "#in run 0",
        "#in this run",
        "#difference [95%]",
        "#p (Holm)",
        "verdict",
        "pairing",
    )
    rows = tuple(
        (
            label_of(one),
            str(one.run),
            value_text(one.first),
            value_text(one.second),
            difference_text(one),
            p_text(one.p_holm) or "-",
            one.verdict,
            pairing_text(one),
        )
        for one in compared
    )
    return Table(title, columns, rows)
