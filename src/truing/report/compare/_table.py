"""Tables of a comparison of runs for a terminal of any width."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from truing.measures import on_few_seeds
from truing.report._fit import Column, FittingTable, FoldedText
from truing.report._stress_texts import PLANTED
from truing.report._texts import signed_text
from truing.report.compare._certified import shift_notes
from truing.report.compare._compare import RunComparison, shown_parts
from truing.report.compare._compared import Compared
from truing.report.compare._recalled import FieldDifference
from truing.runs import OVERSIGHT, STRESS, STUDY, labeled, read_about

if TYPE_CHECKING:
    from rich.console import RenderableType

PACKAGES = "packages."
NO_VALUE = "no value"
PAIRED_ON = {STUDY.name: "seeds and items", OVERSIGHT.name: "questions", STRESS.name: "seeds"}
MOST_ALONE = 8  # rows of one run only that are named; --json contains all


def compare_table(found: RunComparison) -> RenderableType:
    """Configuration differences, result differences, and notes."""
    from rich.console import Group
    from rich.text import Text

    shown: list[Any] = [*map(FoldedText, [*run_lines(found), ""])]
    shown += map(FoldedText, [*setting_lines(found.settings), ""])
    for title, group in titled(found.compared).items():
        shown += [FoldedText(Text(title, style="bold")), _table(group, len(found.runs) > 2), ""]
    if found.certificates:
        shown.append(FoldedText(Text("PGR at home and under shift", style="bold")))
        shown += map(FoldedText, [*certificate_lines(found), ""])
    return Group(*shown, *map(FoldedText, notes(found)))


def certificate_lines(found: RunComparison) -> list[str]:
    """The certificates of each row, one line per run."""
    return [
        line
        for one in found.certificates
        for line in (one.name, *(f"  run {n}: {text}" for n, text in enumerate(one.texts)))
    ]


def run_lines(found: RunComparison) -> list[str]:
    """The runs with their numbers; the others are compared with run 0."""
    names = [read_about(run.folder, run.kind).name for run in found.runs]
    labels = [labeled(str(run.folder), name) for run, name in zip(found.runs, names, strict=True)]
    return [f"run {number}: {label}" for number, label in enumerate(labels)]


def setting_lines(settings: Sequence[FieldDifference]) -> list[str]:
    """Lines with each differing field; packages are only counted."""
    fields = [one for one in settings if not one.field.startswith(PACKAGES)]
    lines = []
    for one in fields:
        lines.append(f"{one.field}:")
        lines += [f"  run {n}: {setting_text(v)}" for n, v in enumerate(one.values)]
    packages = len(settings) - len(fields)
    if packages:
        lines.append(
            f"packages: {packages} differ in version or are in one run only; --json (in Python: "
            "settings) names them"
        )
    return lines or ["configuration: no differences"]


def setting_text(value: Any) -> str:
    """Text of the value of a field; a group of fields is only present or absent."""
    if value is None or value == {}:
        return "-"
    if isinstance(value, dict):
        return "present"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value)


def titled(compared: Sequence[Compared]) -> dict[str, list[Compared]]:
    """Comparisons grouped by the title of their table."""
    found: dict[str, list[Compared]] = {}
    for one in compared:
        found.setdefault(title_of(one), []).append(one)
    return found


def title_of(one: Compared) -> str:
    """Title of the table of a comparison."""
    names = shown_parts(one.names)
    if "protocol" in names:
        return "accuracy of verdicts"
    if "monitor" in names:
        return f"{names['plant']}: {one.quantity}"
    place = f" in the domain {names['domain']}" if "domain" in names else ""
    if "plant" in names:
        pair = f"{names['task']}: {names['weak']} supervises {names['strong']}"
        return f"{pair}, {one.quantity} ({names['plant']})"
    if one.quantity == "weak accuracy":
        return f"{names['task']}: accuracy of supervisors{place}"
    if one.quantity == "ceiling accuracy":
        return f"{names['task']}: ceilings{place}"
    return (
        f"{names['task']}: {names['weak']} supervises {names['strong']}{',' * bool(place)}{place}"
    )


def label_of(one: Compared) -> str:
    """Label of a comparison in its table."""
    names = shown_parts(one.names)
    if "monitor" in names:
        return f"{names['monitor']} at {names['strength']}"
    if "plant" in names:
        return names["method"]
    part = {"weak accuracy": "weak", "ceiling accuracy": "strong", "transfer accuracy": "method"}
    return names[part.get(one.quantity, "protocol")]


def value_text(value: float | None) -> str:
    """Text of an accuracy."""
    return NO_VALUE if value is None else f"{value:.3f}"


def pairing_text(one: Compared) -> str:
    """`paired` or `unpaired`; empty without a difference."""
    return "" if one.value is None else "paired" if one.paired else "unpaired"


def difference_text(one: Compared) -> str:
    """Text of a difference with its interval."""
    if one.value is None:
        return NO_VALUE
    return signed_text(one) + ("" if one.bounded else ", no interval")


def _table(compared: Sequence[Compared], many: bool) -> FittingTable:
    from rich.text import Text

    columns = [Column("", left=True, fold=True), *([Column("run")] if many else [])]
    columns += [
        Column("run 0"),
        Column("this run" if many else "run 1"),
        Column("difference [95%]"),
    ]
    columns += [Column("verdict", left=True), Column("pairing", left=True, optional=True)]
    shown = FittingTable(columns)
    for one in compared:
        cells = [label_of(one), *([str(one.run)] if many else [])]
        cells += [value_text(one.first), value_text(one.second), difference_text(one)]
        verdict = Text(one.verdict, style="dim" if on_few_seeds(one.verdict) else "")
        shown.rows.append((*cells, verdict, pairing_text(one)))
    return shown


def notes(found: RunComparison) -> list[str]:
    """Notes on how to read the comparison."""
    lines = []
    if found.compared:
        of = PAIRED_ON[found.runs[0].kind.name]
        this, count = "run 1" if len(found.runs) == 2 else "this run", len(found.compared)
        over = f"all {count} comparisons" if count > 1 else "1 comparison"
        lines.append(
            f"Differences are {this} minus run 0; paired differences use the same {of}. Intervals "
            f"are 95%. Verdicts are at 0.05, Holm-corrected over {over}."
        )
    elif not found.unchanged:
        lines.append("The runs have no results in common, so no differences are computed.")
    if found.unchanged:
        other = " other" if found.compared else ""
        lines.append(unchanged_text(found, other))
    if any(pairing_text(one) == "unpaired" for one in found.compared):
        lines.append(
            "Unpaired differences treat the runs as independent (Zou & Donner 2008). Their "
            "intervals are wider than intervals of paired differences."
        )
    if found.runs[0].kind is STRESS:
        lines.append(PLANTED)
    lines += shift_notes(found.certificates)
    lines += [f"Run {one.run}: {one.note}." for one in _once(found.compared) if one.note]
    for number, names in enumerate(found.alone):
        if names:
            more = len(names) - MOST_ALONE
            listed = "; ".join(names[:MOST_ALONE])
            lines.append(f"Only in run {number}: {listed}{f'; and {more} more' * (more > 0)}.")
    return lines


def unchanged_text(found: RunComparison, other: str = "") -> str:
    """A sentence on the results that both runs share."""
    if found.runs[0].kind is STRESS:
        noun, verb = ("row", "has") if found.unchanged == 1 else ("rows", "have")
        return f"{found.unchanged}{other} {noun} {verb} the same suspicions in both runs."
    return (
        f"{found.unchanged}{other} accuracies come from the same steps in both runs, so they are "
        "equal on the shared seeds."
    )


def quantities(found: RunComparison) -> str:
    """What is compared, in the plural."""
    return "shares of detected systems" if found.runs[0].kind is STRESS else "accuracies"


def _once(compared: Sequence[Compared]) -> list[Compared]:
    """One comparison per run and note."""
    return list({(one.run, one.note): one for one in compared}.values())
