"""Each method on a problem whose answer is known, trained end to end.

Accuracies are means over eight seeds. Margins are about half of what was measured, and hold for
other eights of seeds as well.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar

from tests.methods.planting import (
    Planted,
    centers,
    confused,
    featureless,
    mean_accuracy,
    noisy,
    unsure,
)
from truing.methods import METHODS, Training, train
from truing.students import Head, fit_heads, make_design

SEEDS = range(8)


@pytest.fixture(scope="module")
def forty_percent_noise():
    return [noisy(centers(seed, choices=4, apart=4), seed, 0.4) for seed in SEEDS]


def test_naive_averages_random_errors_away(forty_percent_noise):
    """The truth is linear in the features and the errors are not."""
    for method in ("naive", "naive,hard=true"):
        assert mean_accuracy(forty_percent_noise, method) > 0.95, method


def test_naive_beliefs_are_calibrated_to_the_supervisor():
    """A student without features can but repeat how often each label was given."""
    weak = [[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]]
    assert featureless(weak).beliefs("naive")[0] == pytest.approx([0.6, 0.4], abs=2e-3)
    assert featureless(weak).beliefs("naive,hard=true")[0] == pytest.approx([0.75, 0.25], abs=2e-3)


def test_naive_inherits_a_systematic_confusion():
    planted = [confused(centers(seed, choices=2, apart=2.5), seed, 0.4) for seed in SEEDS]
    ceiling = mean_accuracy([one.told_the_truth() for one in planted], "naive")
    assert mean_accuracy(planted, "naive,hard=true") < ceiling - 0.1


def test_noisy_channel_undoes_a_systematic_confusion():
    for choices, gain in [(2, 0.1), (4, 0.04)]:
        planted = [confused(centers(s, choices=choices, apart=2.5), s, 0.4) for s in SEEDS]
        ceiling = mean_accuracy([one.told_the_truth() for one in planted], "naive")
        found = mean_accuracy(planted, "noisy-channel")
        assert found > mean_accuracy(planted, "naive,hard=true") + gain
        assert found > ceiling - 0.04


def test_noisy_channel_learns_the_planted_channel():
    planted = confused(centers(0, choices=3, apart=4, learn=2000), 0, 0.4)
    belief = planted.beliefs("noisy-channel")[planted.learn]
    joint = belief.T @ np.eye(3)[planted.weak.argmax(axis=1)]
    channel = joint / joint.sum(axis=1, keepdims=True)
    assert channel == pytest.approx(np.array([[0.6, 0.4, 0], [0, 1, 0], [0, 0, 1]]), abs=0.08)


@pytest.mark.parametrize("choices", [2, 4])
@pytest.mark.parametrize(
    "method", ["confidence", "adaptive-confidence", "adaptive-confidence,temperature=2"]
)
def test_self_training_helps_against_random_errors(method, choices):
    planted = [noisy(centers(seed, choices=choices, apart=4), seed, 0.4) for seed in SEEDS]
    assert mean_accuracy(planted, method) > mean_accuracy(planted, "naive") + 0.004


def test_confidence_sharpens_the_likeliest_choice():
    """Fixed point without features: half the labels' mean, half its likeliest choice."""
    found = featureless([[0.5, 0.3, 0.2]]).beliefs("confidence")[0]
    assert found == pytest.approx([0.75, 0.15, 0.1], abs=2e-3)
    found = featureless([[0.2, 0.3, 0.5]]).beliefs("confidence,alpha_max=0.75")[0]
    assert found == pytest.approx([0.05, 0.075, 0.875], abs=2e-3)


@pytest.mark.parametrize("weak", [[0.6, 0.4], [0.4, 0.6], [0.2, 0.3, 0.5]])
def test_adaptive_confidence_sharpens_the_likeliest_choice(weak):
    """Student and supervisor agree everywhere, so that both count a half."""
    own = np.eye(len(weak))[np.argmax(weak)]
    found = featureless([weak]).beliefs("adaptive-confidence")[0]
    assert found == pytest.approx(0.5 * np.array(weak) + 0.5 * own, abs=2e-3)


def test_confidence_without_warm_up_does_not_learn_the_order_of_choices(forty_percent_noise):
    assert mean_accuracy(forty_percent_noise, "confidence,warmup=0") > 0.95


