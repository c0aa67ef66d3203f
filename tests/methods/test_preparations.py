"""What methods do before training: filter, relabel, shuffle, resample, chain."""

import tracemalloc

import numpy as np
import pytest

from tests.methods.planting import centers, noisy
from truing.errors import MethodError, UserError
from truing.methods import METHODS, Evidence, Training, train
from truing.methods._knn_relabel import fold_of
from truing.methods._overlap_density import change_point, closeness, overlapping


def prepare(method, weak, features, clusters=None, seed=0):
    """(labels (n, k), weights (n,)) that a method prepares."""
    weak, features = np.asarray(weak, float), np.asarray(features, np.float32)
    clusters = np.arange(len(weak)) if clusters is None else np.asarray(clusters)
    evidence = Evidence(weak, features, clusters, np.random.default_rng(seed))
    return METHODS.build(method).value.prepare(evidence)


def test_features_are_seen_flat_and_of_unit_variance():
    features = np.random.default_rng(0).normal(3, 5, size=(30, 2, 4)).astype(np.float32)
    features[:, 0, 0] = 7  # a constant column stays, as zeros
    flat = Evidence(np.ones((30, 2)) / 2, features, np.arange(30), None).flat_features
    assert flat.shape == (30, 8)
    assert flat.mean(axis=0) == pytest.approx(np.zeros(8), abs=1e-6)
    assert flat.std(axis=0) == pytest.approx([0] + [1] * 7)


def test_confident_filter_keeps_the_most_confident_share():
    weak = [[0.5, 0.5], [0.9, 0.1], [0.2, 0.8], [0.3, 0.7]]
    for keep, kept in [(0.25, [0, 1, 0, 0]), (0.5, [0, 1, 1, 0]), (1, [1, 1, 1, 1])]:
        labels, weights = prepare(f"confident-filter,keep={keep}", weak, np.zeros((4, 1)))
        assert labels.tolist() == weak
        assert weights.tolist() == kept


def test_confident_filter_keeps_the_items_above_a_threshold():
    weak = [[0.5, 0.5], [0.9, 0.1], [0.2, 0.8], [0.25, 0.75], [0.6, 0.4]]
    _, weights = prepare("confident-filter,min_confidence=0.75", weak, np.zeros((5, 1)))
    assert weights.tolist() == [0, 1, 1, 1, 0]
    with pytest.raises(UserError, match=r"min_confidence=0.95; the highest confidence is 0.9;"):
        prepare("confident-filter,min_confidence=0.95", weak, np.zeros((5, 1)))
    with pytest.raises(UserError, match="keep and min_confidence exclude each other"):
        METHODS.build("confident-filter,keep=0.3,min_confidence=0.75")


def test_confident_filter_keeps_the_items_between_two_thresholds():
    weak = [[0.5, 0.5], [0.9, 0.1], [0.2, 0.8], [0.25, 0.75], [0.6, 0.4]]
    limits = "confident-filter,max_confidence=0.8"
    assert prepare(limits, weak, np.zeros((5, 1)))[1].tolist() == [1, 0, 1, 1, 1]
    both = f"{limits},min_confidence=0.6"
    assert prepare(both, weak, np.zeros((5, 1)))[1].tolist() == [0, 0, 1, 1, 1]
    with pytest.raises(UserError, match=r"max_confidence=0.4 .*; the lowest confidence is 0.5;"):
        prepare("confident-filter,max_confidence=0.4", weak, np.zeros((5, 1)))
    with pytest.raises(UserError, match="keep and max_confidence exclude each other"):
        METHODS.build("confident-filter,keep=0.3,max_confidence=0.75")
    with pytest.raises(UserError, match="min_confidence must be at most max_confidence"):
        METHODS.build("confident-filter,min_confidence=0.9,max_confidence=0.75")


