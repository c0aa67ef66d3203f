"""Gatekeeper: runs the capability gate on submissions, and decides when."""

from __future__ import annotations

from dataclasses import dataclass

from truing.errors import UserError
from truing.research._config import ResearchConfig
from truing.research._scoring import evaluate_with
from truing.research._submission import Submission
from truing.research.gate._config import Gate
from truing.research.gate._result import GateResult, judge
from truing.research.ledger._secret import draw_seeds
from truing.research.problems import Problem

GATE_RULES = (
    " Before a score is released, the method must pass the capability gate: it learns the ground "
    "truth of a fixed battery of tasks, and must not lose accuracy there, compared with naive "
    "training on the same ground truth. A method that does not pass has the gate `failed` or "
    "`inconclusive` on its receipt. Its score is not released, and it is never a finalist. Your "
    "next score is released only if it beats that score by a step, too."
)


@dataclass(frozen=True)
class Gatekeeper:
    """The capability gate of a research run.

    Attributes:
        settings: battery, margin and number of seeds.
        battery: the battery as a problem: the same student, taught with the ground truth.
        secret: secret of the research run, from which the seeds of the battery are drawn.
    """

    settings: Gate
    battery: Problem
    secret: bytes

    def examine(self, submission: Submission) -> GateResult:
        """Run a method on the battery, and decide.

        Raises:
            OSError, StorageError, EngineError, IsolationError, CorruptEntryError, LedgerError: an
                infrastructure error. There is no result, and the gate may be run again.
        """
        seeds = draw_seeds(self.secret, "battery", self.settings.seeds)
        return judge(evaluate_with(self.battery, submission, "climb", seeds), self.settings.margin)


def make_gatekeeper(config: ResearchConfig, problem: Problem, secret: bytes) -> Gatekeeper | None:
    """The gatekeeper that a configuration asks for; None if it asks for none.

    Raises:
        UserError: the problem has no battery.
    """
    if config.gate is None:
        return None
    if problem.battery is None:
        raise UserError("the problem has no battery for the capability gate; remove gate")
    return Gatekeeper(config.gate, problem.battery, secret)
