"""Best-of-n of a study: candidates and rewards from stored beliefs, for each kind of task."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import product

import numpy as np
import pytest

from tests.report import folders
from truing.errors import UserError
from truing.measures import best_of_n
from truing.report import table
from truing.report._console import as_text
from truing.studies import LocalEngine, Row, StepGraph, Store, Study, complete, make_plan, make_rows
from truing.studies.work import best_of_n_step
from truing.studies.work._candidates import candidates_of
from truing.tasks import load_task
from truing.testing._watched import swap_truth

KIND, RUDE = ("thanks", "gladly", "sure", "welcome"), ("no", "never", "silly", "stop")
COMMON = ("the", "way", "there", "is", "on", "map", "your", "left")


def answers(count=60, seed=0):
    """Questions, each with four answers of which one to three are kind: (number, text, is_kind)."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        kind = rng.permutation(np.arange(4) < rng.integers(1, 4))
        for one in kind.tolist():
            words = [*rng.choice(KIND if one else RUDE, 1), *rng.choice(COMMON, 4)]
            found.append((number, " ".join(words), one))
    return found


def as_classes(found):
    return [{"text": text, "truth": kind, "cluster": number} for number, text, kind in found]


def as_pairs(found):
    rows = []
    for number in dict.fromkeys(one[0] for one in found):
        own = [one for one in found if one[0] == number]
        for better, worse in product(own, own):
            if better[2] and not worse[2]:
                row = {"chosen": better[1], "rejected": worse[1], "cluster": number}
                rows.append({**row, "prompt": f"Question {number}?"})
    return rows


def as_choices(found):
    rng = np.random.default_rng(0)
    kind, rude = ([one[1] for one in found if one[2] == wanted] for wanted in (True, False))
    rows = []
    for number in range(60):
        choices = dict.fromkeys([kind[number], *rng.choice(rude, 3).tolist()])
        rows.append({"text": f"Question {number}?", "choices": [*choices], "truth": kind[number]})
    return rows