@pytest.mark.parametrize(
    "method",
    ["confident-filter", "confident-filter,min_confidence=0.75", "composition,select=confident"],
)
def test_a_filter_by_confidence_refuses_labels_of_one_confidence(method):
    """It used to keep the first items of the file, which is a random share."""
    for weak in (np.eye(2)[[0, 1] * 20], noisy(centers(0, choices=2, apart=1), 0, 0.2).weak):
        with pytest.raises(UserError, match="all weak labels have the same confidence"):
            prepare(method, weak, np.zeros((len(weak), 1)))
    planted = centers(0, choices=2, apart=1)
    with pytest.raises(MethodError, match=r"^method '.*': all weak labels have the same") as caught:
        planted.beliefs(method)
    assert "\n" not in str(caught.value)


def test_a_filter_gives_equally_confident_items_equal_weight():
    """Three of five votes are unanimous; half of the items is 2 of 5 (rounded)."""
    weak = np.array([[1.0, 0.0], [2 / 3, 1 / 3], [0.0, 1.0], [1 / 3, 2 / 3], [1.0, 0.0]])
    for method in ("confident-filter,keep=0.4", "composition,select=confident,keep=0.4"):
        _, weights = prepare(method, weak, np.zeros((5, 1)))
        assert weights == pytest.approx([2 / 3, 0, 2 / 3, 0, 2 / 3])
    _, weights = prepare("composition,select=confident,keep=0.4,others=0.1", weak, weak)
    assert weights == pytest.approx([0.7, 0.1, 0.7, 0.1, 0.7])


def test_knn_relabel_keeps_labels_that_all_neighbors_share():
    """Two far groups; each item's nearest in the other folds are all of its own group."""
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1], 40)
    features = 100 * group[:, None] + rng.normal(size=(80, 2))
    labels, weights = prepare("knn-relabel,neighbors=5", np.eye(2)[group], features)
    assert labels.tolist() == np.eye(2)[group].tolist()
    assert weights.tolist() == [1] * 80


def test_knn_relabel_takes_the_mean_label_of_the_neighbors():
    """With more neighbors than items, all items of the other folds vote."""
    rng = np.random.default_rng(0)
    weak, features = rng.dirichlet(np.ones(3), 20), rng.normal(size=(20, 2))
    fold = fold_of(np.arange(20), 5, np.random.default_rng(0))
    labels, _ = prepare("knn-relabel,neighbors=1000", weak, features)
    assert labels == pytest.approx(np.stack([weak[fold != one].mean(axis=0) for one in fold]))


@pytest.mark.parametrize("seed", range(5))
def test_an_item_never_votes_for_itself(seed):
    """One item, mislabelled in the midst of forty: its label must change, whatever the folds."""
    rng = np.random.default_rng(seed)
    weak = np.eye(2)[[1] + [0] * 40]
    labels, _ = prepare("knn-relabel,neighbors=3", weak, rng.normal(size=(41, 2)), seed=seed)
    assert labels[0].tolist() == [1, 0]


