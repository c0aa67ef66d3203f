"""Measures: pure functions from arrays to figures with intervals. Imports nothing of ours."""

from ._accuracy import brier, correctness, expected_calibration_error, log_score
from ._bootstrap import (
    ClusterSums,
    CrossedMoves,
    Spread,
    accuracy_interval,
    mean_interval,
    reweight_clusters,
    spread_of,
    sum_clusters,
)
from ._class_accuracy import ClassAccuracy, class_accuracy
from ._class_balance import auroc, balanced_accuracy, majority_correctness
from ._comparisons import Comparison
from ._contrast import Estimate
from ._diagnostics import CAPA, ErrorCorrection, Misfit, capa, error_correction, kl_misfit, misfit
from ._differences import Difference, holm, paired_difference
from ._interval import Interval, percentile_interval
from ._judgements import Judgement
from ._oversight import AgentScores, Oversight, ProtocolFigures, measure_oversight
from ._pgr import PGREstimate, estimate_pgr, performance_gap_recovered
from ._played import GameResult
from ._ratings import Player, rate_players
from ._recorded import RecordedPGR, pgr_from_accuracies
from ._verdict import (
    FEWEST_SEEDS,
    INCONCLUSIVE,
    SIGNIFICANT,
    base_verdict,
    decide_verdict,
    on_few_seeds,
    verdict_basis,
)

__all__ = [
    "CAPA",
    "FEWEST_SEEDS",
    "INCONCLUSIVE",
    "SIGNIFICANT",
    "AgentScores",
    "ClassAccuracy",
    "ClusterSums",
    "Comparison",
    "CrossedMoves",
    "Difference",
    "ErrorCorrection",
    "Estimate",
    "GameResult",
    "Interval",
    "Judgement",
    "Misfit",
    "Oversight",
    "PGREstimate",
    "Player",
    "ProtocolFigures",
    "RecordedPGR",
    "Spread",
    "accuracy_interval",
    "auroc",
    "balanced_accuracy",
    "base_verdict",
    "brier",
    "capa",
    "class_accuracy",
    "correctness",
    "decide_verdict",
    "error_correction",
    "estimate_pgr",
    "expected_calibration_error",
    "holm",
    "kl_misfit",
    "log_score",
    "majority_correctness",
    "mean_interval",
    "measure_oversight",
    "misfit",
    "on_few_seeds",
    "paired_difference",
    "percentile_interval",
    "performance_gap_recovered",
    "pgr_from_accuracies",
    "rate_players",
    "reweight_clusters",
    "spread_of",
    "sum_clusters",
    "verdict_basis",
]
