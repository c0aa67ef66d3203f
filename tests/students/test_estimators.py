"""Estimators learn soft targets by weighted rows, and follow a method's rule in rounds."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from truing.errors import MethodError, UserError
from truing.methods import METHODS, Method, Training, train, train_estimator
from truing.students import EstimatorStudent, build_classifier, make_rows, parse_student
from truing.students._weighted_rows import fit_beliefs

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(120, 4)).astype(np.float32) * [1, 2, 3, 4] + 1
LEARN = np.arange(80)
WEAK = RNG.dirichlet(np.full(3, 0.7), size=80)
ACCURATE = LogisticRegression(max_iter=10_000, tol=1e-9)


def training(method, name="mine"):
    built = METHODS.build(method).value if isinstance(method, str) else method
    return Training(built, name, LEARN, WEAK, LEARN // 2, 1.0, "key")


def fitted(estimator, method="naive"):
    return train_estimator(EstimatorStudent(estimator), ROWS, training(method), ROWS)


def test_weighted_rows_have_the_cross_entropy_of_the_soft_targets():
    beliefs, weights = RNG.dirichlet(np.ones(3), size=80), RNG.random(80)
    items, classes, masses = make_rows(WEAK, weights)
    by_rows = (masses * -np.log(beliefs[items, classes])).sum()
    soft = (weights * -(WEAK * np.log(beliefs)).sum(axis=1)).sum()
    assert by_rows == pytest.approx(soft)
    assert masses.sum() == pytest.approx(weights.sum())


@pytest.mark.parametrize("method", ["naive", "confident-filter", "ensemble,members=3", "gce"])
def test_logistic_regression_agrees_with_a_head(method):
    head = train(ROWS, [training(method)])[0]
    estimator = fitted(make_pipeline(StandardScaler(), ACCURATE), method)
    assert np.abs(head - estimator).max() < 0.01
    assert np.abs(head - 1 / 3).max() > 0.3


@pytest.mark.parametrize("estimator", [GaussianNB(), RandomForestClassifier(5, random_state=3)])
def test_hard_labels_give_the_estimators_own_fit(estimator):
    truth = WEAK.argmax(axis=1)
    found = fit_beliefs(estimator, ROWS, LEARN, np.eye(3)[truth], np.ones(80))
    own = estimator.fit(ROWS[LEARN], truth, sample_weight=np.ones(80))
    assert np.array_equal(found, own.predict_proba(ROWS))


def test_a_class_without_rows_has_probability_zero():
    targets = np.eye(3)[[0, 2] * 40]
    found = fit_beliefs(GaussianNB(), ROWS, LEARN, targets, np.ones(80))
    assert not found[:, 1].any()
    assert np.allclose(found.sum(axis=1), 1)


def test_a_single_class_and_no_rows_need_no_fit():
    only = fit_beliefs(GaussianNB(), ROWS, LEARN, np.eye(3)[[2] * 80], np.ones(80))
    assert only[:, 2].tolist() == [1.0] * 120
    none = fit_beliefs(GaussianNB(), ROWS, LEARN, WEAK, np.zeros(80))
    assert np.array_equal(none, np.full((120, 3), 1 / 3))


def test_an_item_with_weight_zero_affects_no_step_of_a_pipeline():
    weights = np.append(np.zeros(20), np.ones(60))
    changed = ROWS.copy()
    changed[:20] += 1000
    first, second = (
        fit_beliefs(make_pipeline(StandardScaler(), ACCURATE), rows, LEARN, WEAK, weights)
        for rows in (ROWS, changed)
    )
    assert np.array_equal(first[20:], second[20:])


def test_a_rule_sees_uniform_beliefs_first_and_then_those_of_the_last_round():
    seen = []

    def targets(weak, belief, progress):
        seen.append((np.array(belief), progress))
        return weak, np.ones(len(weak))

    beliefs = fitted(GaussianNB(), Method(targets=targets, rounds=3))
    assert [progress for _, progress in seen] == [0, 0.5, 1]
    assert np.array_equal(seen[0][0], np.full((80, 3), 1 / 3))
    assert np.allclose(seen[2][0], beliefs[LEARN], atol=1e-6)


def test_a_rule_that_uses_beliefs_takes_sixteen_rounds_and_a_static_rule_one():
    calls = []

    def targets(weak, belief, progress):
        calls.append(progress)
        return weak, np.ones(len(weak))

    fitted(GaussianNB(), Method(targets=targets))
    assert len(calls) == 16
    fitted(GaussianNB(), Method(targets=targets, static=True))
    assert len(calls) == 17


def test_each_round_replaces_half_of_the_targets():
    hard = np.eye(3)[WEAK.argmax(axis=1)]

    def targets(weak, belief, progress):
        return (weak if progress == 0 else hard), np.ones(len(weak))

    found = fitted(GaussianNB(), Method(targets=targets, rounds=2))
    half = fit_beliefs(GaussianNB(), ROWS, LEARN, (WEAK + hard) / 2, np.ones(80))
    assert np.allclose(found, half, atol=1e-6)


def test_peers_receive_each_others_beliefs():
    seen = []

    def targets(weak, belief, progress):
        seen.append(np.array(belief))
        return weak, np.ones(len(weak))

    both = Method(targets=targets, members=2, peers=True, rounds=2)
    beliefs = fitted(GaussianNB(), both)
    first, second = seen[2:]
    assert not np.array_equal(first, second)
    assert np.allclose((first + second) / 2, beliefs[LEARN], atol=1e-6)
    alone = Method(targets=targets, members=2, rounds=2)
    fitted(GaussianNB(), alone)
    assert np.array_equal(seen[-2], second)
    assert np.array_equal(seen[-1], first)


def test_random_states_are_set_from_the_training_where_they_are_none():
    bag = BaggingClassifier(DecisionTreeClassifier(), random_state=7)
    student = EstimatorStudent(make_pipeline(StandardScaler(), bag))
    tree, whole = "baggingclassifier__estimator__random_state", "baggingclassifier__random_state"
    made, again, other = (student.seeded(key).get_params() for key in ("key", "key", "other"))
    assert made[tree] == again[tree] != other[tree]
    assert made[whole] == 7
    assert bag.estimator.random_state is None
    assert np.array_equal(fitted(RandomForestClassifier(3)), fitted(RandomForestClassifier(3)))


def test_beliefs_are_normalized_and_others_than_probabilities_are_refused():
    class Single(GaussianNB):
        scale = 1.001

        def predict_proba(self, X):
            return super().predict_proba(X) * self.scale

    class Logits(Single):
        scale = 10

    assert np.allclose(fitted(Single()), fitted(GaussianNB()), atol=1e-6)
    with pytest.raises(UserError, match="'Logits' has beliefs that are not probabilities"):
        fitted(Logits())


def test_targets_that_are_no_probabilities_are_refused():
    with pytest.raises(MethodError, match="'reverse-kl' makes targets below 0"):
        train_estimator(
            EstimatorStudent(GaussianNB()), ROWS, training("reverse-kl", "reverse-kl"), ROWS
        )


def test_an_estimator_that_fails_is_named_in_one_line():
    with pytest.raises(UserError, match=r"student 'LogisticRegression' failed: .*'C'"):
        fitted(LogisticRegression(C=-1.0))


@pytest.mark.parametrize(
    ("estimator", "words"),
    [
        (LogisticRegression, "LogisticRegression is a class; pass an estimator"),
        (LinearSVC(), "LinearSVC has no predict_proba"),
        (LinearRegression(), "LinearRegression has no predict_proba"),
        (make_pipeline(StandardScaler(), LinearSVC()), "LinearSVC has no predict_proba"),
        (KNeighborsClassifier(), "KNeighborsClassifier.fit takes no sample_weight"),
        (GridSearchCV(GaussianNB(), {}), "GridSearchCV cross-validates in fit, which would put"),
        ("GaussianNB", "str is not an estimator of scikit-learn"),
    ],
)
def test_an_estimator_that_cannot_learn_soft_targets_is_refused(estimator, words):
    with pytest.raises(UserError, match=words) as found:
        EstimatorStudent(estimator)
    assert "\n" not in str(found.value)


def test_the_identity_is_class_and_parameters_and_not_what_was_learned():
    known = GaussianNB().fit(ROWS, np.arange(120) % 2)
    plain = EstimatorStudent(GaussianNB())
    assert EstimatorStudent(known).identity == plain.identity
    assert EstimatorStudent(known).label == plain.label
    named = parse_student("sklearn/GaussianNB")
    assert named.identity == plain.identity
    others = [GaussianNB(var_smoothing=0.1), LogisticRegression(), make_pipeline(GaussianNB())]
    digests = [EstimatorStudent(one).identity["digest"] for one in (*others, GaussianNB())]
    assert len(set(digests)) == 4


def test_a_student_is_built_again_from_its_label():
    forest = EstimatorStudent(RandomForestClassifier(7), features="pca-4").named("wood")
    again = parse_student(forest.label)
    assert again.label == forest.label
    assert again.label.startswith("wood@")
    assert again.features == "pca-4"
    assert again.estimator.n_estimators == 7


def test_classifiers_have_names():
    made = build_classifier("LogisticRegression", {"C": "0.5", "fit_intercept": "false"})
    assert (made.C, made.fit_intercept) == (0.5, False)
    student = parse_student("sklearn/GaussianNB,features=pca-4")
    assert (student.label, student.features) == ("sklearn/GaussianNB,features=pca-4", "pca-4")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sklearn/GausianNB", "unknown student 'sklearn/GausianNB'; did you mean sklearn/Gaus"),
        ("sklearn/GaussianNB,alpha=1", "no parameter 'alpha'; allowed: features, priors, var_smoo"),
        ("sklearn/VotingClassifier", "contains other estimators; pass it as an object"),
        ("sklearn/GaussianNB,features=nothing-4", "unknown features 'nothing-4'"),
    ],
)
def test_a_wrong_name_is_one_clear_line(name, words):
    with pytest.raises(UserError, match=words):
        parse_student(name).input  # noqa: B018


def test_a_pipeline_reads_texts():
    texts = np.array(["good cat", "bad dog", "good dog", "bad cat"] * 10, object)
    labels = np.eye(2)[[0, 1] * 20]
    words = make_pipeline(TfidfVectorizer(), LogisticRegression(C=100))
    learn = np.arange(20)
    made = Training(METHODS.build("naive").value, "naive", learn, labels[:20], learn, 1.0, "key")
    beliefs = train_estimator(EstimatorStudent(words), texts, made, None)
    assert np.array_equal(beliefs.argmax(axis=1), labels.argmax(axis=1))
