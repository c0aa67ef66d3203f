"""The rule of each method, on items small enough to be worked out by hand."""

import numpy as np
import pytest

from truing.methods import METHODS, harden, most_confident, safe_log, top_share
from truing.methods._noisy_channel import M_STEPS

WEAK = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3]])
BELIEF = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
OWN = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])  # the student's choices


def rule(method, weak, belief, progress=1.0):
    return METHODS.build(method).value.targets(np.asarray(weak), np.asarray(belief), progress)


def softmax(logits):
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)


def slope(loss, logits, step=1e-5):
    """(n, k) numeric derivative of per-item losses (n,) by the logits (n, k)."""
    found = np.empty_like(logits)
    for choice in range(logits.shape[1]):
        ahead, back = logits.copy(), logits.copy()
        ahead[:, choice] += step
        back[:, choice] -= step
        found[:, choice] = (loss(softmax(ahead)) - loss(softmax(back))) / (2 * step)
    return found


@pytest.fixture(scope="module")
def drawn():
    """(weak, logits) of 40 items with 4 choices."""
    rng = np.random.default_rng(0)
    return rng.dirichlet(np.ones(4), 40), rng.normal(size=(40, 4))


def test_naive_learns_the_weak_labels_as_they_are():
    targets, weights = rule("naive", WEAK, BELIEF)
    assert targets.tolist() == WEAK.tolist()
    assert weights.tolist() == [1, 1]


def test_naive_hard_learns_the_likeliest_choice():
    targets, weights = rule("naive,hard=true", WEAK, BELIEF)
    assert targets.tolist() == [[1, 0, 0], [0, 1, 0]]
    assert weights.tolist() == [1, 1]


@pytest.mark.parametrize(("progress", "alpha"), [(0.0, 0.0), (0.1, 0.25), (0.2, 0.5), (1.0, 0.5)])
def test_confidence_mixes_in_the_hardened_belief_after_a_linear_warm_up(progress, alpha):
    targets, weights = rule("confidence", WEAK, BELIEF, progress)
    assert targets == pytest.approx((1 - alpha) * WEAK + alpha * OWN)
    assert weights.tolist() == [1, 1]


def test_confidence_warm_up_and_share_can_be_set():
    targets, _ = rule("confidence,alpha_max=0.75,warmup=0.5", WEAK, BELIEF, 0.25)
    assert targets == pytest.approx(0.625 * WEAK + 0.375 * OWN)
    at_once, _ = rule("confidence,warmup=0", WEAK, BELIEF, 0.0)
    assert at_once == pytest.approx(0.5 * WEAK + 0.5 * OWN)


def test_confidence_keeps_the_balance_of_two_choices():
    """The weak labels expect two of four items to be the second choice, the student but one."""
    weak = np.array([[0.3, 0.7], [0.4, 0.6], [0.6, 0.4], [0.7, 0.3]])
    belief = np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.8, 0.2]])
    targets, _ = rule("confidence,alpha_max=1", weak, belief)
    assert targets == pytest.approx(np.array([[1, 0], [0, 1], [0, 1], [1, 0]]))


def test_confidence_splits_the_item_at_the_threshold_of_a_fractional_balance():
    """1.3 of three items are expected to be the second choice."""
    weak = np.array([[0.5, 0.5], [0.6, 0.4], [0.6, 0.4]])
    belief = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
    targets, _ = rule("confidence,alpha_max=1", weak, belief)
    assert targets == pytest.approx(np.array([[1, 0], [0, 1], [0.7, 0.3]]))


def test_hardening_prefers_no_choice_of_an_untrained_student():
    """Before the first round all choices are alike; taking the first would plant an error."""
    undecided = np.full((2, 3), 1 / 3)
    assert harden(undecided) == pytest.approx(undecided)
    assert harden(np.array([[0.4, 0.4, 0.2]])).tolist() == [[0.5, 0.5, 0.0]]
    for method in ("confidence,warmup=0", "adaptive-confidence"):
        targets, _ = rule(method, WEAK, undecided, 0.0)
        assert targets.argmax(axis=1).tolist() == WEAK.argmax(axis=1).tolist(), method