@pytest.mark.parametrize("seed", range(5))
def test_items_of_the_same_cluster_do_not_vote_for_an_item(seed):
    """Five duplicates share its error and lie at distance zero; they are of one cluster."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(46, 2))
    features[:6] = features[0]
    weak = np.eye(2)[[1] * 6 + [0] * 40]
    clusters = [0] * 6 + list(range(1, 41))
    method = "knn-relabel,neighbors=3"
    labels, _ = prepare(method, weak, features, clusters, seed=seed)
    assert labels[:6].tolist() == [[1, 0]] * 6
    alone, _ = prepare(method, weak, features, seed=seed)  # were they strangers, they would help
    assert alone[:6, 1].max() > 0.5


def test_folds_contain_whole_clusters_and_have_equal_size():
    clusters = np.repeat(np.arange(20), 3)
    fold = fold_of(clusters, 5, np.random.default_rng(0))
    assert all(len(set(fold[clusters == one])) == 1 for one in range(20))
    assert np.bincount(fold).tolist() == [12] * 5


def test_labels_without_voting_neighbors_are_unchanged():
    weak = [[0.3, 0.7], [0.6, 0.4]]
    labels, _ = prepare("knn-relabel", weak, np.zeros((2, 1)), clusters=[0, 0])
    assert labels.tolist() == weak


# Items on a line: five of the first class with one of the second class in their midst (at 3), one
# of the first class far from the others (at 10), and two of the second class further away.
LINE = np.array([0.0, 1, 2, 3, 4, 5, 10, 30, 31])[:, None]
SAID = np.eye(2)[[0, 0, 0, 1, 0, 0, 0, 1, 1]] * 0.8 + 0.1


def test_topofilter_drops_items_outside_the_largest_component_of_their_class():
    """The four nearest of 3 are of the other class; 10 is among the four nearest of 30 alone."""
    _, weights = prepare("topofilter,graph=4,neighbors=2,contamination=0", SAID, LINE)
    assert weights.tolist() == [1, 1, 1, 0, 1, 1, 0, 1, 1]


def test_topofilter_then_drops_the_items_farthest_from_their_neighbors():
    """Of nine items four are dropped: two by the graph, two by label. The neighbors of 30 and 31
    are each other and 5, whose label is 0.8 away: the distance of both is 0.4, and of others 0.
    """
    labels, weights = prepare("topofilter,graph=4,neighbors=2,contamination=0.44", SAID, LINE)
    assert weights.tolist() == [1, 1, 1, 0, 1, 1, 0, 0, 0]
    assert labels.tolist() == SAID.tolist()
    _, one_left = prepare("topofilter,graph=4,neighbors=2,contamination=0.33", SAID, LINE)
    assert one_left.tolist() == [1, 1, 1, 0, 1, 1, 0, 0.5, 0.5]  # their distances are equal


def test_topolabel_takes_the_mean_of_the_nearest_clean_labels():
    """The three nearest clean items of 3 are 2, 4 and 1 or 5, all of the first class."""
    labels, weights = prepare("topolabel,graph=4,neighbors=3", SAID, LINE)
    assert labels[[0, 1, 2, 3, 4, 5, 6]] == pytest.approx(np.tile([0.9, 0.1], (7, 1)))
    mixed = (2 * SAID[7] + SAID[0]) / 3  # of 30 and 31: themselves and the item at 5
    assert labels[[7, 8]] == pytest.approx(np.stack([mixed, mixed]))
    assert weights.tolist() == [1] * 9


def test_topofilter_knows_several_classes_and_choices_of_each_item():
    """Two of 60 items in three far groups have the label of another group."""
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1, 2], 20)
    said = group.copy()
    said[[3, 45]] = [1, 0]
    features = 100 * np.eye(3)[group] + rng.normal(size=(60, 3))
    for rows in (features, features[:, :, None]):
        _, weights = prepare("topofilter,graph=10,contamination=0", np.eye(3)[said], rows)
        assert np.flatnonzero(weights == 0).tolist() == [3, 45]


def test_logreg_relabel_predicts_from_the_other_folds():
    """scikit-learn's logistic regression on the four other folds. A head has two vectors, w/2 and
    -w/2, so l2 / 2 |W|^2 is l2 / 4 |w|^2, and C is 2 / l2.
    """
    from sklearn.linear_model import LogisticRegression

    planted = noisy(centers(0, choices=2, apart=1, learn=60), 0, 0.2)
    features = planted.features[:60]
    said = planted.weak.argmax(axis=1)
    labels, weights = prepare("logreg-relabel,l2=4", np.eye(2)[said], features)
    fold = fold_of(np.arange(60), 5, np.random.default_rng(0))
    for one in range(5):
        scaled = features - features[fold != one].mean(axis=0)
        spread = scaled[fold != one].std(axis=0)
        head = LogisticRegression(C=2 / 4, tol=1e-8).fit(
            (scaled / spread)[fold != one], said[fold != one]
        )
        expected = head.predict_proba((scaled / spread)[fold == one])
        assert labels[fold == one] == pytest.approx(expected, abs=0.01)
    assert weights.tolist() == [1] * 60


def test_logreg_relabel_with_one_fold_predicts_the_items_that_it_learned():
    """Constant features: the head knows the mean label alone, of all folds or of the others."""
    weak = np.eye(2)[[0] * 15 + [1] * 5]
    labels, _ = prepare("logreg-relabel,folds=1", weak, np.zeros((20, 1)))
    assert labels == pytest.approx(np.tile([0.75, 0.25], (20, 1)), abs=1e-3)
    crossed, _ = prepare("logreg-relabel,folds=20", weak, np.zeros((20, 1)))
    assert crossed[:, 0] == pytest.approx([14 / 19] * 15 + [15 / 19] * 5, abs=1e-3)


@pytest.mark.parametrize("probe", ["logreg", "knn"])
def test_probe_filter_drops_the_items_that_the_probe_contradicts(probe):
    """Four of 80 items in two far groups have the label of the other group; 5% are dropped."""
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1], 40)
    said = group.copy()
    said[[0, 7, 50, 71]] = 1 - said[[0, 7, 50, 71]]
    features = 5 * group[:, None] + rng.normal(size=(80, 2))
    method = f"probe-filter,probe={probe},contamination=0.05"
    labels, weights = prepare(method, np.eye(2)[said], features)
    assert np.flatnonzero(weights == 0).tolist() == [0, 7, 50, 71]
    assert weights.sum() == 76
    assert labels.tolist() == np.eye(2)[said].tolist()
    assert prepare(f"probe-filter,probe={probe},contamination=0", labels, features)[1].sum() == 80


@pytest.mark.parametrize(
    ("scores", "begins"),
    [
        ([0.1] * 3 + [0.9] * 5, 0.9),
        ([5, 1, 5, 1, 1, 1, 1], 5),
        ([0, 1, 2, 10, 11, 12], 10),
        ([3.0], 3.0),
        ([1, 2], 2),
    ],
)
def test_change_point_is_where_the_upper_level_begins(scores, begins):
    assert change_point(np.array(scores, float)) == begins


def test_change_point_is_the_best_of_all_two_level_fits():
    rng = np.random.default_rng(0)
    for _ in range(20):
        scores = np.sort(rng.normal(size=30))
        errors = [
            np.var(scores[:cut]) * cut + np.var(scores[cut:]) * (30 - cut) for cut in range(1, 30)
        ]
        assert change_point(rng.permutation(scores)) == scores[np.argmin(errors) + 1]


def easy_hard_and_both():
    """(weak, features, group): the easy pattern in two columns, the hard one in two others."""
    rng = np.random.default_rng(0)
    group = rng.permutation(np.repeat(["easy", "hard", "both"], [60, 30, 40]))
    easy, hard = group != "hard", group != "easy"
    side = rng.choice([-1, 1], size=130)
    features = np.zeros((130, 4))
    features[:, 0] = side * easy
    features[:, 2] = side * hard
    features += rng.normal(0, 0.02, size=features.shape)
    sureness = np.where(easy, 0.95, 0.55) + rng.uniform(-0.03, 0.03, 130)
    weak = np.column_stack([sureness, 1 - sureness])
    weak[side > 0] = weak[side > 0, ::-1]
    return weak, features, group


def test_overlap_density_recovers_the_planted_groups():
    weak, features, group = easy_hard_and_both()
    assert overlapping(weak, features).tolist() == (group == "both").tolist()


def test_overlap_density_gives_items_outside_of_the_overlap_a_lower_weight():
    weak, features, group = easy_hard_and_both()
    labels, weights = prepare("overlap-density", weak, features[:, [0, 2]])
    assert labels.tolist() == weak.tolist()
    assert weights.tolist() == (group == "both").astype(float).tolist()
    _, weights = prepare("overlap-density,others=0.25", weak, features[:, [0, 2]])
    assert weights.tolist() == np.where(group == "both", 1, 0.25).tolist()


def test_overlap_density_keeps_all_items_if_it_finds_no_groups():
    _, features, _ = easy_hard_and_both()
    assert overlapping(np.full((130, 2), 0.5), features).all()


def test_confidence_on_many_choices_is_the_margin_over_the_second_choice():
    """Torn between two choices is less sure than half for one and the rest spread."""
    weak = np.array([[0.54, 0.46, 0.0]] * 5 + [[0.5, 0.25, 0.25]] * 5)
    features = np.tile([1.0, 0.0], (10, 1))
    assert overlapping(weak, features).tolist() == [False] * 5 + [True] * 5


def test_similarity_is_the_cosine_of_unscaled_features():
    """As in the authors' code: rows are neither centered nor scaled."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, 3)) * [1, 20, 0.1] + [5, -40, 1]
    chosen = np.arange(40) < 10
    cosine = [
        max(abs(one @ rows[j]) / np.linalg.norm(one) / np.linalg.norm(rows[j]) for j in range(10))
        for one in rows
    ]
    assert closeness(rows, chosen) == pytest.approx(cosine)
    weak, features, group = easy_hard_and_both()
    turned = features @ np.linalg.qr(rng.normal(size=(4, 4)))[0]  # cosines stay, columns do not
    assert overlapping(weak, 1000 * turned).tolist() == (group == "both").tolist()


