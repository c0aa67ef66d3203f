"""The room's public surface, and that it stands on the ground floor."""

import ast
from pathlib import Path

import truing.measures as measures

ROOM = Path(measures.__file__).parent


def test_the_public_surface_is_this_list():
    assert measures.__all__ == [
        "CAPA",
        "FEWEST_SEEDS",
        "INCONCLUSIVE",
        "METRICS",
        "SIGNIFICANT",
        "UNDEFINED",
        "AgentScores",
        "BestOfN",
        "BestOfNPoint",
        "ClassAccuracy",
        "ClusterSums",
        "Comparison",
        "CrossedMoves",
        "Detection",
        "Difference",
        "DomainScores",
        "ErrorCorrection",
        "Estimate",
        "GameResult",
        "Judgement",
        "Metric",
        "Misfit",
        "MonitorDifference",
        "MonitorMeasures",
        "OversightMeasures",
        "PGREstimate",
        "Player",
        "ProtocolMetrics",
        "RecordedMonitor",
        "RecordedMonitors",
        "RecordedPGR",
        "ShiftEstimate",
        "Spread",
        "agreement",
        "auroc",
        "balanced_accuracy",
        "base_verdict",
        "best_of_n",
        "best_of_n_from_rewards",
        "brier",
        "capa",
        "class_accuracy",
        "compare_monitors",
        "correctness",
        "decide_verdict",
        "error_correction",
        "estimate_accuracy",
        "estimate_mean",
        "estimate_pgr",
        "estimate_shift",
        "expected_calibration_error",
        "holm",
        "item_scores",
        "kl_misfit",
        "known_metrics",
        "log_score",
        "majority_correctness",
        "mean_highest_belief",
        "mean_over_tasks",
        "measure_monitor",
        "measure_oversight",
        "misfit",
        "monitors_from_rows",
        "on_few_seeds",
        "paired_difference",
        "percentile_estimate",
        "performance_gap_recovered",
        "pgr_from_accuracies",
        "rate_players",
        "recorded_fields",
        "resampled_suspicion",
        "reweight_clusters",
        "safety_at_budget",
        "smallest_class",
        "spread_of",
        "sum_clusters",
        "suspicion_threshold",
        "tpr_at_fpr",
        "usefulness_at_budget",
        "verdict_basis",
    ]
    typed = {"Metric"}  # a type: it has no docstring
    assert all(getattr(measures, name).__doc__ for name in {*measures.__all__} - typed)


def test_measures_import_no_other_package_of_truing():
    allowed = {
        "__future__",
        "abc",
        "collections",
        "dataclasses",
        "functools",
        "itertools",
        "math",
        "numpy",
        "scipy",
        "typing",
    }
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= allowed, path
            elif isinstance(node, ast.ImportFrom):
                own = node.module.startswith("truing.measures.")
                assert own or node.module.split(".")[0] in allowed, path
