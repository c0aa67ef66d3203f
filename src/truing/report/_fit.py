"""Fitting table: a table for the terminal that never truncates a number or a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

GAP = 2  # spaces between columns


@dataclass(frozen=True)
class Column:
    """A column of a fitting table.

    Attributes:
        heading: name of the column; may be empty.
        left: left-aligned, for names; numbers are right-aligned.
        min_width: minimum width in characters, if there is room.
    """

    heading: str
    left: bool = False
    min_width: int = 0


@dataclass
class FittingTable:
    """A table that adapts to the width of the terminal, pipe or file.

    If the columns do not fit, empty columns are left out. If the other columns still do not fit,
    each row is folded into lines of `heading: value`.

    Attributes:
        columns: the columns.
        rows: rows with one cell per column.
    """

    columns: Sequence[Column]
    rows: list[Sequence[Text | str]] = field(default_factory=list)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Any]:
        every = range(len(self.columns))
        filled = [i for i in every if any(_plain(row[i]).plain for row in self.rows)]
        for kept, roomy in ((every, True), (every, False), (filled, False)):
            if sum(self._widths(kept, roomy)) <= options.max_width:
                yield self._table(kept, roomy)
                return
        yield from self._folded()

    def _widths(self, kept: Sequence[int], roomy: bool = False) -> list[int]:
        """Width of each column in characters, including the gap before the next column."""
        from rich.cells import cell_len

        widths = []
        for i in kept:
            cells = [_plain(self.columns[i].heading), *(_plain(row[i]) for row in self.rows)]
            longest = max(cell_len(cell.plain) for cell in cells)
            widths.append(max(longest, self.columns[i].min_width if roomy else 0) + GAP)
        return [*widths[:-1], widths[-1] - GAP]

    def _table(self, kept: Sequence[int], roomy: bool = False) -> Any:
        from rich.table import Table

        table = Table(box=None, pad_edge=False)
        for i in kept:
            column = self.columns[i]
            table.add_column(
                column.heading,
                justify="left" if column.left else "right",
                no_wrap=True,
                min_width=column.min_width if roomy else None,
            )
        for row in self.rows:
            table.add_row(*(_plain(row[i]) for i in kept))
        return table

    def _folded(self) -> Iterator[Any]:
        from rich.padding import Padding
        from rich.text import Text

        for row in self.rows:
            for i, (column, cell) in enumerate(zip(self.columns, row, strict=True)):
                text = _plain(cell)
                if not text.plain:
                    continue
                named = Text.assemble(f"{column.heading}: " if column.heading and i else "", text)
                yield Padding(named, (0, 0, 0, 2 if i else 0))


def _plain(cell: Text | str) -> Text:
    """A cell as text without markup."""
    from rich.text import Text

    return cell if isinstance(cell, Text) else Text(cell)
