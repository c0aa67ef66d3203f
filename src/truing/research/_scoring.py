"""Scoring: evaluate a submission; a method that fails has a result too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from truing.research._config import ResearchConfig
from truing.research._evaluation import INFRASTRUCTURE, Evaluation, Tier
from truing.research._submission import Submission
from truing.research.ledger._secret import draw_seeds
from truing.research.problems import Problem


def evaluate(
    problem: Problem, submission: Submission, tier: Tier, secret: bytes, config: ResearchConfig
) -> Evaluation:
    """The evaluation of a submission on a tier, with the tier's seeds.

    Raises:
        OSError, StorageError, EngineError, IsolationError, CorruptEntryError, LedgerError: an
            infrastructure error. There is no result, and the submission may be scored again.
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
        return Evaluation.unexpected(error, problem.level(submission))
    if found.gains and not math.isfinite(found.score):
        return replace(found, gains=(), failure="the score is not finite")
    return found
