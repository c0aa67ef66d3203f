"""Receipt: what a researcher is told of a submission, and the refusals that come instead."""

from __future__ import annotations

from dataclasses import dataclass

from truing.errors import UserError


class BudgetError(UserError):
    """A budget that is spent."""


class ConflictError(UserError):
    """Something that stands already, and otherwise."""


class ClosedError(ConflictError):
    """A research that takes no more submissions."""


class NoSubmissionError(UserError):
    """A number that is no submission of the researcher who asks."""


@dataclass(frozen=True)
class Receipt:
    """What a researcher gets for a submission, and may ask for again.

    Attributes:
        number: of the submission.
        status: accepted, scored or failed.
        released: best score released so far, this submission's included; 0 is the baseline's,
            below which nothing is released. None before the submission was scored.
        improved: it beat the best by the step.
        reason: of a failure.
        isolation: the level at which its code ran.
    """

    number: int
    status: str
    released: float | None = None
    improved: bool = False
    reason: str = ""
    isolation: str = ""