def test_bootstrap_passes_the_labels_from_rung_to_rung():
    """Each rung reads more columns and labels for the next; all learn the labels as they are."""
    strong = [noisy(centers(seed, choices=2, apart=4), seed, 0.3) for seed in SEEDS]
    method = METHODS.build("bootstrap,rungs=two+four").value
    assert (method.rungs("one", "eight"), method.static) == (("two", "four"), True)
    chained, weak = [], []
    for one in strong:
        for columns in (2, 4):
            rung = replace(one, features=one.features[:, :columns])
            one = one.told(rung.beliefs("naive")[one.learn])
        weak.append(1 - one.wrong.mean())
        chained.append(one.accuracy("bootstrap,rungs=two+four"))
        assert one.beliefs("bootstrap").tobytes() == one.beliefs("naive").tobytes()
    assert np.mean(weak) > 0.7 + 0.05  # the last rung's labels, of which 70% were right at first
    assert np.mean(chained) > np.mean(weak) - 0.03


def test_confident_filter_helps_with_informative_confidence():
    planted = [unsure(centers(seed, choices=2, apart=2.5), seed, 0.4) for seed in SEEDS]
    ceiling = mean_accuracy([one.told_the_truth() for one in planted], "naive")
    found = mean_accuracy(planted, "confident-filter,keep=0.55")
    assert found > mean_accuracy(planted, "naive,hard=true") + 0.06
    assert found > ceiling - 0.01
    narrow = [
        unsure(centers(s, choices=2, apart=2.5, learn=200, columns=40), s, 0.4) for s in SEEDS
    ]
    assert mean_accuracy(narrow, "confident-filter") > mean_accuracy(narrow, "naive") + 0.03


def test_confident_filter_learns_only_from_kept_items():
    planted = unsure(centers(0, choices=3, apart=2), 0, 0.4)
    other = planted.weak.copy()
    unsure_ones = planted.weak.max(axis=1) < 0.9
    other[unsure_ones] = [0.2, 0.4, 0.4]
    keep = f"confident-filter,keep={1 - unsure_ones.mean()}"
    assert planted.beliefs(keep).tobytes() == planted.told(other).beliefs(keep).tobytes()


def far_errors(seed):
    """90 of 600 items lie three times as far out as the others, and are mislabelled."""
    planted = centers(seed, choices=2, apart=2.5)
    far = np.random.default_rng([seed, 1]).permutation(600) < 90
    features, weak = planted.features.copy(), planted.weak.copy()
    features[:600][far] *= 3
    weak[far] = weak[far, ::-1]
    return Planted(features, planted.truth, weak)


def test_gce_is_robust_to_distant_errors():
    planted = [far_errors(seed) for seed in SEEDS]
    naive, found = mean_accuracy(planted, "naive,hard=true"), mean_accuracy(planted, "gce")
    assert naive < 0.9
    assert found > naive + 0.03


@pytest.mark.parametrize(("q", "tolerance"), [(0.3, 2e-3), (0.7, 0.02)])
def test_gce_without_features_approaches_its_minimum(q, tolerance):
    """(1 - p^q) / q on 60 and 40 percent: odds (0.6 / 0.4) to the power 1 / (1 - q).

    A round closes (1 - q) / 2 of the way, so that sixteen do not quite reach it where q is large.
    """
    found = featureless(np.eye(2)[[0, 0, 0, 1, 1]]).beliefs(f"gce,q={q}")[0]
    odds = 1.5 ** (1 / (1 - q))
    assert found[0] == pytest.approx(odds / (1 + odds), abs=tolerance)


def test_reverse_kl_minimum_without_features_is_the_geometric_mean():
    weak = np.array([[0.9, 0.1]] * 3 + [[0.1, 0.9]] * 2)
    found = featureless(weak).beliefs("reverse-kl")[0]
    odds = 9 ** (3 / 5 - 2 / 5)
    assert found[0] == pytest.approx(odds / (1 + odds), abs=5e-3)


def test_entropy_without_features_reaches_its_minimum():
    def loss(p):
        return -np.sum((0.5 * np.array([0.6, 0.4]) + 0.5 * p) * np.log(p))

    best = minimize_scalar(
        lambda p: loss(np.array([p, 1 - p])), bounds=(0.5, 0.999), method="bounded"
    ).x
    assert best > 0.65
    assert featureless([[0.6, 0.4]]).beliefs("entropy")[0, 0] == pytest.approx(best, abs=2e-2)


