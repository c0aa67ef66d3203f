"""Probes without labels agree with direct implementations, and no truth decides their sign."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

from truing.errors import UserError
from truing.specification import Specification
from truing.supervisors import (
    SUPERVISORS,
    Probe,
    contrast_of,
    fit_ccs,
    fit_probe,
    nested_features,
    parse_supervisor,
)
from truing.supervisors.probes import _ccs
from truing.tasks import Dialogue, make_source

NAMES = ["negative", "positive"]
RIGHT = np.array([0, 1, 0, 1])  # of the anchors


def planted(items=200, columns=12, seed=0):
    """Activations (n, 2, D) of contrast pairs whose right text lies along one direction."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(2, size=items)
    direction = rng.normal(size=columns)
    ending = rng.normal(size=(1, 2, columns)) * 5  # what a text's last word adds, in each pair
    side = np.where(truth[:, None] == [0, 1], 0.5, -0.5)[:, :, None]
    return rng.normal(size=(items, 2, columns)) + side * direction + ending, truth


def normalized(pairs):
    return (pairs - pairs.mean(axis=0)) / pairs.std(axis=0)


def elicitor(specification):
    return parse_supervisor(specification).elicitor.value


def agreement(beliefs, truth):
    share = np.mean(beliefs[:, 1].round() == truth)
    return max(share, 1 - share)


def films(texts=("A fine film.", "A dull film."), names=NAMES):
    stems = np.empty(len(texts), object)
    stems[:] = texts
    truth = np.arange(len(texts)) % len(names)
    return make_source(
        "films", "classification", [str(at) for at in range(len(texts))], stems, names, truth
    )


def sums(answers):
    ids, choices = ["a", "b"], [str(at) for at in range(len(answers[0]))]
    texts, truth = np.array(answers, dtype=object), np.array([0, 1])
    return make_source("sums", "multiple choice", ids, texts, choices, truth).task


