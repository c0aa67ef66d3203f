"""Report: pages, charts and comparisons of run folders, and tables for the terminal."""

from truing.report._fit import Column, FittingTable
from truing.report._notebook import show
from truing.report._protocol_rows import ProtocolRow, protocol_rows, protocol_summary
from truing.report._table import table
from truing.report._texts import estimate_text, interval_text, signed_text
from truing.report.compare import (
    Compared,
    RunComparison,
    compare_runs,
    compare_table,
    comparison_drawing,
    comparison_page,
    write_comparison,
)
from truing.report.drawing import ChartPanel, Drawing, Mark
from truing.report.page import (
    Page,
    RunFacts,
    Section,
    Table,
    draw_finalists,
    draw_help,
    draw_study,
    keep_report,
    make_page,
    page_html,
    read_facts,
    stylesheet,
    write_report,
)

__all__ = [
    "ChartPanel",
    "Column",
    "Compared",
    "Drawing",
    "FittingTable",
    "Mark",
    "Page",
    "ProtocolRow",
    "RunComparison",
    "RunFacts",
    "Section",
    "Table",
    "compare_runs",
    "compare_table",
    "comparison_drawing",
    "comparison_page",
    "draw_finalists",
    "draw_help",
    "draw_study",
    "estimate_text",
    "interval_text",
    "keep_report",
    "make_page",
    "page_html",
    "protocol_rows",
    "protocol_summary",
    "read_facts",
    "show",
    "signed_text",
    "stylesheet",
    "table",
    "write_comparison",
    "write_report",
]
