"""Page: the report of a run folder as one HTML file that opens offline."""

from truing.report.page._around import date_of, with_glossary
from truing.report.page._game_section import draw_game, game_table
from truing.report.page._glossary import COMPARED_TERMS, Glossary
from truing.report.page._help_chart import draw_help
from truing.report.page._judged_charts import draw_oversight
from truing.report.page._page import (
    Page,
    Section,
    Table,
    breakable,
    environment,
    page_html,
    stylesheet,
)
from truing.report.page._pgr_marks import SHOWN
from truing.report.page._planted_section import planted_table
from truing.report.page._pressure_chart import draw_pressure
from truing.report.page._research_drawings import draw_finalists
from truing.report.page._shift_section import shift_table
from truing.report.page._stress_charts import draw_stress
from truing.report.page._stress_finding import stress_finding
from truing.report.page._stress_section import BADGE
from truing.report.page._stress_tables import detection_table, power_table
from truing.report.page._study_charts import draw_study
from truing.report.page._write import RunFacts, keep_report, make_page, read_facts, write_report

__all__ = [
    "BADGE",
    "COMPARED_TERMS",
    "SHOWN",
    "Glossary",
    "Page",
    "RunFacts",
    "Section",
    "Table",
    "breakable",
    "date_of",
    "detection_table",
    "draw_finalists",
    "draw_game",
    "draw_help",
    "draw_oversight",
    "draw_pressure",
    "draw_stress",
    "draw_study",
    "environment",
    "game_table",
    "keep_report",
    "make_page",
    "page_html",
    "planted_table",
    "power_table",
    "read_facts",
    "shift_table",
    "stress_finding",
    "stylesheet",
    "with_glossary",
    "write_report",
]
