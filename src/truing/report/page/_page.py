"""Page: a report as one HTML file that opens offline, without scripts or network requests."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from truing.report.drawing import GROUND, INK, LINE, NARROW, QUIET, SERIES, SHADES, Drawing
from truing.report.page._glossary import Glossary
from truing.report.page._transcripts import Transcript

MOST_ROWS = 300  # in the table below a chart; the CSV file contains all rows
MOST_BYTES = 950_000  # of a page


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        caption: caption.
        columns: headings; headings of numeric columns begin with `#`.
        rows: cells. The first cell of a row is its heading; a row of one cell begins a group.
        note: explanation below the table.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    @property
    def groups(self) -> list[tuple[str, list[tuple[str, ...]]]]:
        """Groups of rows with their headings; the heading of rows before the first group is ""."""
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
class Code:
    """Files of a submitted folder, collapsed at first.

    Attributes:
        heading: heading.
        files: path and text of each file, in order.
        note: explanation below the files.
    """

    heading: str
    files: tuple[tuple[str, str], ...]
    note: str = ""


@dataclass(frozen=True)
class Section:
    """A section of a page.

    Attributes:
        name: anchor.
        heading: heading.
        paragraphs: plain text.
        drawings: charts.
        points: short results, as a list.
        tables: tables, collapsed at first.
        warning: error that prevented a part of the section.
        code: preformatted text.
        definitions: terms with their explanations.
        transcripts: conversations, collapsed at first.
        codes: files of submitted folders, collapsed at first.
        links: files of the run folder.
        collapsed: the whole section is collapsed at first, and its tables are not.
        unfolded: the tables are not collapsed.
    """

    name: str
    heading: str
    paragraphs: tuple[str, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    points: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    warning: str = ""
    code: str = ""
    definitions: Mapping[str, str] = field(default_factory=dict)
    transcripts: tuple[Transcript, ...] = ()
    codes: tuple[Code, ...] = ()
    links: tuple[str, ...] = ()
    collapsed: bool = False
    unfolded: bool = False


Recipe = tuple[str, str, Callable[[], Section]]
"""Anchor and heading of a section, and the function that makes it."""


@dataclass(frozen=True)
class Page:
    """A report.

    Attributes:
        title: title of the page.
        badges: labels beside the date, such as `Simulated` and the training regime.
        finding: the main result with its interval, in one or two sentences.
        chart: the large chart of the first screen; None if there is nothing to draw.
        lead: paragraphs after the first screen: the question, and more results.
        warnings: parts of the folder that are broken, missing or newer than this version.
        sections: the sections.
        name: name of the run folder.
        date: start of the run.
        command: command that makes the same run again; empty if there is none.
        glossary: explanations of terms and names.
        foot: version and command that made the page.
    """

    title: str
    badges: tuple[str, ...]
    finding: tuple[str, ...]
    chart: Drawing | None
    lead: tuple[str, ...]
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]
    name: str = ""
    date: str = ""
    command: str = ""
    glossary: Glossary = field(default_factory=lambda: Glossary({}, {}))
    foot: str = ""

    @property
    def drawings(self) -> list[Drawing]:
        """All drawings of the page; the first is the chart of the first screen."""
        first = [self.chart] if self.chart else []
        return first + [drawing for section in self.sections for drawing in section.drawings]

    @property
    def text(self) -> str:
        """The words of the page, to find the terms that it uses."""
        return "\n".join([*self.finding, *self.lead, *self.badges, *_words(self)])


def _words(page: Page) -> Iterator[str]:
    for section in page.sections:
        yield from (section.heading, *section.paragraphs, *section.points)
        for table in section.tables:
            yield from (table.caption, *(one.removeprefix("#") for one in table.columns))
            yield table.note
            yield from (cell for row in table.rows for cell in row)
    for drawing in page.drawings:
        yield from (drawing.title, drawing.reading, *(mark.name for mark in drawing.marks))


def page_html(page: Page) -> str:
    """HTML of a page. All content is escaped.

    A page that would be too large leaves out the drawings for phones, and then the data of the
    charts, which are also in CSV files.
    """
    template = environment().get_template("report.html")
    names = page.glossary.every
    made = ""
    for narrow, most in ((True, MOST_ROWS), (False, MOST_ROWS), (False, 0)):
        made = template.render(page=page, names=names, narrow=narrow, most=most, **page_head())
        if len(made.encode()) <= MOST_BYTES:
            break
    return made


def page_head() -> dict[str, Any]:
    """Values for the head of a page: the stylesheet, and a security policy that allows only it."""
    style = stylesheet()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return {"style": style, "policy": policy}


@cache
def stylesheet() -> str:
    """The stylesheet with the palette; it replaces light colors of drawings in dark mode."""
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
    """The Jinja environment of the templates, which escapes all values."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=PackageLoader("truing.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["drawn"] = _drawn
    made.filters["style"] = Markup
    made.filters["cells"] = _cells
    made.filters["broken"] = breakable
    made.filters["explained"] = _explained
    made.filters["named"] = _explained_name
    return made


def breakable(text: Any) -> Any:
    """An escaped text that may wrap after `,` and `=`, between the parts of a name."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"([,=])(?=\S)", r"\1<wbr>", str(escape(text))))


def _drawn(drawing: Drawing, number: int, narrow: bool, names: Mapping[str, str]) -> Any:
    from markupsafe import Markup

    return Markup(drawing.inline(number, NARROW if narrow else drawing.layout, names))


def _explained(text: str, glossary: Glossary) -> Any:
    """An escaped text; the first use of a term is explained when the pointer is on it."""
    from markupsafe import Markup

    made, end = Markup(""), 0
    for word, found in _first_uses(glossary.pattern.finditer(text)).items():
        made += breakable(text[end : found.start()]) + _abbreviated(word, glossary.every[word])
        end = found.end()
    return made + breakable(text[end:])


def _first_uses(every: Iterable[re.Match[str]]) -> dict[str, re.Match[str]]:
    found: dict[str, re.Match[str]] = {}
    for one in every:
        found.setdefault(one[0], one)
    return found


def _explained_name(text: str, names: Mapping[str, str]) -> Any:
    """An escaped text; if it is a name, it is explained when the pointer is on it."""
    return _abbreviated(text, names[text]) if text in names else breakable(text)


def _abbreviated(text: str, title: str) -> Any:
    from markupsafe import Markup

    return Markup('<abbr title="{}">{}</abbr>').format(title, breakable(text))


def _cells(drawing: Drawing, most: int) -> Table:
    """Table of the rows of a drawing, for readers who do not see the chart."""
    names = [*drawing.rows[0]] if drawing.rows else []
    rows = [tuple(_cell(row[name]) for name in names) for row in drawing.rows[:most]]
    more = len(drawing.rows) - len(rows)
    note = f"{more} more rows are in charts/{drawing.name}.csv." if more else ""
    heads = tuple(f"#{name}" if _numbers(drawing.rows, name) else name for name in names)
    return Table(f"Data of the chart: {drawing.title}", heads, tuple(rows), note)


def _numbers(rows: Sequence[Any], name: str) -> bool:
    return all(isinstance(row[name], int | float | None) for row in rows)


def _cell(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