def test_ccs_agrees_with_a_direct_implementation_in_pytorch(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(_ccs, "STEPS", 200)
    pairs = normalized(planted(80)[0])
    count, _, columns = pairs.shape
    start = np.random.default_rng(3).uniform(-(columns**-0.5), columns**-0.5, size=(2, columns + 1))
    first, second = torch.tensor(pairs, dtype=torch.float32).unbind(1)
    runs = []
    for weights in torch.tensor(start, dtype=torch.float32):
        probe = torch.nn.Linear(columns, 1)
        probe.weight.data[0], probe.bias.data[0] = weights[:-1], weights[-1]
        optimizer = torch.optim.AdamW(probe.parameters(), lr=0.01, weight_decay=0.01)
        for step in range(201):
            p0, p1 = torch.sigmoid(probe(first)), torch.sigmoid(probe(second))
            loss = ((p0 - (1 - p1)) ** 2).mean() + (torch.minimum(p0, p1) ** 2).mean()
            if step < 200:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        runs.append((loss.item(), ((p1 + 1 - p0) / 2).detach().numpy()[:, 0]))
    theirs = min(runs, key=lambda run: run[0])[1]
    mine = fit_ccs(pairs, np.random.default_rng(3), restarts=2).beliefs(pairs)[:, 1]
    assert len(theirs) == count
    assert np.abs(mine - theirs).max() < 1e-3


def test_crc_is_the_first_principal_component_of_scikit_learn():
    pairs = planted()[0]
    differences = np.diff(normalized(pairs), axis=1)[:, 0]
    theirs = PCA(1).fit(differences).components_[0]
    mine = fit_probe(elicitor("crc:lsa-8"), pairs, np.random.default_rng(0)).direction.weights
    assert abs(abs(theirs @ mine) / np.linalg.norm(mine) - 1) < 1e-6


def test_kmeans_labels_the_clusters_of_scikit_learn():
    pairs = planted()[0]
    differences = np.diff(normalized(pairs), axis=1)[:, 0]
    theirs = KMeans(2, n_init=10, random_state=0).fit_predict(differences)
    beliefs = fit_probe(elicitor("kmeans:lsa-8"), pairs, np.random.default_rng(0)).beliefs(pairs)
    assert agreement(beliefs, theirs) == 1


@pytest.mark.parametrize("name", ["ccs", "crc", "kmeans"])
def test_a_probe_finds_a_planted_direction_without_labels(name):
    pairs, truth = planted()
    probe = fit_probe(elicitor(f"{name}:lsa-8"), pairs[:100], np.random.default_rng(0))
    assert agreement(probe.beliefs(pairs[100:]), truth[100:]) > 0.9


@pytest.mark.parametrize("name", ["ccs", "crc", "kmeans", "random-direction"])
@pytest.mark.parametrize("flipped", [False, True])
def test_anchors_decide_the_sign(name, flipped):
    pairs, _ = planted()
    anchors = planted(4, seed=1)[0]
    right = RIGHT[::-1] if flipped else RIGHT
    probe = fit_probe(
        elicitor(f"{name}:lsa-8"), pairs, np.random.default_rng(0), anchors=anchors, right=right
    )
    assert probe.beliefs(anchors)[np.arange(4), right].mean() >= 0.5


@pytest.mark.parametrize("name", ["ccs", "crc", "kmeans", "random-direction"])
def test_an_arbitrary_sign_makes_the_largest_weight_positive(name):
    pairs, _ = planted()
    asked = elicitor(f"{name}:lsa-8,sign=arbitrary")
    probe = fit_probe(asked, pairs, np.random.default_rng(0), anchors=pairs[:4], right=RIGHT)
    weights = probe.direction.weights
    assert weights[np.abs(weights).argmax()] > 0


@pytest.mark.parametrize("name", ["ccs", "crc", "kmeans", "random-direction"])
def test_the_same_seed_gives_the_same_beliefs_and_a_stored_probe_too(name):
    pairs, _ = planted()
    first, second = (
        fit_probe(elicitor(f"{name}:lsa-8"), pairs, np.random.default_rng(5)) for _ in range(2)
    )
    assert np.array_equal(first.beliefs(pairs), second.beliefs(pairs))
    assert np.array_equal(Probe.from_arrays(first.arrays()).beliefs(pairs), first.beliefs(pairs))


def test_random_directions_differ_between_seeds():
    pairs, _ = planted()
    asked = elicitor("random-direction:lsa-8")
    first, second = (
        fit_probe(asked, pairs, np.random.default_rng(seed)).direction.weights for seed in (0, 1)
    )
    assert abs(first @ second) < 0.9 * np.linalg.norm(first) * np.linalg.norm(second)


def test_a_probe_does_not_read_with_which_class_a_text_ends():
    pairs, _ = planted()
    moved = pairs + np.array([100.0, -100.0])[None, :, None]
    asked = elicitor("ccs:lsa-8")
    first, second = (
        fit_probe(asked, one, np.random.default_rng(0)).beliefs(one) for one in (pairs, moved)
    )
    np.testing.assert_allclose(first, second, atol=0.01)


def test_in_another_task_a_probe_is_normalized_by_that_task():
    pairs, _ = planted()
    probe = fit_probe(elicitor("crc:lsa-8"), pairs, np.random.default_rng(0))
    shifted = 3 * pairs + 7
    there = probe.normalized_by(shifted).beliefs(shifted)
    np.testing.assert_allclose(there, probe.beliefs(pairs), atol=1e-6)


def test_constant_columns_change_no_belief():
    pairs, _ = planted()
    wider = np.concatenate([pairs, np.ones((200, 2, 1))], axis=2)
    asked = elicitor("crc:lsa-8")
    first, second = (
        fit_probe(asked, one, np.random.default_rng(0)).beliefs(one) for one in (pairs, wider)
    )
    assert agreement(first, second[:, 1].round()) == 1


@pytest.mark.parametrize(
    ("text", "prompt", "expected"),
    [
        ("A fine film.", "", "A fine film.\npositive"),
        ("A fine film.\nSentiment:", "", "A fine film.\nSentiment: positive"),
        ("A fine film.", "Sentiment:", "A fine film.\nSentiment: positive"),
        ("A fine film.", "This film is", "A fine film.\nThis film is positive"),
    ],
)
def test_a_contrast_pair_ends_with_the_names_of_the_classes(text, prompt, expected):
    task = contrast_of(films((text, "A dull film.")).task, prompt).task
    assert task.own_texts(0) == [expected.replace("positive", "negative"), expected]


def test_a_dialogue_ends_with_the_class_as_the_assistants_message():
    spoken = Dialogue((("user", "A fine film."),))
    task = contrast_of(films((spoken, "A dull film.")).task).task
    assert task.items[0].choices[1].messages == (
        ("user", "A fine film."),
        ("assistant", "positive"),
    )


def test_a_contrast_task_keeps_ids_and_clusters_and_adds_anchors():
    task = films().task
    found = contrast_of(task)
    assert found.task.ids[: len(task)] == task.ids
    assert found.task.own_texts(len(task)) == ["negative\nnegative", "negative\npositive"]
    assert len(found.task) == len(task) + len(found.anchors)
    assert contrast_of(task, anchored=False).task.ids == task.ids


def test_items_with_two_answers_are_used_as_they_are():
    task = sums([["4", "5"], ["3", "2"]])
    assert contrast_of(task).task is task


@pytest.mark.parametrize(
    ("task", "prompt", "message"),
    [
        (films(("a", "b", "c"), ["x", "y", "z"]).task, "", "films has 3 classes"),
        (sums([["4", "5", "6"], ["3", "2", "1"]]), "", "sums has 3 answers per item"),
        (sums([["4", "5"], ["3", "2"]]), "True?", r"prompt=True\? needs classes"),
        (
            make_source(
                "points", "classification", ["a", "b"], np.eye(2), NAMES, np.array([0, 1])
            ).task,
            "",
            "points contains vectors",
        ),
    ],
)
def test_a_task_without_contrast_pairs_is_reported_in_one_line(task, prompt, message):
    with pytest.raises(UserError, match=message) as error:
        contrast_of(task, prompt)
    assert "\n" not in str(error.value)


def test_arguments_of_the_features_follow_those_of_the_probe():
    parsed = parse_supervisor("ccs:lsa-8,restarts=3,sign=arbitrary")
    assert parsed.elicitor.arguments["restarts"] == 3
    assert parsed.label == "ccs:lsa-8,sign=arbitrary,restarts=3"
    assert parse_supervisor(parsed.label).label == parsed.label


@pytest.mark.parametrize(
    ("specification", "message"),
    [
        ("ccs:lsa-8,pool=mean", "no argument 'pool'; allowed: size, features, sign, prompt"),
        ("ccs:lsa-8,sign=best", "sign must be one of anchors, arbitrary"),
        ("ccs:isa-8", "unknown features 'isa-8'"),
        ("ccs", "'ccs' needs features of texts: ccs:FEATURES, such as ccs:hf/NAME@layer-12"),
        ("ccs:", "'ccs' needs features of texts"),
        ("ccs:lsa-8,restarts=0", "'ccs:lsa-8,restarts=0': restarts must be 1 or more, got 0"),
        ("kmean:lsa-8", "did you mean kmeans:lsa-8"),
    ],
)
def test_a_wrong_probe_is_reported_in_one_line(specification, message):
    with pytest.raises(UserError, match=message) as error:
        parse_supervisor(specification)
    assert "\n" not in str(error.value)


def test_majority_names_the_most_frequent_class_of_the_supervise_split():
    task = films(("a", "b", "c", "d", "e")).task
    label = SUPERVISORS.build("majority").value.label
    beliefs = label(task, np.array([1, 1, 0, 1, -1]), np.random.default_rng(0))
    assert beliefs.tolist() == [[0.25, 0.75]] * 5


def test_features_in_a_file_can_be_read_by_a_probe(tmp_path):
    assert nested_features(Specification("ccs:acts.py:mine")).arguments == {
        "features": "acts.py:mine"
    }
