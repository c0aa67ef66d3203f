"""Plan line: a result row before it is computed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from truing.methods import Control
from truing.students import ModelSize
from truing.studies._row import HOME, Ceiling
from truing.studies._step import Step
from truing.studies._stressed import Stressed


@dataclass(frozen=True)
class HelpSteps:
    """Comparisons of a helped judge and its student with those of the same judge without help."""

    unaided: str
    supervisor: Step
    student: Step


@dataclass(frozen=True)
class PlantedLine:
    """Planted results of a row before they are computed.

    Attributes:
        stressed: the plant and its strength.
        score: PGR of the planted student.
        inherit: inheritance of planted errors.
        compare: difference in inheritance from naive training; None for naive, or without it.
    """

    stressed: Stressed
    score: Step
    inherit: Step
    compare: Step | None

    @property
    def steps(self) -> tuple[Step, ...]:
        """Steps whose results are in the planted row."""
        own = (self.score, self.inherit, self.compare)
        return tuple(step for step in own if step)


@dataclass(frozen=True)
class PlanLine:
    """A result row before it is computed: its names and steps."""

    task: str
    weak: str
    strong: str
    method: str
    regime: str
    size: ModelSize | None
    simulated: bool
    control: Control | None
    score: Step
    compare: Step | None
    diagnose: Step | None
    help: HelpSteps | None
    best_of_n: Step | None = None
    uncertainty: Step | None = None
    domain: str = HOME
    ceiling: Ceiling = "home"
    domains: tuple[PlanLine, ...] = ()
    shift: Step | None = None
    planted: tuple[PlantedLine, ...] = ()

    def in_domain(
        self, domain: str, ceiling: Ceiling, score: Step, compare: Step | None
    ) -> PlanLine:
        """The line of a domain, with other scores and without further measures."""
        return replace(
            self,
            domain=domain,
            ceiling=ceiling,
            score=score,
            compare=compare,
            diagnose=None,
            help=None,
            best_of_n=None,
            uncertainty=None,
            planted=(),
        )

    @property
    def steps(self) -> tuple[Step, ...]:
        """Steps whose results are in the row, in the rows of its domains and in planted rows."""
        helped = (self.help.supervisor, self.help.student) if self.help else ()
        own = (
            self.score,
            self.compare,
            self.diagnose,
            self.best_of_n,
            self.uncertainty,
            self.shift,
        )
        elsewhere = [step for line in self.domains for step in line.steps]
        planted = [step for line in self.planted for step in line.steps]
        return tuple(step for step in (*own, *helped, *elsewhere, *planted) if step)