TASKS = {"classes": as_classes, "pairs": as_pairs, "choices": as_choices}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Plan, store and row of a study of each kind of task."""
    store, found = Store(tmp_path_factory.mktemp("best-of-n")), {}
    for name, make in TASKS.items():
        study = Study(
            tasks={name: make(answers())},
            weak="lsa-2",
            strong="lsa-16",
            methods="naive",
            seeds=2,
            best_of_n=True,
        )
        plan = make_plan(study)
        complete(plan, store, LocalEngine(1))
        (row,) = make_rows(plan, store)
        found[name] = plan, row
    return store, found


def beliefs_and_truth(made, name, role):
    """Beliefs (S, n, k) of a role about the test items, their truth (n,), task and indices."""
    store, found = made
    plan, _ = found[name]
    step = plan.lines[0].best_of_n
    items = step.payload.items
    beliefs = np.stack([store.read(one.key)["beliefs"][items] for one in step.parents[role]])
    (source,) = plan.sources.values()
    return beliefs, step.truth.reveal(), source.task, items


@pytest.mark.parametrize("name", TASKS)
def test_the_curve_rises_from_random_choice_with_the_quality_of_the_reward(made, name):
    row = made[1][name][1]
    weak, transfer, ceiling = (
        row.best_of_n[role].points for role in ("weak", "transfer", "ceiling")
    )
    assert weak[0].truth.value == transfer[0].truth.value == ceiling[0].truth.value
    assert weak[-1].truth.value < ceiling[-1].truth.value <= ceiling[-1].oracle.value
    assert ceiling[-1].gain.low > 0


def test_the_candidates_of_classes_are_the_items_of_a_cluster(made):
    beliefs, truth, task, items = beliefs_and_truth(made, "classes", "transfer")
    assert task.choices == ("false", "true")
    expected = best_of_n(
        beliefs[:, :, 1], truth, task.clusters[items], rng=np.random.default_rng(0), replicates=100
    )
    row = made[1]["classes"][1]
    assert row.note.endswith("best of n: items of class 'true' are right")
    found = row.best_of_n["transfer"]
    assert [point.n for point in found.points] == [1, 2, 4]
    assert [p.truth.value for p in found.points] == [p.truth.value for p in expected.points]


def test_the_best_of_all_choices_is_the_accuracy_of_multiple_choice(made):
    row = made[1]["choices"][1]
    for role in ("weak", "transfer", "ceiling"):
        curve = row.best_of_n[role]
        assert curve.left_out == 0 or curve.points[-1].n == 4
        beliefs, truth, task, items = beliefs_and_truth(made, "choices", role)
        several = task.choice_counts[items] == curve.points[-1].n
        right = (beliefs.argmax(axis=2) == truth)[:, several]
        assert curve.points[-1].truth.value == pytest.approx(right.mean())


@pytest.mark.parametrize("name", TASKS)
def test_the_ground_truth_scores_the_candidates_and_ranks_none(made, name):
    """With other right choices the truth is another, but every choice among candidates is equal."""
    store, found = made
    plan, row = found[name]
    step, (source,) = plan.lines[0].best_of_n, plan.sources.values()
    assert step.truth.purpose == "score"
    assert np.array_equal(step.truth.items, source.task.splits(0).test)
    swapped = swap_truth(source, np.array([], int))
    other = best_of_n_step(swapped, *(step.parents[role] for role in row.best_of_n))
    complete(StepGraph((other,)), store, LocalEngine(1))
    for role, curve in store.read_json(other.key).items():
        points, changed = row.best_of_n[role].points, curve["points"]
        assert [one.reward_gain for one in points] == [one["reward_gain"] for one in changed]
        assert [one.truth.value for one in points] != [one["truth"]["value"] for one in changed]


def test_rewards_are_recovered_from_the_beliefs_about_pairs(made):
    _, truth, task, items = beliefs_and_truth(made, "pairs", "transfer")
    found = candidates_of(task, items)
    assert set(found.truth(truth)) == {0.0, 1.0}  # a text is always the better or the worse one
    rewards = np.random.default_rng(0).normal(size=(3, len(found.questions)))
    gaps = rewards[:, found.owners[::2]] - rewards[:, found.owners[1::2]]
    right = 1 / (1 + np.exp(-gaps))
    recovered = found.rewards(np.stack([right, 1 - right], axis=2))
    for question in np.unique(found.questions):
        own = found.questions == question
        centered = rewards[:, own] - rewards[:, own].mean(axis=1, keepdims=True)
        assert recovered[:, own] == pytest.approx(centered, abs=1e-6)


def test_equal_texts_of_a_question_are_one_candidate():
    rows = [
        {"prompt": f"Question {number}?", "chosen": good, "rejected": bad, "cluster": number}
        for number in range(40)
        for good, bad in [("a", "b"), ("a", "c"), ("d", "c")]
    ]
    task = load_task(rows, name="shared").task
    items = np.arange(len(task))
    found = candidates_of(task, items)
    assert len(found.questions) == 40 * 4
    assert np.bincount(found.questions).tolist() == [4] * 40


def test_a_middle_text_has_the_share_of_pairs_where_it_is_better():
    rows = [
        {"prompt": f"Question {number}?", "chosen": good, "rejected": bad, "cluster": number}
        for number in range(40)
        for good, bad in [("best", "middle"), ("middle", "worst"), ("best", "worst")]
    ]
    source = load_task(rows, name="ranked")
    items = np.arange(120)
    truth = np.array(
        [
            item.choices.index(row["chosen"])
            for item, row in zip(source.task.items, rows, strict=True)
        ]
    )
    found = candidates_of(source.task, items)
    values = found.truth(truth).reshape(40, 3)
    assert np.sort(values, axis=1).tolist() == [[0.0, 0.5, 1.0]] * 40


def test_a_study_without_the_option_has_no_curve_and_no_field(tiny_study):
    (line, *_) = make_plan(tiny_study).lines
    assert line.best_of_n is None
    assert "best_of_n" not in folders.row().to_json()


def test_a_row_with_curves_is_written_and_read(made):
    from pydantic import TypeAdapter

    row = made[1]["pairs"][1]
    stored = json.loads(json.dumps(row.to_json()))
    assert TypeAdapter(Row).validate_python(stored) == row
    assert stored["best_of_n"]["weak"]["points"][1]["n"] == 2
    assert (
        asdict(row.best_of_n["weak"].points[0].truth)
        == stored["best_of_n"]["weak"]["points"][0]["truth"]
    )


def test_the_table_of_the_terminal_shows_each_n_and_the_gain(made):
    text = as_text(table([made[1]["classes"][1]]))
    assert "best of n" in text
    lines = [line.split() for line in text.splitlines()]
    row = made[1]["classes"][1]
    values = [f"{point.truth.value:.3f}" for point in row.best_of_n["ceiling"].points]
    assert ["ceiling", *values] in [line[:4] for line in lines]
    assert "The oracle chooses by the ground truth, which is used for scoring only." in " ".join(
        text.split()
    )


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"text": f"t {n}", "truth": "abc"[n % 3]} for n in range(90)], "has 3 classes"),
        ([{"text": f"t {n}", "truth": n % 2} for n in range(90)], "0 clusters of at least 2"),
    ],
)
def test_a_task_without_candidates_is_refused_before_anything_is_computed(rows, message):
    study = Study(tasks=[rows], weak="lsa-2", strong="lsa-4", methods="naive", best_of_n=True)
    with pytest.raises(UserError, match=message):
        make_plan(study)


def test_the_option_is_true_or_false():
    with pytest.raises(UserError, match="best_of_n must be true or false, got 'four'"):
        Study(tasks="digits", weak="pca-2", strong="pca-4", methods="naive", best_of_n="four")