def test_adaptive_confidence_weights_agreeing_beliefs_equally():
    targets, weights = rule("adaptive-confidence", WEAK, BELIEF)
    assert targets[0] == pytest.approx(0.5 * WEAK[0] + 0.5 * OWN[0])
    assert weights.tolist() == [1, 1]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_adaptive_confidence_follows_equation_2_where_they_differ(temperature):
    targets, _ = rule(f"adaptive-confidence,temperature={temperature}", WEAK, BELIEF)
    own, other = np.exp(-np.log([0.8, 0.1]) / temperature)  # CE with own and with weak's choice
    beta = own / (own + other)
    assert beta < 0.5
    assert targets[1] == pytest.approx((1 - beta) * WEAK[1] + beta * OWN[1])


def test_reverse_kl_descends_the_divergence_from_belief_to_weak(drawn):
    weak, logits = drawn
    belief, floored = softmax(logits), np.maximum(weak, 1e-3)
    targets, weights = rule("reverse-kl", weak, belief)
    gradient = slope(lambda p: np.sum(p * np.log(p / floored), axis=1), logits)
    assert belief - targets == pytest.approx(gradient, abs=1e-8)
    assert weights.tolist() == [1] * 40


def test_reverse_kl_limits_a_certain_error_to_the_floor():
    belief = np.array([[0.5, 0.5]])
    at_zero, _ = rule("reverse-kl,floor=0.01", [[1.0, 0.0]], belief)
    gradient = 0.25 * np.log(1 / 0.01)  # p (1 - p) (difference of log ratios)
    assert at_zero[0] == pytest.approx([0.5 + gradient, 0.5 - gradient])


@pytest.mark.parametrize("q", [0.1, 0.7, 1.0])
def test_gce_weights_an_item_by_the_belief_in_its_label(q):
    targets, weights = rule(f"gce,q={q}", WEAK, BELIEF)
    assert targets.tolist() == [[1, 0, 0], [0, 1, 0]]
    assert weights == pytest.approx([0.7**q, 0.1**q])


def test_gce_descends_its_loss(drawn):
    weak, logits = drawn
    belief, chosen = softmax(logits), weak.argmax(axis=1)
    targets, weights = rule("gce", weak, belief)
    gradient = slope(lambda p: (1 - p[np.arange(40), chosen] ** 0.7) / 0.7, logits)
    assert weights[:, None] * (belief - targets) == pytest.approx(gradient, abs=1e-8)


@pytest.mark.parametrize(("progress", "share"), [(0.0, 0.0), (0.1, 0.25), (0.2, 0.5), (1.0, 0.5)])
def test_entropy_descends_its_loss(drawn, progress, share):
    weak, logits = drawn
    belief = softmax(logits)
    targets, weights = rule("entropy", weak, belief, progress)
    gradient = slope(
        lambda p: -np.sum(((1 - share) * weak + share * p) * np.log(p), axis=1), logits
    )
    assert belief - targets == pytest.approx(gradient, abs=1e-8)
    assert weights.tolist() == [1] * 40


@pytest.mark.parametrize("choices", [2, 3, 10])
def test_window_learns_where_the_student_is_unsure(choices):
    """0.65 of two choices: 0.3 of the way from chance to certainty, as for any other number."""
    edge = 1 / choices + 0.3 * (1 - 1 / choices)
    top = np.array([edge - 1e-6, edge + 1e-6, 1.0, 1 / choices])
    belief = np.column_stack([top] + [(1 - top) / (choices - 1)] * (choices - 1))
    weak = np.full((4, choices), 1 / choices)
    targets, weights = rule("window", weak, belief)
    assert weights.tolist() == [1, 0, 0, 1]
    assert targets.tolist() == weak.tolist()


