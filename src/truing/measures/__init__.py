"""Measures: pure functions from arrays to estimates with confidence intervals.

This package imports no other package of `truing`.
"""

from truing.measures._accuracy import brier, correctness, expected_calibration_error, log_score
from truing.measures._agent_ratings import AgentRating, Games, players_by_title, rate_groups
from truing.measures._agent_scores import AgentScores
from truing.measures._agreement import agreement
from truing.measures._alarm_differences import AlarmDifference, compare_alarms
from truing.measures._among import difference_among, rate_among
from truing.measures._best_of_n import BestOfN, BestOfNPoint, best_of_n
from truing.measures._bootstrap import (
    ClusterSums,
    CrossedMoves,
    Spread,
    estimate_accuracy,
    estimate_mean,
    spread_of,
    sum_clusters,
)
from truing.measures._class_accuracy import ClassAccuracy, class_accuracy
from truing.measures._class_balance import auroc, balanced_accuracy, majority_correctness
from truing.measures._combination import Combined, PlantSuspicion, combine_monitors
from truing.measures._comparisons import Comparison
from truing.measures._conditions import Condition, Design
from truing.measures._confidence_sequence import ConfidenceSequence, confidence_sequence
from truing.measures._conformal import conformal_p, is_reachable, raise_alarms, unusualness
from truing.measures._cross_play import Pairing, games_of
from truing.measures._detection import SystemDetection, measure_systems, reach_note
from truing.measures._diagnostics import (
    CAPA,
    ErrorCorrection,
    Misfit,
    capa,
    error_correction,
    kl_misfit,
    misfit,
)
from truing.measures._differences import Difference, holm, paired_difference
from truing.measures._e_values import SequentialTest, sequential_test
from truing.measures._effect_forecasts import EffectScores, score_effects
from truing.measures._estimate import UNDEFINED, Estimate, percentile_estimate
from truing.measures._exact import (
    clopper_pearson,
    detection_probability,
    error_rate_p,
    expected_audits,
    spot_check_power,
)
from truing.measures._item_detection import (
    ItemDetection,
    audits_until_attack,
    mean_audits,
    measure_items,
)
from truing.measures._joint import DomainScores
from truing.measures._judgements import Judgement
from truing.measures._mean_scores import (
    MeanScore,
    ScoreDifference,
    mean_score,
    samples_to_detect,
    score_difference,
)
from truing.measures._metrics import METRICS, Metric, item_scores, known_metrics, smallest_class
from truing.measures._monitor_differences import MonitorDifference, compare_monitors
from truing.measures._monitors import Detection, MonitorMeasures, measure_monitor
from truing.measures._over_tasks import mean_over_tasks
from truing.measures._oversight import OversightMeasures, measure_oversight
from truing.measures._paired_auroc import paired_auroc
from truing.measures._pgr import PGREstimate, estimate_pgr, performance_gap_recovered
from truing.measures._planting_cost import PlantingCost, measure_cost
from truing.measures._played import GameResult
from truing.measures._power_card import SmallestStrength, smallest_strength
from truing.measures._pressure import measure_pressure
from truing.measures._pressure_curve import (
    PressureComparison,
    PressureCurve,
    PressureMeasures,
    PressurePoint,
)
from truing.measures._pressure_pools import Candidate, Played
from truing.measures._probability_forecasts import (
    ForecastGroup,
    ProbabilityScores,
    score_probabilities,
)
from truing.measures._protocol_metrics import ProtocolMetrics
from truing.measures._ratings import Player, rate_players
from truing.measures._recorded import RecordedPGR, pgr_from_accuracies
from truing.measures._recorded_accuracies import recorded_fields
from truing.measures._recorded_monitors import RecordedMonitor, RecordedMonitors, monitors_from_rows
from truing.measures._recorded_rewards import best_of_n_from_rewards
from truing.measures._reweight import reweight_clusters
from truing.measures._shift import ShiftEstimate, estimate_shift
from truing.measures._suspicion import (
    Audited,
    resampled_suspicion,
    safety_at_budget,
    suspicion_threshold,
    tpr_at_fpr,
    usefulness_at_budget,
)
from truing.measures._uncertainty import mean_highest_belief
from truing.measures._verdict import (
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
    "METRICS",
    "SIGNIFICANT",
    "UNDEFINED",
    "AgentRating",
    "AgentScores",
    "AlarmDifference",
    "Audited",
    "BestOfN",
    "BestOfNPoint",
    "Candidate",
    "ClassAccuracy",
    "ClusterSums",
    "Combined",
    "Comparison",
    "Condition",
    "ConfidenceSequence",
    "CrossedMoves",
    "Design",
    "Detection",
    "Difference",
    "DomainScores",
    "EffectScores",
    "ErrorCorrection",
    "Estimate",
    "ForecastGroup",
    "GameResult",
    "Games",
    "ItemDetection",
    "Judgement",
    "MeanScore",
    "Metric",
    "Misfit",
    "MonitorDifference",
    "MonitorMeasures",
    "OversightMeasures",
    "PGREstimate",
    "Pairing",
    "PlantSuspicion",
    "PlantingCost",
    "Played",
    "Player",
    "PressureComparison",
    "PressureCurve",
    "PressureMeasures",
    "PressurePoint",
    "ProbabilityScores",
    "ProtocolMetrics",
    "RecordedMonitor",
    "RecordedMonitors",
    "RecordedPGR",
    "ScoreDifference",
    "SequentialTest",
    "ShiftEstimate",
    "SmallestStrength",
    "Spread",
    "SystemDetection",
    "agreement",
    "audits_until_attack",
    "auroc",
    "balanced_accuracy",
    "base_verdict",
    "best_of_n",
    "best_of_n_from_rewards",
    "brier",
    "capa",
    "class_accuracy",
    "clopper_pearson",
    "combine_monitors",
    "compare_alarms",
    "compare_monitors",
    "confidence_sequence",
    "conformal_p",
    "correctness",
    "decide_verdict",
    "detection_probability",
    "difference_among",
    "error_correction",
    "error_rate_p",
    "estimate_accuracy",
    "estimate_mean",
    "estimate_pgr",
    "estimate_shift",
    "expected_audits",
    "expected_calibration_error",
    "games_of",
    "holm",
    "is_reachable",
    "item_scores",
    "kl_misfit",
    "known_metrics",
    "log_score",
    "majority_correctness",
    "mean_audits",
    "mean_highest_belief",
    "mean_over_tasks",
    "mean_score",
    "measure_cost",
    "measure_items",
    "measure_monitor",
    "measure_oversight",
    "measure_pressure",
    "measure_systems",
    "misfit",
    "monitors_from_rows",
    "on_few_seeds",
    "paired_auroc",
    "paired_difference",
    "percentile_estimate",
    "performance_gap_recovered",
    "pgr_from_accuracies",
    "players_by_title",
    "raise_alarms",
    "rate_among",
    "rate_groups",
    "rate_players",
    "reach_note",
    "recorded_fields",
    "resampled_suspicion",
    "reweight_clusters",
    "safety_at_budget",
    "samples_to_detect",
    "score_difference",
    "score_effects",
    "score_probabilities",
    "sequential_test",
    "smallest_class",
    "smallest_strength",
    "spot_check_power",
    "spread_of",
    "sum_clusters",
    "suspicion_threshold",
    "tpr_at_fpr",
    "unusualness",
    "usefulness_at_budget",
    "verdict_basis",
]