def test_the_memory_of_overlap_density_is_linear_in_the_items():
    """6,000 sure items and 6,000 unsure ones: all similarities at once would take 288 MB."""
    rng = np.random.default_rng(0)
    sureness = np.tile([0.95, 0.55], 6000) + rng.uniform(-0.03, 0.03, 12_000)
    features = rng.normal(size=(12_000, 4)).astype(np.float32)
    tracemalloc.start()
    overlapping(np.column_stack([sureness, 1 - sureness]), features)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6


def test_shuffled_permutes_the_labels():
    weak = np.random.default_rng(0).dirichlet(np.ones(3), 50)
    labels, weights = prepare("shuffled", weak, np.zeros((50, 1)))
    assert sorted(labels.tolist()) == sorted(weak.tolist())
    assert np.mean((labels == weak).all(axis=1)) < 0.1
    assert weights.tolist() == [1] * 50
    again, _ = prepare("shuffled", weak, np.zeros((50, 1)))
    other, _ = prepare("shuffled", weak, np.zeros((50, 1)), seed=1)
    assert again.tolist() == labels.tolist()
    assert other.tolist() != labels.tolist()


@pytest.mark.parametrize("method", ["ensemble", "co-teaching"])
def test_members_are_determined_by_the_key(method):
    planted = noisy(centers(0, choices=2, apart=2, learn=100), 0, 0.3)
    once, again = (planted.beliefs(method, key="one") for _ in range(2))
    assert once.tobytes() == again.tobytes()
    assert once.tobytes() != planted.beliefs(method, key="two").tobytes()


