"""Page: a report as one file that opens offline, runs no script and asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from truing.report.drawing import GROUND, INK, LINE, QUIET, SERIES, SHADES, Drawing

MOST_ROWS = 300  # of a chart's own table; all of them are in its CSV file


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        caption: what it holds.
        columns: headings; that of a column of figures begins with `#`.
        rows: cells. The first of a row is its heading; a row of one cell begins a group.
        note: what must be known to read it.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    @property
    def groups(self) -> list[tuple[str, list[tuple[str, ...]]]]:
        """Rows below the row of one cell that begins their group; `""` before the first."""
        found: list[tuple[str, list[tuple[str, ...]]]] = []
        for row in self.rows:
            if len(row) == 1 < len(self.columns):
                found.append((row[0], []))
            else:
                if not found:
                    found.append(("", []))
                found[-1][1].append(row)
        return found


@dataclass(frozen=True)
class Section:
    """A part of a page under one heading.

    Attributes:
        name: its anchor.
        heading: what it is about.
        paragraphs: plain text.
        drawings, tables: in this order.
        warning: what went wrong in it.
        code: text to be shown as it is.
        folded: shown when it is asked for.
    """

    name: str
    heading: str
    paragraphs: tuple[str, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    tables: tuple[Table, ...] = ()
    warning: str = ""
    code: str = ""
    folded: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Page:
    """A report.

    Attributes:
        title: of the page.
        badges: what must not be missed: `simulated`, the regime.
        lead: what was asked, and what was found, a paragraph each.
        warnings: what is broken, missing or newer than this version.
        sections: the rest.
        foot: who made it.
    """

    title: str
    badges: tuple[str, ...]
    lead: tuple[str, ...]
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]
    foot: str = ""

    @property
    def drawings(self) -> list[Drawing]:
        """All that is drawn on it."""
        return [drawing for section in self.sections for drawing in section.drawings]


def page_html(page: Page) -> str:
    """The page; whatever it holds is text and never markup."""
    return environment().get_template("report.html").render(page=page, **page_head())


def page_head() -> dict[str, Any]:
    """What every page's head needs: the stylesheet, and the policy that allows it and no more."""
    style = stylesheet()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return {"style": style, "policy": policy, "most": MOST_ROWS}


@cache
def stylesheet() -> str:
    """The one stylesheet, with the palette: what drawings hold in light colours, dark on dark."""
    grounds = zip(("ground", "ink", "quiet", "line"), (GROUND, INK, QUIET, LINE), strict=True)
    named = dict(grounds) | {f"series-{at}": shade for at, shade in enumerate(SERIES)}
    light = "".join(f"--{name}:{shade.light};" for name, shade in named.items())
    dark = "".join(f"--{name}:{shade.dark};" for name, shade in named.items())
    names = {shade: name for name, shade in named.items()}
    swapped = "".join(
        f'.drawn [{what}="{shade.light}"]{{{what}:var(--{names[shade]})}}'
        for shade in SHADES
        for what in ("fill", "stroke")
    )
    own = files("truing.report.page").joinpath("templates/report.css").read_text(encoding="utf-8")
    schemes = f":root{{color-scheme:light dark;{light}}}\n"
    schemes += f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    return f"\n{schemes}{swapped}\n{own}"


@cache
def environment() -> Any:
    """The templates; everything that is put into them is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=PackageLoader("truing.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["drawn"] = lambda drawing, number: Markup(drawing.inline(number))
    made.filters["style"] = Markup
    made.filters["cells"] = _cells
    made.filters["broken"] = breakable
    return made


def breakable(text: Any) -> Any:
    """A text, escaped, whose lines may end where a comma stands: between arguments."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r",(?=\S)", ",<wbr>", str(escape(text))))


def _cells(drawing: Drawing) -> Table:
    """A drawing's rows as a table, for those who do not see it."""
    names = [*drawing.rows[0]] if drawing.rows else []
    rows = [tuple(_cell(row[name]) for name in names) for row in drawing.rows[:MOST_ROWS]]
    more = len(drawing.rows) - len(rows)
    note = f"{more} further rows are in charts/{drawing.name}.csv." if more else ""
    heads = tuple(f"#{name}" if _numbers(drawing.rows, name) else name for name in names)
    return Table(f"What is drawn: {drawing.title}", heads, tuple(rows), note)


def _numbers(rows: Sequence[Any], name: str) -> bool:
    return all(isinstance(row[name], int | float | None) for row in rows)


def _cell(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