STATED = {
    "reverse-kl": lambda weak, p: np.sum(p * np.log(p / np.maximum(weak, 1e-3)), axis=1),
    "gce": lambda weak, p: (1 - p[np.arange(len(p)), weak.argmax(axis=1)] ** 0.7) / 0.7,
    "entropy": lambda weak, p: -np.sum((0.5 * weak + 0.5 * p) * np.log(p), axis=1),
}


@pytest.mark.parametrize("choices", [2, 3])
@pytest.mark.parametrize("method", STATED)
def test_the_rounds_end_in_a_minimum_of_the_stated_loss(method, choices):
    """The student is compared with a general optimiser that was given loss and penalty."""
    planted = noisy(centers(0, choices=choices, apart=2.5, learn=300, columns=4), 0, 0.3)
    weak, rule = planted.weak, METHODS.build(method).value.targets
    design = make_design(planted.features, planted.learn, choices)
    matrix = design.matrix.astype(float)

    def objective(flat):
        weights = flat.reshape(choices, -1)
        logits = matrix @ weights.T
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p = np.maximum(p / p.sum(axis=1, keepdims=True), 1e-12)
        return np.mean(STATED[method](weak, p)) + np.sum(weights[:, :-1] ** 2) / 2 / len(weak)

    found = fit_heads([design], [Head(0, weak, np.ones(len(weak)), 1.0, rule)])[0].ravel()
    best = minimize(objective, found.astype(float), method="L-BFGS-B")
    from_zero = minimize(objective, np.zeros_like(found, float), method="L-BFGS-B")
    assert objective(found) < best.fun + 1e-3
    assert objective(found) < from_zero.fun + 1e-3


def test_ensemble_is_the_mean_of_its_members():
    seen = []

    def watching(weak, belief, progress):
        seen.append(belief.copy())
        return weak, np.ones(len(weak))

    planted = noisy(centers(0, choices=3, apart=2, learn=200), 0, 0.3)
    whole = planted.beliefs("ensemble,members=3")
    method = replace(METHODS.build("ensemble,members=3").value, targets=watching, static=False)
    train(
        planted.features,
        [Training(method, "watching", planted.learn, planted.weak, planted.learn, 1.0, "key")],
    )
    members = np.array(seen[-3:])
    assert members.mean(axis=0) == pytest.approx(whole[planted.learn], abs=5e-3)
    assert np.abs(members - members.mean(axis=0)).max() > 0.1


def test_more_members_lower_the_test_log_loss_of_overfitted_students():
    """Breiman's case: many columns, few items, hardly any penalty; log loss falls with members."""

    def surprise(planted, method):
        belief = planted.beliefs(method, l2=0.01)
        test = np.arange(len(planted.weak), len(planted.truth))
        return -np.log(np.maximum(belief[test, planted.truth[test]], 1e-9)).mean()

    planted = [noisy(centers(s, choices=3, apart=2, learn=100, columns=40), s, 0.2) for s in SEEDS]
    losses = [
        np.mean([surprise(one, method) for one in planted])
        for method in ("naive", "ensemble,members=4", "ensemble,members=20")
    ]
    assert losses[0] > losses[1] + 0.03
    assert losses[1] > losses[2] + 0.03


def test_knn_relabel_corrects_random_errors():
    """Far centers, 30% errors: the twenty nearest outvote them, with few columns or with many."""
    planted = [noisy(centers(seed, choices=2, apart=8), seed, 0.3) for seed in SEEDS]
    assert mean_accuracy(planted, "knn-relabel") > 0.995
    narrow = [noisy(centers(s, choices=2, apart=4, learn=200, columns=30), s, 0.3) for s in SEEDS]
    assert mean_accuracy(narrow, "knn-relabel") > mean_accuracy(narrow, "naive") + 0.03


