"""Compare: differences between runs, in their configuration and in their results."""

from truing.report.compare._compare import RunComparison, compare_runs
from truing.report.compare._compared import Compared, unpaired_difference
from truing.report.compare._logs import logs_page, write_logs
from truing.report.compare._page import (
    comparison_drawing,
    comparison_finding,
    comparison_page,
    write_comparison,
)
from truing.report.compare._table import compare_table, label_of, notes, titled

__all__ = [
    "Compared",
    "RunComparison",
    "compare_runs",
    "compare_table",
    "comparison_drawing",
    "comparison_finding",
    "comparison_page",
    "label_of",
    "logs_page",
    "notes",
    "titled",
    "unpaired_difference",
    "write_comparison",
    "write_logs",
]
