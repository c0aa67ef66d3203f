"""HTML of a run for notebooks: its first chart and its first table."""

from __future__ import annotations

import base64
from pathlib import Path

from truing.errors import UserError
from truing.report.page import environment, make_page
from truing.runs import find_run


def show(folder: Path) -> str | None:
    """HTML of the first chart and the first table of report.html.

    Returns None, so that the notebook shows plain text, if the folder no longer contains a run.
    """
    try:
        page = make_page(find_run(folder))
    except UserError:
        return None
    tables = [table for section in page.sections for table in section.tables]
    drawn = page.drawings[:1]
    pictures = [base64.b64encode(one.svg.encode()).decode() for one in drawn]
    shown = zip(drawn, pictures, strict=True)
    template = environment().get_template("notebook.html")
    return template.render(page=page, tables=tables[:1], shown=list(shown), folder=folder)
