"""Report: pages, charts and comparisons of run folders, and tables for the terminal."""

from truing.report._console import as_text
from truing.report._finalists_table import finalists_table
from truing.report._fit import Column, FittingTable
from truing.report._notebook import (
    OVERSIGHT_SIMULATED,
    STUDY_SIMULATED,
    folder_drawings,
    folder_html,
    image_source,
    notebook_html,
    protocol_table,
    research_table,
    study_table,
)
from truing.report._outcome_table import OutcomeRow, outcome_rows, outcome_table
from truing.report._protocol_rows import ProtocolRow, protocol_rows, protocol_summary
from truing.report._table import table
from truing.report._texts import estimate_text, interval_text, p_text, signed_text
from truing.report.compare import (
    Compared,
    RunComparison,
    compare_runs,
    compare_table,
    comparison_drawing,
    comparison_finding,
    comparison_page,
    write_comparison,
)
from truing.report.drawing import Drawing, Mark, Subplot
from truing.report.page import (
    Page,
    RunFacts,
    Section,
    Table,
    draw_finalists,
    draw_help,
    draw_oversight,
    draw_study,
    keep_report,
    make_page,
    page_html,
    read_facts,
    stylesheet,
    write_report,
)

__all__ = [
    "OVERSIGHT_SIMULATED",
    "STUDY_SIMULATED",
    "Column",
    "Compared",
    "Drawing",
    "FittingTable",
    "Mark",
    "OutcomeRow",
    "Page",
    "ProtocolRow",
    "RunComparison",
    "RunFacts",
    "Section",
    "Subplot",
    "Table",
    "as_text",
    "compare_runs",
    "compare_table",
    "comparison_drawing",
    "comparison_finding",
    "comparison_page",
    "draw_finalists",
    "draw_help",
    "draw_oversight",
    "draw_study",
    "estimate_text",
    "finalists_table",
    "folder_drawings",
    "folder_html",
    "image_source",
    "interval_text",
    "keep_report",
    "make_page",
    "notebook_html",
    "outcome_rows",
    "outcome_table",
    "p_text",
    "page_html",
    "protocol_rows",
    "protocol_summary",
    "protocol_table",
    "read_facts",
    "research_table",
    "signed_text",
    "study_table",
    "stylesheet",
    "table",
    "write_comparison",
    "write_report",
]
