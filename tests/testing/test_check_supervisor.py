"""check_supervisor passes each built-in supervisor, and names the condition that is violated."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.students.tiny import make_tiny
from truing.errors import ContractError, UserError
from truing.oversight.pixels import _judge
from truing.supervisors import SUPERVISORS, Labeler
from truing.tasks import load_task
from truing.testing import check_supervisor
from truing.testing._supervisors import SUPERVISOR

TASK = "tests/testing/small_tasks.py:few-digits"
TEXTS = "tests/testing/small_tasks.py:few-texts"
BROKEN = "tests/testing/broken_supervisors.py"
VIOLATES = {
    "doubled": ("the labels of each item are probabilities of its choices", "item '0'"),
    "remembers": (
        "the same seed leads to the same labels",
        r"\d+ of 120 labels change in a second",
    ),
    "spies": ("labels do not depend on the ground truth outside", r"\d+ of 120 labels change if"),
    "loads": ("no ground truth is read from a vault", "read the ground truth of 120 items"),
    "scales": ("the inputs of the task stay as they are", "it changed the inputs"),
    "by-position": ("labels follow their items if the items are reordered", "by its id"),
    "against-help": ("`unaided` names a supervisor without help", "'pixel-debate'"),
}


@pytest.fixture(autouse=True)
def quick_judges(monkeypatch):
    """Judges that are trained badly, but fast."""
    monkeypatch.setattr(_judge, "STEPS", 20)


@pytest.fixture(scope="module")
def specifications(tmp_path_factory):
    """A cheap specification of each registered supervisor."""
    task = load_task(TASK).task
    folder = tmp_path_factory.mktemp("labels")
    labels, verdicts = folder / "labels.jsonl", folder / "judgements.jsonl"
    labels.write_text("".join(json.dumps({"id": i, "choice": "odd"}) + "\n" for i in task.ids))
    model = f"hf/{make_tiny('llama', folder)}"
    row = {"protocol": "blind", "choices": ["even", "odd"], "belief": [0.2, 0.8], "truth": 0}
    verdicts.write_text("".join(json.dumps(row | {"question": i}) + "\n" for i in task.ids))
    return {
        "agree:A+B": f"agree:pca-2+recorded:{labels}",
        "easy-to-hard:STUDENT": "easy-to-hard:pca-4,share=0.3",
        "mean:A+B": "mean:pca-2+pca-4",
        "ccs:FEATURES": "ccs:lsa-4,restarts=2",
        "coherence:FEATURES": "coherence:lsa-4",
        "crc:FEATURES": "crc:lsa-4",
        "fewshot:hf/NAME": f"fewshot:{model},shots=2",
        "icm:hf/NAME": f"icm:{model},items=16,context=2,steps=4",
        "judgements:PATH": f"judgements:{verdicts}",
        "kmeans:FEATURES": "kmeans:lsa-4",
        "majority": "majority",
        "pixel-consultancy": "pixel-consultancy,pixels=2",
        "pixel-debate": "pixel-debate,pixels=2",
        "pixel-judge": "pixel-judge,pixels=2",
        "random-direction:FEATURES": "random-direction:lsa-4",
        "recorded:PATH": f"recorded:{labels}",
        "simulated-noise": "simulated-noise,accuracy=0.7",
        "zeroshot:hf/NAME": f"zeroshot:{model}",
    }


@pytest.mark.parametrize("name", SUPERVISORS.describe())
def test_each_built_in_supervisor_satisfies_the_contract(specifications, name):
    check_supervisor(
        specifications[name], TEXTS if name.endswith(("FEATURES", "hf/NAME")) else TASK
    )


def test_a_weak_model_satisfies_the_contract():
    checked = check_supervisor("pca-2", TASK)
    assert len(checked.conditions) + len(checked.skipped) == len(SUPERVISOR.conditions)


def test_a_simulation_may_see_the_ground_truth_and_the_record_says_so():
    checked = check_supervisor("simulated-noise", TASK)
    (reason,) = [why for words, why in checked.skipped if "outside the supervise split" in words]
    assert reason == 'it is declared a simulation (`sees="everything"`)'


def test_recorded_labels_are_checked_in_another_order_of_items(specifications):
    checked = check_supervisor(specifications["recorded:PATH"], TASK)
    assert "labels follow their items if the items are reordered" in checked.conditions


def test_a_labeler_can_be_checked_as_an_object():
    def label(task, truth, rng):
        return np.full((len(task), 3), 1 / 3)

    with pytest.raises(ContractError, match=r"label'.* shape \(120, 3\).* must be \(120, 2\)"):
        check_supervisor(Labeler(label), TASK)


@pytest.mark.parametrize("name", VIOLATES)
def test_a_violated_condition_is_named(name):
    words, detail = VIOLATES[name]
    with pytest.raises(ContractError, match=detail) as found:
        check_supervisor(f"{BROKEN}:{name}", TASK)
    assert f"; required: {words}" in str(found.value)


def test_each_condition_has_a_supervisor_that_violates_it():
    for (words, _), wanted in zip(VIOLATES.values(), SUPERVISOR.conditions, strict=True):
        assert wanted[0].startswith(words)


def test_an_unknown_supervisor_is_an_error_of_the_user():
    with pytest.raises(UserError, match="did you mean pixel-judge"):
        check_supervisor("pixel-judg")
