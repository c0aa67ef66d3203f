"""Logs that others recorded: accuracy and standard error are those that Inspect wrote into them."""

from __future__ import annotations

from pathlib import Path

import pytest

from truing.oversight.logs import compare_logs

ELSEWHERE = Path(__file__).parent / "elsewhere"
LOGS = sorted(one for one in ELSEWHERE.iterdir() if one.suffix in (".eval", ".json"))


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_accuracy_and_standard_error_are_inspects_own(path: Path) -> None:
    from inspect_ai.log import read_eval_log

    (scores,) = read_eval_log(str(path), header_only=True).results.scores
    (found,) = compare_logs([path]).accuracies
    assert found.score.value == pytest.approx(scores.metrics["accuracy"].value, abs=1e-12)
    assert found.score.stderr == pytest.approx(scores.metrics["stderr"].value, abs=1e-12)
    assert found.score.low < found.score.value < found.score.high or found.score.value == 1


def test_models_are_compared_on_the_same_samples_and_a_cancelled_log_is_marked() -> None:
    found = compare_logs(LOGS)
    assert [log.mark for log in found.logs] == ["cancelled", "", ""]
    assert [pair.difference.n for pair in found.pairs] == [3, 2, 2]
