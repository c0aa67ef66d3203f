"""Questions with two to five choices, through supervisors, studies, reports and measures."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.conftest import write_jsonl
from truing import measures
from truing.errors import DataError
from truing.report.page._transfer_section import chance_accuracies
from truing.runs import TaskData
from truing.studies import Store, Study, make_plan, run_plan
from truing.supervisors import SUPERVISORS, check_labels
from truing.tasks import load_task

GOOD, BAD = ("sun", "light", "warm"), ("rain", "dark", "cold", "wind")


@pytest.fixture
def questions(tmp_path):
    """Questions whose right answer uses other words than the wrong ones."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(150):
        count = 2 + number % 4
        right = int(rng.integers(count))
        words = [GOOD if place == right else BAD for place in range(count)]
        choices = [f"{' '.join(rng.choice(own, 2))} {rng.integers(1000)}" for own in words]
        rows.append({"id": f"q{number}", "text": "Today?", "choices": choices, "truth": right})
    return write_jsonl(tmp_path / "questions.jsonl", rows)


def label(specification, task):
    built = SUPERVISORS.build(specification)
    truth = np.zeros(len(task), np.int64)
    found = built.value.label(task, truth, np.random.default_rng(0))
    return check_labels(found, task, specification)


def test_a_study_learns_and_gives_absent_choices_no_belief(questions, alone, own_store):
    study = Study(
        tasks=str(questions),
        weak="simulated-noise,accuracy=0.5",
        strong="lsa-16",
        methods=["naive", "oracle"],
        seeds=2,
    )
    plan = make_plan(study)
    rows = {row.method: row for row in run_plan(plan, engine=alone).rows}
    assert rows["oracle"].pgr == 1.0
    assert rows["naive"].ceiling_accuracy > 0.9
    assert rows["naive"].transfer_accuracy > 0.5
    (source,) = plan.sources.values()
    store = Store(own_store)
    arrays = [store.read(step.key) for step in plan.steps.values() if step.kind.startswith("train")]
    assert arrays
    for one in arrays:
        assert (one["beliefs"][source.task.absent] == 0).all()


def test_chance_accuracy_is_the_mean_over_items():
    old = {"digits": TaskData(choices=10)}
    assert chance_accuracies(old) == {"digits": 0.1}
    new = {"q.jsonl": TaskData(choices=5, chance=0.32)}
    assert chance_accuracies(new) == {"q.jsonl": 0.32}


def test_planted_noise_is_only_on_present_choices(questions):
    task = load_task(str(questions)).task
    found = label("simulated-noise,accuracy=0.7", task)
    assert (found[task.absent] == 0).all()
    assert (found[~task.absent] > 0).all()
    assert sorted(set(found[task.choice_counts == 3][0].round(3))) == [0, 0.15, 0.7]


def test_recorded_labels_have_one_number_for_each_of_the_items_choices(questions, tmp_path):
    task = load_task(str(questions)).task
    rows = [
        {"id": one, "probabilities": [1 / count] * count}
        for one, count in zip(task.ids, task.choice_counts.tolist(), strict=True)
    ]
    found = label(f"recorded:{write_jsonl(tmp_path / 'labels.jsonl', rows)}", task)
    assert np.array_equal(found == 0, task.absent)
    rows[0]["probabilities"] = [0.2] * 5  # of an item with two choices
    path = write_jsonl(tmp_path / "labels.jsonl", rows)
    with pytest.raises(DataError, match="line 1: 'probabilities' must be 2 numbers"):
        label(f"recorded:{path}", task)
    rows[0] = {"id": task.ids[0], "choice": 4}
    path = write_jsonl(tmp_path / "labels.jsonl", rows)
    with pytest.raises(DataError, match="an index from 0 to 1"):
        label(f"recorded:{path}", task)


def test_judgements_of_items_with_other_numbers_of_choices_are_labels(questions, tmp_path):
    rows = []
    for line in questions.read_text().splitlines():
        one = json.loads(line)
        belief = [1.0 if place == one["truth"] else 0.0 for place in range(len(one["choices"]))]
        rows.append(
            {
                "question": one["id"],
                "choices": one["choices"][::-1],
                "belief": belief[::-1],
                "protocol": "debate",
            }
        )
    source = load_task(str(questions))
    found = label(f"judgements:{write_jsonl(tmp_path / 'j.jsonl', rows)}", source.task)
    truth = source.vault.reveal(np.arange(150), "score")
    assert np.array_equal(found, np.eye(5, dtype=np.float32)[truth])


def test_labels_on_absent_choices_are_refused(questions):
    task = load_task(str(questions)).task
    with pytest.raises(DataError, match="over the item's own choices"):
        check_labels(np.full((150, 5), 0.2), task, "even")


def test_capa_expects_agreement_by_each_items_number_of_choices():
    """Two models that err evenly and independently over the choices that an item has: 0."""
    rng = np.random.default_rng(0)
    counts = rng.integers(2, 6, size=40_000)
    truth = np.zeros(len(counts), np.int64)
    own = np.arange(5) < counts[:, None]
    even = np.where(own, 0.3 / (counts - 1)[:, None], 0)
    even[:, 0] = 0.7
    found = measures.capa(even, even, truth, counts)
    assert found.value == pytest.approx(0, abs=1e-12)
    assert measures.capa(even, even, truth).value > 0.02  # as if every item had five
    with pytest.raises(ValueError, match="choices must be 40000 integers from 2 to 5"):
        measures.capa(even, even, truth, counts + 1)