def test_midweak_is_a_window_up_to_the_median_confidence_of_the_supervisor():
    """Confidences 0.6, 0.7, 0.8, 0.95: w2s computes median |w - 0.5| = 0.2 (torch's lower one)."""
    weak = np.array([[0.6, 0.4], [0.3, 0.7], [0.8, 0.2], [0.05, 0.95]])
    belief = np.array([[0.69, 0.31], [0.29, 0.71], [0.4, 0.6], [0.9, 0.1]])
    targets, weights = rule("window,radius=midweak", weak, belief)
    assert weights.tolist() == [1, 0, 1, 0]
    assert weights.tolist() == rule("window,radius=0.2", weak, belief)[1].tolist()
    assert targets.tolist() == weak.tolist()


def test_midweak_takes_the_median_of_all_items_not_of_the_batch():
    weak = np.array([[0.6, 0.4], [0.3, 0.7], [0.8, 0.2], [0.05, 0.95]])
    whole = METHODS.build("window,radius=midweak").value.rule(weak)
    batch = np.array([[0.05, 0.95]]), np.array([[0.2, 0.8]])
    assert whole(*batch, 0.5)[1].tolist() == [0]  # 0.8 is above 0.7, the median of all
    assert rule("window,radius=midweak", *batch)[1].tolist() == [1]  # and below 0.95


@pytest.mark.parametrize(("alpha", "beta"), [(1, 1), (2, 0.5), (1, 0)])
def test_product_learns_the_normalized_product_of_label_and_belief(alpha, beta):
    targets, weights = rule(f"product,alpha={alpha},beta={beta}", WEAK, BELIEF)
    products = WEAK**alpha * BELIEF**beta
    assert targets == pytest.approx(products / products.sum(axis=1)[:, None])
    assert weights.tolist() == [1, 1]


def test_product_of_two_evidences_adds_their_log_odds():
    """0.8 is 4 to 1 and 0.75 is 3 to 1; the product is 12 to 1."""
    targets, _ = rule("product", [[0.8, 0.2]], [[0.75, 0.25]])
    assert targets[0] == pytest.approx([12 / 13, 1 / 13])


def test_product_follows_a_certain_label_where_the_student_is_certain_of_another():
    targets, _ = rule("product", [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    assert targets.tolist() == [[1, 0, 0]]


def test_confident_first_starts_with_the_most_confident_half():
    weak = np.array([[0.6, 0.4], [0.1, 0.9], [0.8, 0.2], [0.5, 0.5]])
    for progress, counted in [(0.0, [0, 1, 1, 0]), (0.39, [0, 1, 1, 0]), (0.4, [1, 1, 1, 1])]:
        targets, weights = rule("confident-first", weak, weak, progress)
        assert targets.tolist() == weak.tolist()
        assert weights.tolist() == counted, progress


def test_co_teaching_drops_the_items_that_the_peer_finds_hardest():
    weak = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4], [0.2, 0.8]])
    peer = np.array([[0.9, 0.1], [0.1, 0.9], [0.4, 0.6], [0.7, 0.3], [0.8, 0.2]])
    targets, weights = rule("co-teaching,forget=0.4", weak, peer)
    assert targets.tolist() == [[1, 0], [1, 0], [0, 1], [1, 0], [0, 1]]
    assert weights.tolist() == [1, 0, 1, 1, 0]
    for progress, kept in [(0.0, 5), (0.1, 4), (0.2, 3), (0.7, 3)]:
        assert rule("co-teaching,forget=0.4", weak, peer, progress)[1].sum() == kept
    assert rule("co-teaching,forget=0.4,warmup=0", weak, peer, 0.0)[1].sum() == 3


def test_co_teaching_with_an_accurate_peer_drops_exactly_the_planted_errors():
    rng = np.random.default_rng(0)
    truth = rng.integers(4, size=200)
    wrong = rng.permutation(200) < 60
    said = np.where(wrong, (truth + rng.integers(1, 4, size=200)) % 4, truth)
    peer = 0.9 * np.eye(4)[truth] + 0.1 * rng.dirichlet(np.ones(4), 200)
    _, weights = rule("co-teaching,forget=0.3", np.eye(4)[said], peer)
    assert weights.tolist() == (~wrong).astype(float).tolist()


