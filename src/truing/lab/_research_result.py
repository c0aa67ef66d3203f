"""Result of a research run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing.calls import checked
from truing.errors import UserError
from truing.lab._frame import to_frame
from truing.lab._run_result import RunResult
from truing.lab._select import select_names
from truing.report import (
    RESEARCH_SIMULATED,
    Drawing,
    draw_finalists,
    folder_drawings,
    notebook_html,
    research_summary,
    research_table,
    with_notes,
)
from truing.research import ReportedFinalist, ResearchReport, best_finalist
from truing.research.researchers import Researcher, give_researchers
from truing.wording import counted

if TYPE_CHECKING:
    from rich.console import RenderableType


ResearcherLike = str | Researcher | Callable[..., Researcher] | Sequence[Any]


@dataclass(frozen=True, repr=False)
class ResearchResult(RunResult[ReportedFinalist]):
    """Report of each researcher. The rows are the finalists of all researchers.

    `print(result)` prints the summary of the command line: the best finalist of each researcher by
    sealed gain, its gain and its verdict. A loop over the result yields all finalists.

    Attributes:
        reports: report by name of the researcher.
        folder: the run folder.
        simulated: whether a program took the place of a model, or questions were generated.

    Examples:
        >>> import truing
        >>> from truing.research import Budget, ChooseProtocol, ResearchConfig
        >>> problem = ChooseProtocol(cases=10, seeds=2)
        >>> config = ResearchConfig(problem=problem, budget=Budget(each=2), finalists=1)
        >>> result = truing.run(truing.ResearchRun(researchers="random", config=config))
        >>> list(result.reports)
        ['random']
        >>> result.best().researcher
        'random'
    """

    reports: Mapping[str, ResearchReport]
    folder: Path
    simulated: bool = False

    @property
    def rows(self) -> tuple[ReportedFinalist, ...]:
        """The finalists of all researchers, best first for each researcher."""
        return tuple(one for report in self.reports.values() for one in report.finalists)

    def best(self) -> ReportedFinalist:
        """The best finalist by sealed gain, of all researchers: see `best_finalist`.

        The gain of the best of many finalists is too high on average, because part of it is luck on
        these items. Its verdict is Holm-corrected over all submitted methods, its interval is not.

        Raises:
            UserError: no finalist has a gain on the sealed items.
        """
        best = best_finalist(self.rows)
        if best is None:
            raise UserError("no finalist has a gain on the sealed items, so there is no best one")
        return best

    @checked
    def filter(self, *, researcher: ResearcherLike) -> ResearchResult:
        """The result of some researchers only.

        Args:
            researcher: a name, an object that the run was given, or a list of these.

        Raises:
            UnknownNameError: no researcher has this name.
        """
        names = select_names("researcher", give_researchers(researcher), list(self.reports))
        return replace(self, reports={k: v for k, v in self.reports.items() if k in names})

    def to_pandas(self) -> Any:
        """Data frame with one row per finalist, tier and task: the gain and its 95% interval.

        Raises:
            UserError: pandas is not installed.
        """
        return to_frame(
            {
                "researcher": name,
                "place": place,
                "tier": tier,
                "task": gain.task,
                "gain": gain.value,
                "gain_low": gain.low,
                "gain_high": gain.high,
            }
            for name, report in self.reports.items()
            for place, one in enumerate(report.finalists, 1)
            for tier, gains in one.gains.items()
            for gain in gains
        )

    def _rows(self) -> Sequence[ReportedFinalist]:
        return self.rows

    def _drawings(self) -> Sequence[Drawing]:
        own = draw_finalists(self.reports)
        others = [one for one in folder_drawings(self.folder) if one.name != own.name]
        return (own, *others)

    def _table(self) -> RenderableType:
        return with_notes(research_summary(self.reports), self._notes)

    @property
    def _notes(self) -> list[str]:
        return [RESEARCH_SIMULATED] if self.simulated else []

    def _repr_html_(self) -> str:
        title = f"Research run, {counted(len(self), 'finalist')}"
        drawings = self._drawings()[:1]
        tables = [research_table(self.reports)]
        return notebook_html(title, tables, drawings, self.folder, self._notes)
