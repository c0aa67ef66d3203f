"""Table of the finalists of a research run for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from truing.given import shown as shown_name
from truing.report._fit import Column, FittingTable
from truing.report._texts import p_text, signed_text
from truing.research import ResearchReport
from truing.research.problems import TIERS

if TYPE_CHECKING:
    from rich.console import RenderableType


def finalists_table(reports: Mapping[str, ResearchReport]) -> RenderableType:
    """Mean gain of each finalist on each tier, and the verdict on its sealed gain."""
    from rich.console import Group
    from rich.text import Text

    columns = [Column(name, left=True, fold=True) for name in ("researcher", "method")]
    columns += [Column(name) for name in (*TIERS.values(), "p (Holm)")]
    shown = FittingTable([*columns, Column("verdict", left=True)])
    for name, report in reports.items():
        for one in report.finalists:
            scores = [one.scores[tier] for tier in TIERS]
            texts = ["" if score is None else signed_text(score) for score in scores]
            method = one.content or f"a file: {one.claim}"
            shown.rows.append(
                (shown_name(name, reports), method, *texts, p_text(one.p_holm), one.verdict)
            )
    if not shown.rows:
        return "no finalists: no method could be scored"
    legend = (
        "climb, sealed, other tasks: accuracy difference from the baseline, mean over tasks. "
        "verdict: on the sealed gain, Holm-corrected over all submitted methods."
    )
    return Group(shown, Text(f"\n{legend}"))