def test_co_teaching_has_two_peers():
    built = METHODS.build("co-teaching").value
    assert (built.members, built.peers) == (2, True)


@pytest.mark.parametrize(
    ("name", "progress"),
    [("noisy-channel", 0.0), ("noisy-channel", 0.19), ("noisy-channel,warmup=0", 0.0)],
)
def test_noisy_channel_first_learns_the_weak_labels(name, progress):
    targets, weights = rule(name, WEAK, BELIEF, progress)
    assert targets.tolist() == WEAK.tolist()
    assert weights.tolist() == [1, 1]
    later, _ = rule(name, WEAK, BELIEF, 0.2)
    assert later.tolist() != WEAK.tolist()


@pytest.mark.parametrize("smoothing", [1e-9, 2.0])
def test_noisy_channel_follows_the_equations_of_its_source(smoothing):
    """Bekker and Goldberger 2016, equations 3 and 5, item by item and with plain numbers."""
    rng = np.random.default_rng(0)
    belief, weak = rng.dirichlet(np.ones(3), 12), np.eye(3)[rng.integers(3, size=12)]
    said, spread = weak.argmax(axis=1), weak.mean(axis=0)
    found = belief.copy()
    for _ in range(1 + M_STEPS):
        channel = np.empty((3, 3))
        for truth in range(3):
            counts = [
                sum(found[i, truth] for i in range(12) if said[i] == label)
                + smoothing * spread[label]
                for label in range(3)
            ]
            channel[truth] = np.array(counts) / sum(counts)
        for i in range(12):
            joint = belief[i] * channel[:, said[i]]
            found[i] = joint / joint.sum()
    targets, _ = rule(f"noisy-channel,smoothing={smoothing}", weak, belief)
    assert targets == pytest.approx(found, abs=1e-6)


def test_noisy_channel_recovers_a_planted_confusion():
    """From items that the student knows; of items that it does not know, Bayes' rule then tells."""
    rng = np.random.default_rng(0)
    channel = np.array([[0.6, 0.4, 0.0], [0.0, 1.0, 0.0], [0.1, 0.1, 0.8]])  # (truth, weak)
    truth = rng.integers(3, size=20_000)
    said = (rng.random(20_000)[:, None] > channel[truth].cumsum(axis=1)).sum(axis=1)
    weak = np.eye(3)[np.append(said, [0, 1, 2])]
    belief = np.vstack([np.eye(3)[truth], np.full((3, 3), 1 / 3)])
    targets, _ = rule("noisy-channel", weak, belief)
    assert targets[:-3] == pytest.approx(np.eye(3)[truth], abs=1e-2)
    assert targets[-3:] == pytest.approx((channel / channel.sum(axis=0)).T, abs=0.02)


@pytest.mark.parametrize(("share", "counted"), [(0.2, 1), (0.4, 2), (0.5, 2), (0.6, 3), (1.0, 5)])
def test_most_confident_selects_the_given_share(share, counted):
    weak = np.array([[0.5, 0.5], [0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.6, 0.4]])
    surest_first = [1, 2, 3, 4, 0]
    kept = np.flatnonzero(most_confident(weak, share))
    assert sorted(kept) == sorted(surest_first[:counted])


def test_items_with_equal_scores_share_the_rest_of_the_quota():
    scores = np.array([0.2, 0.9, 0.2, 0.5, 0.2])
    assert top_share(scores, 2) == pytest.approx([0, 1, 0, 1, 0])
    assert top_share(scores, 3.5) == pytest.approx([0.5, 1, 0.5, 1, 0.5])
    assert top_share(np.zeros(4), 1) == pytest.approx([0.25] * 4)
    assert most_confident(np.full((4, 2), 0.5), 0.5).tolist() == [0.5] * 4


def test_the_logarithm_is_limited_to_the_floor():
    assert safe_log(np.array([0.0, 1e-9, 1e-6, 0.5])) == pytest.approx(
        np.log([1e-6, 1e-6, 1e-6, 0.5])
    )