def test_resampling_draws_whole_clusters():
    """All but one item in a single cluster: a member has it twice, once or not at all."""
    seen = []

    def watching(weak, belief, progress):
        seen.append(belief.copy())
        return weak, np.ones(len(weak))

    planted = centers(0, choices=2, apart=1, learn=40)
    method = METHODS.build("ensemble,members=8").value
    method = type(method)(targets=watching, members=8)
    clusters = np.array([0] * 39 + [1])
    train(
        planted.features,
        [Training(method, "watching", planted.learn, planted.weak, clusters, 1.0, "key")],
    )
    last = np.array(seen[-8:])  # (members, n, k)
    assert 2 <= len({member.tobytes() for member in last}) <= 3  # (2, 0), (1, 1) or (0, 2) copies


def rungs(method, weak, strong):
    return METHODS.build(method).value.rungs(weak, strong)


@pytest.mark.parametrize(
    ("weak", "strong", "between"),
    [
        ("pca-4", "spectral-64", ("spectral-10", "spectral-25")),  # 4, 10.1, 25.4, 64
        ("lsa-32", "lsa-64", ("lsa-40", "lsa-51")),
        ("pca-1", "pca-4", ("pca-2", "pca-3")),
        ("hf/X/Y@layer-2", "hf/X/Y@layer-12", ("hf/X/Y@layer-4", "hf/X/Y@layer-7")),
        ("lowres-2,l2=3", "lowres-8", ("lowres-3", "lowres-5")),
    ],
)
def test_default_rungs_lie_evenly_between_supervisor_and_student(weak, strong, between):
    assert rungs("bootstrap", weak, strong) == between


