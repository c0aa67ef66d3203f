"""Diagnostics: identities, planted cases, and that each says what it assumes."""

import numpy as np
import pytest

from truing.measures import capa, class_accuracy, error_correction, kl_misfit, misfit

SURE = np.eye(3)


def test_misfit_by_hand():
    found = misfit([[0.0, 1.0]], [[0.5, 0.5]], [0])
    assert (found.weak_error, found.student_error, found.misfit) == (2.0, 0.5, 0.5)
    assert found.slack == pytest.approx(1.0)
    assert any("convex" in sentence for sentence in found.assumptions)
    assert any("cross entropy" in sentence for sentence in found.assumptions)


def test_slack_is_not_negative_for_a_projection_onto_a_line_through_the_truth():
    """Charikar's Theorem 1 in small: students uniform + t (truth - uniform), t in 0..1."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 200)
    toward = SURE[truth] - 1 / 3
    for seed in range(20):
        weak = np.random.default_rng(seed).dirichlet(np.ones(3), 200)
        t = np.clip(np.sum((weak - 1 / 3) * toward) / np.sum(toward**2), 0.0, 1.0)
        assert misfit(weak, 1 / 3 + t * toward, truth).slack >= -1e-12


def test_kl_slack_is_not_negative_for_the_reverse_projection():
    truth = np.random.default_rng(0).integers(0, 3, 200)
    toward = SURE[truth] - 1 / 3
    weak = np.random.default_rng(1).dirichlet(np.ones(3), 200)
    students = [1 / 3 + t * toward for t in np.linspace(0.0, 0.999, 2000)]
    nearest = min(students, key=lambda student: kl_misfit(weak, student, truth).misfit)
    found = kl_misfit(weak, nearest, truth)
    assert found.slack >= -1e-3
    assert found.weak_error == pytest.approx(-np.log(weak[np.arange(200), truth]).mean())


def test_a_student_equal_to_its_supervisor_has_no_misfit():
    weak = np.random.default_rng(0).dirichlet(np.ones(4), 50)
    truth = np.arange(50) % 4
    for function in (misfit, kl_misfit):
        found = function(weak, weak, truth)
        assert found.misfit == 0.0
        assert found.slack == 0.0


def test_errors_are_counted_as_corrected_repeated_or_changed():
    truth = [0, 0, 0, 0, 1, 1]
    weak = SURE[[1, 1, 1, 1, 1, 1]]
    student = SURE[[0, 1, 2, 1, 1, 0]]
    found = error_correction(weak, student, truth)
    assert found.errors == 4
    assert (found.corrected, found.repeated, found.differently) == (0.25, 0.5, 0.25)
    assert found.broken == 0.5


def test_error_correction_without_errors_or_without_hits():
    flawless = error_correction(SURE, SURE, [0, 1, 2])
    assert (flawless.corrected, flawless.repeated, flawless.differently) == (None, None, None)
    assert flawless.broken == 0.0
    hopeless = error_correction(SURE, SURE, [1, 2, 0])
    assert hopeless.repeated == 1.0
    assert hopeless.broken is None


def test_capa_is_1_for_equal_models_and_negative_for_disagreeing_models():
    sure = SURE[[0, 1, 2, 0]]
    assert capa(sure, sure, [0, 1, 0, 1]).value == pytest.approx(1.0)
    # Each right where the other errs: observed 0, expected 1/4 + 1/4/2.
    assert capa(SURE[[0, 0]], SURE[[1, 1]], [0, 1]).value == pytest.approx(-0.375 / 0.625)
    assert capa(SURE, SURE, [0, 1, 2]).value is None


def test_capa_by_hand():
    first, second = [[0.8, 0.2], [0.6, 0.4]], [[0.7, 0.3], [0.1, 0.9]]
    found = capa(first, second, [0, 1])
    assert found.observed == pytest.approx((0.62 + 0.42) / 2)
    assert found.expected == pytest.approx(0.6 * 0.8 + 0.4 * 0.2)
    assert found.value == pytest.approx((0.52 - 0.56) / 0.44)


def test_capa_of_independent_errors_is_near_zero():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 20_000)

    def answers(accuracy):
        wrong = (truth + rng.integers(1, 4, truth.size)) % 4
        return np.eye(4)[np.where(rng.random(truth.size) < accuracy, truth, wrong)]

    assert capa(answers(0.7), answers(0.5), truth).value == pytest.approx(0.0, abs=0.03)


def test_accuracy_is_measured_for_each_class():
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 3], [100, 100, 1])
    correct = (rng.random((4, 201)) < np.where(truth == 0, 0.9, 0.5)).astype(float)
    found = class_accuracy(correct, truth, 4, None, rng)
    assert found.items == (100, 100, 0, 1)
    assert found.classes[0].value == pytest.approx(correct[:, :100].mean())
    assert found.classes[2].value is None
    assert found.classes[0].low > found.classes[1].high
    assert (found.classes[3].low, found.classes[3].high) == (0.0, 1.0)


def test_a_perfect_score_has_an_interval():
    found = class_accuracy(
        np.ones((5, 20)), np.zeros(20, dtype=int), 2, None, np.random.default_rng(0)
    )
    # Clopper and Pearson for 20 hits of 20: low end .025 ** (1 / 20).
    assert found.classes[0].low == pytest.approx(0.8316, abs=1e-4)
    assert found.classes[0].high == 1.0
    missed = class_accuracy(
        np.zeros((1, 20)), np.zeros(20, dtype=int), 2, None, np.random.default_rng(0)
    )
    assert missed.classes[0].high == pytest.approx(0.1684, abs=1e-4)


def test_class_intervals_respect_clusters():
    rng = np.random.default_rng(0)
    one = (rng.random((1, 60)) < 0.7).astype(float)
    truth, clusters = np.zeros(240, dtype=int), np.repeat(np.arange(60), 4)
    copied = np.repeat(one, 4, axis=1)
    kept = class_accuracy(copied, truth, 2, clusters, np.random.default_rng(1)).classes[0]
    loose = class_accuracy(copied, truth, 2, None, np.random.default_rng(1)).classes[0]
    assert kept.high - kept.low > 1.5 * (loose.high - loose.low)


@pytest.mark.parametrize("function", [misfit, kl_misfit, error_correction, capa])
def test_bad_input_is_one_clear_line_and_every_diagnosis_states_assumptions(function):
    assert all(isinstance(line, str) for line in function(SURE, SURE, [0, 1, 1]).assumptions)
    with pytest.raises(ValueError, match="shapes differ"):
        function(SURE, SURE[:2], [0, 1, 1])
    with pytest.raises(ValueError, match="must have shape"):
        function(SURE[None], SURE, [0, 1, 1])