def easy_and_hard(seed):
    """Columns of an easy pattern and of a hard one; the supervisor reads the easy one alone.

    Of the learning items a half shows the easy pattern, a quarter the hard one, a quarter both.
    Test items show the hard pattern alone. The supervisor guesses at those, and knows it.
    """
    rng = np.random.default_rng(seed)
    truth = rng.integers(2, size=1600)
    kind = np.append(
        rng.choice(["easy", "hard", "both"], 600, p=[0.5, 0.25, 0.25]), ["hard"] * 1000
    )
    side = 2.0 * truth - 1
    pattern = np.column_stack([side * (kind != "hard"), side * (kind != "easy")])
    features = np.repeat(pattern, 5, axis=1) + rng.normal(0, 0.3, size=(1600, 10))
    guessed = kind[:600] == "hard"
    said = np.where(guessed, rng.integers(2, size=600), truth[:600])
    sureness = np.where(guessed, 0.6, 0.95)
    weak = np.column_stack([1 - sureness, sureness])
    weak[said == 0] = weak[said == 0, ::-1]
    return Planted(features.astype(np.float32), truth, weak)


def test_overlap_density_learns_the_hard_pattern_from_the_overlap():
    """It beats the filter that keeps all sure items: there the easy majority explains everything.

    The overlap is small and its patterns agree, so that few errors in it would upset the student.
    """
    planted = [easy_and_hard(seed) for seed in SEEDS]
    found = mean_accuracy(planted, "overlap-density")
    assert found > 0.95
    for other in ("naive", "naive,hard=true", "confident-filter,keep=0.75"):
        assert found > mean_accuracy(planted, other) + 0.15, other


@pytest.mark.parametrize("method", ["confident-first", "confident-first,first=0.1,until=0.2"])
def test_confident_first_ends_where_naive_ends(method):
    """The problem is convex: the student forgets where it came from."""
    for seed in SEEDS:
        planted = unsure(centers(seed, choices=3, apart=2), seed, 0.3)
        naive = planted.beliefs("naive")
        assert planted.beliefs(method) == pytest.approx(naive, abs=0.02)
        assert np.abs(planted.beliefs("confident-filter,keep=0.1") - naive).max() > 0.1


def test_co_teaching_drops_the_wrong_labels(forty_percent_noise):
    """Told the error rate, it beats the same two students when they drop nothing, and naive."""
    found = mean_accuracy(forty_percent_noise, "co-teaching,forget=0.4")
    assert found > mean_accuracy(forty_percent_noise, "ensemble,members=2") + 0.01
    assert found > mean_accuracy(forty_percent_noise, "naive,hard=true")

    built = METHODS.build("co-teaching,forget=0.4").value
    dropped = []
    for one in forty_percent_noise:
        weights = []

        def watching(weak, peer, progress, weights=weights):
            made, given = built.targets(weak, peer, progress)
            weights.append(given)
            return made, given

        method = replace(built, targets=watching)
        train(one.features, [Training(method, "w", one.learn, one.weak, one.learn, 1.0, "key")])
        dropped.append(one.wrong[weights[-1] == 0].mean())
    assert np.mean(dropped) > 0.9


def test_entropy_raises_and_window_lowers_the_confidence_of_the_student():
    planted = centers(0, choices=2, apart=4, learn=300)
    sureness = {m: planted.beliefs(m).max(axis=1).mean() for m in ("naive", "entropy", "window")}
    assert sureness["entropy"] > sureness["naive"] + 0.002
    assert sureness["window"] < sureness["naive"] - 0.04


def test_window_of_radius_1_equals_naive():
    planted = noisy(centers(0, choices=3, apart=2), 0, 0.2)
    assert planted.beliefs("window,radius=1") == pytest.approx(planted.beliefs("naive"), abs=5e-3)


def test_oracle_learns_the_truth_and_shuffled_nothing():
    oracle = METHODS.build("oracle").value
    assert oracle.labels == "truth"
    assert [m for m in METHODS.describe() if METHODS.build(m).value.labels == "truth"] == ["oracle"]
    planted = [noisy(centers(seed, choices=4, apart=4), seed, 0.4) for seed in range(12)]
    one = planted[0].told_the_truth()
    assert one.beliefs("oracle").tobytes() == one.beliefs("naive").tobytes()
    assert mean_accuracy(planted, "shuffled") == pytest.approx(0.25, abs=0.08)
    for one in planted:
        assert one.accuracy("shuffled") < 1 - one.wrong.mean()
