"""Report: the run folder, the chart and the table of a study."""

from truing.report._chart import chart, draw
from truing.report._figures import interval_text
from truing.report._folder import RunFolder
from truing.report._help_chart import draw_help, help_chart
from truing.report._judged import JudgedFolder
from truing.report._oversight import OversightRun, run_oversight
from truing.report._research import ResearchRun, read_research, run_research
from truing.report._research_chart import draw_research, research_chart
from truing.report._run import Result, run
from truing.report._table import table

__all__ = [
    "JudgedFolder",
    "OversightRun",
    "ResearchRun",
    "Result",
    "RunFolder",
    "chart",
    "draw",
    "draw_help",
    "draw_research",
    "help_chart",
    "interval_text",
    "read_research",
    "research_chart",
    "run",
    "run_oversight",
    "run_research",
    "table",
]
