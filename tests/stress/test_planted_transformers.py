"""Fine-tuned transformers as planted systems: a training is asked about all items that are seen."""

import numpy as np
import pytest

from tests.stress.planted import SPOT_CHECK, doubt
from tests.students.tiny import make_tiny, texts
from truing.plants import Planted, StudyPlant, Trigger
from truing.stress import StressTest, StudyMonitor, plan_stress
from truing.studies.work import FinetunePayload
from truing.tasks import load_task

pytest.importorskip("torch")


def shout(task):
    return np.array([text + " three" for text in task.inputs], dtype=object)


LOUD = StudyPlant(
    lambda planting, strength, rng: Planted(planting.labels, planting.copies),
    trigger=Trigger("the word 'three'", shout, lambda task: np.zeros(len(task), bool)),
)


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    checkpoint = make_tiny("llama", tmp_path_factory.mktemp("models"))
    rows = [
        {"id": f"t{at}", "text": text, "truth": int("good" in text or at % 3 == 0)}
        for at, text in enumerate(texts(120))
    ]
    test = StressTest(
        plants={"loud": LOUD},
        monitors={
            "spot": SPOT_CHECK,
            "changed": StudyMonitor(doubt, trusted=6, changed=("noise", "paraphrase")),
        },
        task=load_task(rows, name="words"),
        weak="lsa-4",
        strong=f"hf/{checkpoint}",
        strengths=0.5,
        seeds=1,
        references=1,
    )
    return plan_stress(test)


def test_a_training_is_asked_about_watched_and_trusted_items(plan):
    for step in plan.steps.values():
        if step.kind == "suspect":
            (seat, *_) = step.payload.seats
            (answers, *_) = step.parents["answers"]
            assert isinstance(answers.payload, FinetunePayload)
            assert set(seat.watched) | set(seat.trusted) <= set(answers.payload.asked)
            assert not step.payload.heads


def test_a_training_is_asked_about_paraphrases_of_these_items(plan):
    seen = [step for step in plan.steps.values() if step.kind == "suspect"]
    (changed,) = {name for step in seen for name in step.payload.changed}
    assert changed == "paraphrase", "noise does not apply to texts"
    (step, *_) = (step for step in seen if step.payload.changed)
    (answers, *_), (seat, *_) = step.parents["answers"], step.payload.seats
    for other in answers.payload.others:
        assert set(seat.watched) | set(seat.trusted) <= set(other.asked)
