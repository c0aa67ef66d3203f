"""Report: run folders, their page and charts, and tables for the terminal."""

from truing.report._figures import interval_text
from truing.report._fit import Column, FittingTable
from truing.report._folder import RunFolder
from truing.report._game import GameFolder
from truing.report._judged import JudgedFolder
from truing.report._judgements import (
    OnMute,
    figures_of,
    measure_judgements,
    notes_of,
    on_mute_of,
    parse_judgement,
)
from truing.report._live import Live, Progress, is_held, read_progress
from truing.report._notebook import OversightResult, ResearchResult
from truing.report._oversight import OversightRun, run_oversight
from truing.report._research import ResearchRun, read_research, report_referee, run_research
from truing.report._run import Result, run
from truing.report._speeches import SpeechCount, count_speeches
from truing.report._table import table
from truing.report._trackers import check_tracker, hand_over
from truing.report.compare import (
    Compared,
    RunComparison,
    compare_runs,
    compare_table,
    comparison_drawing,
    comparison_page,
    write_comparison,
)
from truing.report.drawing import Drawing, Mark, Panel
from truing.report.page import (
    FoundRun,
    Page,
    Section,
    Table,
    draw_help,
    draw_study,
    find_run,
    make_page,
    page_html,
    stylesheet,
    write_report,
)

__all__ = [
    "Column",
    "Compared",
    "Drawing",
    "FittingTable",
    "FoundRun",
    "GameFolder",
    "JudgedFolder",
    "Live",
    "Mark",
    "OnMute",
    "OversightResult",
    "OversightRun",
    "Page",
    "Panel",
    "Progress",
    "ResearchResult",
    "ResearchRun",
    "Result",
    "RunComparison",
    "RunFolder",
    "Section",
    "SpeechCount",
    "Table",
    "check_tracker",
    "compare_runs",
    "compare_table",
    "comparison_drawing",
    "comparison_page",
    "count_speeches",
    "draw_help",
    "draw_study",
    "figures_of",
    "find_run",
    "hand_over",
    "interval_text",
    "is_held",
    "make_page",
    "measure_judgements",
    "notes_of",
    "on_mute_of",
    "page_html",
    "parse_judgement",
    "read_progress",
    "read_research",
    "report_referee",
    "run",
    "run_oversight",
    "run_research",
    "stylesheet",
    "table",
    "write_comparison",
    "write_report",
]
