"""RunResult: what the results of all kinds of runs have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from truing.errors import CallError
from truing.lab._chart import Chart
from truing.report import Drawing, as_text
from truing.wording import counted

if TYPE_CHECKING:
    from rich.console import RenderableType

R = TypeVar("R")


class RunResult(Sequence[R]):
    """Result of a run: rows, and ways to print, draw and export them.

    `print(result)` prints the table of the command line. In a notebook, the last line of a cell
    displays tables with the comparisons and their verdicts, then a chart. A result is a sequence of
    its rows: `len(result)`, `result[0]`, `result[-2:]` and loops work as with a tuple.

    Attributes:
        folder: the run folder.
    """

    folder: Path

    @property
    def charts(self) -> tuple[str, ...]:
        """Names of the charts that `plot` draws; the first is the default."""
        return tuple(one.name for one in self._drawings())

    def plot(self, chart: str | None = None) -> Chart:
        """Draw a chart. `.save("chart.svg")` writes it as a file (`.svg`, `.png`, `.pdf`).

        Args:
            chart: name of the chart, one of `charts`; by default the first.

        Raises:
            UnknownNameError: the result has no such chart.
        """
        return Chart.among(self._drawings(), chart)

    @abstractmethod
    def to_pandas(self) -> Any:
        """The result as a pandas data frame."""

    @abstractmethod
    def _rows(self) -> Sequence[R]:
        """The rows."""

    @abstractmethod
    def _drawings(self) -> Sequence[Drawing]:
        """The charts; the first is the default."""

    @abstractmethod
    def _table(self) -> RenderableType:
        """The table for the terminal."""

    @overload
    def __getitem__(self, at: int) -> R: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[R]: ...
    def __getitem__(self, at: int | slice) -> R | Sequence[R]:
        if isinstance(at, slice):
            return tuple(self._rows())[at]
        try:
            number = index(at)
        except TypeError:
            raise CallError(
                f"rows of a result have numbers, such as result[0], got {at!r}; "
                "result.filter(...) finds rows by name"
            ) from None
        if not -len(self) <= number < len(self):
            raise IndexError(f"the result has {counted(len(self), 'row')}, got the number {number}")
        return self._rows()[number]

    def __len__(self) -> int:
        return len(self._rows())

    def __iter__(self) -> Iterator[R]:
        return iter(self._rows())

    def __str__(self) -> str:
        return as_text(self._table())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({counted(len(self), 'row')}, folder={str(self.folder)!r})"
