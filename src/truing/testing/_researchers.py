"""Contract of researchers that run in this process."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from truing.research import Budget, MethodCard, Referee, ResearchConfig, spend_budget
from truing.research.researchers import RESEARCHERS, Researcher
from truing.specification import Specification
from truing.testing._contract import Checked, Contract, require
from truing.testing._planted_problem import PlantedProblem, Worth
from truing.testing._watched import Watched, watch

BUDGET, STEP = 10, 0.02  # submissions, and the smallest released step
CONFIG = ResearchConfig(
    budget=Budget(each=BUDGET, all=BUDGET), step=STEP, min_step_se=0.0, files=False
)


def check_researcher(researcher: str | Researcher) -> Checked:
    """Check a researcher on planted problems, on which nothing is trained.

    Args:
        researcher: name of a researcher, `path/to/file.py:name`, or a `Researcher`.

    Returns:
        The conditions that were checked.

    Raises:
        ContractError: a condition is violated. The message names the condition and a remedy.
        UserError: there is no such researcher.

    Examples:
        >>> from truing.testing import check_researcher
        >>> print(check_researcher("random"))
        researcher 'random': 9 conditions are satisfied
        - its mechanism fits into a method card
        - each proposal is a composition of the given space
        - it proposes enough different compositions to spend its budget
        - the same seed and the same released scores lead to the same proposals
        - exact scores, which are not released, have no effect
        - no ground truth is read from a vault
        - it continues if each method fails
        - it continues if no score is released
        - it continues if each proposal is refused
    """
    if isinstance(researcher, str):
        built = RESEARCHERS.build(researcher).value
        return RESEARCHER.check(researcher, _ResearcherCase(built))
    return RESEARCHER.check(researcher.begin.__qualname__, _ResearcherCase(researcher))


def _rising(content: str) -> float:
    """One step more for each argument that differs from its default, and a half step."""
    return STEP * (len(Specification.parse(content).arguments) + 0.5)


@dataclass(frozen=True)
class _ResearcherCase:
    researcher: Researcher

    @cached_property
    def first(self) -> tuple[PlantedProblem, Watched]:
        """A watched run in which some scores are released."""
        with watch() as watched:
            return self.spend(_rising), watched

    @property
    def run(self) -> PlantedProblem:
        """The problem of the first run."""
        return self.first[0]

    def spend(self, worth: Worth, refuses: bool = False) -> PlantedProblem:
        """Let the researcher spend its budget with a referee, always with the same seed."""
        problem = PlantedProblem(worth, refuses)
        with tempfile.TemporaryDirectory() as folder:
            referee = Referee(Path(folder), CONFIG, problem)
            try:
                spend_budget(referee, "checked", self.researcher)
            finally:
                referee.ledger.close()
        return problem


RESEARCHER: Contract[_ResearcherCase] = Contract("researcher")


@RESEARCHER.condition("its mechanism fits into a method card")
def _mechanism(case: _ResearcherCase) -> None:
    text = case.researcher.mechanism
    try:
        MethodCard(claim="a claim", mechanism=text, expected_effect=STEP)
    except ValueError:
        fits = False
    else:
        fits = True
    require(
        fits,
        f"its mechanism has {len(text)} characters",
        "say in a sentence why the proposals should work",
    )


@RESEARCHER.condition("each proposal is a composition of the given space")
def _valid(case: _ResearcherCase) -> None:
    content, reason = case.run.refused or ("", "")
    require(
        case.run.refused is None,
        f"the proposal {content!r} is refused: {reason}",
        "build proposals with `space.sample`, `space.draw` or `space.specification`",
    )


@RESEARCHER.condition("it proposes enough different compositions to spend its budget")
def _spends(case: _ResearcherCase) -> None:
    _require_spent(case.run, "different compositions")


@RESEARCHER.condition("the same seed and the same released scores lead to the same proposals")
def _repeatable(case: _ResearcherCase) -> None:
    _require_same(
        case,
        _rising,
        "a second run",
        "draw all random numbers from `rng`, and keep no state between runs",
    )


@RESEARCHER.condition("exact scores, which are not released, have no effect")
def _exact_scores(case: _ResearcherCase) -> None:
    _require_same(
        case,
        lambda content: _rising(content) + 0.3 * STEP,
        "a run with other exact scores and the same released scores",
        "use only what `learn` receives",
    )


@RESEARCHER.condition("no ground truth is read from a vault")
def _closed(case: _ResearcherCase) -> None:
    case.first[1].require_closed()


@RESEARCHER.condition("it continues if each method fails")
def _failures(case: _ResearcherCase) -> None:
    _require_spent(case.spend(lambda content: "this planted method fails"), "failures")


@RESEARCHER.condition("it continues if no score is released")
def _withheld(case: _ResearcherCase) -> None:
    _require_spent(case.spend(lambda content: STEP / 2), "withheld scores")


@RESEARCHER.condition("it continues if each proposal is refused")
def _refusals(case: _ResearcherCase) -> None:
    found = case.spend(_rising, refuses=True)
    require(
        len(found.proposed) >= BUDGET,
        f"it made {len(found.proposed)} proposals",
        "a refused proposal must not end the run",
    )


def _require_same(case: _ResearcherCase, worth: Worth, run: str, remedy: str) -> None:
    """Raise Violation if another run has other proposals."""
    first, others = case.run.proposed, case.spend(worth).proposed
    pairs = enumerate(zip(first, others, strict=False), 1)
    number, (one, other) = next(
        ((at, pair) for at, pair in pairs if pair[0] != pair[1]), (len(first), ("", ""))
    )
    require(first == others, f"in {run}, proposal {number} is {other!r} instead of {one!r}", remedy)


def _require_spent(problem: PlantedProblem, what: str) -> None:
    """Raise Violation unless each submission of the budget was scored."""
    require(
        len(problem.scored) == BUDGET,
        f"it spent {len(problem.scored)} of {BUDGET} submissions in {len(problem.proposed)} "
        f"proposals ({what})",
        "propose another composition after each result, also after `Trial.released` is None",
    )