@pytest.mark.parametrize(
    ("weak", "strong", "told"),
    [
        ("pca-4", "pixels", "cannot compare the sizes"),
        ("pca-4", "file:activations-64.npy", "cannot compare the sizes"),
        ("recorded:labels-2", "pca-64", "cannot compare the sizes"),
        ("pixel-debate,pixels=2", "spectral-64", "cannot compare the sizes"),
        ("hf/small", "hf/large", "cannot compare the sizes"),
        ("hf/X@layer-2", "hf/Y@layer-12", "cannot compare the sizes"),
        ("lsa-4", "hf/X@layer-12", "cannot compare the sizes"),
        ("lowres-2", "pca-64", "cannot compare the sizes"),
        ("lsa-64", "lsa-32", "needs two sizes between"),
        ("lsa-32", "lsa-32", "needs two sizes between"),
        ("lsa-32", "lsa-34", "needs two sizes between"),
    ],
)
def test_bootstrap_is_refused_without_intermediate_students(weak, strong, told):
    with pytest.raises(UserError, match=rf"{told}.*rungs=A\+B") as caught:
        rungs("bootstrap", weak, strong)
    assert "\n" not in str(caught.value)


def test_bootstrap_uses_the_given_rungs():
    for weak in ("pca-2", "recorded:labels.jsonl"):
        found = rungs("bootstrap,rungs=pca-4+spectral-16", weak, "pixels")
        assert found == ("pca-4", "spectral-16")


@pytest.mark.parametrize(
    ("named", "strong", "found"),
    [
        ("spectral-8", "spectral-64,neighbors=5,l2=0.1", "spectral-8,neighbors=5,l2=0.1"),
        ("pca-8", "spectral-64,neighbors=5,l2=0.1", "pca-8,l2=0.1"),
        ("pca-8", "spectral-64,l2=auto", "pca-8,l2=auto"),
        ("hf/B:adapter=head", "spectral-64,l2=auto", "hf/B,adapter=head"),
        ("sklearn/GaussianNB", "spectral-64,l2=0.1", "sklearn/GaussianNB"),
        ("pca-8:l2=2", "spectral-64,l2=0.1", "pca-8,l2=2"),
        ("spectral-8:neighbors=7:l2=2", "pixels", "spectral-8,neighbors=7,l2=2"),
        ("hf/A", "hf/B,adapter=lora,num_epochs=3", "hf/A,adapter=lora,num_epochs=3"),
        (
            "hf/A:num_epochs=1:batch_size=4",
            "hf/B,adapter=lora,num_epochs=3",
            "hf/A,adapter=lora,num_epochs=1,batch_size=4",
        ),
        ("hf/A@layer-2", "hf/B,adapter=lora", "hf/A@layer-2"),
        ("hf/A@layer-2", "hf/A@layer-6,pool=mean", "hf/A@layer-2,pool=mean"),
        ("file:a.npy:l2=2", "file:b.npy,l2=3", "file:a.npy,l2=2"),
    ],
)
def test_rungs_combine_the_settings_of_the_strong_student_and_their_own(named, strong, found):
    assert rungs(f"bootstrap,rungs={named}", "pca-1", strong) == (found,)


def test_default_rungs_have_the_settings_of_the_strong_student():
    found = rungs("bootstrap", "pca-8", "spectral-64,neighbors=5,l2=0.1")
    settings = "neighbors=5,l2=0.1"
    assert found == (f"spectral-16,{settings}", f"spectral-32,{settings}")


def test_a_share_is_above_0_and_at_most_1():
    assert METHODS.build("confident-filter,keep=1").arguments["keep"] == 1
    for value in ("0", "-1", "1.1"):
        with pytest.raises(UserError, match=r"keep must lie in \(0, 1\]"):
            METHODS.build(f"confident-filter,keep={value}")
