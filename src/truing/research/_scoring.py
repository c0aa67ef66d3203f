"""Scoring: evaluate a submission; a method that fails has a result too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from truing.errors import (
    CapError,
    CorruptEntryError,
    EngineError,
    IsolationError,
    LedgerError,
    StorageError,
)
from truing.research._config import ResearchConfig
from truing.research._evaluation import Evaluation, Tier
from truing.research._submission import Submission
from truing.research.ledger._secret import draw_seeds
from truing.research.problems import Problem

INFRASTRUCTURE = (
    OSError,
    StorageError,
    EngineError,
    CapError,
    IsolationError,
    CorruptEntryError,
    LedgerError,
)
LONGEST_DETAIL = 4000  # characters


def evaluate(
    problem: Problem, submission: Submission, tier: Tier, secret: bytes, config: ResearchConfig
) -> Evaluation:
    """The evaluation of a submission on a tier, with the tier's seeds.

    Raises:
        OSError, StorageError, EngineError, CapError, IsolationError, CorruptEntryError,
            LedgerError: an infrastructure error. There is no result, and the submission may be
            scored again.
    """
    return evaluate_with(problem, submission, tier, draw_seeds(secret, tier, config.problem.seeds))


def evaluate_with(
    problem: Problem, submission: Submission, tier: Tier, seeds: Sequence[int]
) -> Evaluation:
    """As `evaluate`, with given seeds."""
    try:
        found = problem.evaluate(submission, tier, seeds)
    except INFRASTRUCTURE:  # not the method's error: the submission is requeued
        raise
    except Exception as error:  # one method must not stop the scoring of other methods
        why = f"scoring failed ({type(error).__name__})"
        level = problem.level(submission)
        return Evaluation(failure=why, isolation=level, detail=str(error)[:LONGEST_DETAIL])
    if found.gains and not math.isfinite(found.score):
        return replace(found, gains=(), failure="the score is not finite")
    return found
