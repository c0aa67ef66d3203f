"""Fitting table: a table for the terminal that never truncates a number or a verdict."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

GAP = 2  # spaces between columns
NARROWEST = 12  # characters per line of a folded name
READABLE = 30  # characters per line of a folded name, if all columns are shown
PARTS = re.compile(r" (?=[\[(A-Za-z])(?!inf\])")  # where a cell may break: interval or word
BREAKS = (" ", ",/:", "-_=+")  # characters after which a name is folded, best first


@dataclass(frozen=True)
class Column:
    """A column of a fitting table.

    Attributes:
        heading: name of the column; may be empty.
        left: left-aligned, for names; numbers are right-aligned.
        min_width: minimum width in characters, if there is room.
        fold: if the table is too wide, long cells are folded: for names and sentences.
        optional: if the table is too wide, this column is left out first.
    """

    heading: str
    left: bool = False
    min_width: int = 0
    fold: bool = False
    optional: bool = False


@dataclass(init=False)
class FittingTable:
    """A table that adapts to the width of the terminal.

    If the columns do not fit, empty columns are left out, and long names are folded into lines of
    30 characters or more. Then optional columns are left out, and names are folded further. Then
    verdicts, and at last intervals, are written below their number. If the table still does not
    fit, each row becomes lines of `heading: value`.

    Attributes:
        columns: the columns.
        rows: rows with one cell per column.

    Examples:
        >>> from rich.console import Console
        >>> from truing.report import Column, FittingTable
        >>> columns = [Column("method", left=True, fold=True), Column("PGR [95%]")]
        >>> rows = [("confidence,alpha_max=0.75", "0.42 [0.31, 0.55]")]
        >>> Console(width=34).print(FittingTable(columns, rows))
        method                   PGR [95%]
        confidence,      0.42 [0.31, 0.55]
         alpha_max=0.75
    """

    columns: Sequence[Column]
    rows: list[Sequence[Text | str]]

    def __init__(
        self, columns: Sequence[Column], rows: Iterable[Sequence[Text | str]] = ()
    ) -> None:
        self.columns, self.rows = columns, list(rows)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Any]:
        from rich.text import Text

        widths = self._layout(options.max_width)
        if widths is None:
            yield from self._listed()
            return
        yield from self._table(widths)
        missing = [self.columns[i].heading for i in self._filled() if i not in widths]
        if missing:
            yield Text(f"(not shown at this width: {', '.join(missing)})", style="dim")

    def _layout(self, room: int) -> dict[int, int] | None:
        """Width of each shown column: the first layout that fits; None if no layout fits."""
        every, filled = list(range(len(self.columns))), self._filled()
        needed = [i for i in filled if not self.columns[i].optional]
        words = [i for i in needed if self.columns[i].left]
        for kept, roomy, broken, least in (
            (every, True, [], None),
            (every, False, [], None),
            (filled, False, [], None),
            (filled, False, [], READABLE),
            (needed, False, [], NARROWEST),
            (needed, False, words, NARROWEST),
            (needed, False, needed, NARROWEST),
        ):
            widths = {i: self._width(i, roomy, i in broken) for i in kept}
            if least:
                self._fold(widths, room, least)
            if _total(widths) <= room:
                return widths
        return None

    def _filled(self) -> list[int]:
        """Columns that are not empty."""
        every = range(len(self.columns))
        return [i for i in every if any(_plain(row[i]).plain for row in self.rows)]

    def _width(self, i: int, roomy: bool, broken: bool) -> int:
        """Width of a column without folding; `broken`: before its intervals and words."""
        from rich.cells import cell_len

        column = self.columns[i]
        texts = [column.heading, *(_plain(row[i]).plain for row in self.rows)]
        if broken and not column.fold:
            texts = [part for text in texts for part in PARTS.split(text)]
        return max(map(cell_len, [*texts, " " * column.min_width * roomy]))

    def _fold(self, widths: dict[int, int], room: int, least: int) -> None:
        """Narrow the columns that can be folded, always the widest, until the table fits."""
        while (excess := _total(widths) - room) > 0:
            wide = {i: widths[i] for i in widths if self.columns[i].fold and widths[i] > least}
            if not wide:
                return
            widest = max(wide, key=wide.__getitem__)
            next_widest = max([least + 1, *(wide[i] for i in wide if i != widest)])
            widths[widest] = max(next_widest - 1, widths[widest] - excess)

    def _table(self, widths: dict[int, int]) -> Iterator[Text]:
        """The lines of the table, without spaces at their ends."""
        from rich.text import Text

        headings = [Text(column.heading, style="bold") for column in self.columns]
        for cells in (headings, *self.rows):
            columns = {i: self._lines(i, cells[i], width) for i, width in widths.items()}
            if cells is headings and not any(lines[0].plain for lines in columns.values()):
                continue
            for n in range(max(map(len, columns.values()))):
                parts = [
                    self._aligned(i, lines[n] if n < len(lines) else Text(), widths[i])
                    for i, lines in columns.items()
                ]
                line = Text(" " * GAP).join(parts)
                line.rstrip()
                yield line

    def _aligned(self, i: int, line: Text, width: int) -> Text:
        aligned = line.copy()
        aligned.align("left" if self.columns[i].left else "right", width)
        return aligned

    def _lines(self, i: int, cell: Text | str, width: int) -> list[Text]:
        """A cell in lines of a width; the further lines of a name are indented."""
        from rich.text import Text

        text = _plain(cell)
        indented = len(text.plain) - len(text.plain.lstrip()) + 1
        indent = " " * indented if self.columns[i].fold and i == 0 else ""
        at = (_folds if self.columns[i].fold else _value_breaks)(text.plain, width, len(indent))
        lines = list(text.divide(at))
        for line in lines:
            line.rstrip()
        return [lines[0], *(Text(indent).append(line) for line in lines[1:])]

    def _listed(self) -> Iterator[Any]:
        from rich.padding import Padding
        from rich.text import Text

        for row in self.rows:
            for i, (column, cell) in enumerate(zip(self.columns, row, strict=True)):
                text = _plain(cell)
                if not text.plain:
                    continue
                named = Text.assemble(f"{column.heading}: " if column.heading and i else "", text)
                yield Padding(FoldedText(named), (0, 0, 0, 2 if i else 0))


@dataclass(frozen=True)
class FoldedText:
    """A text with long names, which are folded as in a fitting table and never break inside a word.

    Attributes:
        text: the text; may have several lines.

    Examples:
        >>> from rich.console import Console
        >>> from truing.report import FoldedText
        >>> Console(width=34).print(FoldedText("run 0: composition,targets=confidence,alpha=0.75"))
        run 0: composition,
        targets=confidence,alpha=0.75
    """

    text: Text | str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        for line in _plain(self.text).split("\n", allow_blank=True):
            for part in line.divide(_folds(line.plain, options.max_width, 0)):
                part.rstrip()
                yield part


def _plain(cell: Text | str) -> Text:
    """A cell as text without markup."""
    from rich.text import Text

    return cell if isinstance(cell, Text) else Text(cell)


def _total(widths: dict[int, int]) -> int:
    """Width of a table, with the gaps between its columns."""
    return sum(widths.values()) + GAP * (len(widths) - 1)


def _folds(name: str, width: int, indent: int) -> list[int]:
    """Positions at which a name or sentence is folded, so that each line fits."""
    from rich.cells import cell_len, chop_cells

    at, room = [0], width
    while cell_len(name[at[-1] :]) > room:
        head = chop_cells(name[at[-1] :], room)[0]
        ends = [max(head.rfind(one) + 1 for one in kind) for kind in BREAKS]
        far = next((end for end in ends if 3 * end > len(head)), max(ends))
        at.append(at[-1] + (far or len(head)))  # inside a word only if it is longer than a line
        room = width - indent
    return at[1:]


def _value_breaks(text: str, width: int, indent: int) -> list[int]:
    """Positions at which a value breaks, before its interval or a word, so that each line fits."""
    from rich.cells import cell_len

    at, last = [0], 0
    for end in [*(found.end() for found in PARTS.finditer(text)), len(text)]:
        if cell_len(text[at[-1] : end].rstrip()) > width and last > at[-1]:
            at.append(last)
        last = end
    return at[1:]
